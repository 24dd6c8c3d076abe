// The controller on moto, as processes: two replicas that take turns, and what changes while they run.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteAlarmsCommand, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, expect, inject, onTestFinished, test } from "vitest";
import { policyOf } from "../replicas/policy.ts";
import { holderOf, otherOf, type Replica, spawnEcsmon } from "../replicas/replica.ts";
import { byTheClock } from "../replicas/scene.ts";
import { slowWrites, type Traffic, turnsOf, watchTraffic } from "../replicas/traffic.ts";
import { createClients, region } from "./clients.ts";
import { motoEndpoint } from "./endpoint.ts";
import { resetMoto } from "./moto-server.ts";

const endpoint = motoEndpoint();
const aws = createClients(endpoint);
const settings = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
const s3 = new S3Client({ ...settings, forcePathStyle: true });
const sqs = new SQSClient(settings);
const queueUrl = `${endpoint}/123456789012/events`;
const services = ["web-1", "web-2", "web-3"];

beforeEach(async () => {
  await resetMoto(endpoint);
  for (const Bucket of ["policies", "state"]) await s3.send(new CreateBucketCommand({ Bucket }));
  await sqs.send(new CreateQueueCommand({ QueueName: "events" }));
  await aws.ecs.send(new CreateClusterCommand({ clusterName: "prod" }));
  const containerDefinitions = [{ name: "app", image: "acme/web:1", memory: 512 }];
  await aws.ecs.send(new RegisterTaskDefinitionCommand({ family: "web", containerDefinitions }));
  for (const serviceName of services)
    await aws.ecs.send(
      new CreateServiceCommand({ cluster: "prod", serviceName, taskDefinition: "web", desiredCount: 1 }),
    );
});
afterAll(() => {
  for (const client of [s3, sqs, aws.ecs, aws.cloudwatch]) client.destroy();
});

interface Scene {
  readonly traffic: Traffic;
  start(who: string, command: string, ...args: readonly string[]): Promise<Replica>;
}

async function setScene(spec: Readonly<Record<string, unknown>> = {}): Promise<Scene> {
  const replicas: Replica[] = [];
  const traffic = watchTraffic(endpoint, () => JSON.stringify(replicas.map(({ lines }) => lines.slice(-10))));
  const config = join(await mkdtemp(join(tmpdir(), "ecsmon-moto-")), "operator.yaml");
  const operator = {
    apiVersion: "ecsmon.dev/v1alpha1",
    kind: "OperatorConfig",
    metadata: { name: "moto" },
    spec: {
      sources: [{ s3: { bucket: "policies" } }],
      pollInterval: "1s",
      events: { queueUrl },
      lease: { duration: "3s", s3: { bucket: "state", prefix: "leases/" } },
      status: { s3: { bucket: "state", prefix: "status/" } },
      ...spec,
    },
  };
  // JSON is YAML too.
  await writeFile(config, JSON.stringify(operator));
  onTestFinished(async () => {
    for (const replica of replicas) if (!replica.hasEnded()) replica.kill("SIGKILL");
    await Promise.all(replicas.map(({ ended }) => ended));
    await traffic.close();
  });
  return {
    traffic,
    async start(who, command, ...args) {
      const gate = await traffic.openGate(who);
      const all = [command, "--config", config, ...args];
      const main = inject("ecsmonPath");
      const replica = spawnEcsmon({ who, main, endpoint: gate, args: all, onNews: traffic.nudge });
      replicas.push(replica);
      return replica;
    },
  };
}

function putPolicy(Key: string, Body: string): Promise<unknown> {
  return s3.send(new PutObjectCommand({ Bucket: "policies", Key, Body }));
}

async function readAlarms(): Promise<Record<string, number | undefined>> {
  const { MetricAlarms = [] } = await aws.cloudwatch.send(new DescribeAlarmsCommand({ MaxRecords: 100 }));
  return Object.fromEntries(MetricAlarms.map(({ AlarmName, Threshold }) => [AlarmName, Threshold]));
}

test(
  "two replicas and an apply write one after the other; at SIGTERM the other goes on within 3 s",
  byTheClock,
  async () => {
    const { traffic, start } = await setScene();
    await putPolicy("web.yaml", policyOf("web", 20, 80));
    traffic.keepAnswers(slowWrites(300));
    const replicas = await Promise.all(["a", "b"].map((who) => start(who, "run")));
    await traffic.until("the controller writes", () => traffic.writes().length >= 6);
    const first = holderOf(replicas);
    const apply = await start("apply", "apply", "--yes");
    expect(await apply.ended).toMatchObject({ code: 0 });
    expect(Object.keys(await readAlarms())).toHaveLength(60);

    traffic.keepAnswers(undefined);
    await putPolicy("web.yaml", policyOf("web", 20, 90));
    const isWhole = () => replicas.some((one) => one.said("pass").some(({ written }) => written === 60));
    await traffic.until("a replica has the lease back and writes", isWhole);
    const holder = holderOf(replicas);
    if (holder === undefined) throw new Error("nobody holds the target");
    const turns = turnsOf(traffic.writes());
    expect(turns.map(({ who }) => who)).toEqual([first?.who, "apply", holder.who]);
    // Each alarm once by the first and the apply together, and once more with its new threshold.
    expect(traffic.writes().filter(({ operation }) => operation === "PutMetricAlarm")).toHaveLength(120);

    const other = otherOf(replicas, holder);
    await traffic.until("the other waits", () => other.said("lease-waiting").length > 0);
    const before = traffic.writes(other.who).length;
    const toldAt = performance.now();
    holder.kill("SIGTERM");
    await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["ecsmon/prod/web-1/web-1"] }));
    await traffic.until("the other writes", () => traffic.writes(other.who).length > before);
    expect((traffic.writes(other.who)[before]?.at ?? Number.NaN) - toldAt).toBeLessThan(3_000);
    expect(await holder.ended).toMatchObject({ code: 0 });
  },
);

test("policies in a bucket, an alarm's event in the queue, and deletes that are held back", async () => {
  const { traffic, start } = await setScene({ maxDeletes: 4 });
  await putPolicy("big.yaml", policyOf("big", 2, 80));
  await putPolicy("small.yaml", policyOf("small", 1, 80));
  const replica = await start("a", "run");
  const wrote = (count: number) => () =>
    replica.said("pass").reduce((sum, { written }) => sum + Number(written), 0) >= count;
  await traffic.until("all alarms are made", wrote(9));
  expect(new Set(Object.values(await readAlarms()))).toEqual(new Set([80]));

  await putPolicy("small.yaml", policyOf("small", 1, 90));
  await traffic.until("the change is written", wrote(12));
  expect((await readAlarms())["ecsmon/prod/web-1/small-1"]).toBe(90);

  const name = "ecsmon/prod/web-2/small-1";
  await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] }));
  await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: alarmChange(name) }));
  await traffic.until("it is put right", wrote(13));
  expect((await readAlarms())[name]).toBe(90);

  await s3.send(new DeleteObjectCommand({ Bucket: "policies", Key: "big.yaml" }));
  const isHeld = () => Number(replica.said("pass").at(-1)?.["blocked"]) > 0;
  await traffic.until("six deletes are held back", isHeld);
  expect(Object.keys(await readAlarms())).toHaveLength(9);
  await putPolicy("big.yaml", policyOf("big", 2, 80));
  const isWhole = () => replica.said("pass").at(-1)?.["blocked"] === 0;
  await traffic.until("nothing is held back any more", isWhole);
  await s3.send(new DeleteObjectCommand({ Bucket: "policies", Key: "small.yaml" }));
  await traffic.until("three deletes are let through", wrote(16));
  expect(Object.keys(await readAlarms()).filter((each) => each.includes("small"))).toEqual([]);
});

/** As EventBridge tells of it; moto tells nobody. */
function alarmChange(alarmName: string): string {
  return JSON.stringify({
    version: "0",
    id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "CloudWatch Alarm Configuration Change",
    source: "aws.cloudwatch",
    account: "123456789012",
    time: new Date().toISOString(),
    region,
    resources: [],
    detail: { alarmName, operation: "delete" },
  });
}

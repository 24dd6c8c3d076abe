// An account in the sandbox, policies in a bucket, and replicas of the controller that look after it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { onTestFinished } from "vitest";
import { type Sandbox, startSandbox } from "../../controller/sandbox/server.ts";
import { type Replica, spawnEcsmon } from "./replica.ts";
import { type Traffic, watchTraffic } from "./traffic.ts";

export interface SceneOptions {
  readonly regions?: readonly string[];
  /** In each Region, in the cluster `prod`: `web-1`, `web-2` … */
  readonly services?: number;
  /** Seconds that a lease holds. Default: 3, long enough for a machine that is busy, short enough to be waited for. */
  readonly lease?: number;
  /** EventBridge tells a queue of what changes in the first Region. */
  readonly events?: boolean;
  /** Of the configuration's spec, over what stands here. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface Scene {
  readonly sandbox: Sandbox;
  readonly traffic: Traffic;
  /** Seconds that a lease holds. */
  readonly lease: number;
  /** `ecsmon run`, as another process behind a gate of its own. */
  startReplica(who: string): Promise<Replica>;
  /** Any command: `--config FILE` follows its name. */
  start(who: string, command: string, ...args: readonly string[]): Promise<Replica>;
  putPolicy(file: string, text: string): Promise<void>;
  deletePolicy(file: string): Promise<void>;
  /** Objects of the bucket of leases and status, by key. */
  readState(prefix: string): Promise<Readonly<Record<string, string>>>;
  writeState(key: string, text: string): Promise<void>;
  /** Thresholds of what stands, by alarm name. */
  alarms(region?: string): Readonly<Record<string, number>>;
  /** How often each alarm was written with success since `from`, by name. */
  timesWritten(from?: number): Readonly<Record<string, number>>;
  until: Traffic["until"];
}

/** For tests of a promise in seconds: on a machine that was busy with something else it is measured again. */
export const byTheClock = { retry: 2 };

const account = "123456789012";

export async function setScene(options: SceneOptions = {}): Promise<Scene> {
  const { regions = ["us-east-1"], services = 1, lease = 3, events = false, spec = {} } = options;
  const sandbox = await startSandbox({ region: "us-east-1" });
  const s3 = new S3Client({
    endpoint: sandbox.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    forcePathStyle: true,
  });
  for (const Bucket of ["policies", "state"]) await s3.send(new CreateBucketCommand({ Bucket }));
  for (const region of regions) addServices(sandbox, region, services);
  if (events) tellQueue(sandbox);
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-replicas-"));
  const config = join(folder, "operator.yaml");
  await writeFile(
    config,
    // JSON is YAML too.
    JSON.stringify({
      apiVersion: "ecsmon.dev/v1alpha1",
      kind: "OperatorConfig",
      metadata: { name: "replicas" },
      spec: {
        sources: [{ s3: { bucket: "policies" } }],
        targets: regions.map((region) => ({ region })),
        pollInterval: "1s",
        resync: "5m",
        ...(events ? { events: { queueUrl: `${sandbox.endpoint}/${account}/events` } } : {}),
        lease: { duration: `${lease}s`, s3: { bucket: "state", prefix: "leases/" } },
        status: { s3: { bucket: "state", prefix: "status/" } },
        maxDeletes: 1000,
        ...spec,
      },
    }),
  );

  const replicas: Replica[] = [];
  const traffic = watchTraffic(sandbox.endpoint, () => describeLogs(replicas));
  const start: Scene["start"] = async (who, command, ...args) => {
    const endpoint = await traffic.openGate(who);
    const all = [command, "--config", config, ...args];
    const replica = spawnEcsmon({ who, endpoint, args: all, onNews: traffic.nudge });
    replicas.push(replica);
    return replica;
  };
  onTestFinished(async () => {
    for (const replica of replicas) if (!replica.hasEnded()) replica.kill("SIGKILL");
    await Promise.all(replicas.map(({ ended }) => ended));
    await traffic.close();
    s3.destroy();
    await sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  const Bucket = "state";
  return {
    sandbox,
    traffic,
    lease,
    startReplica: (who) => start(who, "run"),
    start,
    async putPolicy(file, text) {
      await s3.send(new PutObjectCommand({ Bucket: "policies", Key: file, Body: text }));
    },
    async deletePolicy(file) {
      await s3.send(new DeleteObjectCommand({ Bucket: "policies", Key: file }));
    },
    async readState(Prefix) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
      const read = Contents.map(async ({ Key = "" }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        return [Key, (await Body?.transformToString()) ?? ""] as const;
      });
      return Object.fromEntries(await Promise.all(read));
    },
    async writeState(Key, Body) {
      await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    alarms: (region = "us-east-1") => readAlarms(sandbox, region),
    timesWritten(from = 0) {
      const times: Record<string, number> = {};
      for (const { at, status, input } of sandbox.control.calls({ operation: "PutMetricAlarm" })) {
        const name = (input as { AlarmName: string }).AlarmName;
        if (at >= from && status === 200) times[name] = (times[name] ?? 0) + 1;
      }
      return times;
    },
    until: traffic.until,
  };
}

function addServices({ control }: Sandbox, region: string, count: number): void {
  const place = { region };
  control.call("ecs", "CreateCluster", { clusterName: "prod" }, place);
  const task = {
    family: "web",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "512",
    memory: "1024",
    containerDefinitions: [{ name: "app", image: "acme/web:1" }],
  };
  control.call("ecs", "RegisterTaskDefinition", task, place);
  for (let index = 1; index <= count; index++)
    control.call(
      "ecs",
      "CreateService",
      {
        cluster: "prod",
        serviceName: `web-${index}`,
        taskDefinition: "web",
        desiredCount: 1,
        launchType: "FARGATE",
        networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"] } },
      },
      place,
    );
}

function tellQueue({ control }: Sandbox): void {
  control.call("sqs", "CreateQueue", { QueueName: "events" });
  const EventPattern = JSON.stringify({ source: ["aws.ecs", "aws.cloudwatch"] });
  control.call("events", "PutRule", { Name: "changes", EventPattern });
  const Arn = `arn:aws:sqs:us-east-1:${account}:events`;
  control.call("events", "PutTargets", { Rule: "changes", Targets: [{ Id: "queue", Arn }] });
}

interface AlarmPage {
  readonly MetricAlarms: readonly { readonly AlarmName: string; readonly Threshold: number }[];
  readonly NextToken?: string;
}

function readAlarms({ control }: Sandbox, region: string): Readonly<Record<string, number>> {
  const alarms: Record<string, number> = {};
  let NextToken: string | undefined;
  do {
    const input = { MaxRecords: 100, ...(NextToken === undefined ? {} : { NextToken }) };
    const page = control.call("monitoring", "DescribeAlarms", input, { region }) as unknown as AlarmPage;
    for (const { AlarmName, Threshold } of page.MetricAlarms) alarms[AlarmName] = Threshold;
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return alarms;
}

function describeLogs(replicas: readonly Replica[]): string {
  return replicas
    .flatMap(({ who, lines }) => [
      `${who} said last:`,
      ...lines.slice(-12).map((line) => JSON.stringify(line)),
    ])
    .join("\n");
}

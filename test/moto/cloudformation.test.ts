// The CloudFormation template on moto: it is deployed, and what stands then is what ecsmon works with: the configuration
// of its task, the bucket of the policies, the queue. moto leaves out what it does not know in templates: bucket and queue
// policies, lifecycles, launch types, metric filters and alarms (test/manifests has those).
import { readFileSync } from "node:fs";
import {
  type ContainerDefinition,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListClustersCommand,
  type Service,
} from "@aws-sdk/client-ecs";
import { EventBridgeClient, ListRuleNamesByTargetCommand } from "@aws-sdk/client-eventbridge";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { region } from "./clients.ts";
import { readPlan, runEcsmon } from "./ecsmon.ts";
import { motoEndpoint } from "./endpoint.ts";
import { policyText } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
const endpoint = motoEndpoint();
const settings = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
const s3 = new S3Client({ ...settings, forcePathStyle: true });
const sqs = new SQSClient(settings);
const events = new EventBridgeClient(settings);
afterAll(() => {
  for (const client of [s3, sqs, events]) client.destroy();
});

/** A call of the query protocol, by hand: a test's few calls are not worth two more SDK clients. */
async function ask(
  service: string,
  version: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({ Version: version, ...parameters }).toString(),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${parameters["Action"]}: HTTP ${answer.status} ${text}`);
  return text;
}

const valuesOf = (xml: string, element: string): string[] =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, "g"))].map(([, value = ""]) => value);

/** Physical ids by logical ones. */
let made: ReadonlyMap<string, string>;
/** Of the service's first container. */
let task: ContainerDefinition | undefined;
let service: Service | undefined;

beforeAll(async () => {
  await scene.begin();
  const subnets = await ask("ec2", "2016-11-15", { Action: "DescribeSubnets" });
  const given = {
    VpcId: valuesOf(subnets, "vpcId")[0] ?? "",
    SubnetIds: valuesOf(subnets, "subnetId").slice(0, 2).join(","),
    Image: "ecsmon:0.1.0",
    Allow: '{"clusters":["prod-*"]}',
  };
  const parameters = Object.entries(given).flatMap(([key, value], index) => [
    [`Parameters.member.${index + 1}.ParameterKey`, key],
    [`Parameters.member.${index + 1}.ParameterValue`, value],
  ]);
  await ask("cloudformation", "2010-05-15", {
    Action: "CreateStack",
    StackName: "ecsmon",
    TemplateBody: readFileSync("manifests/cloudformation/ecsmon.yaml", "utf8"),
    "Capabilities.member.1": "CAPABILITY_IAM",
    ...Object.fromEntries(parameters),
  });
  const resources = await ask("cloudformation", "2010-05-15", {
    Action: "DescribeStackResources",
    StackName: "ecsmon",
  });
  const physical = valuesOf(resources, "PhysicalResourceId");
  made = new Map(
    valuesOf(resources, "LogicalResourceId").map((name, index) => [name, physical[index] ?? ""]),
  );
  const { clusterArns = [] } = await scene.aws.ecs.send(new ListClustersCommand({}));
  const cluster = clusterArns.find((arn) => arn.includes("/ecsmon-"));
  const { services } = await scene.aws.ecs.send(
    new DescribeServicesCommand({ cluster, services: ["ecsmon"] }),
  );
  service = services?.[0];
  const { taskDefinition } = await scene.aws.ecs.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: service?.taskDefinition }),
  );
  task = taskDefinition?.containerDefinitions?.[0];
});

const idOf = (name: string): string => {
  const id = made.get(name);
  if (id === undefined) throw new Error(`no ${name} among ${[...made.keys()].join(", ")}`);
  return id;
};

test("two replicas of a task that can write to nothing but /tmp", () => {
  expect(service).toMatchObject({ desiredCount: 2 });
  expect(task).toMatchObject({
    command: ["run", "--config", "env:ECSMON_CONFIG"],
    readonlyRootFilesystem: true,
    user: "10001:10001",
  });
});

test("rules lead to the queue, and from there to the other one after a hundred tries", async () => {
  const arn = `arn:aws:sqs:${region}:123456789012:${idOf("Events").split("/").at(-1)}`;
  const { RuleNames = [] } = await events.send(new ListRuleNamesByTargetCommand({ TargetArn: arn }));
  expect(RuleNames).toHaveLength(4);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: idOf("Events"), AttributeNames: ["RedrivePolicy"] }),
  );
  expect(JSON.parse(Attributes?.["RedrivePolicy"] ?? "{}")).toMatchObject({ maxReceiveCount: 100 });
});

test("with the task's configuration, policies of the bucket are planned for what is allowed", async () => {
  const put = (Bucket: string, Key: string, Body: string) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  await put(idOf("PoliciesStore"), "policies/web.yaml", policyText());
  const config = task?.environment?.find(({ name }) => name === "ECSMON_CONFIG")?.value;
  await put(idOf("StateBucket"), "config/operator.yaml", config ?? "");
  const source = `s3://${idOf("StateBucket")}/config/operator.yaml`;
  const run = await runEcsmon(endpoint, ["plan", "--config", source, "--format", "json"]);
  expect(run, run.stderr).toMatchObject({ code: 0 });
  const { changes, summary } = readPlan(run);
  expect(summary.create).toBeGreaterThan(10);
  expect(new Set(changes.map((one) => one.cluster))).toEqual(new Set(["prod-a"]));
});

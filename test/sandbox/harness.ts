// A sandbox with clients of the real SDK pointing at it, closed after each test.
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Service,
} from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { S3Client } from "@aws-sdk/client-s3";
import { SQSClient } from "@aws-sdk/client-sqs";
import { STSClient } from "@aws-sdk/client-sts";
import { onTestFinished } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../controller/sandbox/server.ts";

export interface Harness extends Sandbox {
  readonly ecs: ECSClient;
  readonly cloudwatch: CloudWatchClient;
  readonly logs: CloudWatchLogsClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly events: EventBridgeClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
  readonly settings: ReturnType<typeof clientSettings>;
}

export async function start(options: SandboxOptions = {}): Promise<Harness> {
  const sandbox = await startSandbox({ clock: "manual", region: "us-east-1", ...options });
  const settings = clientSettings(sandbox.endpoint);
  const clients = {
    ecs: new ECSClient(settings),
    cloudwatch: new CloudWatchClient(settings),
    logs: new CloudWatchLogsClient(settings),
    elb: new ElasticLoadBalancingV2Client(settings),
    events: new EventBridgeClient(settings),
    s3: new S3Client(settings),
    sqs: new SQSClient(settings),
    sts: new STSClient(settings),
  };
  onTestFinished(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await sandbox.close();
  });
  return { ...sandbox, ...clients, settings };
}

function clientSettings(endpoint: string) {
  return {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
  };
}

export const NETWORK = { awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"] } };

export function webDefinition(
  over: Partial<RegisterTaskDefinitionCommandInput> = {},
): RegisterTaskDefinitionCommandInput {
  return {
    family: "web",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "512",
    memory: "1024",
    executionRoleArn: "arn:aws:iam::123456789012:role/exec",
    containerDefinitions: [{ name: "app", image: "acme/web:1", portMappings: [{ containerPort: 8080 }] }],
    ...over,
  };
}

/** Cluster `prod` with a service `web` on its first revision. */
export async function withService(
  { ecs }: Harness,
  over: Partial<CreateServiceCommandInput> = {},
): Promise<void> {
  await ecs.send(new CreateClusterCommand({ clusterName: "prod" }));
  await ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
  await ecs.send(
    new CreateServiceCommand({
      cluster: "prod",
      serviceName: "web",
      taskDefinition: "web",
      desiredCount: 4,
      launchType: "FARGATE",
      networkConfiguration: NETWORK,
      ...over,
    }),
  );
}

export async function readService({ ecs }: Harness, service = "web"): Promise<Service> {
  const { services } = await ecs.send(
    new DescribeServicesCommand({ cluster: "prod", services: [service], include: ["TAGS"] }),
  );
  const [found] = services ?? [];
  if (found === undefined) throw new Error(`no service ${service}`);
  return found;
}

/** A call with a body of one's own: what no SDK would send. */
export async function post(
  endpoint: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  path = "/",
): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(endpoint + path, { method: "POST", body, headers });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

export function ecsHeaders(operation: string): Record<string, string> {
  return {
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `AmazonEC2ContainerServiceV20141113.${operation}`,
  };
}

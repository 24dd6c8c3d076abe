// The estate that the scenarios play on: six web services in `prod-a`, three of them behind an ALB, a batch service
// beside them, and a web service in another cluster.
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { type Clients, region } from "./clients.ts";

export const webServices = ["web-000", "web-001", "web-002", "web-003", "web-004", "web-005"] as const;
/** Alarms of others; the first looks much like ours. */
export const foreignAlarms = ["ecsmonitor/prod-a/web-000/cpu-high", "hand-made"] as const;

const behindBalancer = 3;

interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
}

export async function seedEstate(aws: Clients): Promise<void> {
  const network = await findDefaultNetwork(aws.endpoint);
  await createCluster(aws, "prod-a", { env: "prod" });
  await createCluster(aws, "other");
  await seedWebServices(aws, network, webServices, behindBalancer);
  await createService(aws, network, { cluster: "prod-a", name: "batch-1", tier: "batch" });
  await createService(aws, network, { cluster: "other", name: "web-x", tier: "web" });
  for (const name of foreignAlarms) await putForeignAlarm(aws, name);
}

/** Only web services in `prod-a`, all of them behind the ALB: to measure on. */
export async function seedLargeEstate(aws: Clients, services: number): Promise<void> {
  const names = Array.from({ length: services }, (_, index) => `web-${String(index).padStart(4, "0")}`);
  await createCluster(aws, "prod-a", { env: "prod" });
  await seedWebServices(aws, await findDefaultNetwork(aws.endpoint), names, services);
}

async function seedWebServices(
  aws: Clients,
  network: Network,
  names: readonly string[],
  balanced: number,
): Promise<void> {
  const { LoadBalancers } = await aws.elb.send(
    new CreateLoadBalancerCommand({ Name: "front", Subnets: [...network.subnets], Type: "application" }),
  );
  const balancer = LoadBalancers?.[0]?.LoadBalancerArn;
  for (const [index, name] of names.entries()) {
    const targetGroup =
      index < balanced ? await createTarget(aws, network, balancer, name, 8000 + index) : undefined;
    await createService(aws, network, { cluster: "prod-a", name, tier: "web", targetGroup });
  }
}

async function createCluster(
  aws: Clients,
  clusterName: string,
  tags: Record<string, string> = {},
): Promise<void> {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  await aws.ecs.send(new CreateClusterCommand({ clusterName, tags: list }));
}

async function createTarget(
  aws: Clients,
  { vpc }: Network,
  balancer: string | undefined,
  name: string,
  port: number,
): Promise<string | undefined> {
  const { TargetGroups } = await aws.elb.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: "HTTP",
      Port: 8080,
      VpcId: vpc,
      TargetType: "ip",
    }),
  );
  const arn = TargetGroups?.[0]?.TargetGroupArn;
  await aws.elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer,
      Protocol: "HTTP",
      Port: port,
      DefaultActions: [{ Type: "forward", TargetGroupArn: arn }],
    }),
  );
  return arn;
}

interface NewService {
  readonly cluster: string;
  readonly name: string;
  readonly tier: string;
  readonly targetGroup?: string | undefined;
}

async function createService(aws: Clients, network: Network, service: NewService): Promise<void> {
  const { cluster, name, tier, targetGroup } = service;
  await aws.ecs.send(
    new RegisterTaskDefinitionCommand({
      family: name,
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "512",
      memory: "1024",
      executionRoleArn: "arn:aws:iam::123456789012:role/execution",
      containerDefinitions: [
        {
          name: "app",
          image: "app:1",
          essential: true,
          portMappings: [{ containerPort: 8080 }],
          environment: [{ name: "MODE", value: "live" }],
          dockerLabels: { team: "shop" },
        },
      ],
      tags: [{ key: "product", value: "shop" }],
    }),
  );
  await aws.ecs.send(
    new CreateServiceCommand({
      cluster,
      serviceName: name,
      taskDefinition: name,
      desiredCount: 2,
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: { subnets: [...network.subnets], securityGroups: [network.securityGroup] },
      },
      tags: [{ key: "tier", value: tier }],
      ...(targetGroup === undefined
        ? {}
        : { loadBalancers: [{ targetGroupArn: targetGroup, containerName: "app", containerPort: 8080 }] }),
    }),
  );
}

async function putForeignAlarm(aws: Clients, name: string): Promise<void> {
  await aws.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: name,
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
}

/** moto has a default VPC. */
export async function findDefaultNetwork(endpoint: string): Promise<Network> {
  const subnets = await askEc2(endpoint, "DescribeSubnets");
  const groups = await askEc2(endpoint, "DescribeSecurityGroups");
  const [vpc] = readAll(subnets, "vpcId");
  const [securityGroup] = readAll(groups, "groupId");
  if (vpc === undefined || securityGroup === undefined) throw new Error("moto has no default VPC");
  return { vpc, subnets: readAll(subnets, "subnetId").slice(0, 2), securityGroup };
}

/** By hand: two calls are not worth another SDK client. */
async function askEc2(endpoint: string, action: string): Promise<string> {
  const scope = `test/20260101/${region}/ec2/aws4_request`;
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: `Action=${action}&Version=2016-11-15`,
  });
  return answer.text();
}

function readAll(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]+)<`, "g"))].flatMap(([, text]) => text ?? []);
}

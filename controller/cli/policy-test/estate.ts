// The workloads of a test, made in a sandbox through AWS's own operations: what AWS would refuse is refused here too.
import { readFileSync } from "node:fs";
import { EcsmonError } from "../../model/errors.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { SandboxControl } from "../../sandbox/control.ts";
import type { PolicyTest } from "./read.ts";

type WorkloadSpec = NonNullable<PolicyTest["spec"]["workloads"]>[number];

const subnets = ["subnet-1", "subnet-2"];
const network = { awsvpcConfiguration: { subnets, securityGroups: ["sg-1"] } };

/** @throws EcsmonError that names the line of what cannot be made. */
export function seedTest(test: PolicyTest, control: SandboxControl): void {
  const { clusters = [], logGroups = [], workloads = [] } = test.spec;
  const attempt = (path: readonly (string | number)[], make: () => void): void => {
    try {
      make();
    } catch (error) {
      const { file, line, column } = test.at(path);
      const message = error instanceof Error ? error.message : String(error);
      throw new EcsmonError("TestInvalid", `${file}:${line}:${column}: cannot be made: ${message}`, {
        cause: error,
      });
    }
  };
  const names = new Map(clusters.map((cluster) => [cluster.name, cluster.containerInsights]));
  for (const { cluster } of workloads) if (!names.has(cluster)) names.set(cluster, undefined);
  for (const [clusterName, value] of names) {
    attempt(["spec", "clusters"], () =>
      control.call("ecs", "CreateCluster", {
        clusterName,
        ...(value === undefined ? {} : { settings: [{ name: "containerInsights", value }] }),
      }),
    );
  }
  for (const [i, { name: logGroupName, retentionInDays }] of logGroups.entries()) {
    attempt(["spec", "logGroups", i], () => {
      control.call("logs", "CreateLogGroup", { logGroupName });
      if (retentionInDays !== undefined)
        control.call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
    });
  }
  for (const [i, workload] of workloads.entries())
    attempt(["spec", "workloads", i], () => makeService(test, workload, control));
  control.clearCalls();
}

function makeService(test: PolicyTest, workload: WorkloadSpec, control: SandboxControl): void {
  const { cluster, service, tags = {}, desiredCount = 1, loadBalancers = [], fields = {} } = workload;
  const definition = readDefinition(test, workload);
  const registered = control.call("ecs", "RegisterTaskDefinition", definition)[
    "taskDefinition"
  ] as JsonObject;
  control.call("ecs", "CreateService", {
    cluster,
    serviceName: service,
    taskDefinition: registered["taskDefinitionArn"],
    desiredCount,
    launchType: "FARGATE",
    ...(definition["networkMode"] === "awsvpc" ? { networkConfiguration: network } : {}),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    loadBalancers: loadBalancers.map((balancer, index) =>
      makeTargetGroup(balancer, `${service}-${index + 1}`.slice(-32), definition, control),
    ),
    ...fields,
  });
}

function readDefinition(
  test: PolicyTest,
  { cluster, service, taskDefinition: given }: WorkloadSpec,
): JsonObject {
  const definition =
    typeof given === "string" ? readJson(test.resolve(given)) : (given as JsonObject | undefined);
  return {
    family: `${cluster}-${service}`,
    ...(definition ?? {
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "512",
      memory: "1024",
      executionRoleArn: "arn:aws:iam::123456789012:role/execution",
      containerDefinitions: [
        { name: "app", image: "app:1", essential: true, portMappings: [{ containerPort: 8080 }] },
      ],
    }),
  };
}

function readJson(file: string): JsonObject {
  const data = JSON.parse(readFileSync(file, "utf8")) as Json;
  const inner = isObject(data) && isObject(data["taskDefinition"]) ? data["taskDefinition"] : data;
  if (!isObject(inner)) throw new TypeError(`${file} holds no task definition`);
  return inner;
}

/** A target group behind a load balancer of its own, as an entry of the service's loadBalancers. */
function makeTargetGroup(
  { type, container, port }: NonNullable<WorkloadSpec["loadBalancers"]>[number],
  name: string,
  definition: JsonObject,
  control: SandboxControl,
): JsonObject {
  const first = findPort(definition);
  const containerPort = port ?? first?.port ?? 80;
  const protocol = type === "application" ? "HTTP" : "TCP";
  const made = (operation: string, input: JsonObject, list: string): JsonObject =>
    (control.call("elasticloadbalancing", operation, input)[list] as JsonObject[])[0] as JsonObject;
  const balancer = made("CreateLoadBalancer", { Name: name, Type: type, Subnets: subnets }, "LoadBalancers");
  const target = { Name: name, Protocol: protocol, Port: containerPort, VpcId: "vpc-1", TargetType: "ip" };
  const targetGroupArn = made("CreateTargetGroup", target, "TargetGroups")["TargetGroupArn"] as string;
  control.call("elasticloadbalancing", "CreateListener", {
    LoadBalancerArn: balancer["LoadBalancerArn"],
    Protocol: protocol,
    Port: 80,
    DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
  });
  return { targetGroupArn, containerName: container ?? first?.container ?? "app", containerPort };
}

function findPort(definition: JsonObject): { container: string; port: number } | undefined {
  const containers = Array.isArray(definition["containerDefinitions"])
    ? definition["containerDefinitions"]
    : [];
  for (const container of containers) {
    const mappings = isObject(container) ? container["portMappings"] : undefined;
    const [mapping] = Array.isArray(mappings) ? (mappings as Json[]) : [];
    if (isObject(container) && isObject(mapping ?? null))
      return { container: String(container["name"]), port: Number((mapping as JsonObject)["containerPort"]) };
  }
  return undefined;
}

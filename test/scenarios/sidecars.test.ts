// Every sidecar preset and FireLens, from the policy to running tasks and back, by the real commands.
import { beforeEach, expect, test } from "vitest";
import { stableStringify } from "../../controller/model/json.ts";
import { account, createService, currentTask, registerTask } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();

beforeEach(() => {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
});

const head = (name: string, services: string) => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${name} }
spec:
  selector: { clusters: ["prod-*"], services: ${services} }
`;
const nothing = head("later", "[not-there]");
const secret = `"arn:aws:ssm:\${region}:\${account}:parameter/k"`;

const everything = `${head("agents", '["web*"]')}  taskSize: grow
  sidecars:
    - { preset: mackerel-container-agent, with: { apiKey: { valueFrom: ${secret} } } }
    - preset: cloudwatch-agent
    - { preset: adot-collector@1, with: { configFile: /etc/ecs/ecs-xray.yaml } }
    - { preset: datadog-agent, with: { apiKey: { valueFrom: ${secret} }, tags: ["service:\${service.name}"] } }
    - { preset: xray-daemon }
  logging: { driver: awsfirelens, retention: 30d }
  logMetrics: [{ name: fatal, pattern: FATAL }]
`;

function toDatadog(more = ""): string {
  return `${head("logs", '["web*"]')}  logging:
    driver: awsfirelens
    options: { Name: datadog, Host: http-intake.logs.datadoghq.com, TLS: "on", dd_service: "\${service.name}" }
    secretOptions: [{ name: apikey, valueFrom: ${secret} }]
${more}`;
}

const containersOf = (service: string): Any[] => currentTask(world, "prod-a", service).containerDefinitions;
const logOf = (service: string, container: string): Any =>
  containersOf(service).find(({ name }) => name === container)?.logConfiguration;
const groups = (): string[] => {
  const { logGroups } = world.call("logs", "DescribeLogGroups", {});
  return logGroups.map(({ logGroupName }: Any) => logGroupName);
};

/** What the owner wrote: without what ECS gives every revision anew. */
function own(service: string): string {
  const { taskDefinitionArn, revision, registeredAt, ...rest } = currentTask(world, "prod-a", service);
  expect(`${taskDefinitionArn} ${registeredAt}`).toContain(String(revision));
  return stableStringify(rest);
}

test("all of it is laid, found done by the second plan, put right after drift, and taken away again", async () => {
  createService(world, "prod-a", "web", {});
  const before = own("web");
  const first = await world.apply(everything);
  expect(first.code).toBe(0);
  expect(containersOf("web").map(({ name }) => name)).toEqual([
    "app",
    "adot-collector",
    "cloudwatch-agent",
    "datadog-agent",
    "log-router",
    "mackerel-container-agent",
    "xray-daemon",
  ]);
  expect(logOf("web", "app")).toMatchObject({
    logDriver: "awsfirelens",
    options: { Name: "cloudwatch_logs", log_group_name: "/ecs/prod-a/web", auto_create_group: "false" },
  });
  for (const { name } of containersOf("web").slice(1))
    expect(logOf("web", name), name).toMatchObject({
      logDriver: "awslogs",
      options: { "awslogs-group": "/ecs/prod-a/web" },
    });
  // Made before any task needs it, and counted in.
  expect(groups()).toEqual(["/ecs/prod-a/web"]);
  const { metricFilters } = world.call("logs", "DescribeMetricFilters", {});
  expect(metricFilters.map(({ logGroupName }: Any) => logGroupName)).toEqual(["/ecs/prod-a/web"]);
  expect((await world.plan(everything)).json).toMatchObject({ changes: [], blocked: [], unknown: [] });

  // Somebody's tool registers the old definition with a new image.
  registerTask(world, "prod-a-web", { app: { image: "app:2" } });
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web", taskDefinition: "prod-a-web" });
  expect((await world.apply(everything)).code).toBe(0);
  expect(containersOf("web")).toHaveLength(7);
  expect((await world.plan(everything)).json.changes).toEqual([]);

  expect((await world.apply(nothing)).code).toBe(0);
  expect(own("web")).toBe(before.replace('"app:1"', '"app:2"'));
  expect((await world.plan(nothing)).json.changes).toEqual([]);
});

test("another output: its secret by the execution role, a group for the router's own log, no metric of the lines", async () => {
  createService(world, "prod-a", "web", {});
  const before = own("web");
  const policy = toDatadog("  logMetrics: [{ name: fatal, pattern: FATAL }]\n");
  const { json } = await world.apply(policy);
  expect(json.plan.blocked.map(({ kind, code }: Any) => `${kind} ${code}`)).toEqual([
    "MetricFilter NotApplicable",
  ]);
  expect(logOf("web", "app")).toEqual({
    logDriver: "awsfirelens",
    options: { Name: "datadog", Host: "http-intake.logs.datadoghq.com", TLS: "on", dd_service: "web" },
    secretOptions: [{ name: "apikey", valueFrom: `arn:aws:ssm:us-east-1:${account}:parameter/k` }],
  });
  expect(logOf("web", "log-router").options["awslogs-group"]).toBe("/ecs/prod-a/web");
  expect(groups()).toEqual(["/ecs/prod-a/web"]);
  expect((await world.plan(policy)).json.changes).toEqual([]);
  expect((await world.apply(nothing)).code).toBe(0);
  expect(own("web")).toBe(before);
});

test("a router of the owner's is used as it is, and nothing of ours needs a group then", async () => {
  const router = {
    name: "log_router",
    image: "fluent:1",
    essential: true,
    memoryReservation: 51,
    firelensConfiguration: { type: "fluentbit" },
  };
  const { taskDefinition } = world.call("ecs", "DescribeTaskDefinition", {
    taskDefinition: registerTask(world, "scratch"),
  });
  const task = { containerDefinitions: [...taskDefinition.containerDefinitions, router] };
  createService(world, "prod-a", "web", {}, [], { task });
  const before = own("web");
  expect((await world.apply(toDatadog())).code).toBe(0);
  expect(containersOf("web").map(({ name }) => name)).toEqual(["app", "log_router"]);
  expect(groups()).toEqual([]);
  expect((await world.plan(toDatadog())).json.changes).toEqual([]);
  expect((await world.apply(nothing)).code).toBe(0);
  expect(own("web")).toBe(before);
});

test("what an owner's container leans on is not taken away from under it", async () => {
  createService(world, "prod-a", "web", {});
  expect((await world.apply(toDatadog())).code).toBe(0);
  const [app, router] = containersOf("web");
  const worker = { ...app, name: "worker", portMappings: [], dockerLabels: {}, essential: false };
  registerTask(world, "prod-a-web", { task: { containerDefinitions: [app, router, worker] } });
  world.call("ecs", "UpdateService", { cluster: "prod-a", service: "web", taskDefinition: "prod-a-web" });
  const { code, json } = await world.apply(nothing);
  expect(code).toBe(1);
  expect(json.plan.blocked).toMatchObject([
    {
      kind: "TaskDefinition",
      code: "InvalidDependency",
      message: "container worker logs by awsfirelens, and no container is a FireLens router",
    },
  ]);
});

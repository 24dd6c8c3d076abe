import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AwsError } from "../../controller/sandbox/service.ts";
import { createEcs } from "../../controller/sandbox/services/ecs.ts";
import { ecsHeaders, NETWORK, post, start, webDefinition } from "./harness.ts";

const context = { now: () => 0, account: "123456789012", region: "us-east-1" };

const DEFINITION = webDefinition({
  tags: [{ key: "a", value: "b" }],
  volumes: [{ name: "v" }],
  containerDefinitions: [
    {
      name: "app",
      image: "a",
      portMappings: [{ containerPort: 80, protocol: "tcp" }],
      environment: [{ name: "A", value: "1" }],
      secrets: [{ name: "S", valueFrom: "arn" }],
      mountPoints: [{ sourceVolume: "v", containerPath: "/v" }],
      healthCheck: { command: ["CMD-SHELL", "true"], retries: 3 },
      dependsOn: [{ containerName: "router", condition: "START" }],
      logConfiguration: { logDriver: "awsfirelens", options: { Name: "x" } },
      linuxParameters: { capabilities: { add: ["SYS_PTRACE"] } },
      ulimits: [{ name: "nofile", softLimit: 1, hardLimit: 2 }],
      restartPolicy: { enabled: true, ignoredExitCodes: [1] },
    },
    { name: "router", image: "b", firelensConfiguration: { type: "fluentbit" } },
  ],
});

const SERVICE = {
  cluster: "prod",
  serviceName: "web",
  taskDefinition: "web",
  desiredCount: 1,
  launchType: "FARGATE",
  networkConfiguration: NETWORK,
  loadBalancers: [{ targetGroupArn: "arn", containerName: "app", containerPort: 80 }],
  deploymentConfiguration: { alarms: { alarmNames: ["a"], enable: true, rollback: false } },
  tags: [{ key: "a", value: "b" }],
};

/** The value with one of its parts replaced by something else. */
function spoil(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.oneof(
    fc.constantFrom<unknown>(null, "", "x", 0, -1, 1.5, true, [], {}, [null], [[]], ["x"], [{}]),
    fc.jsonValue(),
  );
  if (typeof value !== "object" || value === null) return anything;
  const parts = Object.entries(value).map(([key, item]) =>
    spoil(item).map((part) =>
      Array.isArray(value) ? value.with(Number(key), part) : { ...value, [key]: part },
    ),
  );
  return parts.length === 0
    ? anything
    : fc.oneof({ weight: 1, arbitrary: anything }, ...parts.map((arbitrary) => ({ weight: 4, arbitrary })));
}

describe("malformed input", () => {
  it.each(["cpu", "memory"])("a %s that cannot even become a text is refused", (field) => {
    const { operations } = createEcs();
    const given = { ...DEFINITION, [field]: { toString: false } };
    expect(() => operations["RegisterTaskDefinition"]?.(given, context)).toThrow(AwsError);
  });

  it("a setting of a cluster that cannot become a text is refused", () => {
    const { operations } = createEcs();
    operations["CreateCluster"]?.({ clusterName: "prod" }, context);
    const settings = [{ name: "containerInsights", value: { toString: false } }];
    const update = () => operations["UpdateClusterSettings"]?.({ cluster: "prod", settings }, context);
    expect(update).toThrow("value must be a string.");
  });

  const structures = (input: object) =>
    spoil(input).filter((item) => typeof item === "object" && item !== null && !Array.isArray(item));

  it.each([
    ["RegisterTaskDefinition", DEFINITION],
    ["CreateService", SERVICE],
    ["UpdateService", { ...SERVICE, service: "there" }],
    ["DescribeServices", { cluster: "prod", services: ["web"], include: ["TAGS"] }],
    ["DescribeTasks", { cluster: "prod", tasks: ["x"] }],
    ["DescribeClusters", { clusters: ["prod"], include: ["TAGS"] }],
    [
      "UpdateClusterSettings",
      { cluster: "prod", settings: [{ name: "containerInsights", value: "enabled" }] },
    ],
    ["ListServices", { cluster: "prod", maxResults: 1, nextToken: "x" }],
    ["ListTaskDefinitions", { familyPrefix: "web", status: "ACTIVE", sort: "ASC" }],
    ["ListServiceDeployments", { cluster: "prod", service: "there", status: ["x"], createdAt: { after: 1 } }],
    [
      "TagResource",
      { resourceArn: "arn:aws:ecs:us-east-1:123456789012:cluster/prod", tags: [{ key: "a", value: "b" }] },
    ],
    ["DeleteTaskDefinitions", { taskDefinitions: ["web:1"] }],
  ])("is refused by %s as the caller's mistake, never the sandbox's", (operation, input) => {
    const { operations } = createEcs();
    const run = (name: string, value: object) => operations[name]?.(value, context);
    run("CreateCluster", { clusterName: "prod" });
    run("RegisterTaskDefinition", DEFINITION);
    run("CreateService", { ...SERVICE, serviceName: "there", loadBalancers: [] });
    fc.assert(
      fc.property(structures(input), (spoiled) => {
        try {
          run(operation, spoiled as object);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });

  it("is named by its field", async () => {
    const { endpoint } = await start();
    const bad = {
      ...webDefinition(),
      containerDefinitions: [{ name: "app", image: "a", environment: "A=1" }],
    };
    const { text } = await post(endpoint, JSON.stringify(bad), ecsHeaders("RegisterTaskDefinition"));
    expect(JSON.parse(text)).toEqual({
      __type: "SerializationException",
      message: "environment must be a list of structures.",
    });
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Generated estates and sets of policies, and one turn of the loop over them.
import fc from "fast-check";
import type { Policy } from "../../controller/api/policy.ts";
import type { Observation, Wanted } from "../../controller/core/managed.ts";
import { computePlan } from "../../controller/core/plan.ts";
import type { PlanInput, PlanParts } from "../../controller/core/plan-parts.ts";
import { selectWorkloads } from "../../controller/core/select.ts";
import { kinds } from "../../controller/kinds/index.ts";
import type { JsonObject } from "../../controller/model/json.ts";
import type { KindName } from "../../controller/model/plan.ts";
import type { Workload } from "../../controller/model/workload.ts";
import { appContainer, asOf, definition, policies, targetGroup, workload } from "../unit/core/builders.ts";
import type { Server, Start } from "./server.ts";

const by = "ecsmon";
const awslogs = (group: string) => ({
  logDriver: "awslogs",
  options: { "awslogs-group": group, "awslogs-region": "eu-central-1" },
});

const inputs: readonly JsonObject[] = [
  definition(),
  definition([appContainer({ healthCheck: { command: ["CMD", "old"] }, dockerLabels: {} })]),
  definition([
    appContainer({
      logConfiguration: awslogs("/shared"),
      environment: [
        { name: "B", value: "" },
        { name: "A", value: "1" },
      ],
    }),
  ]),
  definition([
    appContainer({ logConfiguration: awslogs("/own"), dockerLabels: { team: "x" } }),
    appContainer({ name: "proxy", essential: false }),
  ]),
  definition([appContainer({ logConfiguration: { logDriver: "splunk", options: { "splunk-url": "u" } } })]),
  definition([
    appContainer(),
    { name: "log-router", image: "f", essential: true, firelensConfiguration: { type: "fluentbit" } },
  ]),
  definition([appContainer({ futureField: { a: [{}] } })], { futureTop: "", memory: "64" }),
];

const groupsOf = [
  [],
  [targetGroup("one", "app/front")],
  [targetGroup("blue", "app/front"), targetGroup("green", "app/front")],
  [targetGroup("loose")],
  [targetGroup("n", "net/edge")],
];

const metric = (name: string, more: string) => `{ name: ${name}, comparison: GreaterThanThreshold, ${more} }`;
const cpu = "metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }";
const bodies: readonly string[] = [
  `alarms: [${metric("cpu", `${cpu}, threshold: 80, severity: page`)}]
notifications: { page: ["arn:aws:sns:r:1:b", "arn:aws:sns:r:1:a"] }`,
  `alarms: [${metric("p99", "metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime, statistic: p99 }, threshold: 1")}]
notifications: { page: ["arn:aws:sns:r:1:c"] }`,
  `alarms: [${metric("rate", "expression: e / r, metrics: { e: { namespace: AWS/ApplicationELB, metricName: HTTPCode_Target_5XX_Count, statistic: Sum }, r: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum } }, threshold: 1")}]`,
  `healthCheck: { container: app, command: [CMD, "true"], interval: 10s }`,
  `logging: { retention: 30d, options: { mode: non-blocking } }`,
  `logging: { group: "/ecs/\${cluster.name}", replaceDriver: true, retention: 90d }`,
  `logMetrics: [{ name: fatal, pattern: FATAL, alarm: { threshold: 1, comparison: GreaterThanThreshold, evaluationPeriods: 2 } }]`,
  `logMetrics: [{ name: slow, pattern: "{ $.ms > 5 }", value: $.ms, group: /shared, dimensions: { Path: $.path } }]`,
  `cluster: { containerInsights: enhanced }`,
  `sidecars: [{ container: { name: side, image: "s:1", memory: 32, essential: false, portMappings: [{ containerPort: 2000, protocol: udp }, { containerPort: 2000 }], environment: [{ name: T, value: "\${service.tags.team:-none}" }, { name: A, value: "" }], healthCheck: { command: [CMD, x] } } }]`,
  `sidecars: [{ preset: mackerel-container-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:r:1:parameter/k" }, roles: ["x:\${service.tags.team}"] } }]`,
  `suspend: true\nalarms: [${metric("cpu", `${cpu}, threshold: 1`)}]\ncluster: { containerInsights: enabled }`,
  `enforcement: Audit\nalarms: [${metric("audited", `${cpu}, threshold: 1`)}]\nlogging: { retention: 7d }`,
  `enforcement: { LogGroup: Audit }\nlogging: { group: /audited }`,
];
const selectors = [
  "",
  `selector: { services: ["a"] }`,
  `selector: { clusters: ["prod"] }`,
  "selector: { tags: { team: x } }",
  `selector: { services: ["*", "!b"] }`,
];

export const policySet: fc.Arbitrary<readonly Policy[]> = fc
  .array(fc.tuple(fc.constantFrom(...bodies), fc.constantFrom(...selectors), fc.nat(2)), { maxLength: 6 })
  .map((chosen) =>
    policies(...chosen.map(([body, selector, priority]) => `${body}\npriority: ${priority}\n${selector}`)),
  );

const place = fc.tuple(fc.constantFrom("prod", "dev"), fc.constantFrom("a", "b", "c"));
const service = fc.record({
  input: fc.constantFrom(...inputs),
  targetGroups: fc.constantFrom(...groupsOf),
  desiredCount: fc.constantFrom(0, 2),
  tags: fc.constantFrom({}, { team: "x" }),
  deploymentController: fc.constantFrom("ECS", "ECS", "ECS", "CODE_DEPLOY", "EXTERNAL") as fc.Arbitrary<
    Workload["deploymentController"]
  >,
});

export const estate: fc.Arbitrary<Start> = fc
  .record({
    services: fc.uniqueArray(fc.tuple(place, service), {
      selector: ([[cluster, name]]) => `${cluster}/${name}`,
      minLength: 1,
      maxLength: 4,
    }),
    retention: fc.constantFrom(undefined, 7, 90),
  })
  .map(({ services, retention }) => ({
    workloads: services.map(([[cluster, name], over]) =>
      workload({ ...over, cluster, service: name, input: { ...over.input, family: `${cluster}-${name}` } }),
    ),
    groups: { "/shared": retention, "/own": 30 },
    alarms: ["ecsmonitor/prod/a/cpu", "ecsmon", "other"],
  }));

/** Everything up to the plan, against the server, through the kinds' own readers. */
export async function look(server: Server, policySet: readonly Policy[]): Promise<PlanInput> {
  const inventory = server.inventory();
  const selection = selectWorkloads(policySet, inventory.workloads, by);
  const context = { owner: by, inventory, force: false, asOf };
  const wanted = new Map<KindName, readonly Wanted[]>(
    kinds.map((kind) => [kind.name, kind.desired(selection, context)]),
  );
  const needed = [...wanted.values()]
    .flat()
    .flatMap(({ state }) => (state.is === "wanted" ? state.needs : []));
  const observations = new Map<KindName, Observation>();
  for (const kind of kinds) {
    const ids = needed
      .filter((need) => need.startsWith(`${kind.name}/`))
      .map((need) => need.slice(kind.name.length + 1));
    observations.set(
      kind.name,
      await kind.observe({
        aws: server.aws,
        owner: by,
        inventory,
        wanted: wanted.get(kind.name) ?? [],
        needed: ids,
      }),
    );
  }
  return {
    owner: by,
    force: false,
    asOf,
    kinds,
    inventory,
    selection,
    wanted,
    observations,
    gone: new Set(),
    scope: { clusters: [], services: [] },
  };
}

/** Writes what is enforced, as the runtime orders it. */
export async function apply(server: Server, { changes }: PlanParts): Promise<void> {
  const context = { aws: server.aws, owner: by, now: () => new Date(0) };
  const enforced = changes.filter(({ enforcement }) => enforcement === "Enforce");
  const ordered = [...kinds].sort((a, b) => a.phase - b.phase);
  for (const kind of ordered) {
    for (const change of enforced)
      if (change.kind === kind.name && change.action !== "delete") await kind.put(change, context);
  }
  for (const kind of ordered.reverse()) {
    const deletes = enforced.filter((change) => change.kind === kind.name && change.action === "delete");
    if (deletes.length > 0) await kind.remove?.(deletes, context);
  }
}

export async function turn(server: Server, policySet: readonly Policy[]): Promise<PlanParts> {
  const parts = computePlan(await look(server, policySet));
  await apply(server, parts);
  return parts;
}

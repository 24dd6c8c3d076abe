// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Who is watched by what: selectors, templates filled per service, suspension and enforcement.
import { describe, expect, it } from "vitest";
import { enforcementOf, selectWorkloads } from "../../../controller/core/select.ts";
import { matchesSelector } from "../../../controller/core/selectors.ts";
import { matchesGlobList } from "../../../controller/model/glob.ts";
import { outcome, owner, policies, select, workload } from "./builders.ts";

function selects(selector: string, over: Parameters<typeof workload>[0] = {}): boolean {
  const [policy] = policies(`selector: ${selector}`);
  if (policy === undefined) throw new Error("no policy");
  return matchesSelector(policy.spec.selector, workload(over));
}

describe("matchesSelector", () => {
  it.each([
    [`{ services: ["*"] }`, {}, true],
    [`{ services: ["web"] }`, {}, true],
    [`{ services: ["we"] }`, {}, false],
    [`{ services: ["w?b"] }`, {}, true],
    [`{ services: ["?"] }`, {}, false],
    [`{ services: ["api", "w*"] }`, {}, true],
    [`{ services: ["*", "!batch-*"] }`, { service: "batch-1" }, false],
    [`{ services: ["!batch-*"] }`, { service: "web" }, true],
    [`{ services: ["!batch-*"] }`, { service: "batch-1" }, false],
    [`{ services: ["!web", "web"] }`, {}, false],
    [`{ services: ["w.b"] }`, {}, false],
    [`{ services: ["WEB"] }`, {}, false],
    [`{ clusters: ["prod-*"] }`, { cluster: "prod" }, false],
    [`{ clusters: ["prod*"] }`, { cluster: "prod-a" }, true],
    [`{ clusters: ["prod"], services: ["api"] }`, {}, false],
    [`{ accounts: ["1234*"] }`, {}, true],
    [`{ accounts: ["!123456789012"] }`, {}, false],
    [`{ regions: ["eu-*"] }`, {}, true],
    [`{ regions: ["us-*"] }`, {}, false],
    [`{ launchTypes: [FARGATE] }`, {}, true],
    [`{ launchTypes: [EC2, EXTERNAL] }`, {}, false],
    [`{ launchTypes: [MANAGED_INSTANCES] }`, { launchType: "MANAGED_INSTANCES" }, true],
    [`{ tags: { tier: web } }`, { tags: { tier: "web", team: "x" } }, true],
    [`{ tags: { tier: web } }`, { tags: { tier: "webs" } }, false],
    [`{ tags: { tier: web } }`, {}, false],
    [`{ tags: { tier: web, team: x } }`, { tags: { tier: "web" } }, false],
    [`{ matchExpressions: [{ key: t, operator: In, values: [a, b] }] }`, { tags: { t: "b" } }, true],
    [`{ matchExpressions: [{ key: t, operator: In, values: [a, b] }] }`, { tags: { t: "c" } }, false],
    [`{ matchExpressions: [{ key: t, operator: In, values: [a, b] }] }`, {}, false],
    [`{ matchExpressions: [{ key: t, operator: NotIn, values: [a] }] }`, { tags: { t: "a" } }, false],
    [`{ matchExpressions: [{ key: t, operator: NotIn, values: [a] }] }`, { tags: { t: "b" } }, true],
    [`{ matchExpressions: [{ key: t, operator: NotIn, values: [a] }] }`, {}, true],
    [`{ matchExpressions: [{ key: t, operator: Exists }] }`, { tags: { t: "" } }, true],
    [`{ matchExpressions: [{ key: t, operator: Exists }] }`, {}, false],
    [`{ matchExpressions: [{ key: t, operator: DoesNotExist }] }`, {}, true],
    [`{ matchExpressions: [{ key: t, operator: DoesNotExist }] }`, { tags: { t: "x" } }, false],
    [
      `{ matchExpressions: [{ key: t, operator: Exists }, { key: u, operator: Exists }] }`,
      { tags: { t: "1" } },
      false,
    ],
  ])("%s on %j: %s", (selector, over, expected) => {
    expect(selects(selector, over)).toBe(expected);
  });

  it("takes names for what they are, whatever stands in them", () => {
    expect(matchesGlobList("a+b(c)", ["a+b(c)"])).toBe(true);
    expect(matchesGlobList("aab", ["a+b"])).toBe(false);
    expect(matchesGlobList("x", [])).toBe(true);
  });
});

describe("selectWorkloads", () => {
  it("leaves out what no policy selects, and names policies by name", () => {
    const set = policies(`selector: { services: [web] }`, `selector: { services: ["w*"] }`);
    const selection = selectWorkloads([...set].reverse(), [workload(), workload({ service: "api" })], owner);
    expect(
      selection.map(({ workload: { service }, policies: by }) => [service, by.map(({ name }) => name)]),
    ).toEqual([["web", ["a", "b"]]]);
  });

  it("fills templates from each service", () => {
    const set = policies(`
      logMetrics:
        - { name: one, pattern: "\${service.name} \${cluster.name} \${account} \${region} \${partition} \${policy.name} \${owner} \${service.desiredCount} \${taskDefinition.family}" }
        - { name: two, pattern: "\${service.tags.team:-none} \${service.tags[\\"a.b\\"]:-} $\${HOME}" }
    `);
    const selection = selectWorkloads(
      set,
      [workload(), workload({ service: "api", tags: { team: "x", "a.b": "y" } })],
      owner,
    );
    expect(
      selection.map(({ logMetrics }) =>
        [...logMetrics.values()].map((item) => (outcome(item) as { pattern: string }).pattern),
      ),
    ).toEqual([
      ["web prod 123456789012 eu-central-1 aws a ecsmon 2 web", "none  ${HOME}"],
      ["api prod 123456789012 eu-central-1 aws a ecsmon 2 web", "x y ${HOME}"],
    ]);
  });

  it("blocks only the item whose tag is missing, and says where", () => {
    const { logMetrics, logging } = select(`
      logging: { retention: 30d }
      logMetrics:
        - { name: bad, pattern: "\${service.tags.team}" }
        - { name: good, pattern: ERROR }
    `);
    expect(outcome(logMetrics.get("bad"))).toBe(
      "MissingReference: ${service.tags.team} has no value here (policy a, a.yaml:7); set it on the service, or write a default: ${service.tags.team:-…}",
    );
    expect(outcome(logMetrics.get("good"))).toEqual({ pattern: "ERROR" });
    expect(outcome(logging)).toEqual({ retention: 2_592_000 });
  });

  it("takes an empty tag for a value", () => {
    const { logMetrics } = select(`logMetrics: [{ name: x, pattern: "[\${service.tags.team}]" }]`, {
      tags: { team: "" },
    });
    expect(outcome(logMetrics.get("x"))).toEqual({ pattern: "[]" });
  });

  it("blocks what a suspended policy has a say in, and nothing else", () => {
    const {
      alarms,
      cluster,
      policies: by,
    } = select([
      `
      suspend: true
      cluster: { containerInsights: enabled }
      alarms: [{ name: shared, threshold: 1 }]
      `,
      `
      priority: 1
      alarms:
        - { name: shared, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 2 }
        - { name: own, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 2 }
      `,
    ]);
    expect(by).toHaveLength(2);
    expect(outcome(cluster)).toMatch(/^Suspended: policy a is suspended/);
    expect(outcome(alarms.get("shared"))).toMatch(/^Suspended: policy a is suspended/);
    expect(outcome(alarms.get("own"))).toMatchObject({ threshold: 2 });
  });
});

describe("enforcementOf", () => {
  it.each([
    ["", "MetricAlarm", "Enforce"],
    ["enforcement: Enforce", "MetricAlarm", "Enforce"],
    ["enforcement: Audit", "MetricAlarm", "Audit"],
    ["enforcement: { TaskDefinition: Audit }", "TaskDefinition", "Audit"],
    ["enforcement: { TaskDefinition: Audit }", "MetricAlarm", "Enforce"],
    ["enforcement: { default: Audit, MetricAlarm: Enforce }", "MetricAlarm", "Enforce"],
    ["enforcement: { default: Audit, MetricAlarm: Enforce }", "LogGroup", "Audit"],
  ] as const)("%s, %s: %s", (body, kind, expected) => {
    expect(enforcementOf(policies(`${body}\n`), kind)).toBe(expected);
  });

  it("is Audit if any policy that has a say is in Audit", () => {
    expect(enforcementOf(policies("enforcement: Audit", "enforcement: Enforce"), "LogGroup")).toBe("Audit");
  });
});

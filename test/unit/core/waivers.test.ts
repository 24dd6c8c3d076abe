// Exceptions: what they waive, for whom, and until when.
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";
import { buildAlarm } from "../../../controller/core/alarm.ts";
import type { DesiredContext } from "../../../controller/core/managed.ts";
import { type Selected, selectWorkloads } from "../../../controller/core/select.ts";
import { settleExceptions } from "../../../controller/core/waivers.ts";
import { kinds } from "../../../controller/kinds/index.ts";
import { known } from "../../../controller/model/read.ts";
import { account, outcome, owner, region, workload } from "./builders.ts";

const policy = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: a }
spec:
  selector: { services: ["*"] }
  notifications: { pager: ["arn:aws:sns:eu-central-1:123456789012:pager"] }
  healthCheck: { container: app, command: [CMD, x] }
  logMetrics: [{ name: fatal, pattern: Fatal }]
  alarms:
    - name: cpu
      metric: { namespace: AWS/ECS, metricName: CPUUtilization }
      statistic: Average
      comparison: GreaterThanThreshold
      threshold: 80
      severity: pager
`;

function exception(expires: string, except = "alarms.cpu, healthCheck", name = "w"): string {
  return `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: ${name} }
spec:
  selector: { services: [web] }
  except: [${except}]
  reason: load test
  expires: ${expires}
`;
}

function settle(text: string, asOf: string) {
  return settleExceptions(parsePolicies([{ file: "a.yaml", text }]), new Date(asOf));
}

function select(text: string, asOf: string, service = "web"): Selected {
  const { policies, exceptions } = settle(text, asOf);
  const [selected] = selectWorkloads(policies, [workload({ service })], owner, exceptions);
  if (selected === undefined) throw new Error("nothing is selected");
  return selected;
}

function actionsEnabled(selected: Selected): unknown {
  const item = selected.alarms.get("cpu");
  if (item?.result.ok !== true) throw new Error("no alarm");
  const built = buildAlarm("cpu", item.result.value, selected, owner);
  return built.state === "built" ? built.input["ActionsEnabled"] : built.state;
}

const context: DesiredContext = {
  owner,
  inventory: {
    ...{ account, partition: "aws", region, clusters: known([]), workloads: [workload()] },
    ...{ leaving: [], unreadable: [], narrowed: false },
  },
  force: false,
  asOf: new Date("2026-11-22T00:00:00Z"),
};

describe("exceptions", () => {
  it("take the actions of an alarm off, and leave anything else as it stands", () => {
    const selected = select(policy + exception("2026-12-31"), "2026-11-22T00:00:00Z");
    expect(actionsEnabled(selected)).toBe(false);
    expect(outcome(selected.healthCheck)).toBe(
      "Suspended: waived until 2026-12-31 by exception w: load test",
    );
    expect(outcome(selected.logMetrics.get("fatal"))).toEqual({ pattern: "Fatal" });
  });

  const withAlarms = policy.replace(
    "logMetrics: [{ name: fatal, pattern: Fatal }]",
    `logMetrics:
    - { name: fatal, pattern: Fatal, group: /g, alarm: { comparison: GreaterThanThreshold, threshold: 0, severity: pager } }
    - { name: cpu, pattern: CPU }
  queries: [{ name: slow, query: stats count(*) as n, groups: [/g], alarm: { aggregation: max(n), roleArn: "arn:aws:iam::123456789012:role/r", comparison: GreaterThanThreshold, threshold: 0, severity: pager } }]`,
  );

  it.each([
    ["logMetrics.fatal", "MetricFilter", "MetricAlarm"],
    ["queries.slow", "QueryDefinition", "LogAlarm"],
  ] as const)("of %s leave it as it stands, and take the actions of its alarm off", (item, frozen, alarm) => {
    const selected = select(withAlarms + exception("2026-12-31", item), "2026-11-22T00:00:00Z");
    const [, name = ""] = item.split(".");
    const states = (kindName: string) => {
      const kind = kinds.find(({ name: one }) => one === kindName);
      const wanted = kind?.desired([selected], context) ?? [];
      return wanted.flatMap(({ name: full, state }) => (full.endsWith(`/${name}`) ? [state] : []));
    };
    expect(states(frozen)).toMatchObject([{ is: "blocked", reason: { code: "Suspended" } }]);
    expect(states(alarm)).toMatchObject([{ is: "wanted", spec: { ActionsEnabled: false } }]);
    expect([...selected.waivedAlarms.keys()]).toEqual([name]);
    expect(actionsEnabled(selected)).toBe(true);
  });

  it("of a log metric without an alarm leave an alarm of that name alone", () => {
    const selected = select(withAlarms + exception("2026-12-31", "logMetrics.cpu"), "2026-11-22T00:00:00Z");
    expect(outcome(selected.logMetrics.get("cpu"))).toMatch(/^Suspended: waived/);
    expect(actionsEnabled(selected)).toBe(true);
  });

  it("hold for the services that they select, and no other", () => {
    const selected = select(policy + exception("2026-12-31"), "2026-11-22T00:00:00Z", "api");
    expect(actionsEnabled(selected)).toBe(true);
    expect(outcome(selected.healthCheck)).toMatchObject({ container: "app" });
  });

  it.each([
    ["2026-12-31T23:59:59Z", false, []],
    ["2027-01-01T00:00:00Z", true, ["warning ExceptionExpired spec.expires 24"]],
  ])("end with their last day, UTC: at %s", (asOf, enabled, diagnostics) => {
    const text = policy + exception("2026-12-31");
    expect(actionsEnabled(select(text, asOf))).toBe(enabled);
    expect(
      settle(text, asOf).diagnostics.map(
        ({ severity, code, path, line }) => `${severity} ${code} ${path} ${line}`,
      ),
    ).toEqual(diagnostics);
  });

  it("reach 90 days ahead, and no further", () => {
    const asOf = "2026-11-22T12:00:00Z";
    expect(settle(policy + exception("2027-02-20"), asOf).diagnostics).toEqual([]);
    expect(settle(policy + exception("2027-02-21"), asOf).diagnostics).toMatchObject([
      {
        severity: "error",
        path: "spec.expires",
        message: expect.stringMatching(/use 2027-02-20 at the latest/),
      },
    ]);
  });

  it("of one item are told by the one that lasts longest", () => {
    const two =
      exception("2027-01-31", "healthCheck", "long") + exception("2026-12-01", "healthCheck", "short");
    expect(outcome(select(policy + two, "2026-11-22T00:00:00Z").healthCheck)).toMatch(/by exception long/);
  });

  it.each([
    ["expires: 2026-02-30", "spec.expires"],
    ["expires: soon", "spec.expires"],
    ["except: [alarms]", "spec.except[0]"],
    ["except: [everything]", "spec.except[0]"],
    ["except: []", "spec.except"],
  ])("are refused with %s", (line, path) => {
    const [field] = line.split(":");
    const text = policy + exception("2026-12-31").replace(new RegExp(`${field}: .*`), line);
    expect(settle(text, "2026-11-22T00:00:00Z").diagnostics).toMatchObject([{ severity: "error", path }]);
  });
});

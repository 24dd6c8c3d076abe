// CloudWatch gives each alarm name once, over all types of alarm.
import { describe, expect, it } from "vitest";
import { findNameClash } from "../../../controller/core/alarm-names.ts";
import { lines, plan, policies, select } from "./builders.ts";

const metric =
  "{ name: x, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, threshold: 80 }";
const composite = "{ name: x, composite: 'FALSE' }";
const judged = "comparison: GreaterThanThreshold, threshold: 1";
const logMetric = `logMetrics: [{ name: x, pattern: Fatal, group: /g, alarm: { ${judged} } }]`;
const query = `queries: [{ name: x, query: "fields @message", groups: [/g], alarm: { aggregation: count(*), roleArn: "arn:aws:iam::123456789012:role/r", ${judged} } }]`;

describe("findNameClash", () => {
  it.each([
    ["an alarm and a query's", [`alarms: [${metric}]`, query], "alarm x and query x"],
    ["a composite and a log metric's", [`alarms: [${composite}]`, logMetric], "alarm x and log metric x"],
    ["all three", [`alarms: [${metric}]`, logMetric, query], "alarm x and log metric x and query x"],
  ])("finds %s", (_, bodies, asking) => {
    const by = ["a", "b", "c"].slice(0, bodies.length).join(", ");
    expect(findNameClash("x", select(bodies))).toEqual({
      code: "Conflict",
      message: `${asking} ask for an alarm of the same name (policies ${by}); rename one of them`,
    });
  });

  it.each([
    ["one of each that asks for no alarm", `alarms: [${metric}]\nlogMetrics: [{ name: x, pattern: F }]`],
    ["another name", `alarms: [${metric}]\n${query.replace("name: x", "name: y")}`],
  ])("is content with %s", (_, body) => {
    expect(findNameClash("x", select(body))).toBeUndefined();
  });

  it("counts what is blocked, whatever override asks for it", () => {
    const clashing = [
      `queries: [{ name: x, query: a }]\noverrides: [{ selector: { services: [web] }, queries: [{ name: x, alarm: { ${judged} } }] }]`,
      "queries: [{ name: x, query: b }]",
    ];
    const [selected] = [select([...clashing, `alarms: [${metric}]`])];
    expect(selected.queries.get("x")?.result.ok).toBe(false);
    expect(findNameClash("x", selected)?.code).toBe("Conflict");
  });

  it("blocks every alarm of the name, so that none takes it from another", async () => {
    const found = lines(await plan({ policies: policies(`alarms: [${metric}]`, query) }));
    expect(found.filter((line) => line.includes("Alarm"))).toEqual([
      "blocked Conflict LogAlarm ecsmon/prod/web/x",
      "blocked Conflict MetricAlarm ecsmon/prod/web/x",
    ]);
  });
});

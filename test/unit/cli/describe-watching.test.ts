// Queries, their alarms and dashboards in a plan's text: what one wants to know, in a line.
import { describe, expect, it } from "vitest";
import { describeDifference } from "../../../controller/cli/render/describe-difference.ts";
import { describeItem } from "../../../controller/cli/render/describe-item.ts";
import type { Difference } from "../../../controller/model/plan.ts";

const query = "filter @message like /Fatal/\n| stats count() as n\n";
const alarm = {
  AlarmName: "ecsmon/prod/web/fatal",
  ScheduledQueryConfiguration: {
    QueryString: query,
    LogGroupIdentifiers: ["/ecs/web"],
    AggregationExpression: "max(n)",
    ScheduleConfiguration: { ScheduleExpression: "rate(5 minutes)" },
  },
  QueryResultsToEvaluate: 3,
  QueryResultsToAlarm: 2,
  ComparisonOperator: "GreaterThanThreshold",
  Threshold: 1,
  AlarmActions: ["arn:aws:sns:us-east-1:123456789012:chat"],
  ActionsEnabled: false,
};

describe("describeItem", () => {
  it("tells a query and its groups in a line", () => {
    expect(describeItem("QueryDefinition", { queryString: query, logGroupNames: ["/a", "/b"] })).toBe(
      "filter @message like /Fatal/ | stats count() as n in /a, /b",
    );
  });

  it("tells what a log alarm judges, how often, and whom it calls", () => {
    expect(describeItem("LogAlarm", alarm)).toBe(
      "max(n) of filter @message like /Fatal/ | stats count() as n in /ecs/web > 1 for 2 of 3 × 5m → chat (actions off)",
    );
    expect(describeItem("LogAlarm", { ...alarm, QueryResultsToAlarm: 3 })).toContain("for 3 × 5m");
  });

  it("counts a dashboard's widgets", () => {
    const of = (DashboardBody: string) => describeItem("Dashboard", { DashboardName: "d", DashboardBody });
    expect(of('{"widgets":[{},{}]}')).toBe("2 widgets");
    expect(of('{"widgets":[{}]}')).toBe("1 widget");
    expect(of("?")).toBe("");
  });
});

describe("describeDifference", () => {
  const lines = (difference: Difference) => describeDifference(difference, 60, (text) => text);
  const widget = { type: "metric", properties: { title: "CPU (percent)" } };

  it("tells a widget that comes or goes in a line, and a changed one by its fields", () => {
    const path = "DashboardBody.widgets[CPU (percent)]";
    expect(lines({ path, before: null, after: widget })).toEqual(["+ widget CPU (percent)"]);
    expect(lines({ path, before: widget, after: null })).toEqual(["- widget CPU (percent)"]);
    expect(lines({ path: `${path}.height`, before: 3, after: 6 })).toEqual([`${path}.height: 3 → 6`]);
    const long = `DashboardBody.widgets[${"x".repeat(100)}]`;
    expect(lines({ path: long, before: null, after: widget })[0]?.length).toBeLessThanOrEqual(60);
  });
});

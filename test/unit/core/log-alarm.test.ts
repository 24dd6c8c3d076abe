// An alarm on a query as PutLogAlarm takes it: when it runs, what it reads, whom it tells, or the reason why not.
import { describe, expect, it } from "vitest";
import { buildLogAlarm } from "../../../controller/core/log-alarm.ts";
import { nameOfGroup } from "../../../controller/core/log-query.ts";
import { selectWorkloads } from "../../../controller/core/select.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { at, failedRead, owner, policies, select, workload } from "./builders.ts";

const role = "arn:aws:iam::123456789012:role/log-alarms";
const topic = "arn:aws:sns:eu-central-1:123456789012:pager";
const alarmOf = (more = "") =>
  `alarm: { aggregation: max(rate), roleArn: "${role}", comparison: GreaterThanThreshold, threshold: 1${more} }`;
const queries = (alarm = alarmOf(), rest = ", groups: [/g]") =>
  `queries: [{ name: x, query: "stats count(*) as rate"${rest}, ${alarm} }]`;

/** The input of the alarm of query x, or `CODE: message`. */
function logAlarm(
  body: string | readonly string[],
  over: Parameters<typeof workload>[0] = {},
): JsonObject | string {
  return build(select(body, over));
}

function build(selected: ReturnType<typeof select>): JsonObject | string {
  const result = selected.queries.get("x")?.result;
  if (!result?.ok) return "not merged";
  const made = buildLogAlarm("x", result.value as Parameters<typeof buildLogAlarm>[1], selected, owner);
  if (made.state === "built") return made.input;
  return made.state === "blocked"
    ? `${made.reason.code}: ${made.reason.message}`
    : `unknown ${made.failure.code}`;
}

const scheduleOf = (input: JsonObject | string) =>
  at(input, "ScheduledQueryConfiguration", "ScheduleConfiguration");

describe("buildLogAlarm", () => {
  it("fills in what a policy leaves out", () => {
    expect(logAlarm(queries())).toEqual({
      AlarmName: "ecsmon/prod/web/x",
      AlarmDescription: "Managed by ecsmon from Git; changes by hand are put back.",
      ActionsEnabled: true,
      AlarmActions: [],
      OKActions: [],
      ScheduledQueryConfiguration: {
        QueryString: "stats count(*) as rate",
        LogGroupIdentifiers: ["/g"],
        ScheduledQueryRoleARN: role,
        ScheduleConfiguration: {
          ScheduleExpression: "rate(5 minutes)",
          StartTimeOffset: 360,
          EndTimeOffset: 60,
        },
        AggregationExpression: "max(rate)",
      },
      QueryResultsToEvaluate: 1,
      QueryResultsToAlarm: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "missing",
    });
  });

  it.each([
    [", every: 1m", { ScheduleExpression: "rate(1 minute)", StartTimeOffset: 120, EndTimeOffset: 60 }],
    [
      ", every: 1h, window: 2h, delay: 5m",
      { ScheduleExpression: "rate(60 minutes)", StartTimeOffset: 7500, EndTimeOffset: 300 },
    ],
  ])("runs as said: %s", (more, schedule) => {
    expect(scheduleOf(logAlarm(queries(alarmOf(more))))).toEqual(schedule);
  });

  it("says what a policy says", () => {
    const more =
      ", evaluationPeriods: 3, datapointsToAlarm: 2, treatMissingData: breaching, description: d, severity: critical";
    expect(logAlarm(`notifications: { critical: ["${topic}"] }\n${queries(alarmOf(more))}`)).toMatchObject({
      QueryResultsToEvaluate: 3,
      QueryResultsToAlarm: 2,
      TreatMissingData: "breaching",
      AlarmDescription: "d",
      AlarmActions: [topic],
      OKActions: [topic],
    });
    expect(logAlarm(queries(alarmOf(", evaluationPeriods: 3")))).toMatchObject({ QueryResultsToAlarm: 3 });
  });

  it("calls only what a log alarm can call, and opens an OpsItem only when it fires", () => {
    const telling = (arn: string) =>
      logAlarm(`notifications: { critical: ["${arn}"] }\n${queries(alarmOf(", severity: critical"))}`);
    const opsItem = "arn:aws:ssm:eu-central-1:123456789012:opsitem:2";
    expect(telling(opsItem)).toMatchObject({ AlarmActions: [opsItem], OKActions: [] });
    const lambda = "arn:aws:lambda:eu-central-1:123456789012:function:f";
    expect(telling(lambda)).toMatchObject({ AlarmActions: [lambda], OKActions: [lambda] });
    const incident = "arn:aws:ssm-incidents::123456789012:response-plan/web";
    expect(telling(incident)).toBe(
      `UnsupportedAction: ${incident} (notifications.critical) is nothing that a log alarm can call: only SNS topics, Lambda functions and SSM OpsItems; give the alarm of query x another severity`,
    );
  });

  it("is muted while the service is scaled to zero, or waived", () => {
    const enabled = (input: JsonObject | string) => at(input as JsonObject, "ActionsEnabled");
    expect(enabled(logAlarm(queries(), { desiredCount: 0 }))).toBe(false);
    expect(enabled(logAlarm(queries(alarmOf(", whenDesiredZero: page")), { desiredCount: 0 }))).toBe(true);
    const exception = {
      name: "later",
      spec: { selector: { services: ["*"] }, except: ["alarms.x"], reason: "r", expires: "2027-01-31" },
    };
    const [waived] = selectWorkloads(policies(queries()), [workload()], owner, [
      exception as unknown as NonNullable<Parameters<typeof selectWorkloads>[3]>[number],
    ]);
    expect(enabled(build(waived as ReturnType<typeof select>))).toBe(false);
  });

  it.each([
    [queries(alarmOf(), ""), {}, /^NotApplicable: the service logs to no .* or the query's groups$/],
    [queries(alarmOf(), ""), { taskDefinition: failedRead }, /^unknown AccessDenied$/],
  ])("reads the service's own group unless said: %s", (body, over, says) => {
    expect(logAlarm(body, over)).toMatch(says);
    expect(
      at(logAlarm(`${body}\nlogging: { group: /own }`, over), "ScheduledQueryConfiguration"),
    ).toMatchObject({
      LogGroupIdentifiers: ["/own"],
    });
  });

  it("is incomplete until all policies together say what it needs", () => {
    const base = "queries: [{ name: x, groups: [/g], alarm: { description: d } }]";
    const rest = `queries: [{ name: x, query: q, ${alarmOf()} }]`;
    const whole = select([base, rest]);
    expect(build(whole)).toMatchObject({ QueryResultsToEvaluate: 1 });
    const part = { groups: ["/g"], query: "q", alarm: { aggregation: "count(*)", threshold: 0 } };
    expect(buildLogAlarm("x", part, whole, owner)).toEqual({
      state: "blocked",
      reason: {
        code: "Incomplete",
        message: "query x has no alarm.roleArn, no alarm.comparison in any policy that selects this service",
      },
    });
  });
});

describe("nameOfGroup", () => {
  it.each([
    ["/ecs/web", "/ecs/web"],
    ["arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/web:*", "/ecs/web"],
    ["arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/web", "/ecs/web"],
    ["arn:aws:logs:us-east-1:123456789012:log-group:/ecs/web", undefined],
    ["arn:aws:logs:eu-central-1:999999999999:log-group:/ecs/web", undefined],
  ])("%s", (identifier, name) => {
    expect(nameOfGroup(identifier, workload())).toBe(name);
  });
});

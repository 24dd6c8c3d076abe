// Saved queries and the alarms on them: made, put right, one where a race made two, and taken away.
import { expect, test } from "vitest";
import { account, seedEstate, webPolicy } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
const web0 = "ecsmon/prod-a/web-000";

interface Parts {
  readonly every?: string;
  readonly threshold?: number;
  readonly name?: string;
  readonly more?: string;
  readonly services?: string;
}

function policy({
  every = "5m",
  threshold = 1,
  name = "log-errors",
  more = "",
  services = '"web-000"',
}: Parts = {}) {
  return webPolicy({
    services,
    extra: `  queries:
    - name: fatal-per-minute
      query: |
        filter @message like /Fatal/
        | stats count() as fatals by bin(1m)
    - name: ${name}
      query: stats 100 * sum(strcontains(@message, "ERROR")) / count(*) as rate
      alarm:
        aggregation: max(rate)
        every: ${every}
        roleArn: arn:aws:iam::\${account}:role/log-alarms
        evaluationPeriods: 3
        datapointsToAlarm: 2
        comparison: GreaterThanThreshold
        threshold: ${threshold}
        severity: warning
${more}`,
  });
}

const definitions = (): Any[] => world.call("logs", "DescribeQueryDefinitions", {})["queryDefinitions"];
const logAlarms = (): Any[] =>
  world.call("monitoring", "DescribeAlarms", { AlarmTypes: ["LogAlarm"] })["LogAlarms"];
const changesOf = (json: Any, ...kinds: string[]): string[] =>
  json.changes
    .filter(({ kind }: Any) => kinds.includes(kind))
    .map(({ action, kind, name }: Any) => `${action} ${kind} ${name}`);

test("they are saved over the service's own group, and the alarm runs by the role given", async () => {
  seedEstate(world);
  expect((await world.apply(policy())).code).toBe(0);
  expect(definitions()).toMatchObject([
    {
      name: `${web0}/fatal-per-minute`,
      queryString: "filter @message like /Fatal/\n| stats count() as fatals by bin(1m)\n",
    },
    { name: `${web0}/log-errors`, logGroupNames: ["/ecs/prod-a/web-000"] },
  ]);
  expect(logAlarms()).toMatchObject([
    {
      AlarmName: `${web0}/log-errors`,
      ScheduledQueryConfiguration: {
        LogGroupIdentifiers: ["/ecs/prod-a/web-000"],
        ScheduledQueryRoleARN: `arn:aws:iam::${account}:role/log-alarms`,
        ScheduleConfiguration: {
          ScheduleExpression: "rate(5 minutes)",
          StartTimeOffset: 360,
          EndTimeOffset: 60,
        },
      },
      QueryResultsToEvaluate: 3,
      QueryResultsToAlarm: 2,
      AlarmActions: [`arn:aws:sns:us-east-1:${account}:chat`],
    },
  ]);
  const { Tags } = world.call("monitoring", "ListTagsForResource", { ResourceARN: logAlarms()[0].AlarmArn });
  expect(Tags).toContainEqual({ Key: "ecsmon.dev/owner", Value: "ecsmon" });
  expect(await world.plan(policy())).toMatchObject({ code: 0 });
});

test("a change of the policy and a change by hand are written in place", async () => {
  seedEstate(world);
  await world.apply(policy());
  const ids = definitions().map(({ queryDefinitionId }) => queryDefinitionId);
  const query = definitions()[1];
  world.call("logs", "PutQueryDefinition", {
    ...query,
    queryString: "fields @message",
    logGroupNames: ["/x"],
  });
  const { AlarmName, ...alarm } = logAlarms()[0];
  world.call("monitoring", "PutLogAlarm", { AlarmName, ...alarm, ActionLogLineCount: 0, Threshold: 99 });
  const ran = await world.apply(policy({ every: "1m" }));
  expect(ran.code).toBe(0);
  expect(changesOf(ran.json.plan, "QueryDefinition", "LogAlarm")).toEqual([
    `update QueryDefinition ${web0}/log-errors`,
    `update LogAlarm ${web0}/log-errors`,
  ]);
  const update = ran.json.plan.changes.find(({ kind }: Any) => kind === "LogAlarm");
  expect(update.differences.map(({ path }: Any) => path)).toEqual([
    "ScheduledQueryConfiguration.ScheduleConfiguration.ScheduleExpression",
    "ScheduledQueryConfiguration.ScheduleConfiguration.StartTimeOffset",
    "Threshold",
  ]);
  expect(definitions().map(({ queryDefinitionId }) => queryDefinitionId)).toEqual(ids);
  expect(logAlarms()[0]).toMatchObject({
    Threshold: 1,
    ScheduledQueryConfiguration: { ScheduleConfiguration: { ScheduleExpression: "rate(1 minute)" } },
  });
  expect(await world.plan(policy({ every: "1m" }))).toMatchObject({ code: 0 });
});

test("of two definitions of one name the first by id stays; others' are left alone", async () => {
  seedEstate(world);
  await world.apply(policy());
  const query = definitions()[1];
  const { queryDefinitionId: _, ...copy } = query;
  world.call("logs", "PutQueryDefinition", copy);
  for (const name of ["ecsmonitor/prod-a/web-000/x", "ecsmon/notes", "made by hand"])
    world.call("logs", "PutQueryDefinition", { name, queryString: "fields @message" });
  const first = definitions()
    .filter(({ name }) => name === query.name)
    .map(({ queryDefinitionId }) => queryDefinitionId)
    .sort()[0];
  const ran = await world.apply(policy());
  expect(changesOf(ran.json.plan, "QueryDefinition")).toEqual([`delete QueryDefinition ${web0}/log-errors`]);
  expect(definitions().map(({ name }) => name)).toEqual([
    "ecsmon/notes",
    `${web0}/fatal-per-minute`,
    `${web0}/log-errors`,
    "ecsmonitor/prod-a/web-000/x",
    "made by hand",
  ]);
  expect(definitions()[2].queryDefinitionId).toBe(first);
  expect(await world.plan(policy())).toMatchObject({ code: 0 });
});

test("they go with the policy, and what is gone already is no failure", async () => {
  seedEstate(world);
  await world.apply(policy());
  const nobody = policy({ services: '"none"' });
  expect((await world.apply(nobody, { maxDeletes: 100 })).code).toBe(0);
  expect([definitions(), logAlarms()]).toEqual([[], []]);
  expect(await world.plan(nobody)).toMatchObject({ code: 0 });
});

test("a service without a log group has neither, unless the query names groups; only those of an alarm must exist", async () => {
  seedEstate(world);
  const bare = (groups = "") => `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: bare }
spec:
  selector: { services: [batch-1] }
  queries:
    - name: slow
      query: filter took > 1000
${groups}      alarm: { aggregation: count(*), roleArn: "arn:aws:iam::${account}:role/r", comparison: GreaterThanThreshold, threshold: 1 }
`;
  const none = await world.plan(bare());
  expect(none.code).toBe(0);
  expect(none.json.blocked.map(({ kind, code }: Any) => `${kind} ${code}`)).toEqual([
    "LogAlarm NotApplicable",
    "QueryDefinition NotApplicable",
  ]);
  const given = await world.apply(bare("      groups: [/shared/app]\n"));
  expect(given.code).toBe(1);
  expect(given.json.plan.blocked).toMatchObject([{ kind: "LogAlarm", code: "MissingReference" }]);
  expect(definitions()).toMatchObject([{ logGroupNames: ["/shared/app"] }]);
  world.call("logs", "CreateLogGroup", { logGroupName: "/shared/app" });
  expect((await world.apply(bare("      groups: [/shared/app]\n"))).code).toBe(0);
  expect(logAlarms()).toHaveLength(1);
});

test("an alarm that becomes a query's is replaced by it", async () => {
  seedEstate(world);
  const alarms = policy({ name: "other", services: '"web-000"' });
  const moved = policy({ name: "cpu-high" }).replace(/ {4}- name: cpu-high\n {6}metric:(.*\n){5}/, "");
  expect((await world.apply(alarms)).code).toBe(0);
  const { json, code } = await world.apply(moved);
  expect(code).toBe(0);
  expect(changesOf(json.plan, "LogAlarm", "MetricAlarm")).toEqual([
    `update LogAlarm ${web0}/cpu-high`,
    `delete LogAlarm ${web0}/other`,
  ]);
  expect(logAlarms().map(({ AlarmName }) => AlarmName)).toEqual([`${web0}/cpu-high`]);
  expect(await world.plan(moved)).toMatchObject({ code: 0 });
});

test("a list that failed deletes nothing and makes no second one", async () => {
  seedEstate(world);
  await world.apply(policy());
  for (const [operation, kind] of [
    ["DescribeQueryDefinitions", "QueryDefinition"],
    ["DescribeAlarms", "LogAlarm"],
  ] as const) {
    world.sandbox.control.addFault({ operation, action: "denied" });
    for (const policies of [policy(), policy({ services: '"none"' })]) {
      const { code, json } = await world.plan(policies);
      expect(code).toBe(1);
      expect(json.unknown.map((one: Any) => one.kind)).toContain(kind);
      expect(changesOf(json, kind)).toEqual([]);
    }
    world.sandbox.control.clearFaults();
  }
});

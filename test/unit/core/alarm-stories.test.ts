// What happens to a service, and which presets call somebody out of bed. Minutes of metrics, evaluated as CloudWatch
// does; a story that stands here with a preset has fired it, one without has not.
import { describe, expect, it, test } from "vitest";
import { type AlarmPresetName, alarmPresets } from "../../../controller/api/alarm-presets.ts";
import { buildAlarm } from "../../../controller/core/alarm.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { appContainer, definition, owner, select, targetGroup } from "./builders.ts";
import { evaluateAlarm, type Minutes, type Series, type Value } from "./evaluate-alarm.ts";

const insights = "ECS/ContainerInsights";
const alb = "AWS/ApplicationELB";
const nlb = "AWS/NetworkELB";

/** A service with two tasks and ten requests a second, on a good day. */
const goodDay: Readonly<Record<string, Value>> = {
  "AWS/ECS CPUUtilization": 40,
  "AWS/ECS MemoryUtilization": 50,
  [`${insights} DesiredTaskCount`]: 2,
  [`${insights} RunningTaskCount`]: 2,
  [`${insights} DeploymentCount`]: 1,
  [`${insights} RestartCount`]: 0,
  [`${insights} EphemeralStorageUtilized`]: 5,
  [`${insights} EphemeralStorageReserved`]: 20,
  [`${alb} RequestCount`]: 600,
  [`${alb} HTTPCode_Target_5XX_Count`]: undefined,
  [`${alb} HTTPCode_ELB_5XX_Count`]: undefined,
  [`${alb} TargetResponseTime p90`]: 0.2,
  [`${alb} TargetResponseTime p99`]: 0.7,
  [`${alb} HealthyHostCount`]: 2,
  [`${alb} UnHealthyHostCount`]: 0,
  [`${nlb} NewFlowCount`]: 600,
  [`${nlb} TCP_Target_Reset_Count`]: undefined,
  [`${nlb} HealthyHostCount`]: 2,
  [`${nlb} UnHealthyHostCount`]: 0,
  "ecsmon/prod/web fatal": 0,
};

type Change = Readonly<Record<string, Value | ((minute: number) => Value)>>;

interface Story {
  /** From minute 60 of 150 on, unless `from` and `until` say otherwise. */
  readonly change: Change;
  readonly from?: number;
  readonly until?: number;
  readonly desiredCount?: number;
  /** The service and its alarms begin with the story. */
  readonly isNew?: boolean;
  readonly fires: readonly AlarmPresetName[];
}

const nothing = undefined;
const noTasks: Change = {
  "AWS/ECS CPUUtilization": nothing,
  "AWS/ECS MemoryUtilization": nothing,
  [`${insights} RunningTaskCount`]: nothing,
  [`${insights} EphemeralStorageUtilized`]: nothing,
  [`${insights} EphemeralStorageReserved`]: nothing,
  [`${insights} RestartCount`]: nothing,
  [`${alb} TargetResponseTime p90`]: nothing,
  [`${alb} TargetResponseTime p99`]: nothing,
  [`${alb} RequestCount`]: nothing,
  [`${alb} HealthyHostCount`]: nothing,
  [`${alb} UnHealthyHostCount`]: nothing,
  [`${nlb} HealthyHostCount`]: nothing,
  [`${nlb} UnHealthyHostCount`]: nothing,
  "ecsmon/prod/web fatal": nothing,
};
const night: Change = {
  "AWS/ECS CPUUtilization": 1,
  [`${alb} RequestCount`]: (minute) => (minute % 7 === 0 ? 1 : nothing),
  [`${alb} TargetResponseTime p90`]: (minute) => (minute % 7 === 0 ? 0.2 : nothing),
  [`${alb} TargetResponseTime p99`]: (minute) => (minute % 7 === 0 ? 0.2 : nothing),
  [`${nlb} NewFlowCount`]: (minute) => (minute % 7 === 0 ? 1 : nothing),
  "ecsmon/prod/web fatal": nothing,
};

const stories: Readonly<Record<string, Story>> = {
  "a good day": { change: {}, fires: [] },
  "outage: no task comes up, and the load balancer answers 503": {
    change: { ...noTasks, [`${alb} HTTPCode_ELB_5XX_Count`]: 600 },
    fires: ["ecs-running-below-desired", "alb-elb-5xx", "alb-healthy-hosts-low", "nlb-healthy-hosts-low"],
  },
  "outage: the running count is published as 0": {
    change: { ...noTasks, [`${insights} RunningTaskCount`]: 0 },
    fires: ["ecs-running-below-desired", "alb-healthy-hosts-low", "nlb-healthy-hosts-low"],
  },
  "sick targets: they run, fail their checks and answer 5xx": {
    change: {
      [`${alb} HTTPCode_Target_5XX_Count`]: 200,
      [`${alb} HealthyHostCount`]: 0,
      [`${alb} UnHealthyHostCount`]: 2,
      [`${nlb} HealthyHostCount`]: 0,
      [`${nlb} UnHealthyHostCount`]: 2,
      [`${nlb} TCP_Target_Reset_Count`]: 300,
    },
    fires: [
      "alb-5xx-rate",
      "alb-unhealthy-hosts",
      "alb-healthy-hosts-low",
      "nlb-unhealthy-hosts",
      "nlb-healthy-hosts-low",
      "nlb-target-resets",
    ],
  },
  "one of two targets is unhealthy for good": {
    change: {
      [`${alb} HealthyHostCount`]: 1,
      [`${alb} UnHealthyHostCount`]: 1,
      [`${nlb} HealthyHostCount`]: 1,
      [`${nlb} UnHealthyHostCount`]: 1,
    },
    fires: ["alb-unhealthy-hosts", "nlb-unhealthy-hosts"],
  },
  "scaled to zero": {
    change: { ...noTasks, [`${insights} DesiredTaskCount`]: 0, [`${insights} RunningTaskCount`]: 0 },
    desiredCount: 0,
    fires: [],
  },
  "an idle night": { change: night, from: 0, fires: [] },
  "an idle night with one failed request": {
    change: { ...night, [`${alb} HTTPCode_Target_5XX_Count`]: (minute) => (minute === 70 ? 1 : nothing) },
    from: 0,
    fires: [],
  },
  "an idle night with one slow request": {
    change: {
      ...night,
      [`${alb} TargetResponseTime p90`]: (minute) => (minute === 70 ? 30 : nothing),
      [`${alb} TargetResponseTime p99`]: (minute) => (minute === 70 ? 30 : nothing),
    },
    from: 0,
    fires: [],
  },
  "a crawler at night that meets nothing but errors": {
    change: {
      ...night,
      [`${alb} RequestCount`]: 2,
      [`${alb} HTTPCode_Target_5XX_Count`]: (minute) => (minute >= 70 && minute < 80 ? 2 : nothing),
      [`${nlb} NewFlowCount`]: 2,
      [`${nlb} TCP_Target_Reset_Count`]: (minute) => (minute >= 70 && minute < 80 ? 2 : nothing),
    },
    from: 0,
    fires: [],
  },
  "half an hour of slow reports at night": {
    change: {
      ...night,
      [`${alb} RequestCount`]: 1,
      [`${alb} TargetResponseTime p90`]: (minute) => (minute >= 70 && minute < 100 ? 30 : 0.2),
      [`${alb} TargetResponseTime p99`]: (minute) => (minute >= 70 && minute < 100 ? 30 : 0.2),
    },
    from: 0,
    fires: [],
  },
  "one slow request by day": {
    change: { [`${alb} TargetResponseTime p99`]: 30 },
    until: 61,
    fires: [],
  },
  "a deployment that goes down to one task": {
    change: {
      "AWS/ECS CPUUtilization": (minute) => (minute < 64 ? 100 : 40),
      [`${insights} RunningTaskCount`]: 1,
      [`${insights} DeploymentCount`]: 2,
      [`${alb} HealthyHostCount`]: 1,
      [`${alb} UnHealthyHostCount`]: (minute) => (minute < 63 ? 1 : 0),
      [`${nlb} HealthyHostCount`]: 1,
      [`${nlb} UnHealthyHostCount`]: (minute) => (minute < 63 ? 1 : 0),
      [`${alb} TargetResponseTime p90`]: (minute) => (minute < 63 ? 2 : 0.2),
      [`${alb} TargetResponseTime p99`]: (minute) => (minute < 64 ? 5 : 0.7),
      [`${alb} HTTPCode_Target_5XX_Count`]: (minute) => (minute < 62 ? 60 : nothing),
      [`${nlb} TCP_Target_Reset_Count`]: (minute) => (minute < 62 ? 90 : nothing),
    },
    until: 67,
    fires: [],
  },
  "a deployment that never gets healthy": {
    change: { [`${insights} DeploymentCount`]: 2 },
    fires: ["ecs-deployment-stuck"],
  },
  "a canary deployment of twenty minutes": {
    change: { [`${insights} DeploymentCount`]: 2 },
    until: 80,
    fires: [],
  },
  "scale-in from four tasks to two": {
    change: {
      [`${insights} DesiredTaskCount`]: 4,
      [`${insights} RunningTaskCount`]: 4,
      [`${alb} HealthyHostCount`]: 4,
      [`${nlb} HealthyHostCount`]: 4,
    },
    from: 0,
    until: 60,
    fires: [],
  },
  "scale-out, and slow images": {
    change: { [`${insights} DesiredTaskCount`]: 6 },
    until: 66,
    fires: [],
  },
  "the first hour of a new service": {
    change: {
      ...Object.fromEntries(
        Object.keys(goodDay).map((name) => [name, (minute: number) => firstHour(name, minute)]),
      ),
    },
    from: 0,
    isNew: true,
    fires: [],
  },
  "a new service that never comes up": {
    change: noTasks,
    from: 0,
    isNew: true,
    fires: ["ecs-running-below-desired", "alb-healthy-hosts-low", "nlb-healthy-hosts-low"],
  },
  "Container Insights fall silent": {
    change: Object.fromEntries(
      Object.keys(goodDay)
        .filter((name) => name.startsWith(insights))
        .map((name) => [name, nothing]),
    ),
    fires: ["ecs-running-below-desired"],
  },
  "the newest running count is late": {
    change: { [`${insights} RunningTaskCount`]: (minute) => (minute % 4 === 0 ? nothing : 2) },
    fires: [],
  },
  "tasks that start and die, over and over": {
    change: { [`${insights} RunningTaskCount`]: (minute) => (minute % 6 === 0 ? 2 : 1) },
    fires: ["ecs-running-below-desired"],
  },
  "a container restarts once": {
    change: { [`${insights} RestartCount`]: 1 },
    fires: [],
  },
  "a container restarts every six minutes, counted so far": {
    change: { [`${insights} RestartCount`]: (minute) => Math.floor((minute - 54) / 6) },
    fires: ["ecs-task-restarts"],
  },
  "a container restarts every six minutes, counted each minute": {
    change: { [`${insights} RestartCount`]: (minute) => (minute % 6 === 0 ? 1 : 0) },
    fires: ["ecs-task-restarts"],
  },
  "a disk fills up": {
    change: { [`${insights} EphemeralStorageUtilized`]: (minute) => Math.min(19.5, 5 + (minute - 60) / 4) },
    fires: ["ecs-ephemeral-storage-high"],
  },
  "too much work": {
    change: {
      "AWS/ECS CPUUtilization": 97,
      "AWS/ECS MemoryUtilization": 91,
      [`${alb} TargetResponseTime p90`]: 2,
      [`${alb} TargetResponseTime p99`]: 8,
    },
    fires: ["ecs-cpu-high", "ecs-memory-high", "alb-latency-p90", "alb-latency-p99"],
  },
  "a burst of three minutes": {
    change: {
      "AWS/ECS CPUUtilization": 100,
      "AWS/ECS MemoryUtilization": 90,
      [`${alb} HTTPCode_ELB_5XX_Count`]: (minute) => (minute < 62 ? 50 : nothing),
    },
    until: 63,
    fires: [],
  },
  "one fatal line": {
    change: { "ecsmon/prod/web fatal": 1 },
    until: 61,
    fires: ["log-fatal"],
  },
};

/** Container Insights begin after eight minutes, targets are healthy after four. */
function firstHour(name: string, minute: number): Value {
  const begins = name.startsWith(insights) ? 8 : 4;
  return minute < begins ? nothing : goodDay[name];
}

function tell({ change, from = 60, until = 150 }: Story): Minutes {
  const series = (name: string): Series =>
    Array.from({ length: 150 }, (_, minute) => {
      const given = change[name];
      if (!(name in change) || minute < from || minute >= until) return goodDay[name];
      return typeof given === "function" ? given(minute) : given;
    });
  return Object.fromEntries(Object.keys(goodDay).map((name) => [name, series(name)]));
}

const names = Object.keys(alarmPresets) as AlarmPresetName[];

function presetInput(name: AlarmPresetName, desiredCount = 2, more = ""): JsonObject {
  const body = `logMetrics: [{ name: fatal, pattern: FATAL, group: /g }]\nalarms: [{ name: x, preset: ${name}${more} }]`;
  const restarting = appContainer({ restartPolicy: { enabled: true } });
  const selected = select(body, {
    desiredCount,
    input: definition([restarting]),
    targetGroups: [targetGroup("web", `${name.startsWith("nlb") ? "net" : "app"}/front`)],
  });
  const item = selected.alarms.get("x");
  if (!item?.result.ok) throw new Error("not selected");
  const made = buildAlarm("x", item.result.value, selected, owner);
  if (made.state !== "built") throw new Error(`${name} is ${JSON.stringify(made)}`);
  return made.input;
}

describe.each([true, false])("if FILL fills a metric without any data: %s", (fillsEmpty) => {
  it.each(Object.entries(stories))("%s", (_name, story) => {
    const minutes = tell(story);
    const fired = names.filter((name) => {
      const input = presetInput(name, story.desiredCount);
      const states = evaluateAlarm(input, minutes, { fillsEmpty, isNew: story.isNew ?? false });
      // An alarm of a service scaled to zero may fire; nobody hears it.
      return input["ActionsEnabled"] === true && states.includes("ALARM");
    });
    expect(fired).toEqual(names.filter((name) => story.fires.includes(name)));
  });
});

test("every preset fires in some story, and goes back when a short one is over", () => {
  const told = new Set(Object.values(stories).flatMap(({ fires }) => fires));
  expect(names.filter((name) => !told.has(name))).toEqual([]);
  for (const story of Object.values(stories).filter(({ isNew }) => isNew !== true)) {
    const minutes = tell({ ...story, from: 60, until: 75 });
    for (const name of story.fires) {
      const states = evaluateAlarm(presetInput(name), minutes, { fillsEmpty: true });
      expect([name, states.at(-1)]).toEqual([name, "OK"]);
    }
  }
});

test("one breach is no alarm before as many could have come as it takes", () => {
  const input = {
    Namespace: "N",
    MetricName: "M",
    Statistic: "Maximum",
    EvaluationPeriods: 3,
    Threshold: 5,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "missing",
  };
  const minutes = { "N M": [9, undefined, undefined, undefined] };
  const states = evaluateAlarm(input, minutes, { fillsEmpty: false, isNew: true });
  expect(states).toEqual(["INSUFFICIENT_DATA", "INSUFFICIENT_DATA", "ALARM", "ALARM"]);
});

test("a missing running count is 0, whatever a policy makes of missing data", () => {
  const input = presetInput("ecs-running-below-desired", 2, ", treatMissingData: notBreaching");
  const minutes = tell({ change: noTasks, fires: [] });
  for (const fillsEmpty of [true, false])
    expect(evaluateAlarm(input, minutes, { fillsEmpty })).toContain("ALARM");
});

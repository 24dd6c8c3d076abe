// What an audit says of how a service is doing just now.
import { expect, test } from "vitest";
import { judgeLife } from "../../../../controller/core/audit/liveness-life.ts";
import type { ServiceLife } from "../../../../controller/model/audit-facts.ts";
import { workload } from "../builders.ts";
import { quiet } from "./audit-facts.ts";

function found(life: Partial<ServiceLife>, desiredCount = 2): Record<string, string> {
  const verdicts = judgeLife({ workload: workload({ desiredCount }), life: { ...quiet, ...life } });
  return Object.fromEntries(
    verdicts.flatMap((verdict) => (verdict.is === "found" ? [[verdict.code, verdict.message]] : [])),
  );
}

test.each<[Partial<ServiceLife>, RegExp | undefined]>([
  [{}, undefined],
  [{ failedTasks: 2 }, undefined],
  [{ failedTasks: 3 }, /^3 tasks of the current deployment failed$/],
  [{ deploymentFailed: "tasks failed to start" }, /^the last deployment failed: tasks failed to start$/],
  [
    { cannotStart: "(service web) was unable to place a task" },
    /^ECS cannot start tasks: \(service web\) was/,
  ],
  [{ troubles: ["a", "b"] }, undefined],
  [{ troubles: ["a", "b", "c"] }, /^ECS told of 3 failures in 24 hours, last: a$/],
])("tasks fail: %j", (life, message) => {
  const { TasksFailing } = found(life);
  if (message === undefined) expect(TasksFailing).toBeUndefined();
  else expect(TasksFailing).toMatch(message);
});

test.each<[string, Partial<ServiceLife>, number, string | undefined]>([
  ["none", {}, 2, undefined],
  ["two are an accident", { restarts: { least: 2, hours: 1 } }, 2, undefined],
  [
    "three",
    { restarts: { least: 3, hours: 1 } },
    2,
    "at least 3 tasks ended by themselves or were replaced as unhealthy in an hour",
  ],
  [
    "of a day",
    { restarts: { least: 98, hours: 24 } },
    2,
    "at least 98 tasks ended by themselves or were replaced as unhealthy in 24 hours",
  ],
  [
    "three where instances come and go",
    { restarts: { least: 9, hours: 24 }, losesHosts: true },
    1,
    undefined,
  ],
  [
    "each of ten twice, with its instance",
    { restarts: { least: 20, hours: 24 }, losesHosts: true },
    10,
    undefined,
  ],
  [
    "a crash loop there",
    { restarts: { least: 30, hours: 1 }, losesHosts: true },
    10,
    "at least 30 tasks ended by themselves or were replaced as unhealthy in an hour",
  ],
])("tasks restart: %s", (_, life, desiredCount, message) => {
  expect(found(life, desiredCount)).toEqual(message === undefined ? {} : { TasksRestarting: message });
});

test("of a daemon nobody can say: its tasks come with the instances", () => {
  const life = { ...quiet, schedulingStrategy: "DAEMON", restarts: { least: 50, hours: 2 } };
  expect(judgeLife({ workload: workload(), life }).map(({ code }) => code)).toEqual(["TasksFailing"]);
});

// What is taken out of a suggested policy: only the lines that an item comes of, and the reason that is theirs.
import { expect, test } from "vitest";
import { chooseDropped } from "../../../../controller/core/audit/choose-dropped.ts";
import type { FindingCode } from "../../../../controller/core/audit/findings.ts";
import type { Mending } from "../../../../controller/core/audit/suggest-policy.ts";
import type { JsonObject } from "../../../../controller/model/json.ts";
import type { Blocked, Plan } from "../../../../controller/model/plan.ts";

const place = { cluster: "prod", service: "web" };

function mend(code: FindingCode, spec: JsonObject, over: Partial<Mending> = {}): Mending {
  return { ...place, code, spec, ...over };
}

function hold(kind: Blocked["kind"], name: string, over: Partial<Blocked> = {}): Blocked {
  return { kind, name, ...place, policies: [], code: "NotOwned", message: `not ours: ${name}`, ...over };
}

const agent = mend("NoAgent", { sidecars: [{ preset: "cloudwatch-agent" }] });
const cpu = mend("NoCpuAlarm", { alarms: [{ name: "ecs-cpu-high" }] });
const errors = mend("NoErrorSignal", { logMetrics: [{ name: "fatal" }], alarms: [{ name: "log-fatal" }] });
const driver = mend("NoLogDriver", { logging: { driver: "awslogs" } }, { logGroup: "/ecs/prod/web" });
const crash = mend("TaskStoppedUntold", { events: [{ preset: "task-stopped" }] });
const all = [agent, cpu, errors, driver, crash];

function codesDropped(open: readonly Mending[], given: Partial<Plan>): string[] {
  const plan = { blocked: [], unknown: [], ...given } as unknown as Plan;
  return chooseDropped(all, (one) => open.includes(one), plan).map(({ mending: { code } }) => code);
}

test.each<[Blocked, FindingCode[]]>([
  [hold("MetricAlarm", "ecsmon/prod/web/log-fatal"), ["NoErrorSignal"]],
  [hold("MetricFilter", "ecsmon/prod/web/fatal"), ["NoErrorSignal"]],
  [hold("MetricAlarm", "ecsmon/prod/api/ecs-cpu-high", { service: "api" }), []],
  [hold("TaskDefinition", "web:3"), ["NoAgent", "NoLogDriver"]],
  [hold("LogGroup", "/ecs/prod/web"), ["NoLogDriver"]],
  [hold("LogGroup", "/shared"), []],
  [hold("Service", "web"), []],
])("where all is closed, what is held back goes: %j", (blocked, codes) => {
  expect(codesDropped([], { blocked: [blocked] })).toEqual(codes);
});

test("an item of the cluster is of all its services' lines", () => {
  const { service: _, ...rule } = hold("EventRule", "ecsmon-prod-1");
  expect(codesDropped([], { blocked: [rule] })).toEqual(["TaskStoppedUntold"]);
});

test("what only waits is no reason", () => {
  const blocked = [hold("TaskDefinition", "web:3", { code: "DeploymentInProgress" })];
  expect(codesDropped([], { blocked })).toEqual([]);
});

test("a sidecar without room goes before the others that it holds back, and what is open before what is closed", () => {
  const blocked = [hold("TaskDefinition", "web:3", { code: "NoRoom" }), hold("LogGroup", "/ecs/prod/web")];
  expect(codesDropped([agent, driver], { blocked })).toEqual(["NoAgent"]);
  expect(codesDropped([cpu], { blocked })).toEqual(["NoCpuAlarm"]);
});

test("the reason is that of the lines' own item, and a failed read comes first", () => {
  const blocked = [
    hold("MetricAlarm", "ecsmon/prod/web/log-fatal"),
    hold("MetricAlarm", "ecsmon/prod/web/ecs-cpu-high"),
  ];
  const whyOf = (unknown: Plan["unknown"]): string[] =>
    chooseDropped(all, (one) => one === cpu, { blocked, unknown } as unknown as Plan).map(({ why }) => why);
  expect(whyOf([])).toEqual([
    "a policy's lines for it are held back: NotOwned: not ours: ecsmon/prod/web/ecs-cpu-high",
  ]);
  const denied = { kind: "MetricAlarm", code: "AccessDenied", message: "no" } as const;
  expect(whyOf([denied])).toEqual(["a policy's lines for it could not be tried: AccessDenied: no"]);
  expect(whyOf([{ ...denied, kind: "TargetGroup" }])[0]).toContain("held back");
});

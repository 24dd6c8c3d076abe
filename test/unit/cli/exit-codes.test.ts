import { expect, test } from "vitest";
import { exitCodeOfApply, exitCodeOfPlan } from "../../../controller/cli/exit-codes.ts";
import { toReconcileOptions } from "../../../controller/cli/options.ts";
import type { Outcome, Plan } from "../../../controller/model/plan.ts";
import { emptyPlan, samplePlan } from "./sample-plan.ts";

const blocked = (code: string): Plan => ({
  ...emptyPlan,
  blocked: [{ kind: "MetricAlarm", name: "a", policies: [], code, message: "m" }],
});
const changed: Plan = { ...emptyPlan, changes: samplePlan.changes };
const audited: Plan = {
  ...emptyPlan,
  changes: samplePlan.changes.filter(({ enforcement }) => enforcement === "Audit"),
};
const unknown: Plan = { ...emptyPlan, unknown: samplePlan.unknown };

test.each<[string, Plan, number, number]>([
  ["nothing to do", emptyPlan, 0, 0],
  ["changes", changed, 0, 2],
  ["changes in Audit alone", audited, 0, 0],
  ["NotApplicable", blocked("NotApplicable"), 0, 0],
  ["DeploymentInProgress", blocked("DeploymentInProgress"), 0, 0],
  ["Conflict", blocked("Conflict"), 1, 1],
  ["Conflict and changes", { ...blocked("Conflict"), changes: samplePlan.changes }, 1, 1],
  ["unknown", unknown, 1, 1],
])("plan with %s", (_, plan, plain, detailed) => {
  expect(exitCodeOfPlan(plan, false)).toBe(plain);
  expect(exitCodeOfPlan(plan, true)).toBe(detailed);
});

const outcome = (result: Outcome["result"], code?: string): Outcome => ({
  kind: "MetricAlarm",
  id: "a",
  name: "a",
  action: "create",
  result,
  ...(code === undefined ? {} : { error: { code, message: "m" } }),
});

test.each<[string, Plan, Outcome[], number]>([
  ["nothing to do", emptyPlan, [], 0],
  ["all applied", changed, [outcome("applied")], 0],
  ["one failed", changed, [outcome("applied"), outcome("failed", "Throttled")], 1],
  ["one skipped for another's failure", changed, [outcome("skipped", "NeedFailed")], 1],
  ["one that waits", changed, [outcome("applied"), outcome("skipped", "DeploymentInProgress")], 3],
  ["one whose window closed meanwhile", changed, [outcome("skipped", "OutsideWindow")], 3],
  ["one that somebody deployed meanwhile", changed, [outcome("skipped", "OwnerDeployed")], 3],
  ["blocked until later", blocked("OutsideWindow"), [], 3],
  ["NotApplicable", blocked("NotApplicable"), [outcome("applied")], 0],
  ["blocked as an error", blocked("DeleteGuard"), [outcome("applied")], 1],
  ["unknown", unknown, [outcome("applied")], 1],
])("apply with %s", (_, plan, outcomes, code) => {
  expect(exitCodeOfApply(plan, outcomes)).toBe(code);
});

test("flags become the options of a pass", () => {
  const now = new Date("2026-11-22T09:00:00Z");
  const flags = {
    policies: ["p"],
    owner: "ecsmon",
    maxDeletes: 10,
    maxRedeploys: 3,
    deletePolicy: "sync",
    format: "text",
  } as const;
  expect(toReconcileOptions(flags, now)).toEqual({
    owner: "ecsmon",
    clusters: [],
    services: [],
    maxDeletes: 10,
    maxRedeploys: 3,
    deletePolicy: "sync",
    asOf: now,
    force: false,
  });
  const asOf = new Date("2026-12-24T00:00:00Z");
  expect(toReconcileOptions({ ...flags, asOf, cluster: ["prod-*"], force: true }, now)).toMatchObject({
    asOf,
    clusters: ["prod-*"],
    force: true,
  });
});

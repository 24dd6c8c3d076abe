// What fails a pull request, and what is worth a comment.
import { expect, test } from "vitest";
import {
  type FailOn,
  judge,
  type Look,
  type PlanDocument,
} from "../../../../controller/cli/github/verdict.ts";

type Change = PlanDocument["changes"][number];
const empty: PlanDocument = { changes: [], unknown: [], blocked: [], diagnostics: [] };
const change = (action: string, extra: Partial<Change> = {}): Change => ({
  action,
  enforcement: "Enforce",
  impact: "none",
  cluster: "prod",
  service: "web",
  ...extra,
});
const look = (plan: Partial<PlanDocument>, extra: Partial<Look> = {}): Look => ({
  findings: [],
  exitCode: 0,
  failed: 0,
  plans: [{ ...empty, ...plan }],
  ...extra,
});
const all: readonly FailOn[] = ["error", "delete", "redeploy", "any"];
/** The words that make it fail. */
const failing = (what: Look): readonly FailOn[] =>
  all.filter((word) => judge(what, new Set([word])).conclusion === "failure");

const blocked = (code: string, origin?: "change" | "drift") =>
  ({ kind: "MetricAlarm", name: "a", policies: [], code, message: "", ...(origin && { origin }) }) as const;
type Would = NonNullable<PlanDocument["blocked"][number]["would"]>;
const held = (
  code: string,
  would: Partial<Would>,
  extra: { origin?: "change" | "drift"; service?: string } = {},
) => ({
  ...blocked(code),
  cluster: "prod",
  service: "web",
  would: { action: "update", enforcement: "Enforce", impact: "none", ...would },
  ...extra,
});
const removal = { action: "delete" };
const rollout = { impact: "deployment" };
const finding = (severity: "error" | "warning") => ({ severity, code: "X", message: "m" }) as const;

test.each<[string, Look, readonly FailOn[]]>([
  ["nothing", look({}), []],
  ["a create", look({ changes: [change("create")] }), ["any"]],
  ["a delete", look({ changes: [change("delete")] }), ["delete", "any"]],
  ["a redeployment", look({ changes: [change("update", { impact: "deployment" })] }), ["redeploy", "any"]],
  ["an update that loses data", look({ changes: [change("update", { impact: "dataloss" })] }), ["any"]],
  [
    "what is only watched",
    look({ changes: [change("delete", { enforcement: "Audit", impact: "deployment" })] }),
    [],
  ],
  ["a warning", look({}, { findings: [finding("warning")] }), []],
  ["a finding", look({}, { findings: [finding("error")], exitCode: 1, plans: [] }), ["error"]],
  ["a failed read", look({ unknown: [{}] }, { exitCode: 1 }), ["error"]],
  ["a blocked item", look({ blocked: [blocked("Conflict")] }, { exitCode: 1 }), ["error"]],
  ["a blocked item that is information", look({ blocked: [blocked("NotApplicable")] }), []],
  ["a target without a plan", look({}, { exitCode: 1, failed: 1 }), ["error"]],
  ["no plan at all", look({}, { exitCode: 1, plans: [] }), ["error"]],
  ["interrupted", look({}, { exitCode: 130 }), ["error"]],
  ["a layer that is taken off", look({ changes: [change("update", { deletes: 1 })] }), ["delete", "any"]],
  [
    "deletes that the guard holds back",
    look({ blocked: [held("DeleteGuard", removal)] }, { exitCode: 1 }),
    ["error", "delete", "any"],
  ],
  [
    "layers whose leaving the guard holds back",
    look({ blocked: [held("DeleteGuard", { ...rollout, deletes: 1 })] }, { exitCode: 1 }),
    ["error", "delete", "redeploy", "any"],
  ],
  [
    "redeployments that the guard holds back",
    look({ blocked: [held("RedeployGuard", rollout)] }, { exitCode: 1 }),
    ["error", "redeploy", "any"],
  ],
  [
    "a rollout that waits for its window",
    look({ blocked: [held("OutsideWindow", rollout)] }),
    ["redeploy", "any"],
  ],
  [
    "a delete that waits for a deployment",
    look({ blocked: [held("DeploymentInProgress", removal)] }),
    ["delete", "any"],
  ],
  [
    "a rollout that waits, and is only watched",
    look({ blocked: [held("OutsideWindow", { ...rollout, enforcement: "Audit" })] }),
    [],
  ],
  ["what a suspended policy would do", look({ blocked: [held("Suspended", removal)] }), []],
])("%s fails on these words", (_, what, words) => {
  expect(failing(what)).toEqual(words);
});

test.each<[string, Look, readonly FailOn[]]>([
  ["a delete that drifts", look({ changes: [change("delete", { origin: "drift" })] }), []],
  ["a delete of this change", look({ changes: [change("delete", { origin: "change" })] }), ["delete", "any"]],
  ["what is blocked anyway", look({ blocked: [blocked("Conflict", "drift")] }, { exitCode: 1 }), []],
  ["what this change blocks", look({ blocked: [blocked("Conflict", "change")] }, { exitCode: 1 }), ["error"]],
  [
    "a rollout that waits anyway",
    look({ blocked: [held("OutsideWindow", rollout, { origin: "drift" })] }),
    [],
  ],
  [
    "a rollout of this change that waits",
    look({ blocked: [held("OutsideWindow", rollout, { origin: "change" })] }),
    ["redeploy", "any"],
  ],
  ["a read that failed for both", look({ unknown: [{ origin: "drift" }] }, { exitCode: 1 }), ["error"]],
  [
    "what is blocked anyway, and a target without a plan",
    look({ blocked: [blocked("Conflict", "drift")] }, { exitCode: 1, failed: 1 }),
    ["error"],
  ],
])("beside a base: %s fails on these words", (_, what, words) => {
  expect(failing(what)).toEqual(words);
});

test("errors that are not to fail it are neutral; services are counted once, those of each target", () => {
  const rolling = [change("update", { impact: "deployment" }), change("create", { impact: "deployment" })];
  const what = look({ changes: rolling }, { exitCode: 1 });
  expect(judge({ ...what, plans: [...what.plans, ...what.plans] }, new Set(["delete"]))).toMatchObject({
    conclusion: "neutral",
    reasons: [],
    redeploys: 2,
    title: "2 to create, 2 to change, 2 services to redeploy, with errors",
  });
});

test("what is held back or waits is counted with the rest, and told apart", () => {
  const what = look({
    changes: [change("delete"), change("update", rollout)],
    blocked: [
      held("OutsideWindow", rollout, { service: "api" }),
      held("DeploymentInProgress", removal),
      ...["a", "b", "c"].map((service) => held("DeleteGuard", { ...rollout, deletes: 1 }, { service })),
    ],
  });
  expect(judge(what, new Set(["delete", "redeploy", "any"]))).toMatchObject({
    creates: 0,
    updates: 5,
    deletes: 5,
    redeploys: 5,
    reasons: [
      "5 items would be deleted or taken off (3 held back by a guard, 1 later)",
      "5 services would be redeployed (3 held back by a guard, 1 later)",
      "7 changes would be written (3 held back by a guard, 2 later)",
    ],
    title: "5 to change, 2 to delete, 5 services to redeploy, with errors (3 held back by a guard, 2 later)",
  });
});

test.each<[string, Look, boolean]>([
  ["nothing", look({}), true],
  ["information", look({ blocked: [blocked("NotApplicable")] }), true],
  ["a rollout that waits for its window", look({ blocked: [held("OutsideWindow", rollout)] }), false],
  ["one that waits anyway", look({ blocked: [held("OutsideWindow", rollout, { origin: "drift" })] }), true],
  ["a change", look({ changes: [change("create")] }), false],
  ["a change that is only watched", look({ changes: [change("create", { enforcement: "Audit" })] }), false],
  ["a warning", look({}, { findings: [finding("warning")] }), false],
  ["an error", look({ unknown: [{}] }, { exitCode: 1 }), false],
  [
    "drift beside a base, and a warning that was there before",
    look(
      { changes: [change("create", { origin: "drift" })], base: { dropped: empty } },
      { findings: [finding("warning")] },
    ),
    true,
  ],
  ["what is no longer done", look({ base: { dropped: { ...empty, changes: [change("create")] } } }), false],
  ["a warning beside a base that has errors", look({ base: {} }, { findings: [finding("warning")] }), false],
])("%s leaves nothing to say: %j", (_, what, quiet) => {
  expect(judge(what, new Set(["error"])).isQuiet).toBe(quiet);
});

// What makes a reviewed plan stale, and what it says of it.
import { describe, expect, test } from "vitest";
import {
  findOtherPlace,
  holdToReview,
  markOf,
  type Pins,
  type ReviewedPlan,
  withoutOrder,
} from "../../../controller/core/reviewed-plan.ts";
import { readSavedPlan, type SavedPlan, writeSavedPlan } from "../../../controller/core/saved-plan.ts";
import type { Blocked, Change, Plan } from "../../../controller/model/plan.ts";

const metadata = {
  owner: "ecsmon",
  region: "eu-central-1",
  account: "123456789012",
  sourceRevision: "sha256:0",
  createdAt: "2026-11-22T00:00:00.000Z",
  asOf: "2026-11-22T00:00:00.000Z",
};

function change(name: string, over: Partial<Change> = {}): Change {
  return {
    kind: "MetricAlarm",
    id: name,
    name,
    cluster: "prod",
    service: "web",
    action: "update",
    policies: ["p"],
    enforcement: "Enforce",
    before: { Threshold: 80, AlarmActions: ["a", "b"] },
    after: { Threshold: 90, AlarmActions: ["a", "b"] },
    differences: [{ path: "Threshold", before: 80, after: 90 }],
    impact: "none",
    deletes: 0,
    needs: [],
    ...over,
  };
}

function blocked(name: string, code: string): Blocked {
  const place = { kind: "MetricAlarm", cluster: "prod", service: "web" } as const;
  return { ...place, name, policies: ["p"], code, message: "because" };
}

function plan(changes: readonly Change[], over: Partial<Plan> = {}): Plan {
  return { metadata, unchanged: 0, changes, unknown: [], blocked: [], diagnostics: [], ...over };
}

function reviewed(made: Plan, pins: Pins = {}): ReviewedPlan {
  const shown = made.changes.map(({ id: _, needs: __, deletes: ___, ...rest }) => ({ ...rest }));
  return {
    plan: { metadata, changes: shown as unknown as ReviewedPlan["plan"]["changes"], blocked: made.blocked },
    items: made.changes.map(({ kind, id }) => ({ item: `${kind}/${id}`, pins })),
    standing: (made.standing ?? []).map(markOf),
  };
}

const hold = (was: Plan, is: Plan, pins: readonly [Pins, Pins] = [{}, {}]) =>
  holdToReview(reviewed(was, pins[0]), reviewed(is, pins[1]), is);
const whys = (was: Plan, is: Plan, pins?: readonly [Pins, Pins]) =>
  hold(was, is, pins).stale.map(({ name, why }) => `${name}: ${why}`);

describe("an item", () => {
  test.each<[string, Plan, string | undefined]>([
    ["as it was", plan([change("a")]), undefined],
    [
      "in another order",
      plan([change("a", { before: { AlarmActions: ["b", "a"], Threshold: 80, OKActions: [] } })]),
      undefined,
    ],
    ["edited", plan([change("a", { before: { Threshold: 7 } })]), "Threshold was 80 and is 7"],
    ["to become something else", plan([change("a", { after: { Threshold: 95 } })]), "after.Threshold was 90"],
    ["made by somebody", plan([change("a", { before: null })]), "it was there and is absent"],
    ["written by somebody", plan([]), "there is nothing to write any more"],
    ["in Audit", plan([change("a", { enforcement: "Audit" })]), 'enforcement was "Enforce" and is "Audit"'],
    ["blocked", plan([], { blocked: [blocked("a", "Conflict")] }), "it is blocked now, Conflict: because"],
    ["waiting", plan([], { blocked: [blocked("a", "OutsideWindow")] }), undefined],
    [
      "in the dark",
      plan([], { unknown: [{ kind: "MetricAlarm", code: "AccessDenied", message: "no" }] }),
      "it could not be read, AccessDenied: no",
    ],
    [
      "of a service in the dark",
      plan([], { unknown: [{ kind: "Workload", cluster: "prod", code: "Throttled", message: "no" }] }),
      "it could not be read, Throttled: no",
    ],
    [
      "while another cluster is in the dark",
      plan([], { unknown: [{ kind: "Workload", cluster: "dev", code: "Throttled", message: "no" }] }),
      "there is nothing to write any more",
    ],
  ])("%s", (_, is, why) => {
    const found = whys(plan([change("a")]), is);
    if (why === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(why)]);
  });

  test.each<[Pins, Pins, string]>([
    [{ revision: "arn:x/web:7" }, { revision: "arn:x/web:8" }, "the task definition was web:7 and is web:8"],
    [{ tags: "1" }, { tags: "2" }, "tags of the service that policies look at have changed"],
    [{ hidden: "1" }, {}, "hidden values have changed, or another MACKEREL_APIKEY is set"],
  ])("pinned by %j", (was, is, why) => {
    const same = plan([change("a")]);
    expect(whys(same, same, [was, is])).toEqual([`a: ${why}`]);
    expect(whys(same, same, [was, was])).toEqual([]);
  });

  test("that needs what has gone is stale; one that needs what was edited is not, unless it is deleted", () => {
    const both = change("both", { needs: ["MetricAlarm/a"] });
    const was = plan([both]);
    expect(whys(was, plan([both, change("a", { action: "create" })]))).toEqual([
      "both: it needs MetricAlarm a, which has changed, and which the plan does not write",
    ]);
    expect(whys(was, plan([both, change("a")]))).toEqual([]);
    const deleted = change("both", { needs: ["MetricAlarm/a"], action: "delete" });
    expect(whys(plan([deleted]), plan([deleted, change("a")]))).toHaveLength(1);
  });
});

describe("an item that stood as wanted", () => {
  const place = { kind: "MetricAlarm", cluster: "prod", service: "web" } as const;
  const was = plan([change("a")], { standing: [{ ...place, name: "b" }] });
  test.each<[string, Change, string]>([
    ["edited", change("b"), "Threshold is 80 where 90 is wanted"],
    ["deleted", change("b", { action: "create", before: null, differences: [] }), "it is absent"],
    ["no longer wanted", change("b", { action: "delete", release: true }), "no policy wants it"],
    ["begun and not finished", change("b", { differences: [] }), "it does not"],
    [
      "otherwise in much",
      change("b", {
        differences: ["c", "d", "e", "f", "g"].map((path) => ({ path, before: 1, after: 2 })),
      }),
      "c is 1 where 2 is wanted; d is 1 where 2 is wanted; e is 1 where 2 is wanted; 2 more differences",
    ],
  ])("and is %s", (_, now, why) => {
    const held = hold(was, plan([change("a"), now]));
    expect(held.stale).toEqual([
      { ...place, name: "b", why: `it stood as the policies say, and now ${why}` },
    ]);
    expect(held.total).toBe(2);
    expect(hold({ ...was, changes: [] }, plan([now])).stale).toHaveLength(1);
  });

  test("is blocked, in Audit, or of another kind or service: that writes nothing of it", () => {
    const others = [change("b", { enforcement: "Audit" }), change("b", { service: "api" }), change("c")];
    const is = plan([change("a"), ...others, change("b", { kind: "LogAlarm" })], {
      blocked: [blocked("b", "DeploymentInProgress")],
    });
    expect(hold(was, is).stale).toEqual([]);
  });
});

test("what was not reviewed is left out; what a guard held is held still", () => {
  const was = plan([change("a")], { blocked: [blocked("held", "DeleteGuard"), blocked("x", "Conflict")] });
  const is = plan([change("a"), change("held"), change("new"), change("look", { enforcement: "Audit" })], {
    leftBehind: [change("rolling")],
  });
  const held = hold(was, is);
  expect(held.plan.changes.map(({ name }) => name)).toEqual(["a", "look"]);
  expect(held.plan.blocked).toEqual([blocked("held", "DeleteGuard")]);
  expect(held.plan.leftBehind).toEqual([]);
  expect(held.left.map(({ name }) => name)).toEqual(["new"]);
});

test("lists are equal in any order, and what is absent is absent", () => {
  expect(withoutOrder({ a: [{ c: 1, d: [] }, 2], b: null })).toEqual(withoutOrder({ a: [2, { c: 1 }] }));
  expect(withoutOrder({ a: [1, 1] })).not.toEqual(withoutOrder({ a: [1] }));
});

test("another account, Region or owner", () => {
  expect(findOtherPlace(metadata, { ...metadata, asOf: "x" })).toBeUndefined();
  expect(findOtherPlace(metadata, { ...metadata, account: "" })).toContain("and this is not known");
  for (const field of ["account", "region", "owner"] as const)
    expect(findOtherPlace(metadata, { ...metadata, [field]: "other" })).toMatch(/ (\S+), and this is other$/);
});

describe("the file", () => {
  const saved: SavedPlan = {
    version: "1.2.3",
    from: { config: "operator.yaml" },
    options: { region: "eu-central-1", deletePolicy: "upsert-only" },
    salt: "s",
    plans: [
      reviewed(
        plan([change("a")], {
          blocked: [blocked("b", "Conflict")],
          standing: [
            { kind: "Dashboard", name: "c" },
            { kind: "Dashboard", name: "d" },
          ],
        }),
        { revision: "web:7" },
      ),
    ],
  };
  const text = writeSavedPlan(saved);
  const read =
    (changed: string, version = "1.2.3") =>
    () =>
      readSavedPlan(changed, "f", version);

  test("holds it", () => {
    expect(readSavedPlan(text, "f", "1.2.3")).toEqual(saved);
    expect(readSavedPlan(JSON.stringify(JSON.parse(text)), "f", "1.2.3")).toEqual(saved);
  });

  test.each([
    ["", "cut short"],
    ["[]", "cut short"],
    ["{}", "is no saved plan"],
    ['{"kind":"Plan"}', "plan --format json"],
    [
      text.replace('"format": 2', '"format": 1'),
      "another format, ecsmon.dev/v1alpha1 1, and this ecsmon reads",
    ],
    [text.replace('"format": 2', '"format": 3'), "another format, ecsmon.dev/v1alpha1 3"],
    [text.replace("operator.yaml", "other.yaml"), "its checksum does not fit"],
    [text.replace(/"checksum": ".*"/, '"checksum": 1'), "its checksum does not fit"],
    [writeSavedPlan({ ...saved, plans: [] }), "is no plan that ecsmon has saved"],
    [
      writeSavedPlan({ ...saved, plans: saved.plans.map((one) => ({ ...one, items: [] })) }),
      "is no plan that ecsmon has saved",
    ],
  ])("is refused: %#", (changed, why) => {
    expect(read(changed)).toThrow(why);
  });

  test("of another version is refused with what to do", () => {
    expect(read(text, "2.0.0")).toThrow("plan again with this one, or apply it with that one");
  });
});

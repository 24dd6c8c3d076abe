// What of a plan is of a change of policies, by cases: the head's plan beside the base's.
import { describe, expect, test } from "vitest";
import { compareWithBase, type HeadPlan } from "../../../controller/core/base-plan.ts";
import type { Diagnostic } from "../../../controller/model/diagnostic.ts";
import type { Change, Plan, PlanPart } from "../../../controller/model/plan.ts";
import { blocked, change, findings } from "./passes.ts";

const { plan: nothing } = findings({});
const baseOf = (part: Partial<PlanPart>): Plan => ({ ...nothing, ...part });
const headOf = (part: Partial<HeadPlan>): HeadPlan => ({ ...nothing, held: [], ...part });

/** Where the head's one change, if any, and the base's one, if any, go. */
function sort(head: Change | undefined, base: Change | undefined): string[] {
  const compared = compareWithBase(
    headOf({ changes: head === undefined ? [] : [head] }),
    baseOf({ changes: base === undefined ? [] : [base] }),
  );
  return (["change", "drift", "dropped"] as const).filter((part) => compared[part].changes.length > 0);
}

const cpu = change({ name: "cpu", action: "update", before: { Threshold: 70 }, after: { Threshold: 80 } });

describe("a change", () => {
  test.each<[what: string, head: Change | undefined, base: Change | undefined, part: string[]]>([
    ["of the head alone", cpu, undefined, ["change"]],
    ["of the base alone", undefined, cpu, ["dropped"]],
    ["of both", cpu, { ...cpu }, ["drift"]],
    ["of both, to another value", cpu, { ...cpu, after: { Threshold: 90 } }, ["change"]],
    ["of both, deleted in one", cpu, { ...cpu, action: "delete", after: null }, ["change"]],
    ["that the base only watches", cpu, { ...cpu, enforcement: "Audit" }, ["change"]],
    ["that redeploys in one", { ...cpu, impact: "deployment" }, cpu, ["change"]],
    ["that is given back in one", { ...cpu, release: true }, cpu, ["change"]],
    ["whose hidden part differs", { ...cpu, write: { tags: { a: "1" } } }, { ...cpu, write: {} }, ["change"]],
    ["by another policy", { ...cpu, policies: ["renamed"] }, cpu, ["drift"]],
    [
      "rolled out in another way",
      { ...cpu, rollout: { maxConcurrent: 2, timeout: 60, pauseOnFailure: true } },
      { ...cpu, rollout: { maxConcurrent: 1, timeout: 60, pauseOnFailure: true } },
      ["drift"],
    ],
    [
      "of another item of that name",
      { ...cpu, id: "/a cpu" },
      { ...cpu, id: "/b cpu" },
      ["change", "dropped"],
    ],
    ["of another kind", { ...cpu, kind: "CompositeAlarm" }, cpu, ["change", "dropped"]],
    [
      "with members in another order",
      { ...cpu, after: { A: 1, B: 2 } },
      { ...cpu, after: { B: 2, A: 1 } },
      ["drift"],
    ],
  ])("%s", (_, head, base, part) => {
    expect(sort(head, base)).toEqual(part);
  });
});

describe("what is blocked", () => {
  const compareBlocked = (head: Partial<HeadPlan>, base: Partial<PlanPart>) => {
    const { change: own, drift, dropped } = compareWithBase(headOf(head), baseOf(base));
    const names = (part: PlanPart) => part.blocked.map(({ code, name }) => `${code} ${name}`);
    return { change: names(own), drift: names(drift), dropped: names(dropped) };
  };

  test("is the same with another message: that names lines, and they move", () => {
    const one = blocked("cpu", "Conflict", { message: "a.yaml:1 and b.yaml:2" });
    expect(
      compareBlocked({ blocked: [one] }, { blocked: [{ ...one, message: "a.yaml:9 and b.yaml:2" }] }),
    ).toEqual({
      change: [],
      drift: ["Conflict cpu"],
      dropped: [],
    });
  });

  test("is another one with another code or in another place", () => {
    const head = [blocked("cpu", "NoRoom"), blocked("cpu", "Conflict", { service: "api" })];
    expect(compareBlocked({ blocked: head }, { blocked: [blocked("cpu", "Conflict")] })).toEqual({
      change: ["NoRoom cpu", "Conflict cpu"],
      drift: [],
      dropped: ["Conflict cpu"],
    });
  });

  test("two of one name are two", () => {
    const two = [blocked("f", "NotOwned"), blocked("f", "NotOwned")];
    expect(compareBlocked({ blocked: two }, { blocked: two.slice(1) })).toEqual({
      change: ["NotOwned f"],
      drift: ["NotOwned f"],
      dropped: [],
    });
  });

  test("by a guard, it is told by the change that is held back, and the base does not do without it", () => {
    const [mine, common] = ["mine", "common"].map((name) => change({ name, action: "delete", after: null }));
    const held = [mine, common].filter((one) => one !== undefined);
    const guarded = held.map(({ name }) => blocked(name, "DeleteGuard"));
    const base = { changes: held.slice(1) };
    expect(compareBlocked({ blocked: guarded, held }, base)).toEqual({
      change: ["DeleteGuard mine"],
      drift: ["DeleteGuard common"],
      dropped: [],
    });
    expect(compareWithBase(headOf({ blocked: guarded, held }), baseOf(base)).dropped.changes).toEqual([]);
  });

  test("where the base would have done it, it is no longer done", () => {
    const { change: own, dropped } = compareWithBase(
      headOf({ blocked: [blocked("cpu", "Conflict")] }),
      baseOf({ changes: [cpu] }),
    );
    expect(own.blocked).toHaveLength(1);
    expect(dropped.changes).toEqual([cpu]);
  });
});

describe("a finding", () => {
  const finding: Diagnostic = {
    severity: "warning",
    code: "ExpiredException",
    message: "expired on 2026-11-01",
    file: "policies/web.yaml",
    line: 3,
    column: 1,
    path: "spec.expires",
  };
  const elsewhere = { ...finding, file: "git+https://x/p.git#main:policies/web.yaml", line: 30 };
  const lists = (head: readonly Diagnostic[], base: readonly Diagnostic[]) => {
    const {
      change: own,
      drift,
      dropped,
    } = compareWithBase(headOf({ diagnostics: head }), baseOf({ diagnostics: base }));
    return [own.diagnostics, drift.diagnostics, dropped.diagnostics];
  };

  test("is the same on another line of another copy", () => {
    expect(lists([finding], [elsewhere])).toEqual([[], [finding], []]);
  });

  test("of two that say the same, the one of the same file and field is the old one", () => {
    const fresh = { ...finding, file: "policies/api.yaml" };
    expect(lists([fresh, finding], [elsewhere])).toEqual([[fresh], [finding], []]);
  });

  test("is the same in a file that was renamed", () => {
    const renamed = { ...finding, file: "policies/shop.yaml", path: "spec.exceptions[1].expires" };
    expect(lists([renamed], [finding])).toEqual([[], [renamed], []]);
  });

  test("is another one with another message, code or severity", () => {
    const error = { ...finding, severity: "error" as const };
    expect(lists([error], [finding])).toEqual([[error], [], [finding]]);
  });
});

test("what could not be read is of neither: it is the same for both", () => {
  const unknown = { kind: "MetricAlarm" as const, cluster: "prod", code: "AccessDenied", message: "denied" };
  const compared = compareWithBase(headOf({ unknown: [unknown] }), baseOf({ unknown: [{ ...unknown }] }));
  expect([compared.change.unknown, compared.drift.unknown, compared.dropped.unknown]).toEqual([
    [],
    [unknown],
    [],
  ]);
});

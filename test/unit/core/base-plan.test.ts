// What of a plan is of a change of policies, by cases: the head's plan beside the base's.
import { describe, expect, test } from "vitest";
import { compareWithBase, type Looked } from "../../../controller/core/base-plan.ts";
import type { Diagnostic } from "../../../controller/model/diagnostic.ts";
import type { Blocked, Change, Difference, PlanPart, Unknown } from "../../../controller/model/plan.ts";
import { blocked, change, findings } from "./passes.ts";

const { plan: nothing } = findings({});
interface Given extends Partial<PlanPart> {
  /** What is blocked or unknown, with the change that it holds back. */
  readonly held?: readonly (readonly [Blocked | Unknown, Change])[];
}
const looked = ({ held = [], ...part }: Given): Looked => ({
  plan: { ...nothing, ...part },
  held: new Map(held),
});

/** Where the head's one change, if any, and the base's one, if any, go. */
function sort(head: Change | undefined, base: Change | undefined): string[] {
  const compared = compareWithBase(
    looked({ changes: head === undefined ? [] : [head] }),
    looked({ changes: base === undefined ? [] : [base] }),
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

describe("of an item that both change, and otherwise,", () => {
  const threshold = { path: "Threshold", before: 50, after: 80 };
  const period = { path: "Period", before: 60, after: 120 };
  const update = (differences: readonly Difference[], over: Partial<Change> = {}) =>
    change({
      name: "cpu",
      action: "update",
      before: {},
      after: { differences: [...differences] as never },
      differences,
      ...over,
    });
  /** The fields that drift, and all that the change has. */
  const mark = (head: Change, base: Change) => {
    const { change: own } = compareWithBase(looked({ changes: [head] }), looked({ changes: [base] }));
    expect(own.changes.map(({ id }) => id)).toEqual([head.id]);
    const differences = own.changes.flatMap((one) => one.differences);
    expect(differences.map(({ drifts: _, ...difference }) => difference)).toEqual(head.differences);
    return differences.filter(({ drifts }) => drifts).map(({ path }) => path);
  };

  test("the fields that become the same by both drift", () => {
    expect(mark(update([threshold, period]), update([threshold]))).toEqual(["Threshold"]);
  });

  test("a field that becomes something else does not, nor one of the head alone", () => {
    expect(mark(update([threshold, period]), update([{ ...threshold, after: 90 }]))).toEqual([]);
    expect(mark(update([period]), update([threshold]))).toEqual([]);
  });

  test.each<[what: string, base: Partial<Change>]>([
    ["only watches", { enforcement: "Audit" }],
    ["would give back", { release: true }],
    ["would make anew", { action: "create" }],
  ])("nothing drifts that the base %s", (_, over) => {
    expect(mark(update([threshold, period]), update([threshold], over))).toEqual([]);
  });

  test("the plan's own changes stay as they are: they are what is saved and written", () => {
    const head = looked({ changes: [update([threshold, period])] });
    compareWithBase(head, looked({ changes: [update([threshold])] }));
    expect(head.plan.changes[0]?.differences).toEqual([threshold, period]);
  });
});

describe("what is blocked", () => {
  const compareBlocked = (head: Given, base: Given) => {
    const { change: own, drift, dropped } = compareWithBase(looked(head), looked(base));
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
    const deletes = [mine, common].filter((one) => one !== undefined);
    const guarded = deletes.map(({ name }) => blocked(name, "DeleteGuard"));
    const held = guarded.map((one, index) => [one, deletes[index] ?? cpu] as const);
    const base = { changes: deletes.slice(1) };
    expect(compareBlocked({ blocked: guarded, held }, base)).toEqual({
      change: ["DeleteGuard mine"],
      drift: ["DeleteGuard common"],
      dropped: [],
    });
    expect(compareWithBase(looked({ blocked: guarded, held }), looked(base)).dropped.changes).toEqual([]);
  });

  test("is another one when something else would become of it, and nothing is told twice then", () => {
    const waits = () => blocked("web", "OutsideWindow", { kind: "TaskDefinition" });
    const rollout = (image: string) =>
      change({ kind: "TaskDefinition", name: "web", action: "update", before: {}, after: { image } });
    const sortBy = (head: Change | undefined, base: Change | undefined) => {
      const [one, other] = [waits(), waits()];
      return compareBlocked(
        { blocked: [one], held: head === undefined ? [] : [[one, head]] },
        { blocked: [other], held: base === undefined ? [] : [[other, base]] },
      );
    };
    const [ours, theirs] = [rollout("side:1"), rollout("side:2")];
    const drift = { change: [], drift: ["OutsideWindow web"], dropped: [] };
    const own = { change: ["OutsideWindow web"], drift: [], dropped: [] };
    expect(sortBy(ours, { ...ours, policies: ["renamed"] })).toEqual(drift);
    expect(sortBy(ours, theirs)).toEqual(own);
    expect(sortBy({ ...ours, write: { tags: {} } }, { ...ours, write: { tags: { a: "1" } } })).toEqual(own);
    expect(sortBy(ours, undefined)).toEqual(own);
    expect(sortBy(undefined, undefined)).toEqual(drift);
  });

  test("where the base would have done it, it is no longer done", () => {
    const { change: own, dropped } = compareWithBase(
      looked({ blocked: [blocked("cpu", "Conflict")] }),
      looked({ changes: [cpu] }),
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
    } = compareWithBase(looked({ diagnostics: head }), looked({ diagnostics: base }));
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

test("what waits for a read that failed is of this change when something else would become of it", () => {
  const unknown = () => ({ kind: "TaskDefinition" as const, name: "web", code: "Denied", message: "denied" });
  const end = (image: string) => change({ kind: "TaskDefinition", name: "web", after: { image } });
  const [one, other] = [unknown(), unknown()];
  const parts = (head: string, base: string) => {
    const {
      change: own,
      drift,
      dropped,
    } = compareWithBase(
      looked({ unknown: [one], held: [[one, end(head)]] }),
      looked({ unknown: [other], held: [[other, end(base)]] }),
    );
    return [own.unknown, drift.unknown, dropped.unknown];
  };
  expect(parts("side:1", "side:1")).toEqual([[], [one], []]);
  expect(parts("side:2", "side:1")).toEqual([[one], [], []]);
});

test("what the head holds back counts nothing in the base either", () => {
  const one = blocked("cpu", "OutsideWindow");
  const other = change({ name: "other" });
  const { counted } = compareWithBase(
    looked({ blocked: [one], held: [[one, cpu]] }),
    looked({ changes: [cpu, other] }),
  );
  expect(counted.changes).toEqual([other]);
});

test("what could not be read is of neither: it is the same for both", () => {
  const unknown = { kind: "MetricAlarm" as const, cluster: "prod", code: "AccessDenied", message: "denied" };
  const compared = compareWithBase(looked({ unknown: [unknown] }), looked({ unknown: [{ ...unknown }] }));
  expect([compared.change.unknown, compared.drift.unknown, compared.dropped.unknown]).toEqual([
    [],
    [unknown],
    [],
  ]);
});

// The ledger of 24 hours: taken before the writes, given back where nothing was begun.
import { describe, expect, it } from "vitest";
import { emptyLedger, type Ledger, reserve, settle, usedSince } from "../../../controller/core/budget.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { change, outcome } from "./passes.ts";

const at = (hour: number): Date => new Date(Date.parse("2026-11-22T00:00:00Z") + hour * 3_600_000);
const removal = (name: string, over: Partial<Change> = {}) =>
  change({ name, action: "delete", release: true, deletes: 1, ...over });
const roll = (service: string, over: Partial<Change> = {}) =>
  change({ name: service, service, kind: "TaskDefinition", action: "update", impact: "deployment", ...over });

const used = (ledger: Ledger, hour: number): string => {
  const { deletes, redeploys } = usedSince(ledger, at(hour));
  return `${deletes} deletes, ${redeploys} redeploys`;
};

const plan = {
  changes: [change({ name: "new" }), removal("a"), removal("b"), roll("web"), roll("api", { deletes: 2 })],
};
const taken = reserve(emptyLedger, plan, "p1", at(0), 10);

describe("reserve", () => {
  it("takes what counts: deletes, sidecars that leave, and services that redeploy", () => {
    expect(taken.entries).toEqual([
      {
        at: "2026-11-22T00:00:00.000Z",
        id: "p1",
        deletes: 4,
        redeploys: ["prod/api", "prod/web"],
        items: [
          { item: "MetricAlarm/a", action: "delete", deletes: 1 },
          { item: "MetricAlarm/b", action: "delete", deletes: 1 },
          { item: "TaskDefinition/web", action: "update", deletes: 0, redeploys: "prod/web" },
          { item: "TaskDefinition/api", action: "update", deletes: 2, redeploys: "prod/api" },
        ],
      },
    ]);
  });

  it.each<[string, readonly Change[], number, string]>([
    ["nothing for creates", [change({ name: "x" })], 10, "0 deletes, 0 redeploys"],
    [
      "nothing for what is only shown",
      [removal("x", { enforcement: "Audit" }), roll("web", { enforcement: "Audit" })],
      10,
      "0 deletes, 0 redeploys",
    ],
    ["nothing for a service that is gone", [removal("x", { gone: true })], 10, "0 deletes, 0 redeploys"],
    [
      "all of gone services that are too many",
      [removal("x", { gone: true }), removal("y", { gone: true, service: "api" })],
      10,
      "2 deletes, 0 redeploys",
    ],
    [
      "one redeployment for two changes of a service",
      [roll("web"), roll("web", { kind: "Service" })],
      10,
      "0 deletes, 1 redeploys",
    ],
  ])("takes %s", (_, changes, knownServices, expected) => {
    expect(used(reserve(emptyLedger, { changes }, "p", at(0), knownServices), 0)).toBe(expected);
  });

  it("twice for one pass takes once", () => {
    expect(reserve(taken, plan, "p1", at(0), 10)).toEqual(taken);
    expect(used(reserve(taken, plan, "p2", at(1), 10), 1)).toBe("8 deletes, 4 redeploys");
  });

  it("refuses what no longer fits, where it is given the limits", () => {
    const limits = { maxDeletes: 7, maxRedeploys: 4 };
    expect(() => reserve(taken, plan, "p2", at(1), 10, limits)).toThrow(/no longer fit spec.maxDeletes 7/);
    expect(() => reserve(taken, plan, "p2", at(1), 10, { maxDeletes: 8, maxRedeploys: 3 })).toThrow(
      /no longer fit/,
    );
    expect(used(reserve(taken, plan, "p2", at(1), 10, { maxDeletes: 8, maxRedeploys: 4 }), 1)).toBe(
      "8 deletes, 4 redeploys",
    );
    expect(
      used(
        reserve(taken, { changes: [change({ name: "x" })] }, "p2", at(1), 10, {
          maxDeletes: 0,
          maxRedeploys: 0,
        }),
        1,
      ),
    ).toBe("4 deletes, 2 redeploys");
    expect(used(reserve(taken, plan, "p1", at(1), 10, { maxDeletes: 4, maxRedeploys: 2 }), 1)).toBe(
      "4 deletes, 2 redeploys",
    );
  });
});

describe("24 hours", () => {
  it.each([
    [0, "4 deletes, 2 redeploys"],
    [23.999, "4 deletes, 2 redeploys"],
    [24, "0 deletes, 0 redeploys"],
    // Another replica's clock was ahead.
    [-1, "4 deletes, 2 redeploys"],
  ])("after %s", (hour, expected) => {
    expect(used(taken, hour)).toBe(expected);
  });

  it("then the entry is dropped, and it is told when it comes back", () => {
    const later = reserve(taken, { changes: [removal("c")] }, "p2", at(6), 10);
    expect(usedSince(later, at(7)).returns).toEqual([
      { at: "2026-11-23T00:00:00.000Z", deletes: 4, redeploys: 2 },
      { at: "2026-11-23T06:00:00.000Z", deletes: 1, redeploys: 0 },
    ]);
    expect(reserve(later, { changes: [] }, "p3", at(24), 10).entries.map(({ id }) => id)).toEqual(["p2"]);
  });
});

it("what is under way is told apart", () => {
  const more = reserve(taken, { changes: [removal("c")] }, "p2", at(1), 10);
  expect(usedSince(more, at(1), "p2")).toMatchObject({
    deletes: 5,
    underWay: [{ item: "MetricAlarm/c", deletes: 1 }],
  });
  expect(usedSince(more, at(1)).underWay).toBeUndefined();
});

describe("settle", () => {
  const [, a, b, web, api] = plan.changes as [Change, Change, Change, Change, Change];

  it.each([
    ["applied counts", outcome(a, "applied"), "4 deletes, 2 redeploys"],
    ["failed counts", outcome(a, "failed", "Throttled"), "4 deletes, 2 redeploys"],
    ["skipped is given back", outcome(a, "skipped", "Interrupted"), "3 deletes, 2 redeploys"],
    ["a delete that was refused is given back", outcome(a, "failed", "LeaseLost"), "3 deletes, 2 redeploys"],
    [
      "a redeployment that was refused may have begun",
      outcome(web, "failed", "Paused"),
      "4 deletes, 2 redeploys",
    ],
    [
      "a redeployment that was not begun",
      outcome(web, "skipped", "RolloutStopped"),
      "4 deletes, 1 redeploys",
    ],
    ["its sidecars with it", outcome(api, "skipped", "DeploymentInProgress"), "2 deletes, 1 redeploys"],
    [
      "one that somebody deployed over has begun",
      outcome(api, "skipped", "OwnerDeployed"),
      "4 deletes, 2 redeploys",
    ],
  ] as const)("%s", (_, given, expected) => {
    expect(used(settle(taken, "p1", [given]), 1)).toBe(expected);
    expect(settle(taken, "p2", [given])).toEqual(taken);
  });

  it("of all of it leaves nothing, in one step or in two", () => {
    const skipped = [a, b, web, api].map((one) => outcome(one, "skipped", "Interrupted"));
    expect(settle(taken, "p1", skipped)).toEqual(emptyLedger);
    expect(settle(settle(taken, "p1", skipped.slice(0, 2)), "p1", skipped)).toEqual(emptyLedger);
  });

  it("a service redeploys as long as one of its changes was begun", () => {
    const two = [roll("web"), roll("web", { kind: "Service", id: "s" })];
    const ledger = reserve(emptyLedger, { changes: two }, "p", at(0), 10);
    const [first, second] = two.map((one) => outcome(one, "skipped", "Interrupted"));
    expect(used(settle(ledger, "p", first ? [first] : []), 0)).toBe("0 deletes, 1 redeploys");
    expect(used(settle(ledger, "p", first && second ? [first, second] : []), 0)).toBe(
      "0 deletes, 0 redeploys",
    );
  });

  it("counts from the end of the writes", () => {
    const ended = settle(taken, "p1", [outcome(web, "applied")], at(3));
    expect([used(ended, 26.9), used(ended, 27)]).toEqual([
      "4 deletes, 2 redeploys",
      "0 deletes, 0 redeploys",
    ]);
    expect(settle(taken, "p1", [], at(-1))).toEqual(taken);
  });
});

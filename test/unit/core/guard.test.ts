// The guards: what takes away more than was agreed is held back as a whole, and everything else goes on.
import { describe, expect, it } from "vitest";
import { type Guards, guardPlan } from "../../../controller/core/guard.ts";
import type { PlanParts } from "../../../controller/core/plan-parts.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { change } from "./passes.ts";

const many = (count: number, over: (index: number) => Partial<Change>): Change[] =>
  Array.from({ length: count }, (_, index) => change({ name: `${index}`, ...over(index) }));

const deletion = { action: "delete", after: null, release: true, deletes: 1 } as const;
const goneOf = (service: string) => ({ ...deletion, gone: true, service });
const redeploy = { kind: "TaskDefinition", action: "update", impact: "deployment" } as const;
const create = change({ name: "new" });

function guard(changes: readonly Change[], guards: Partial<Guards> = {}): PlanParts {
  const parts = { changes, blocked: [], unknown: [], unchanged: 0 };
  return guardPlan(parts, {
    maxDeletes: 10,
    maxRedeploys: 10,
    deletePolicy: "sync",
    knownServices: 12,
    ...guards,
  });
}

it("each that is held is told by the change that it is held from, and what upsert-only leaves out is not held", () => {
  const parts = { changes: many(2, () => deletion), blocked: [], unknown: [], unchanged: 0 };
  const limits = { maxDeletes: 1, maxRedeploys: 1, knownServices: 1 };
  const { blocked, held } = guardPlan(parts, { ...limits, deletePolicy: "sync" });
  expect(blocked.map((one) => held.get(one))).toEqual(parts.changes);
  expect(guardPlan(parts, { ...limits, deletePolicy: "upsert-only" }).held.size).toBe(0);
});

/** `names that go | codes of what is held`. */
function summary({ changes, blocked }: PlanParts): string {
  const held = [...new Set(blocked.map(({ code }) => code))].map(
    (code) => `${blocked.filter((one) => one.code === code).length} ${code}`,
  );
  return `${changes.length} go | ${held.join(", ")}`;
}

describe("deletes", () => {
  it.each([
    ["up to the limit go", many(10, () => deletion), {}, "11 go | "],
    ["above it are held, all of them", many(11, () => deletion), {}, "1 go | 11 DeleteGuard"],
    ["may be let through", many(11, () => deletion), { maxDeletes: 11 }, "12 go | "],
    ["may be forbidden", many(1, () => deletion), { maxDeletes: 0 }, "1 go | 1 DeleteGuard"],
    [
      "count by what they take away",
      many(2, () => ({ ...redeploy, release: true, deletes: 6 })),
      {},
      "1 go | 2 DeleteGuard",
    ],
    [
      "hide in updates: a sidecar that leaves",
      many(11, (i) => ({ ...redeploy, service: `s${i}`, deletes: 1 })),
      { maxRedeploys: 99 },
      "1 go | 11 DeleteGuard",
    ],
    [
      "that are only shown do not count",
      many(50, () => ({ ...deletion, enforcement: "Audit" })),
      {},
      "51 go | ",
    ],
    ["of one gone service need no confirmation", many(50, () => goneOf("old")), {}, "51 go | "],
    [
      "of a tenth of the services that are gone need none",
      many(50, (i) => goneOf(`s${i % 3}`)),
      { knownServices: 39 },
      "51 go | ",
    ],
    [
      "of more gone services do",
      many(50, (i) => goneOf(`s${i % 4}`)),
      { knownServices: 39 },
      "1 go | 50 DeleteGuard",
    ],
    [
      "of one gone service go even where nothing else is known",
      many(50, () => goneOf("old")),
      { knownServices: 0, maxDeletes: 0 },
      "51 go | ",
    ],
    [
      "of gone services beside others count apart",
      [...many(10, () => deletion), ...many(5, () => goneOf("old"))],
      {},
      "16 go | ",
    ],
  ] as const)("%s", (_, changes, guards, expected) => {
    expect(summary(guard([create, ...changes], guards))).toBe(expected);
  });

  it("say how many there are, and which flag lets them through", () => {
    const { blocked } = guard(many(11, () => deletion));
    expect(blocked[0]).toEqual({
      kind: "MetricAlarm",
      name: "0",
      cluster: "prod",
      service: "web",
      policies: ["web"],
      code: "DeleteGuard",
      message:
        "11 deletes are more than --max-deletes 10; all of them are held back. If they are meant, run again with --max-deletes 11",
    });
    expect(guard(many(12, (i) => goneOf(`s${i}`))).blocked[0]?.message).toContain(
      "(12 services are gone, more than the 1 that need no confirmation)",
    );
  });
});

describe("upsert-only", () => {
  it("takes nothing away, not even in an update", () => {
    const changes = [
      create,
      ...many(3, () => deletion),
      change({ name: "put back", ...redeploy, release: true, deletes: 1 }),
      change({ name: "a sidecar leaves", ...redeploy, deletes: 1 }),
    ];
    const { changes: kept, blocked } = guard(changes, { deletePolicy: "upsert-only" });
    expect(kept).toEqual([create]);
    expect(blocked).toEqual([]);
  });
});

describe("redeployments", () => {
  it.each([
    ["up to the limit go", 10, {}, "11 go | "],
    ["above it are held, all of them, and nothing else", 11, {}, "1 go | 11 RedeployGuard"],
    ["may be let through", 11, { maxRedeploys: 11 }, "12 go | "],
  ] as const)("%s", (_, count, guards, expected) => {
    expect(summary(guard([create, ...many(count, (i) => ({ ...redeploy, service: `s${i}` }))], guards))).toBe(
      expected,
    );
  });

  it("count services, not changes, and only what is written", () => {
    expect(summary(guard(many(20, () => redeploy)))).toBe("20 go | ");
    expect(summary(guard(many(20, (i) => ({ ...redeploy, service: `s${i}`, enforcement: "Audit" }))))).toBe(
      "20 go | ",
    );
  });

  it("count those left after the delete guard", () => {
    const leaving = many(12, (i) => ({ ...redeploy, service: `s${i}`, deletes: 1 }));
    expect(summary(guard([...leaving, change({ name: "one", ...redeploy })]))).toBe("1 go | 12 DeleteGuard");
  });
});

describe("budgets of 24 hours", () => {
  const used = (deletes: number, redeploys: number) => ({ used: { deletes, redeploys } });

  it.each([
    ["what was deleted before counts", many(5, () => deletion), used(5, 0), "6 go | "],
    ["one above it holds all", many(5, () => deletion), used(6, 0), "1 go | 5 DeleteGuard"],
    ["a budget that is used up holds nothing but deletes", [], used(99, 99), "1 go | "],
    ["gone services take nothing of it", many(50, () => goneOf("old")), used(10, 0), "51 go | "],
    [
      "too many gone services do",
      many(4, (i) => goneOf(`s${i}`)),
      { ...used(7, 0), knownServices: 39 },
      "1 go | 4 DeleteGuard",
    ],
    [
      "redeployments have their own",
      many(3, (i) => ({ ...redeploy, service: `s${i}` })),
      used(10, 7),
      "4 go | ",
    ],
    [
      "one redeployment above it holds all of them",
      many(3, (i) => ({ ...redeploy, service: `s${i}` })),
      used(0, 8),
      "1 go | 3 RedeployGuard",
    ],
  ] as const)("%s", (_, changes, guards, expected) => {
    expect(summary(guard([create, ...changes], guards))).toBe(expected);
  });

  it.each([
    ["again the same, which are under way", many(3, () => deletion), "4 go | "],
    ["others beside those under way", many(4, () => deletion), "1 go | 4 DeleteGuard"],
    ["the same redeployments again", many(3, (i) => ({ ...redeploy, service: `s${i}` })), "4 go | "],
    ["one more of them", many(4, (i) => ({ ...redeploy, service: `s${i}` })), "1 go | 4 RedeployGuard"],
  ])("%s", (_, changes, expected) => {
    const underWay = [0, 1, 2].flatMap((i) => [
      { item: `MetricAlarm/${i}`, deletes: 1 },
      { item: `TaskDefinition/${i}`, deletes: 0, redeploys: `prod/s${i}` },
    ]);
    expect(summary(guard([create, ...changes], { used: { deletes: 10, redeploys: 10, underWay } }))).toBe(
      expected,
    );
  });

  const returns = [
    { at: "2026-11-22T12:00:00.000Z", deletes: 2, redeploys: 0 },
    { at: "2026-11-22T18:00:00.000Z", deletes: 7, redeploys: 9 },
  ];

  it.each([
    [
      "when there is room again",
      many(3, () => deletion),
      "3 deletes and the 9 of the last 24 hours are more than spec.maxDeletes 10 in 24 hours; all of them are held back until 2026-11-22T12:00:00.000Z, when there is room again. If they are meant before, raise spec.maxDeletes to 12",
    ],
    [
      "that there never will be",
      many(11, () => deletion),
      "11 deletes and the 9 of the last 24 hours are more than spec.maxDeletes 10 in 24 hours; all of them are held back. If they are meant, raise spec.maxDeletes to 20",
    ],
    [
      "of redeployments",
      many(2, (i) => ({ ...redeploy, service: `s${i}` })),
      "2 redeployments and the 9 of the last 24 hours are more than spec.maxRedeploys 10 in 24 hours; all of them are held back until 2026-11-22T18:00:00.000Z, when there is room again. If they are meant before, raise spec.maxRedeploys to 11",
    ],
  ])("say %s", (_, changes, message) => {
    const { blocked } = guard(changes, { used: { deletes: 9, redeploys: 9, returns } });
    expect(blocked[0]?.message).toBe(message);
  });

  it("are the configuration's, also where nothing was used", () => {
    expect(
      guard([change({ name: "x", ...deletion })], { maxDeletes: 0, ...used(0, 0) }).blocked[0]?.message,
    ).toBe(
      "1 delete is more than spec.maxDeletes 0 in 24 hours; all of them are held back. If they are meant, raise spec.maxDeletes to 1",
    );
  });
});

// Merging knows priorities, not orders; names are read back, however long the parts are.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Contribution, mergeContributions } from "../../controller/core/merge.ts";
import { matchesPart, metricNamespace, ownedName, parseOwnedName } from "../../controller/core/names.ts";
import { readRecord, recordKey, writeRecord } from "../../controller/core/record.ts";
import type { Json } from "../../controller/model/json.ts";
import { outcome, select } from "../unit/core/builders.ts";

const runs = { seed: 42, numRuns: 300 };
const leaf = fc.constantFrom<Json>(null, 1, 2, "a", ["x"], ["x", "y"], {});
const value = fc.letrec<{ node: Json }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.dictionary(fc.constantFrom("a", "b", "source"), tie("node"), { maxKeys: 3 }) as fc.Arbitrary<Json>,
  ),
})).node;
const contributions = fc.array(fc.tuple(fc.nat(2), value), { minLength: 1, maxLength: 5 }).map((list) =>
  list.map(
    ([priority, given], index): Contribution => ({
      policy: `p${index}`,
      priority,
      item: "it",
      value: given,
      place: (path) => `p${index}.yaml:${path.length}`,
    }),
  ),
);

describe("merging", () => {
  it("is the same in any order", () => {
    fc.assert(
      fc.property(contributions, fc.infiniteStream(fc.nat()), (list, stream) => {
        const keys = new Map(list.map((one) => [one, stream.next().value as number]));
        const shuffled = [...list].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        expect(JSON.stringify(mergeContributions(shuffled))).toBe(JSON.stringify(mergeContributions(list)));
      }),
      runs,
    );
  });

  it("of one policy twice is that policy once", () => {
    fc.assert(
      fc.property(contributions, (list) => {
        expect(mergeContributions([...list, ...list])).toEqual(mergeContributions(list));
      }),
      runs,
    );
  });

  it("never conflicts while priorities differ, and leaves no null", () => {
    fc.assert(
      fc.property(contributions, (list) => {
        const merged = mergeContributions(list.map((one, index) => ({ ...one, priority: index })));
        expect(merged.ok).toBe(true);
        if (merged.ok) expect(holdsNull(merged.value)).toBe(false);
      }),
      runs,
    );
  });

  it("lets the highest priority have its way in everything it gives", () => {
    fc.assert(
      fc.property(contributions, value, (list, top) => {
        const merged = mergeContributions([
          ...list,
          { policy: "top", priority: 9, item: "it", value: top, place: () => "" },
        ]);
        const alone = mergeContributions([
          { policy: "top", priority: 9, item: "it", value: top, place: () => "" },
        ]);
        if (merged.ok && alone.ok && alone.value !== undefined)
          expect(contains(merged.value, alone.value)).toBe(true);
      }),
      runs,
    );
  });
});

describe("a named list", () => {
  type Thresholds = Readonly<Record<string, { readonly threshold?: number | null }>> | null;
  const names = ["a", "b", "c"] as const;
  const lowest = { a: { threshold: 9 }, b: { threshold: 9 }, c: { threshold: 9 } };
  const complete =
    "metric: { namespace: N, metricName: M, statistic: Sum }, comparison: GreaterThanThreshold";
  const thresholds: fc.Arbitrary<Thresholds> = fc.option(
    fc.dictionary(
      fc.constantFrom(...names),
      fc.record({ threshold: fc.constantFrom(1, 2, null) }, { requiredKeys: [] }),
    ),
    { nil: null },
  );
  const words = fc.array(fc.tuple(fc.nat(2), thresholds), { minLength: 1, maxLength: 4 });

  function write(priority: number, given: Thresholds, more = ""): string {
    const entries = Object.entries(given ?? {}).map(
      ([name, { threshold }]) =>
        `{ name: ${name}${threshold === undefined ? "" : `, threshold: ${threshold}`}${more} }`,
    );
    return `priority: ${priority}\nalarms: ${given === null ? "null" : `[${entries.join(", ")}]`}`;
  }

  it("merges as the map of its entries by name does, null for the whole of it too", () => {
    fc.assert(
      fc.property(words, (list) => {
        const told = list.map(([priority, given]) => write(priority, given));
        const { alarms } = select([write(-1, lowest, `, ${complete}`), ...told]);
        const said: [number, Thresholds][] = [[-1, lowest], ...list];
        for (const name of names) {
          const merged = mergeContributions(
            said.flatMap(([priority, given], index) => {
              const value: Json | undefined = given === null ? null : given[name];
              return value === undefined
                ? []
                : [{ policy: `p${index}`, priority, item: name, value, place: () => "" }];
            }),
          );
          const item = alarms.get(name);
          if (!merged.ok) expect(outcome(item)).toMatch(/^Conflict: /);
          else if (merged.value === undefined) expect(item).toBeUndefined();
          else {
            // What only the lowest gives is of no account here.
            const { source: _, comparison: __, ...rest } = outcome(item) as Record<string, Json>;
            expect(rest).toEqual(merged.value);
          }
        }
      }),
      runs,
    );
  });
});

/** Lists and sources are whole: a null in one of them is a value. */
function holdsNull(json: Json | undefined): boolean {
  if (json === null) return true;
  return (
    typeof json === "object" &&
    !Array.isArray(json) &&
    Object.entries(json).some(([key, inner]) => key !== "source" && holdsNull(inner))
  );
}

function contains(whole: Json | undefined, part: Json | undefined): boolean {
  if (typeof part !== "object" || part === null || Array.isArray(part))
    return JSON.stringify(whole) === JSON.stringify(part);
  return Object.entries(part).every(([key, inner]) =>
    contains((whole as Record<string, Json> | undefined)?.[key], inner),
  );
}

const ownerName = fc.stringMatching(/^[A-Za-z0-9-]{1,32}$/);
const ecsName = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/),
  fc.stringMatching(/^[A-Za-z0-9_-]{50,255}$/),
);
const itemName = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/);

describe("names", () => {
  it("fit, are read back, and belong to their service", () => {
    fc.assert(
      fc.property(ownerName, ecsName, ecsName, itemName, (owner, cluster, service, name) => {
        const owned = ownedName(owner, { cluster, service, name });
        expect(owned.length).toBeLessThanOrEqual(255);
        expect(metricNamespace(owner, cluster, service).length).toBeLessThanOrEqual(255);
        const parsed = parseOwnedName(owner, owned);
        expect(matchesPart(parsed?.cluster ?? "", cluster)).toBe(true);
        expect(matchesPart(parsed?.service ?? "", service)).toBe(true);
        expect(parseOwnedName(`${owner}x`, owned)).toBeUndefined();
        if (!owned.includes("#")) expect(parsed).toEqual({ cluster, service, name });
      }),
      runs,
    );
  });

  it("differ where anything differs", () => {
    const parts = fc.tuple(ecsName, ecsName, itemName);
    fc.assert(
      fc.property(ownerName, parts, parts, (owner, a, b) => {
        const [one, other] = [a, b].map(([cluster, service, name]) =>
          ownedName(owner, { cluster, service, name }),
        );
        expect(one === other).toBe(a.join("/") === b.join("/"));
      }),
      runs,
    );
  });
});

describe("records", () => {
  it("come back as they went", () => {
    const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);
    fc.assert(
      fc.property(ownerName, fc.option(word, { nil: undefined }), word, (owner, original, written) => {
        const tags = { [recordKey(owner, "retention")]: writeRecord({ original, written }) };
        expect(readRecord(tags, owner, "retention")).toEqual({ original, written });
      }),
      runs,
    );
  });
});

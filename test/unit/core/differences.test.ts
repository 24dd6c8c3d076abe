// What differs between two values, field by field: named items by their name, other lists whole.
import { describe, expect, it } from "vitest";
import { findDifferences } from "../../../controller/core/differences.ts";
import type { Json } from "../../../controller/model/json.ts";

const cases: readonly (readonly [string, Json, Json, readonly (readonly [string, Json, Json])[]])[] = [
  ["nothing", { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ["nothing but the order of keys", { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ["a field", { a: 1, b: 2 }, { a: 1, b: 3 }, [["b", 2, 3]]],
  [
    "fields that come and go",
    { a: 1 },
    { b: 2 },
    [
      ["a", 1, null],
      ["b", null, 2],
    ],
  ],
  ["a null for nothing", { a: null }, {}, []],
  ["an empty string for nothing", { a: "" }, {}, [["a", "", null]]],
  ["a nested field", { a: { b: { c: 1 } } }, { a: { b: { c: 2 } } }, [["a.b.c", 1, 2]]],
  ["a plain list", { a: [1, 2] }, { a: [2, 1] }, [["a", [1, 2], [2, 1]]]],
  [
    "a named item",
    {
      c: [
        { name: "x", v: 1 },
        { name: "y", v: 1 },
      ],
    },
    {
      c: [
        { name: "y", v: 2 },
        { name: "x", v: 1 },
      ],
    },
    [["c[y].v", 1, 2]],
  ],
  ["a named item that comes", { c: [] }, { c: [{ name: "x" }] }, [["c[x]", null, { name: "x" }]]],
  [
    "a named item that goes",
    { c: [{ name: "x" }, { name: "y" }] },
    { c: [{ name: "x" }] },
    [["c[y]", { name: "y" }, null]],
  ],
  [
    "AWS's other names",
    { Dimensions: [{ Name: "A", Value: "1" }], Metrics: [{ Id: "m", Period: 60 }] },
    { Dimensions: [{ Name: "A", Value: "2" }], Metrics: [{ Id: "m", Period: 300 }] },
    [
      ["Dimensions[A].Value", "1", "2"],
      ["Metrics[m].Period", 60, 300],
    ],
  ],
  [
    "items of one name twice",
    {
      e: [
        { name: "x", v: 1 },
        { name: "x", v: 2 },
      ],
    },
    { e: [{ name: "x", v: 1 }] },
    [
      [
        "e",
        [
          { name: "x", v: 1 },
          { name: "x", v: 2 },
        ],
        [{ name: "x", v: 1 }],
      ],
    ],
  ],
  ["another shape", { a: { b: 1 } }, { a: [1] }, [["a", { b: 1 }, [1]]]],
  ["everything", null, { a: 1 }, [["", null, { a: 1 }]]],
];

describe("findDifferences", () => {
  it.each(cases)("tells %s", (_, before, after, expected) => {
    expect(findDifferences(before, after).map((found) => [found.path, found.before, found.after])).toEqual(
      expected,
    );
  });

  it.each(cases)("tells the same backwards: %s", (_, before, after, expected) => {
    const backwards = findDifferences(after, before).map((found) => [found.path, found.after, found.before]);
    expect(backwards).toEqual(expected);
  });
});

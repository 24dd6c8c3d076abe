// A packed list reads like the objects that were put in, in whatever order they are read.
import fc from "fast-check";
import { expect, it } from "vitest";
import { packList } from "../../../controller/aws/snapshot/packed-list.ts";
import { type JsonObject, stableStringify } from "../../../controller/model/json.ts";

const objects = fc.array(
  fc
    .dictionary(
      fc.oneof(fc.string(), fc.constantFrom("page", "index", "toJSON", "constructor")),
      fc.jsonValue(),
    )
    .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject),
);

it("is the same to every reader", () => {
  fc.assert(
    fc.property(objects, objects, (one, other) => {
      const [first, second] = [packList(one), packList(other)];
      expect(JSON.stringify(first)).toBe(JSON.stringify(one));
      // From one page to the other and back.
      for (const [packed, open] of [
        [second, other],
        [first, one],
      ] as const)
        for (const [index, item] of packed.entries()) {
          const plain = open[index] as JsonObject;
          expect({ ...item }).toEqual({ ...plain });
          expect(Object.entries(item)).toEqual(Object.entries(plain));
          expect(stableStringify(item)).toBe(stableStringify(plain));
          for (const key of ["page", "index", "name"]) expect(key in item).toBe(key in plain);
        }
    }),
    { seed: 42 },
  );
});

it("gives any of its items, whichever is asked for", () => {
  const list = Array.from({ length: 1000 }, (_, index) => ({
    AlarmName: `a${index}`,
    Text: "x".repeat(500),
  }));
  const packed = packList(list);
  expect(packed).toHaveLength(1000);
  expect(packed[999]?.["AlarmName"]).toBe("a999");
  expect(Array.isArray(packed[0])).toBe(false);
});

import { describe, expect, it } from "vitest";
import { createRevisionCache } from "../../../controller/aws/revision-cache.ts";
import type { TaskDefinition } from "../../../controller/model/workload.ts";

function revision(number: number, image = "i"): TaskDefinition {
  const input = { family: "web", containerDefinitions: [{ name: "app", image }], unheardOf: { x: [1] } };
  return { arn: `arn:aws:ecs:r:1:task-definition/web:${number}`, input, tags: { team: "shop" } };
}

const arnOf = (number: number): string => revision(number).arn;

describe("a revision cache", () => {
  it("gives back what was put in, fields that nobody knows included", () => {
    const cache = createRevisionCache();
    cache.set(revision(1));
    const held = cache.get(arnOf(1));
    expect(held?.input).toEqual(revision(1).input);
    expect([held?.arn, held?.tags, held?.registeredBy]).toEqual([arnOf(1), { team: "shop" }, undefined]);
    expect(cache.get(arnOf(2))).toBeUndefined();
  });

  it("lets go of what was asked for longest ago, when there are too many", () => {
    const cache = createRevisionCache({ maxCount: 2 });
    cache.set(revision(1));
    cache.set(revision(2));
    cache.get(arnOf(1));
    cache.set(revision(3));
    expect([1, 2, 3].map((number) => cache.get(arnOf(number)) !== undefined)).toEqual([true, false, true]);
    expect(cache.size).toBe(2);
  });

  it("keeps within its bytes, and takes nothing that alone is more", () => {
    const cache = createRevisionCache({ maxBytes: 1000 });
    for (let number = 0; number < 50; number++) cache.set(revision(number));
    expect(cache.bytes).toBeLessThanOrEqual(1000);
    expect(cache.size).toBeGreaterThan(1);
    expect(cache.get(arnOf(49))).toBeDefined();
    const before = cache.size;
    cache.set(revision(99, "x".repeat(2000)));
    expect([cache.get(arnOf(99)), cache.size]).toEqual([undefined, before]);
  });

  it("takes a newer reading in place of an older, and forgets on demand", () => {
    const cache = createRevisionCache();
    cache.set(revision(1));
    const { bytes } = cache;
    cache.set({ ...revision(1), tags: { team: "ops" } });
    expect(cache.get(arnOf(1))?.tags).toEqual({ team: "ops" });
    expect(cache.bytes).toBe(bytes);
    cache.delete(arnOf(1));
    expect([cache.size, cache.bytes]).toEqual([0, 0]);
  });
});

// What we say before AWS is asked is what AWS would say: sidecars of one generated definition laid over another are
// an obstacle exactly when the sandbox's own, independent rules refuse the result.
import fc from "fast-check";
import { expect, it } from "vitest";
import { containersOf, injectLayer } from "../../controller/core/layer.ts";
import { findObstacle, growToFit } from "../../controller/core/task-room.ts";
import type { JsonObject } from "../../controller/model/json.ts";
import { anyTaskDefinition, refusal } from "./task-definitions.ts";

const draw = (seed: number): JsonObject[] => fc.sample(anyTaskDefinition, { seed, numRuns: 600 });

/** Some containers of a definition, under names that the other one does not have. */
function sidecarsFrom(definition: JsonObject, count: number): JsonObject[] {
  return containersOf(definition)
    .slice(0, count)
    .map((container) => ({ ...container, name: `our-${container["name"]}` }));
}

it("an obstacle is what the API refuses, and nothing else", () => {
  const [bases, others] = [draw(11), draw(12)];
  const codes = new Map<string, number>();
  for (const [index, base] of bases.entries()) {
    const sidecars = sidecarsFrom(others[index] ?? {}, 1 + (index % 4));
    const { task } = index % 2 === 0 ? growToFit(base, sidecars) : {};
    const injected = injectLayer(base, "ecsmon", { sidecars, patches: [], ...(task && { task }) });
    const obstacle = findObstacle(base, injected);
    expect({ index, obstacle: obstacle?.message }).toEqual({
      index,
      obstacle: refusal(injected) === undefined ? undefined : expect.any(String),
    });
    const code = obstacle?.code ?? "none";
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  for (const code of ["none", "NoRoom", "InvalidContainer", "InvalidDependency"])
    expect(codes.get(code), code).toBeGreaterThan(15);
});

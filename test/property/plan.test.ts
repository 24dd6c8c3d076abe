// Over any estate and any policies: a plan that has been applied leaves nothing to do, taking the policies away leaves
// the estate as it was, and no order of anything that comes in ever changes a plan.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computePlan } from "../../controller/core/plan.ts";
import type { PlanInput } from "../../controller/core/plan-parts.ts";
import { selectWorkloads } from "../../controller/core/select.ts";
import { stableStringify } from "../../controller/model/json.ts";
import { known } from "../../controller/model/read.ts";
import { estate, look, policySet, turn } from "./estates.ts";
import { startServer } from "./server.ts";

const seeds = fc.integer({ min: 1, max: 1_000_000 });

/** Changes that would be written, as `action kind id`. */
function written({ changes }: ReturnType<typeof computePlan>): string[] {
  return changes
    .filter(({ enforcement }) => enforcement === "Enforce")
    .map(({ action, kind, id }) => `${action} ${kind} ${id}`);
}

describe("a plan", () => {
  it("is empty once it has been applied, whatever the server makes of it", async () => {
    await fc.assert(
      fc.asyncProperty(estate, policySet, seeds, async (start, policies, seed) => {
        const server = startServer(start, seed);
        const first = await turn(server, policies);
        const second = computePlan(await look(server, policies));
        expect(written(second)).toEqual([]);
        expect(second.unknown).toEqual(first.unknown);
        server.writes.length = 0;
        await turn(server, policies);
        expect(server.writes).toEqual([]);
      }),
      { seed: 42, numRuns: 80 },
    );
  });

  it("leads to the same place from anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(estate, policySet, policySet, seeds, async (start, before, after, seed) => {
        const server = startServer(start, seed);
        await turn(server, before);
        await turn(server, after);
        expect(written(computePlan(await look(server, after)))).toEqual([]);
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it("of no policies puts everything back as it was", async () => {
    await fc.assert(
      fc.asyncProperty(estate, policySet, policySet, seeds, async (start, first, second, seed) => {
        const server = startServer(start, seed);
        const original = stableStringify(server.contents());
        await turn(server, first);
        await turn(server, second);
        await turn(server, []);
        expect(stableStringify(server.contents())).toBe(original);
        expect(written(computePlan(await look(server, [])))).toEqual([]);
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it("is the same for any order of policies, workloads and what was observed", async () => {
    await fc.assert(
      fc.asyncProperty(estate, policySet, policySet, seeds, async (start, before, policies, seed) => {
        const server = startServer(start, seed);
        await turn(server, before);
        const input = await look(server, policies);
        expect(JSON.stringify(computePlan(turned(input, policies)))).toBe(JSON.stringify(computePlan(input)));
      }),
      { seed: 42, numRuns: 60 },
    );
  });
});

/** The same input with every list and map backwards. */
function turned(input: PlanInput, policies: Parameters<typeof selectWorkloads>[0]): PlanInput {
  const backwards = <T>(list: Iterable<T>): T[] => [...list].reverse();
  const { clusters } = input.inventory;
  const inventory = {
    ...input.inventory,
    workloads: backwards(input.inventory.workloads),
    clusters: clusters.known ? known(backwards(clusters.value)) : clusters,
  };
  const selection = selectWorkloads(backwards(policies), inventory.workloads, input.owner);
  const context = { owner: input.owner, inventory, force: input.force, asOf: input.asOf };
  return {
    ...input,
    inventory,
    selection,
    wanted: new Map(input.kinds.map((kind) => [kind.name, kind.desired(selection, context)])),
    observations: new Map(
      [...input.observations].map(([name, observation]) => [
        name,
        observation.known
          ? known({ ...observation.value, items: new Map(backwards(observation.value.items)) })
          : observation,
      ]),
    ),
  };
}

// Over any estate and any two sets of policies: what a plan holds is either of this change or drifts anyway, a base of the
// same policies leaves nothing to this change, and what only the base would do is what the base's plan has beside.
import fc from "fast-check";
import { expect, it } from "vitest";
import { compareWithBase } from "../../controller/core/base-plan.ts";
import { type ComputedPlan, computePlan } from "../../controller/core/plan.ts";
import type { Change, Plan, PlanPart } from "../../controller/model/plan.ts";
import { findings } from "../unit/core/passes.ts";
import { estate, look, policySet, turn } from "./estates.ts";
import { startServer } from "./server.ts";

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const lists = ["changes", "blocked", "unknown", "diagnostics"] as const;
const empty: PlanPart = { changes: [], blocked: [], unknown: [], diagnostics: [] };

const toPlan = (parts: ComputedPlan): Plan => ({ ...findings({}).plan, ...parts });
const compare = (head: ComputedPlan, base: ComputedPlan) =>
  compareWithBase({ plan: toPlan(head), held: head.held }, { plan: toPlan(base), held: base.held });
const keyOf = ({ kind, id }: Change): string => `${kind}/${id}`;
const keys = (part: PlanPart): string[] => part.changes.map(keyOf);

it("beside itself, a plan is nothing but drift", async () => {
  await fc.assert(
    fc.asyncProperty(estate, policySet, policySet, seeds, async (start, before, policies, seed) => {
      // Two of one seed: both looks get the same answers, in the same order.
      const servers = [startServer(start, seed), startServer(start, seed)];
      for (const server of servers) await turn(server, before);
      const plans = servers.map(async (server) => computePlan(await look(server, policies)));
      const [head, base] = (await Promise.all(plans)) as [ComputedPlan, ComputedPlan];
      const compared = compare(head, base);
      expect(compared.change).toEqual(empty);
      expect(compared.dropped).toEqual(empty);
      for (const list of lists) expect(compared.drift[list]).toEqual(toPlan(head)[list]);
    }),
    { seed: 42, numRuns: 60 },
  );
});

it("where everything stands as the base says, all of it is this change", async () => {
  await fc.assert(
    fc.asyncProperty(estate, policySet, policySet, seeds, async (start, before, after, seed) => {
      const server = startServer(start, seed);
      await turn(server, before);
      const enforced = ({ changes, ...rest }: ComputedPlan): ComputedPlan => ({
        ...rest,
        changes: changes.filter(({ enforcement }) => enforcement === "Enforce"),
      });
      const head = enforced(computePlan(await look(server, after)));
      const compared = compare(head, enforced(computePlan(await look(server, before))));
      expect(compared.change.changes).toEqual(head.changes);
      expect(compared.drift.changes).toEqual([]);
    }),
    { seed: 42, numRuns: 60 },
  );
});

it("nothing is lost and nothing is told twice", async () => {
  await fc.assert(
    fc.asyncProperty(
      estate,
      policySet,
      policySet,
      policySet,
      seeds,
      async (start, before, one, two, seed) => {
        const server = startServer(start, seed);
        await turn(server, before);
        const head = computePlan(await look(server, one));
        const base = computePlan(await look(server, two));
        const { change, drift, dropped } = compare(head, base);
        const unmarked = change.changes.map((one) => ({
          ...one,
          differences: one.differences.map(({ drifts: _, ...difference }) => difference),
        }));
        const told: PlanPart = { ...change, changes: unmarked };
        for (const list of lists) {
          const parts: readonly object[] = [...told[list], ...drift[list]];
          const whole: readonly object[] = toPlan(head)[list];
          expect(parts).toHaveLength(whole.length);
          expect(new Set(parts)).toEqual(new Set(whole));
        }
        // Whichever is the head, what both would do alike is the same.
        const turned = compare(base, head);
        expect(keys(turned.drift).sort()).toEqual(keys(drift).sort());
        const inHead = new Set([...keys(toPlan(head)), ...[...head.held.values()].map(keyOf)]);
        expect(keys(dropped)).toEqual(keys(toPlan(base)).filter((key) => !inHead.has(key)));
      },
    ),
    { seed: 42, numRuns: 60 },
  );
});

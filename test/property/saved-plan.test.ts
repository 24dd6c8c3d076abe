// Over any estate and any policies: a plan comes out of its file as it went in, holds as long as what it is about stands
// as it stood, and no longer.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { review } from "../../controller/cli/saved-plan.ts";
import type { Observed } from "../../controller/core/managed.ts";
import { type ComputedPlan, computePlan } from "../../controller/core/plan.ts";
import type { PlanInput } from "../../controller/core/plan-parts.ts";
import { holdToReview, type Review } from "../../controller/core/reviewed-plan.ts";
import { readSavedPlan, type SavedPlan, writeSavedPlan } from "../../controller/core/saved-plan.ts";
import { kinds } from "../../controller/kinds/index.ts";
import type { Change, KindName, Plan } from "../../controller/model/plan.ts";
import { known } from "../../controller/model/read.ts";
import { estate, look, policySet, turn } from "./estates.ts";
import { startServer } from "./server.ts";

const seeds = fc.integer({ min: 1, max: 1_000_000 });
const version = "1.2.3";
const metadata = {
  owner: "ecsmon",
  region: "eu-central-1",
  account: "123456789012",
  sourceRevision: "sha256:0",
  createdAt: "2026-11-22T00:00:00.000Z",
  asOf: "2026-11-22T00:00:00.000Z",
};

function toPlan({ changes, blocked, unknown, unchanged, standing }: ComputedPlan): Plan {
  return { metadata, changes, blocked, unknown, unchanged, standing, diagnostics: [] };
}

function toSaved(plan: Plan): SavedPlan {
  return {
    version,
    from: { policies: ["policies/"] },
    options: { cluster: ["prod*"] },
    salt: "salt",
    plans: [review(plan, [], "salt")],
  };
}

function hold(text: string, plan: Plan): Review {
  const [reviewed] = readSavedPlan(text, "x.plan", version).plans;
  if (reviewed === undefined) throw new Error("nothing was saved");
  return holdToReview(reviewed, review(plan, [], "salt"), plan);
}

const isWritten = ({ enforcement }: Change): boolean => enforcement === "Enforce";
const keyOf = ({ kind, id }: Pick<Change, "kind" | "id">): string => `${kind}/${id}`;
const nameOf = ({ kind, name }: { readonly kind: string; readonly name: string }) => `${kind} ${name}`;

/** Of each kind something that counts as an edit, and something that is only there. */
const edit = { EditedBySomebody: "yes", Threshold: 1234.5, filterPattern: "edited", queryString: "edited" };

/** The same world, in which somebody has edited one item. */
function withEdited(input: PlanInput, kind: KindName, id: string): PlanInput {
  const observation = input.observations.get(kind);
  if (observation?.known !== true) throw new Error(`${kind} was not observed`);
  const items = new Map(observation.value.items);
  const item = items.get(id) as Observed;
  items.set(id, { ...item, spec: { ...item.spec, ...edit } });
  return {
    ...input,
    observations: new Map(input.observations).set(kind, known({ ...observation.value, items })),
  };
}

describe("a saved plan", () => {
  it("comes out of its file as it went in; cut short or changed, it does not come out", async () => {
    await fc.assert(
      fc.asyncProperty(estate, policySet, seeds, fc.nat(), async (start, policies, seed, at) => {
        const server = startServer(start, seed);
        const saved = toSaved(toPlan(computePlan(await look(server, policies))));
        const text = writeSavedPlan(saved);
        expect(readSavedPlan(text, "x.plan", version)).toEqual(saved);
        const place = at % (text.length - 2);
        expect(() => readSavedPlan(text.slice(0, place), "x.plan", version)).toThrow("x.plan");
        const other = text[place] === "7" ? "8" : "7";
        const changed = text.slice(0, place) + other + text.slice(place + 1);
        // Blanks between the words of JSON say nothing.
        expect(() => readSavedPlan(changed, "x.plan", version)).toThrow("x.plan");
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it("holds for the same world, in whatever order it is read", async () => {
    await fc.assert(
      fc.asyncProperty(estate, policySet, policySet, seeds, async (start, before, after, seed) => {
        const server = startServer(start, seed);
        await turn(server, before);
        const text = writeSavedPlan(toSaved(toPlan(computePlan(await look(server, after)))));
        const plan = toPlan(computePlan(await look(server, after)));
        const held = hold(text, plan);
        expect(held.stale).toEqual([]);
        expect(held.left).toEqual([]);
        expect(held.plan.changes).toEqual(plan.changes);
      }),
      { seed: 42, numRuns: 60 },
    );
  });

  it("is refused when somebody has edited what it writes, or has written it already", async () => {
    let edits = 0;
    let done = 0;
    await fc.assert(
      fc.asyncProperty(estate, policySet, policySet, seeds, async (start, before, after, seed) => {
        const server = startServer(start, seed);
        await turn(server, before);
        const input = await look(server, after);
        const plan = toPlan(computePlan(input));
        const text = writeSavedPlan(toSaved(plan));
        for (const change of plan.changes.filter(isWritten)) {
          if (change.action === "create") continue;
          edits += 1;
          const edited = toPlan(computePlan(withEdited(input, change.kind, change.id)));
          expect(hold(text, edited).stale.map(nameOf)).toContain(nameOf(change));
        }
        const first = plan.changes.find(
          (change) => isWritten(change) && change.needs.length === 0 && change.action !== "delete",
        );
        if (first === undefined) return;
        done += 1;
        const kind = kinds.find(({ name }) => name === first.kind);
        await kind?.put(first, { aws: server.aws, owner: "ecsmon", now: () => new Date(0) });
        const stale = hold(text, toPlan(computePlan(await look(server, after)))).stale;
        expect(stale.map(nameOf)).toContain(nameOf(first));
      }),
      { seed: 42, numRuns: 60 },
    );
    expect(edits).toBeGreaterThan(40);
    expect(done).toBeGreaterThan(20);
  });

  it("is refused when somebody has edited what stood as wanted; holds for all else, and does not write that", async () => {
    let [edits, moved] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        estate,
        policySet,
        fc.option(policySet, { freq: 1 }),
        seeds,
        async (start, before, after, seed) => {
          const server = startServer(start, seed);
          await turn(server, before);
          // Without others the plan is empty.
          const input = await look(server, after ?? before);
          const plan = toPlan(computePlan(input));
          const text = writeSavedPlan(toSaved(plan));
          const planned = new Set(plan.changes.map(keyOf));
          const wanted = new Set(
            [...input.wanted.values()]
              .flat()
              .flatMap((one) => (one.state.is === "wanted" ? [keyOf(one)] : [])),
          );
          for (const [kind, observation] of input.observations) {
            if (!observation.known) continue;
            for (const id of observation.value.items.keys()) {
              if (planned.has(`${kind}/${id}`)) continue;
              edits += 1;
              const held = hold(text, toPlan(computePlan(withEdited(input, kind, id))));
              const stood = wanted.has(`${kind}/${id}`) && held.left.length > 0;
              if (stood) moved += 1;
              expect(held.stale.map(nameOf)).toEqual(stood ? held.left.map(nameOf) : []);
              expect(held.plan.changes.map(keyOf)).toEqual(plan.changes.map(keyOf));
            }
          }
        },
      ),
      { seed: 42, numRuns: 60 },
    );
    expect(edits).toBeGreaterThan(100);
    expect(moved).toBeGreaterThan(40);
  });
});

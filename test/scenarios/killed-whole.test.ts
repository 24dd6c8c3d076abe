// The process dies right after any one of its writes, with the whole reference policy: in the first apply, in a change
// of every kind, and in the removal. The next run ends where an uninterrupted one does, nothing is there twice, and in
// the end the owner has his own back.
import { beforeAll, beforeEach, expect, test } from "vitest";
import { canonical, twice } from "./account-state.ts";
import { type Any, useWorld } from "./harness.ts";
import { useTripwire } from "./line.ts";
import { flags, ownersView, policies, type Stage, seedReference } from "./reference-estate.ts";

const world = useWorld();
const line = useTripwire(world);
const order = Object.keys(policies) as Stage[];
/** One service that has something of everything. */
const scoped = (text: string): string => text.replace('"!batch-*"', '"!batch-*", "!checkout", "!worker"');
const texts = Object.fromEntries(order.map((stage) => [stage, scoped(policies[stage])])) as Record<
  Stage,
  string
>;
/** How many writes the longest stage has; a test below sees to it that this is so. */
const mostWrites = 29;
const everyWrite = Array.from({ length: mostWrites }, (_, index) => index + 1);

const ends = new Map<Stage, Any>();
let untouched: Any;

function begin(): void {
  world.sandbox.control.reset();
  seedReference(world);
  world.sandbox.control.clearCalls();
}

const run = (stage: Stage) => world.apply(texts[stage], flags);

/** The ends of the stages when nothing comes in between, and the writes of each; made once. */
beforeAll(async () => {
  begin();
  untouched = ownersView(world);
  const counts: number[] = [];
  for (const stage of order) {
    world.sandbox.control.clearCalls();
    expect((await run(stage)).code).toBe(0);
    counts.push(world.writes().length);
    ends.set(stage, canonical(world));
  }
  expect(Math.max(...counts)).toBe(mostWrites);
  expect(ownersView(world)).toEqual(untouched);
});

beforeEach(begin);

/** Runs until the n-th write has taken effect, if there are as many. */
async function killAfter(n: number, stage: Stage): Promise<void> {
  world.sandbox.control.clearCalls();
  line.lay(({ write, writes }) => (write && writes === n ? "cut" : "pass"));
  const { code } = await line.run(() => run(stage));
  expect([code !== 0, world.writes().length]).toEqual(line.isCut() ? [true, n] : [false, expect.any(Number)]);
}

async function expectNothingLeft(stage: Stage): Promise<void> {
  const { code, json } = await world.plan(texts[stage], flags);
  expect({ code, changes: json.changes, unknown: json.unknown }).toEqual({
    code: 0,
    changes: [],
    unknown: [],
  });
}

test.each(everyWrite)("killed after write %i of each stage, run again after each", async (n) => {
  for (const stage of order) {
    await killAfter(n, stage);
    expect((await run(stage)).code).toBe(0);
    expect(canonical(world)).toEqual(ends.get(stage));
    await expectNothingLeft(stage);
  }
  expect(ownersView(world)).toEqual(untouched);
});

test.each(everyWrite)("killed after write %i of each stage, and the next stage comes at once", async (n) => {
  for (const stage of order) await killAfter(n, stage);
  expect((await run("removal")).code).toBe(0);
  await expectNothingLeft("removal");
  expect(ownersView(world)).toEqual(untouched);
  expect(twice(world)).toEqual([]);
});

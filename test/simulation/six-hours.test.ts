// Six hours of the real controller in simulated time: chance from a seed, and everything that may go wrong around it.
// ECSMON_SEEDS=4-40 ECSMON_HOURS=6 explores other seeds than those that stand here, ECSMON_STORY=FOLDER writes down what
// happened and what was logged.
import { writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { findOverlaps, findUntold } from "./journal-check.ts";
import { type Run, runSimulation } from "./simulation.ts";

const before = { ...process.env };
const seeds = readSeeds(before["ECSMON_SEEDS"] ?? "1-3");
const explored = before["ECSMON_HOURS"];
const folder = before["ECSMON_STORY"];

afterAll(() => {
  process.env = before;
});

test.each(seeds)(
  "seed %i: after each quiet nothing is left to do, and nothing was done that may not be",
  async (seed) => {
    const began = performance.now();
    // The first goes on for all of the six hours; of the others, chance makes the difference, not their length.
    const hours = explored === undefined ? (seed === 1 ? 6 : 1) : Number(explored);
    // Every third keeps all of its state in S3, whose polls take most of the time.
    const run = await runSimulation({ seed, hours, isStateInS3: seed % 3 === 2 });
    if (folder !== undefined) writeStory(`${folder}/seed-${seed}.txt`, run, performance.now() - began);

    const report = run.story.join("\n");
    expect(run.violations, report).toEqual([]);
    expect(findUntold(run.watch.writes, run.journal), report).toEqual([]);
    expect(findOverlaps(run.journal), report).toEqual([]);
    // The budgets of a day, of which this is a part.
    const { begun, excused } = run.redeploys;
    const rolled = run.journal.filter(
      ({ kind, redeploys, result }) => kind === "TaskDefinition" && redeploys && result !== "skipped",
    );
    expect(rolled.length, report).toBeLessThanOrEqual(run.limits.maxRedeploys);
    expect(run.watch.deletes, report).toBeLessThanOrEqual(run.limits.maxDeletes);
    for (const [key, count] of Object.entries(begun))
      expect(count, `${key}\n${report}`).toBeLessThanOrEqual(excused[key] ?? 0);
    // What grew with time would be far more than this by now.
    expect(run.sleepers).toBeLessThanOrEqual(12);
    expect(run.listeners).toBeLessThanOrEqual(16);
    expect(run.leftSleepers).toBe(0);
    // It was no quiet day.
    expect(run.watch.writes.length).toBeGreaterThan(15 * hours);
  },
  900_000,
);

function writeStory(file: string, run: Run, took: number): void {
  const { story, violations, logged, watch, journal, redeploys, limits, sleepers, listeners } = run;
  const calls = [...watch.counts].sort(([, a], [, b]) => b - a);
  const passes = logged.filter(({ event }) => event === "pass");
  const numbers = {
    hours: run.hours,
    realSeconds: took / 1000,
    speed: (run.hours * 3_600_000) / took,
    passes: passes.length,
    fullPasses: passes.filter(({ fields }) => fields["look"] === "full").length,
    calls: calls.reduce((sum, [, count]) => sum + count, 0),
    writes: watch.writes.length,
    deletes: watch.deletes,
    journal: journal.length,
    sleepers,
    listeners,
    limits,
    redeploys,
    untold: findUntold(watch.writes, journal),
    overlaps: findOverlaps(journal),
  };
  const log = logged.map((one) => JSON.stringify(one));
  writeFileSync(
    file,
    [JSON.stringify(numbers), calls.join(" "), "", ...story, "", ...violations, "", ...log, ""].join("\n"),
  );
}

/** `7`, `1-40`, `1-3,9`. */
function readSeeds(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [from = 1, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

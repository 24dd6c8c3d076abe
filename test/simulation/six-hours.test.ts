// Six hours of the real controller in less than a minute: simulated time, chance from a seed, and everything that may go
// wrong around it. ECSMON_SEEDS=1-40 explores others than those that stand here.
import { afterEach, expect, test, vi } from "vitest";
import { runSimulation } from "./simulation.ts";

const seeds = readSeeds(process.env["ECSMON_SEEDS"] ?? "1-3");
const hours = Number(process.env["ECSMON_HOURS"] ?? 6);

afterEach(() => vi.unstubAllEnvs());

test.each(seeds)(
  "seed %i: after each quiet nothing is left to do, and nothing was done that may not be",
  async (seed) => {
    const began = performance.now();
    const run = await runSimulation({ seed, hours, isStateInS3: seed % 3 === 1 });
    const took = (performance.now() - began) / 1000;
    const passes = run.logged.filter(({ event }) => event === "pass");
    console.log(
      `seed ${seed}: ${run.hours.toFixed(1)} h in ${took.toFixed(1)} s, ${Math.round((run.hours * 3600) / took)} s/s;`,
      `${passes.length} passes, ${[...run.watch.counts.values()].reduce((a, b) => a + b, 0)} calls,`,
      `${run.watch.writes.length} writes, ${run.journal.length} in the journal`,
    );
    if (process.env["ECSMON_STORY"] !== undefined) console.log([...run.watch.counts].sort(([, a], [, b]) => b - a).slice(0, 25).join(" "));
    const report = run.violations.length === 0 ? "" : [...run.story, "", ...run.violations].join("\n");
    if (report !== "" && process.env["ECSMON_STORY"] !== undefined) {
      const { writeFileSync } = await import("node:fs");
      const lines = run.logged.map((one) => JSON.stringify(one)).join("\n");
      writeFileSync(`${process.env["ECSMON_STORY"]}/seed-${seed}.txt`, `${report}\n\n${lines}\n`);
    }
    expect(run.violations, report).toEqual([]);
  },
  600_000,
);

/** `7`, `1-40`, `1-3,9`. */
function readSeeds(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const [from = 1, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

// What was measured, and how it is shown: one table for people, the same as JSON for programs.
import { sum } from "./floor.ts";
import type { PlanningResult } from "./planning.ts";

export interface PlanResult {
  readonly what: string;
  readonly calls: Readonly<Record<string, number>>;
  readonly floor?: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly peakMegabytes: number | undefined;
}

export interface StartupResult {
  readonly emptyNodeMs: number;
  readonly validateMs: number;
}

export interface Results {
  readonly machine: { readonly cpus: number; readonly memoryGigabytes: number; readonly node: string };
  readonly services: number;
  readonly runs: number;
  readonly plans: readonly PlanResult[];
  readonly planning: PlanningResult;
  readonly startup: StartupResult;
  /** What was left out, and why. */
  readonly notes: readonly string[];
}

export function renderResults(results: Results): string {
  const { machine, services, runs, plans, planning, startup, notes } = results;
  const rows = plans.map(({ what, calls, floor, seconds, peakMegabytes }) => [
    what,
    String(sum(Object.values(calls))),
    floor === undefined ? "" : String(sum(Object.values(floor))),
    `${seconds.toFixed(2)} s`,
    peakMegabytes === undefined ? "?" : `${peakMegabytes.toFixed(0)} MB`,
  ]);
  const [ours] = plans;
  return [
    `${services} services, median of ${runs}; ${machine.cpus} CPUs, ${machine.memoryGigabytes} GB, Node ${machine.node}`,
    "",
    renderTable(["plan with nothing to do", "calls", "floor", "time", "peak memory"], rows),
    "",
    renderTable(
      ["call", "made", "needed"],
      Object.entries(ours?.calls ?? {}).map(([operation, made]) => [
        operation,
        String(made),
        String(ours?.floor?.[operation] ?? 0),
      ]),
    ),
    "",
    renderTable(
      ["planning beside the calls", "processor time"],
      [
        [
          `${planning.services} services, ${planning.alarms} alarms each, ${planning.changes} changes`,
          `${planning.cpuSeconds.toFixed(2)} s`,
        ],
      ],
    ),
    "",
    renderTable(
      ["start", "time"],
      [
        ["node -e 0", `${startup.emptyNodeMs.toFixed(0)} ms`],
        ["ecsmon validate", `${startup.validateMs.toFixed(0)} ms`],
        ["difference", `${(startup.validateMs - startup.emptyNodeMs).toFixed(0)} ms`],
      ],
    ),
    ...notes.flatMap((note) => ["", note]),
    "",
  ].join("\n");
}

/** `ecs:ListClusters` → `ListClusters`, alike ones added up. */
export function countWithoutService(counts: Readonly<Record<string, number>>): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const [name, count] of Object.entries(counts)) {
    const operation = name.split(":").at(-1) ?? name;
    merged[operation] = (merged[operation] ?? 0) + count;
  }
  return merged;
}

/** As Markdown has it. The first column is text, the others are numbers. */
export function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column === 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function pad(text: string, width: number, isText: boolean): string {
  return isText ? text.padEnd(width) : text.padStart(width);
}

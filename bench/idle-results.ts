// The controller's cost as tables: by what its calls are for, in an hour and in dollars a month.
import { sum } from "./floor.ts";
import type { IdleResult, MemoryResult } from "./idle.ts";
import { monthlyDollars, type Purpose } from "./idle-calls.ts";
import { renderTable } from "./results.ts";

const purposes: Readonly<Record<Purpose, string>> = {
  look: "looking, each pass",
  status: "status and budgets, each pass",
  lease: "lease",
  switch: "freeze switch",
  policies: "policies in S3",
  queue: "queue",
};

export function renderIdle({
  services,
  holder,
  standBy,
  pass,
  floor,
  floorWithRevisions,
  event,
}: IdleResult): string {
  const names = [...new Set([...Object.keys(holder), ...Object.keys(standBy)])].sort(byPurpose);
  const rows = names.map((name) => {
    const [purpose = "", call = ""] = name.split(" ");
    const cells = [holder, standBy].map((hourly) => round(hourly[name] ?? 0));
    return [purposes[purpose as Purpose], call, ...cells];
  });
  const totals = [holder, standBy].map((hourly) => round(sum(Object.values(hourly))));
  const dollars = [holder, standBy].map((hourly) => `$${monthlyDollars(hourly).toFixed(2)}`);
  return [
    `${services} services, nothing changes: resync 5m, pollInterval 60s, lease 15s`,
    "",
    renderTable(
      ["calls an hour", "call", "holder", "stand-by"],
      [...rows, ["all", "", ...totals], ["S3 and SQS, a month", "", ...dollars]],
    ),
    "",
    `One full pass makes ${round(pass)} calls. To read it all takes at least ${floor}, or ${floorWithRevisions} where task definitions are known.`,
    "",
    renderTable(
      ["an event for one service", ""],
      [
        ["calls of its look", String(sum(Object.values(event.look)))],
        ["calls of a second look, after our own write's event", String(event.echo)],
        ["from somebody's write to ours", `${round(event.milliseconds)} ms`],
        ["at most", `${round(event.mostMilliseconds)} ms`],
      ],
    ),
    "",
    renderTable(
      ["call of the look", "made"],
      Object.entries(event.look).map(([name, count]) => [name, String(count)]),
    ),
    "",
  ].join("\n");
}

export function renderMemory({ services, nodeFlags, making, starting, steady }: MemoryResult): string {
  const row = (what: string, { seconds, resident, peak }: MemoryResult["steady"]) => [
    what,
    `${seconds.toFixed(0)} s`,
    `${resident.toFixed(0)} MB`,
    `${peak.toFixed(0)} MB`,
  ];
  const flags = nodeFlags.length === 0 ? "" : `, node ${nodeFlags.join(" ")}`;
  return [
    renderTable(
      [`${services} services${flags}`, "pass", "resident after it", "peak"],
      [
        row("all is made but what redeploys", making),
        row("first pass, all stands", starting),
        row("later passes", steady),
      ],
    ),
    "",
  ].join("\n");
}

function byPurpose(a: string, b: string): number {
  const rank = (name: string): number => Object.keys(purposes).indexOf(name.split(" ")[0] ?? "");
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

function round(count: number): string {
  return Number.isNaN(count) ? "?" : String(Math.round(count));
}

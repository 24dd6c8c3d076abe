// The budgets of 24 hours: what passes took of deletes and redeployments, as a ledger that is kept in the status store.
// Room is reserved before the first write and what was never begun is given back after: a process that dies in between
// leaves too much noted, never too little.
import { EcsmonError } from "../model/errors.ts";
import type { Change, Outcome, Plan } from "../model/plan.ts";
import { findCountedDeletes, findRedeploys, type Guards, type Used } from "./guard.ts";
import { serviceKey } from "./names.ts";

/** What one change was reserved for. */
export interface BudgetItem {
  /** `KIND/ID` */
  readonly item: string;
  readonly action: string;
  readonly deletes: number;
  /** `CLUSTER/SERVICE` */
  readonly redeploys?: string;
}

export interface BudgetEntry {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Of the pass. */
  readonly id: string;
  readonly deletes: number;
  /** `CLUSTER/SERVICE`, each once. */
  readonly redeploys: readonly string[];
  /** What the numbers are made of. */
  readonly items: readonly BudgetItem[];
}

export interface Ledger {
  readonly entries: readonly BudgetEntry[];
}

export const emptyLedger: Ledger = { entries: [] };

const day = 86_400_000;

/**
 * What of the budgets is taken at an instant, and when it comes back. Entries of the future (another clock) count.
 * @param underWay the id of writes that have not ended: what a plan wants of the same items again is counted once.
 */
export function usedSince(ledger: Ledger, at: Date, underWay?: string): Used {
  const { entries } = prune(ledger, at);
  const returns = [...entries]
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
    .map((entry) => ({
      at: new Date(Date.parse(entry.at) + day).toISOString(),
      deletes: entry.deletes,
      redeploys: entry.redeploys.length,
    }));
  return {
    deletes: returns.reduce((sum, { deletes }) => sum + deletes, 0),
    redeploys: returns.reduce((sum, { redeploys }) => sum + redeploys, 0),
    returns,
    ...(underWay === undefined
      ? {}
      : { underWay: entries.filter(({ id }) => id === underWay).flatMap(({ items }) => items) }),
  };
}

/**
 * The ledger with room taken for a plan that `guardPlan` has let through with `usedSince` of this same ledger. Where
 * it cannot be written because another one stands there, the plan must be guarded again by that one.
 * @param knownServices as `Guards` has it: where it is left out, deletes of more than one gone service count.
 * @param limits where they are given, a plan that no longer fits (another one took the room since) is refused.
 * @throws EcsmonError `BudgetSpent`: it must be guarded again.
 */
export function reserve(
  ledger: Ledger,
  plan: Pick<Plan, "changes">,
  id: string,
  at: Date,
  knownServices = 0,
  limits?: Pick<Guards, "maxDeletes" | "maxRedeploys">,
): Ledger {
  const counted = new Set(findCountedDeletes(plan.changes, knownServices).counted);
  const redeploying = new Set(findRedeploys(plan.changes).redeploys);
  const items = plan.changes
    .filter((change) => counted.has(change) || redeploying.has(change))
    .map((change) => toItem(change, counted.has(change), redeploying.has(change)));
  const others = { entries: prune(ledger, at).entries.filter((entry) => entry.id !== id) };
  const own = toEntries(at.toISOString(), id, items);
  if (limits !== undefined) refuseOverdraft(own, usedSince(others, at), limits);
  return { entries: [...others.entries, ...own] };
}

/**
 * Gives back what was skipped, or refused before it was begun. What failed counts, and so does what has no outcome yet;
 * it may be called again when more outcomes are known.
 * @param at the end of the writes: they count for 24 hours from then. Left out: from when they were reserved.
 */
export function settle(ledger: Ledger, id: string, outcomes: readonly Outcome[], at?: Date): Ledger {
  const unbegun = new Set(outcomes.filter(wasNeverBegun).map((outcome) => `${outcome.kind}/${outcome.id}`));
  return {
    entries: ledger.entries.flatMap((entry) =>
      entry.id === id
        ? toEntries(
            at === undefined || at.getTime() < Date.parse(entry.at) ? entry.at : at.toISOString(),
            id,
            entry.items.filter(({ item }) => !unbegun.has(item)),
          )
        : [entry],
    ),
  };
}

function refuseOverdraft(
  [entry]: readonly BudgetEntry[],
  used: Used,
  { maxDeletes, maxRedeploys }: Pick<Guards, "maxDeletes" | "maxRedeploys">,
): void {
  if (entry === undefined) return;
  const { deletes, redeploys } = entry;
  const fits = (wanted: number, taken: number, max: number): boolean => wanted === 0 || wanted + taken <= max;
  if (fits(deletes, used.deletes, maxDeletes) && fits(redeploys.length, used.redeploys, maxRedeploys)) return;
  throw new EcsmonError(
    "BudgetSpent",
    `${deletes} deletes and ${redeploys.length} redeployments no longer fit spec.maxDeletes ${maxDeletes} and spec.maxRedeploys ${maxRedeploys}: the last 24 hours took ${used.deletes} and ${used.redeploys}; the plan is made again`,
    { fault: "operator", remedy: "retry" },
  );
}

/** Without what no longer counts. */
function prune({ entries }: Ledger, at: Date): Ledger {
  return { entries: entries.filter((entry) => Date.parse(entry.at) > at.getTime() - day) };
}

function toItem(change: Change, isCounted: boolean, isRedeploy: boolean): BudgetItem {
  const { kind, id, action, deletes, cluster = "", service = "" } = change;
  return {
    item: `${kind}/${id}`,
    action,
    deletes: isCounted ? deletes : 0,
    ...(isRedeploy ? { redeploys: serviceKey(cluster, service) } : {}),
  };
}

function toEntries(at: string, id: string, items: readonly BudgetItem[]): BudgetEntry[] {
  if (items.length === 0) return [];
  const redeploys = items.flatMap((item) => (item.redeploys === undefined ? [] : [item.redeploys]));
  return [
    {
      at,
      id,
      deletes: items.reduce((sum, { deletes }) => sum + deletes, 0),
      redeploys: [...new Set(redeploys)].sort(),
      items,
    },
  ];
}

/** Refused by the fence: the request was not sent. */
const refused: ReadonlySet<string> = new Set(["LeaseLost", "Paused", "SwitchUnread"]);

function wasNeverBegun({ result, action, error }: Outcome): boolean {
  // Somebody deployed on top of ours: begun it was.
  if (result === "skipped") return error?.code !== "OwnerDeployed";
  // A write that redeploys takes several requests, of which the last may be the one that was refused.
  return result === "failed" && action === "delete" && error !== undefined && refused.has(error.code);
}

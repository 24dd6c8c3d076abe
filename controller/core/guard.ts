// The guards: small pure filters over a plan. What they hold back is shown as blocked, with the flag that lets it through.
import type { Blocked, Change } from "../model/plan.ts";
import type { Held } from "./findings.ts";
import { serviceKey } from "./names.ts";
import type { PlanParts } from "./plan-parts.ts";

export interface Guards {
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
  readonly deletePolicy: "sync" | "upsert-only";
  /** How many services were read: what the allowance for gone ones is measured by. */
  readonly knownServices: number;
  /** What the last 24 hours took (core/budget.ts): the limits are budgets then, those of the configuration. */
  readonly used?: Used;
}

export interface Used {
  readonly deletes: number;
  readonly redeploys: number;
  /** When how much of it comes back, in order. */
  readonly returns?: readonly {
    /** ISO 8601, UTC. */
    readonly at: string;
    readonly deletes: number;
    readonly redeploys: number;
  }[];
  /** What of it is reserved for writes that are under way: a plan that wants the same again takes no room twice. */
  readonly underWay?: readonly {
    /** `KIND/ID` */
    readonly item: string;
    readonly deletes: number;
    /** `CLUSTER/SERVICE` */
    readonly redeploys?: string;
  }[];
}

/** The changes whose deletes need room under the limit: of services that are gone, only where they are too many. */
export function findCountedDeletes(
  changes: readonly Change[],
  knownServices: number,
): { readonly counted: readonly Change[]; readonly total: number; readonly why: string } {
  const enforced = changes.filter(({ enforcement, deletes }) => enforcement === "Enforce" && deletes > 0);
  const gone = new Set(enforced.filter((change) => change.gone).map(keyOfChange));
  const allowance = Math.max(1, Math.floor(knownServices / 10));
  const counted = gone.size <= allowance ? enforced.filter((change) => !change.gone) : enforced;
  const why =
    gone.size > allowance
      ? ` (${gone.size} services are gone, more than the ${allowance} that need no confirmation)`
      : "";
  return { counted, total: counted.reduce((sum, { deletes }) => sum + deletes, 0), why };
}

/** The changes that redeploy a service, and these services as `CLUSTER/SERVICE`. */
export function findRedeploys(changes: readonly Change[]): {
  readonly redeploys: readonly Change[];
  readonly services: ReadonlySet<string>;
} {
  const redeploys = changes.filter(
    ({ enforcement, impact }) => enforcement === "Enforce" && impact === "deployment",
  );
  return { redeploys, services: new Set(redeploys.map(keyOfChange)) };
}

function keyOfChange({ cluster = "", service = "" }: Change): string {
  return serviceKey(cluster, service);
}

interface Guarded extends PlanParts {
  /** What was held before, and what the guards hold. What `deletePolicy` leaves out is not: nothing is said of that. */
  readonly held: Held;
}

export function guardPlan(given: PlanParts & { readonly held?: Held }, guards: Guards): Guarded {
  const parts = { held: new Map(), ...given };
  const kept =
    guards.deletePolicy === "upsert-only"
      ? {
          ...parts,
          changes: parts.changes.filter(({ release, deletes }) => release !== true && deletes === 0),
        }
      : parts;
  return guardRedeploys(guardDeletes(kept, guards), guards);
}

function guardDeletes(parts: Guarded, { maxDeletes, knownServices, used }: Guards): Guarded {
  const { counted, total, why } = findCountedDeletes(parts.changes, knownServices);
  const ids = new Set(counted.map(({ kind, id }) => `${kind}/${id}`));
  const again = (used?.underWay ?? []).filter(({ item }) => ids.has(item));
  const taken = (used?.deletes ?? 0) - again.reduce((sum, { deletes }) => sum + deletes, 0);
  if (total === 0 || total + taken <= maxDeletes) return parts;
  // What only goes along with the deletes (tags of ours on a log group) waits with them.
  const along = parts.changes.filter(
    (change) => change.release && change.enforcement === "Enforce" && change.deletes === 0,
  );
  const message =
    used === undefined
      ? `${total} deletes are more than --max-deletes ${maxDeletes}${why}; all of them are held back. If they are meant, run again with --max-deletes ${total}`
      : tellBudget(`${total} ${total === 1 ? "delete" : "deletes"}${why}`, {
          field: "spec.maxDeletes",
          max: maxDeletes,
          wanted: total,
          used: taken,
          returns: (used.returns ?? []).map(({ at, deletes }) => ({ at, count: deletes })),
        });
  return hold(parts, new Set([...counted, ...along]), "DeleteGuard", message);
}

function guardRedeploys(parts: Guarded, { maxRedeploys, used }: Guards): Guarded {
  const { redeploys, services } = findRedeploys(parts.changes);
  const wanted = services.size;
  const again = (used?.underWay ?? []).flatMap(({ redeploys }) =>
    redeploys !== undefined && services.has(redeploys) ? [redeploys] : [],
  );
  const taken = (used?.redeploys ?? 0) - new Set(again).size;
  if (wanted === 0 || wanted + taken <= maxRedeploys) return parts;
  const message =
    used === undefined
      ? `${wanted} services would redeploy, more than --max-redeploys ${maxRedeploys}; all of these are held back. If they are meant, run again with --max-redeploys ${wanted}`
      : tellBudget(`${wanted} ${wanted === 1 ? "redeployment" : "redeployments"}`, {
          field: "spec.maxRedeploys",
          max: maxRedeploys,
          wanted,
          used: taken,
          returns: (used.returns ?? []).map(({ at, redeploys: count }) => ({ at, count })),
        });
  return hold(parts, new Set(redeploys), "RedeployGuard", message);
}

interface Budget {
  readonly field: string;
  readonly max: number;
  readonly wanted: number;
  readonly used: number;
  readonly returns: readonly { readonly at: string; readonly count: number }[];
}

/** Names instants and no spans: the same plan says the same at every pass. */
function tellBudget(what: string, { field, max, wanted, used, returns }: Budget): string {
  const raise = `raise ${field} to ${wanted + used}`;
  const verb = wanted === 1 && used === 0 ? "is" : "are";
  const before = used === 0 ? "" : ` and the ${used} of the last 24 hours`;
  const says = `${what}${before} ${verb} more than ${field} ${max} in 24 hours; all of them are held back`;
  let left = used;
  const room = returns.find(({ count }) => {
    left -= count;
    return left + wanted <= max;
  });
  return room === undefined
    ? `${says}. If they are meant, ${raise}`
    : `${says} until ${room.at}, when there is room again. If they are meant before, ${raise}`;
}

function hold(parts: Guarded, changes: ReadonlySet<Change>, code: string, message: string): Guarded {
  const held = parts.changes
    .filter((change) => changes.has(change))
    .map((change): [Blocked, Change] => {
      const { kind, name, cluster, service, policies } = change;
      const place = {
        ...(cluster === undefined ? {} : { cluster }),
        ...(service === undefined ? {} : { service }),
      };
      return [{ kind, name, ...place, policies, code, message }, change];
    });
  return {
    ...parts,
    changes: parts.changes.filter((change) => !changes.has(change)),
    blocked: [...parts.blocked, ...held.map(([blocked]) => blocked)],
    held: new Map([...parts.held, ...held]),
  };
}

// The guards: small pure filters over a plan. What they hold back is shown as blocked, with the flag that lets it through.
import type { Blocked, Change } from "../model/plan.ts";
import type { PlanParts } from "./plan.ts";

export interface Guards {
  readonly maxDeletes: number;
  readonly maxRedeploys: number;
  readonly deletePolicy: "sync" | "upsert-only";
  /** How many services were read: what the allowance for gone ones is measured by. */
  readonly knownServices: number;
}

export function guardPlan(parts: PlanParts, guards: Guards): PlanParts {
  const kept =
    guards.deletePolicy === "upsert-only"
      ? {
          ...parts,
          changes: parts.changes.filter(({ release, deletes }) => release !== true && deletes === 0),
        }
      : parts;
  return guardRedeploys(guardDeletes(kept, guards), guards);
}

function guardDeletes(parts: PlanParts, { maxDeletes, knownServices }: Guards): PlanParts {
  const enforced = parts.changes.filter(
    ({ enforcement, deletes }) => enforcement === "Enforce" && deletes > 0,
  );
  const gone = new Set(
    enforced.filter((change) => change.gone).map(({ cluster, service }) => `${cluster}/${service}`),
  );
  const allowance = Math.max(1, Math.floor(knownServices / 10));
  const counted = gone.size <= allowance ? enforced.filter((change) => !change.gone) : enforced;
  const total = counted.reduce((sum, { deletes }) => sum + deletes, 0);
  if (total <= maxDeletes) return parts;
  const why =
    counted.some((change) => change.gone) && gone.size > allowance
      ? ` (${gone.size} services are gone, more than the ${allowance} that need no confirmation)`
      : "";
  // What only goes along with the deletes (tags of ours on a log group) waits with them.
  const along = parts.changes.filter(
    (change) => change.release && change.enforcement === "Enforce" && change.deletes === 0,
  );
  return hold(
    parts,
    new Set([...counted, ...along]),
    "DeleteGuard",
    `${total} deletes are more than --max-deletes ${maxDeletes}${why}; all of them are held back. If they are meant, run again with --max-deletes ${total}`,
  );
}

function guardRedeploys(parts: PlanParts, { maxRedeploys }: Guards): PlanParts {
  const redeploys = parts.changes.filter(
    ({ enforcement, impact }) => enforcement === "Enforce" && impact === "deployment",
  );
  const services = new Set(redeploys.map(({ cluster, service }) => `${cluster}/${service}`));
  if (services.size <= maxRedeploys) return parts;
  return hold(
    parts,
    new Set(redeploys),
    "RedeployGuard",
    `${services.size} services would redeploy, more than --max-redeploys ${maxRedeploys}; all of these are held back. If they are meant, run again with --max-redeploys ${services.size}`,
  );
}

function hold(parts: PlanParts, held: ReadonlySet<Change>, code: string, message: string): PlanParts {
  const blocked: Blocked[] = parts.changes
    .filter((change) => held.has(change))
    .map(({ kind, name, cluster, service, policies }) => ({
      kind,
      name,
      ...(cluster === undefined ? {} : { cluster }),
      ...(service === undefined ? {} : { service }),
      policies,
      code,
      message,
    }));
  return {
    ...parts,
    changes: parts.changes.filter((change) => !held.has(change)),
    blocked: [...parts.blocked, ...blocked],
  };
}

// The plan as others' programs read it: the contract's shape, its keys in the contract's order; beside it only what was
// asked for, such as a comparison with a base.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { isObject } from "../../model/json.ts";
import {
  type Action,
  type Blocked,
  type Change,
  comparisonOf,
  type Outcome,
  type Plan,
  type PlanPart,
  type Unknown,
} from "../../model/plan.ts";
import type { Ended } from "../with-plan.ts";
import { backtestToJson } from "./backtest-json.ts";
import { costToJson } from "./cost-json.ts";
import { redactChange } from "./redact.ts";
import { safeJson } from "./safe-text.ts";

export function planToJson(plan: Plan): object {
  const count = (action: Action) => plan.changes.filter((change) => change.action === action).length;
  const { owner, region, account, sourceRevision, createdAt, asOf } = plan.metadata;
  return {
    apiVersion: "ecsmon.dev/v1alpha1",
    kind: "Plan",
    metadata: { owner, region, account, sourceRevision, createdAt, asOf },
    summary: {
      create: count("create"),
      update: count("update"),
      delete: count("delete"),
      unchanged: plan.unchanged,
      blocked: plan.blocked.length,
      unknown: plan.unknown.length,
    },
    ...partToJson(markDrift(plan), originsOf(plan), plan.held),
    ...(plan.base === undefined ? {} : { base: baseToJson(plan.base) }),
    ...(plan.cost === undefined ? {} : { cost: costToJson(plan.cost) }),
    ...(plan.backtest === undefined ? {} : { backtest: backtestToJson(plan.backtest) }),
  };
}

type Origin = { readonly origin?: "change" | "drift" };

function partToJson(
  { changes, unknown, blocked, diagnostics }: PlanPart,
  originOf: (item: object) => Origin,
  held?: Plan["held"],
) {
  return {
    changes: changes.map((change) => ({ ...changeToJson(change), ...originOf(change) })),
    unknown: unknown.map((one) => ({ ...unknownToJson(one), ...originOf(one) })),
    blocked: blocked.map((one) => ({ ...blockedToJson(one, held?.get(one)), ...originOf(one) })),
    diagnostics: diagnostics.map((one) => ({ ...diagnosticToJson(one), ...originOf(one) })),
  };
}

/** Beside a base: whether an item is of this change, or would be there without it. */
function originsOf(plan: Plan): (item: object) => Origin {
  const base = comparisonOf(plan);
  if (base === undefined) return () => ({});
  const { changes, unknown, blocked, diagnostics } = base.drift;
  const drifting = new Set<object>([...changes, ...unknown, ...blocked, ...diagnostics]);
  return (item) => ({ origin: drifting.has(item) ? "drift" : "change" });
}

/** Beside a base, its changes as that knows them: what of them drifts anyway. */
function markDrift(plan: Plan): PlanPart {
  const keyOf = ({ kind, id }: Change): string => `${kind}/${id}`;
  const own = new Map(comparisonOf(plan)?.change.changes.map((change) => [keyOf(change), change]));
  return { ...plan, changes: plan.changes.map((change) => own.get(keyOf(change)) ?? change) };
}

function baseToJson(base: NonNullable<Plan["base"]>): object {
  const { sourceRevision } = base;
  if ("errors" in base) return { sourceRevision, errors: base.errors.map(diagnosticToJson) };
  return {
    sourceRevision,
    summary: {
      change: countPart(base.change),
      drift: countPart(base.drift),
      dropped: countPart(base.dropped),
    },
    dropped: partToJson(base.dropped, () => ({})),
  };
}

function countPart({ changes, blocked, unknown }: PlanPart): object {
  const count = (action: Action) => changes.filter((change) => change.action === action).length;
  return {
    create: count("create"),
    update: count("update"),
    delete: count("delete"),
    blocked: blocked.length,
    unknown: unknown.length,
  };
}

export function outcomeToJson(outcome: Outcome): object {
  const { kind, name, cluster, service, action, result, note, error } = outcome;
  return {
    kind,
    name,
    ...given({ cluster, service }),
    action,
    result,
    ...given({ note }),
    ...given({ error: error && { code: error.code, message: error.message } }),
  };
}

/** What `use` made of each target: as it is where there is one, a list where there are several. */
export function formatItems(kind: string, items: readonly object[], { targets, failed }: Ended): string {
  const [only] = items;
  // The findings on what was read have been printed in their place.
  if (targets === 0) return "";
  if (targets === 1 && only !== undefined) return formatJson(only);
  return formatJson({ apiVersion: "ecsmon.dev/v1alpha1", kind, items, failed });
}

/** Ends with a newline, and holds nothing that a terminal would obey. */
export function formatJson(value: object): string {
  return `${safeJson(JSON.stringify(value, null, 2))}\n`;
}

function changeToJson(change: Change): object {
  const {
    action,
    kind,
    name,
    cluster,
    service,
    policies,
    enforcement,
    before,
    after,
    differences,
    impact,
    deletes,
    release,
  } = redactChange(change);
  return {
    action,
    kind,
    name,
    ...given({ cluster, service }),
    policies,
    enforcement,
    before: sortKeys(before),
    after: sortKeys(after),
    differences: differences.map((difference) => ({
      path: difference.path,
      before: sortKeys(difference.before),
      after: sortKeys(difference.after),
      ...(difference.drifts ? { origin: "drift" } : {}),
    })),
    impact,
    ...takenAway({ action, deletes }),
    ...(release ? { release } : {}),
  };
}

function unknownToJson({ kind, name, cluster, service, code, message }: Unknown): object {
  return { kind, ...given({ name, cluster, service }), code, message };
}

/** `held`: what would be written, were it not blocked. Enough of it to judge by: the rest may be what is not to be seen. */
function blockedToJson(blocked: Blocked, held: Change | undefined): object {
  const { kind, name, cluster, service, policies, code, message } = blocked;
  const would = held && {
    action: held.action,
    enforcement: held.enforcement,
    impact: held.impact,
    ...takenAway(held),
  };
  return { kind, name, ...given({ cluster, service }), policies, code, message, ...given({ would }) };
}

/** An update may take something away, too (a sidecar that leaves a task): what it counts for with the delete guard. */
function takenAway({ action, deletes }: Pick<Change, "action" | "deletes">): object {
  return action !== "delete" && deletes > 0 ? { deletes } : {};
}

function diagnosticToJson({ severity, code, message, file, line, column, path }: Diagnostic): object {
  return { severity, code, message, ...given({ file, line, column, path }) };
}

/** What an item does not have is left out. */
function given(values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** AWS gives maps in any order; the same world must give the same bytes. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sortKeys(member)]));
}

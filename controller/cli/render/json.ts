// The plan as others' programs read it: the contract's shape, its keys in the contract's order, nothing of ours beside.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { isObject } from "../../model/json.ts";
import type { Action, Blocked, Change, Outcome, Plan, Unknown } from "../../model/plan.ts";
import type { Ended } from "../with-plan.ts";
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
    changes: plan.changes.map(changeToJson),
    unknown: plan.unknown.map(unknownToJson),
    blocked: plan.blocked.map(blockedToJson),
    diagnostics: plan.diagnostics.map(diagnosticToJson),
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
    })),
    impact,
    ...(release ? { release } : {}),
  };
}

function unknownToJson({ kind, name, cluster, service, code, message }: Unknown): object {
  return { kind, ...given({ name, cluster, service }), code, message };
}

function blockedToJson({ kind, name, cluster, service, policies, code, message }: Blocked): object {
  return { kind, name, ...given({ cluster, service }), policies, code, message };
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

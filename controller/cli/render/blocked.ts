// What stays as it stands, and why: items held back by a rule, and parts of the world that could not be read.
import { type Blocked, isBlockedError, type Plan } from "../../model/plan.ts";
import { createScopeNames, listSome, nameInText, type Scope } from "./names.ts";
import type { Paint } from "./paint.ts";
import { safeText } from "./safe-text.ts";
import { wrap } from "./values.ts";

const guards: ReadonlySet<string> = new Set(["DeleteGuard", "RedeployGuard"]);
/** Names in one line before the rest is only counted; the JSON plan has them all. */
const maxNames = 10;

export function renderBlocked(plan: Plan, width: number, paint: Paint): string {
  const held = plan.blocked.filter((blocked) => guards.has(blocked.code));
  const errors = plan.blocked.filter((blocked) => isBlockedError(blocked) && !guards.has(blocked.code));
  const information = plan.blocked.filter((blocked) => !isBlockedError(blocked));
  if (plan.blocked.length === 0) return "";
  const lines = [
    paint("Blocked", "bold"),
    ...groupByMessage(held).flatMap((group) => renderGuard(group, plan, width, paint)),
    ...groupByMessage(errors).flatMap((group) =>
      renderGroup(group, plan, width, "x").map((line) => paint(line, "red")),
    ),
    ...groupByMessage(information).flatMap((group) =>
      renderGroup(group, plan, width, " ").map((line) => paint(line, "dim")),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

type Group = readonly [Blocked, ...Blocked[]];

function groupByMessage(blocked: readonly Blocked[]): readonly Group[] {
  const groups = new Map<string, [Blocked, ...Blocked[]]>();
  for (const item of blocked) {
    const key = `${item.code}\n${item.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** A guard's paragraph: it stopped many things for one reason, and a person must decide. */
function renderGuard(group: Group, plan: Plan, width: number, paint: Paint): readonly string[] {
  const [{ code, message }] = group;
  const paragraph = wrap(safeText(`${code}: ${message}`), width - 4);
  const scopeName = createScopeNames(plan);
  const byScope = new Map<string, string[]>();
  for (const item of group) {
    const scope = scopeName(item);
    byScope.set(scope, [...(byScope.get(scope) ?? []), nameInText(item, plan.metadata.owner)]);
  }
  const scopes = [...byScope].map(([scope, names]) => `${scope}: ${listSome(names, maxNames)}`);
  return [
    ...paragraph.map((line, index) => `  ${paint(`${index === 0 ? "!" : " "} ${line}`, "red", "bold")}`),
    ...scopes.slice(0, maxNames).map((line) => `      ${line}`),
    ...(scopes.length > maxNames ? [`      and ${scopes.length - maxNames} more services`] : []),
  ];
}

/** `NotApplicable: p99-latency (batch, worker): no load balancer`, one line for each set of services. */
function renderGroup(group: Group, plan: Plan, width: number, sign: string): readonly string[] {
  const [{ code, message }] = group;
  const scopeName = createScopeNames(plan);
  const scopesByName = new Map<string, string[]>();
  for (const item of group) {
    const name = nameInText(item, plan.metadata.owner);
    scopesByName.set(name, [...(scopesByName.get(name) ?? []), scopeName(item)]);
  }
  const namesByScopes = new Map<string, string[]>();
  for (const [name, scopes] of scopesByName) {
    const key = listSome(scopes, maxNames);
    namesByScopes.set(key, [...(namesByScopes.get(key) ?? []), name]);
  }
  return [...namesByScopes].flatMap(([scopes, names]) =>
    wrap(`${code}: ${listSome(names, maxNames)} (${scopes}): ${safeText(message)}`, width - 4).map(
      (line, index) => `  ${index === 0 ? sign : " "} ${line}`,
    ),
  );
}

export function renderUnknown(plan: Plan, width: number, paint: Paint): string {
  if (plan.unknown.length === 0) return "";
  const scopeName = createScopeNames(plan);
  const groups = new Map<
    string,
    { readonly kind: string; readonly what: string; readonly scopes: Scope[] }
  >();
  for (const { kind, code, message, ...scope } of plan.unknown) {
    const what = safeText(`${code}: ${message}`);
    const key = `${kind}\n${what}`;
    const group = groups.get(key) ?? { kind, what, scopes: [] };
    group.scopes.push(scope);
    groups.set(key, group);
  }
  const lines = [...groups.values()].flatMap(({ kind, what, scopes }) => {
    const where = listSome(scopes.map(scopeName), maxNames);
    const subject = kind === "Workload" ? where : `${kind} of ${where}`;
    const meaning = kind === "Workload" ? `nothing of ${where}` : `no ${kind} of ${where}`;
    return [
      ...wrap(`${subject} could not be read: ${what}`, width - 4).map((line, index) =>
        paint(`  ${index === 0 ? "?" : " "} ${line}`, "red"),
      ),
      `    Until it can be read, ${meaning} is changed or deleted.`,
    ];
  });
  return `${[paint("Unknown", "bold"), ...lines].join("\n")}\n`;
}

// What stays as it stands, and why: items held back by a rule, and parts of the world that could not be read.
import { type Blocked, isBlockedError, isGuarded, type Plan, type Unknown } from "../../model/plan.ts";
import { hintFor } from "./hints.ts";
import { createScopeNames, listSome, nameInText, type Scope } from "./names.ts";
import type { Paint } from "./paint.ts";
import { safeText } from "./safe-text.ts";
import { wrap } from "./values.ts";

/** Names in one line before the rest is only counted; the JSON plan has them all. */
const maxNames = 10;

export function renderBlocked(plan: Plan, width: number, paint: Paint): string {
  const held = plan.blocked.filter(isGuarded);
  const errors = plan.blocked.filter((blocked) => isBlockedError(blocked) && !isGuarded(blocked));
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
    // One service may have two of a name: a filter that moves from a log group to another.
    const key = listSome([...new Set(scopes)], maxNames);
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
  // Where the account itself is in the dark, the rest goes without saying.
  const account = plan.unknown.find(({ kind, cluster }) => kind === "Workload" && cluster === undefined);
  const rest = plan.unknown.filter((unknown) => unknown !== account);
  const groups = groupUnknown(account === undefined ? rest : [account], createScopeNames(plan));
  const lines = groups.flatMap(({ kind, code, message, where }) => {
    const subject = kind === "Workload" ? where : `${kind} of ${where}`;
    const meaning = kind === "Workload" ? `nothing of ${where}` : `no ${kind} of ${where}`;
    const hint = hintFor(code);
    return [
      ...wrap(safeText(`${subject} could not be read: ${code}: ${message}`), width - 4).map((line, index) =>
        paint(`  ${index === 0 ? "?" : " "} ${line}`, "red"),
      ),
      ...(hint === undefined ? [] : wrap(`To go on: ${hint}.`, width - 4).map((line) => `    ${line}`)),
      ...wrap(`Until it can be read, ${meaning} is changed or deleted.`, width - 4).map(
        (line) => `    ${line}`,
      ),
    ];
  });
  if (account !== undefined && rest.length > 0) {
    const others = [...new Set(rest.map(({ kind }) => kind))].filter((kind) => kind !== "Workload");
    if (others.length > 0) lines.push(paint(`    Nor could ${others.join(", ")} be read.`, "dim"));
  }
  return `${[paint("Unknown", "bold"), ...lines].join("\n")}\n`;
}

interface UnknownGroup extends Pick<Unknown, "kind" | "code" | "message"> {
  readonly where: string;
}

/** What failed in the same way, told once with all its places. */
function groupUnknown(
  unknowns: readonly Unknown[],
  scopeName: (scope: Scope) => string,
): readonly UnknownGroup[] {
  const groups = new Map<string, [Unknown, ...Unknown[]]>();
  for (const unknown of unknowns) {
    const key = `${unknown.kind}\n${unknown.code}\n${unknown.message}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [unknown]);
    else group.push(unknown);
  }
  return [...groups.values()].map((group) => ({
    ...group[0],
    where: listSome(group.map(scopeName), maxNames),
  }));
}

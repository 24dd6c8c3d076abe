// What a test expects beside what was planned. Pure.
import type { ExpectedBlocked, ExpectedChange } from "../../api/schema/policy-test.ts";
import { findDifferences } from "../../core/differences.ts";
import { compareText, isObject, type Json, type JsonObject, jsonEqual } from "../../model/json.ts";
import type { Blocked, Change, Plan } from "../../model/plan.ts";
import type { PolicyTest } from "./read.ts";

export interface Failed {
  /** Where the expectation stands, below the document. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** What differs, a line each. */
  readonly details: readonly string[];
}

/** Expectations that do not hold. */
export function judgePlan({ spec }: PolicyTest, plan: Plan): Failed[] {
  const { changes = [], blocked = [], absent = [], exact = false } = spec.expect ?? {};
  const path = ["spec", "expect"];
  return [
    ...changes.flatMap((one, i) => judgeChange(one, plan, [...path, "changes", i])),
    ...blocked.flatMap((one, i) => judgeBlocked(one, plan, [...path, "blocked", i])),
    ...absent.flatMap((one, i) => {
      const found = plan.changes.filter((change) => meets(change, one));
      const details = found.map((change) => `planned: ${nameChange(change)}`);
      const message = `${describe(one)} must not be planned, and is`;
      return found.length === 0 ? [] : [{ path: [...path, "absent", i], message, details }];
    }),
    ...(exact ? judgeRest(changes, blocked, plan, [...path, "exact"]) : []),
    ...plan.unknown.map(({ kind, message }) => ({
      path: ["spec"],
      message: `${kind}: ${message}`,
      details: [],
    })),
  ];
}

function judgeChange(expected: ExpectedChange, plan: Plan, path: Failed["path"]): Failed[] {
  const { after, ...place } = expected;
  const near = plan.changes.filter((change) => meets(change, place));
  if (near.some((change) => holdsAfter(change, after))) return [];
  const [nearest] = near;
  if (nearest !== undefined) {
    const message = `${nameChange(nearest)} is planned, but not as expected`;
    return [{ path, message, details: differ(after ?? {}, nearest.after ?? {}) }];
  }
  const stopped = plan.blocked.filter((one) => meetsPlace(one, place));
  const others = plan.changes.filter(({ kind }) => kind === expected.kind);
  const details = [
    ...stopped.map(({ name, code, message }) => `blocked: ${name ?? ""} ${code}: ${message}`),
    ...(stopped.length > 0 ? [] : others.map((change) => `planned: ${nameChange(change)}`)),
    ...(stopped.length + others.length > 0 ? [] : [`the plan changes nothing of kind ${expected.kind}`]),
  ];
  return [{ path, message: `${describe(place)} is not planned`, details: cut(details) }];
}

function judgeBlocked(expected: ExpectedBlocked, plan: Plan, path: Failed["path"]): Failed[] {
  const { code, ...place } = expected;
  const found = plan.blocked.filter((one) => meetsPlace(one, place));
  if (found.some((one) => one.code === code)) return [];
  const planned = plan.changes.filter((change) => meetsPlace(change, place));
  const details = [
    ...found.map((one) => `blocked: ${one.kind} ${one.name ?? ""} ${one.code}: ${one.message}`),
    ...(found.length > 0 ? [] : planned.map((change) => `planned: ${nameChange(change)}`)),
  ];
  return [{ path, message: `${describe(place)} is not blocked as ${code}`, details: cut(details) }];
}

function judgeRest(
  changes: readonly ExpectedChange[],
  blocked: readonly ExpectedBlocked[],
  plan: Plan,
  path: Failed["path"],
): Failed[] {
  const details = [
    ...plan.changes
      .filter((change) => !changes.some((one) => meets(change, one)))
      .map((change) => `planned: ${nameChange(change)}`),
    ...plan.blocked
      .filter((item) => !blocked.some((one) => one.code === item.code && meetsPlace(item, one)))
      .map(({ kind, name, code }) => `blocked: ${kind} ${name ?? ""} ${code}`),
  ];
  return details.length === 0
    ? []
    : [{ path, message: "more is in the plan than is expected", details: cut(details) }];
}

type Place = Pick<ExpectedChange, "name" | "cluster" | "service"> & { readonly kind?: string | undefined };

function meets(change: Change, { action, impact, after, ...place }: ExpectedChange): boolean {
  return (
    meetsPlace(change, place) &&
    (action === undefined || change.action === action) &&
    (impact === undefined || change.impact === impact) &&
    holdsAfter(change, after)
  );
}

function meetsPlace(item: Change | Blocked, { kind, name, cluster, service }: Place): boolean {
  return (
    (kind === undefined || item.kind === kind) &&
    (name === undefined || item.name === name || item.name?.endsWith(`/${name}`) === true) &&
    (cluster === undefined || item.cluster === cluster) &&
    (service === undefined || item.service === service)
  );
}

function holdsAfter({ after }: Change, expected: ExpectedChange["after"]): boolean {
  return expected === undefined || contains(after ?? null, expected as Json);
}

/** Maps need hold only what is expected of them; named items of a list are found by name; all else must be equal. */
function contains(actual: Json, expected: Json): boolean {
  if (isObject(expected))
    return (
      isObject(actual) &&
      Object.entries(expected).every(([key, value]) => contains(actual[key] ?? null, value ?? null))
    );
  if (
    Array.isArray(expected) &&
    Array.isArray(actual) &&
    expected.every((item: Json) => nameOf(item) !== undefined)
  ) {
    return expected.every((item: Json) =>
      actual.some((other: Json) => nameOf(other) === nameOf(item) && contains(other, item)),
    );
  }
  return jsonEqual(actual, expected);
}

function nameOf(item: Json): string | undefined {
  const name = isObject(item) ? (item["name"] ?? item["Name"] ?? item["Id"]) : undefined;
  return typeof name === "string" ? name : undefined;
}

/** Only the fields that the expectation speaks of. */
function differ(expected: Readonly<Record<string, unknown>>, actual: JsonObject): string[] {
  const asked = Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key] ?? null]));
  const found = findDifferences(expected as JsonObject, asked).filter(({ before }) => before !== null);
  return cut(
    found.map(({ path, before, after }) => `${path}: expected ${show(before)}, planned ${show(after)}`),
  );
}

function show(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

function describe(place: ExpectedChange | Place): string {
  const { kind = "an item", name, cluster, service } = place;
  const action = "action" in place && place.action !== undefined ? `${place.action} ` : "";
  const where =
    cluster === undefined && service === undefined
      ? ""
      : ` of ${[cluster, service].filter(Boolean).join("/")}`;
  return `${action}${kind}${name === undefined ? "" : ` ${name}`}${where}`;
}

function nameChange({ action, kind, name }: Change): string {
  return `${action} ${kind} ${name}`;
}

function cut(lines: readonly string[]): string[] {
  const sorted = [...lines].sort(compareText);
  return sorted.length <= 10 ? sorted : [...sorted.slice(0, 10), `… and ${sorted.length - 10} more`];
}

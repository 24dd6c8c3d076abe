// The event pattern of a rule that tells of many services: what it is made of, and how it is read back.
// EventBridge user guide, "Event patterns" and "$or".
import { compareText, isObject, type Json, type JsonObject, stableStringify } from "../model/json.ts";

/** EventBridge's quota for an event pattern, in bytes; PutRule itself takes twice as much. */
export const maxPatternBytes = 2048;

/** How an event names its service: by the group of its task, or by the ARN among its resources. */
export type Axis = "task" | "service";

/** One kind of event, without the services. */
export interface Clause {
  readonly axis: Axis;
  readonly body: JsonObject;
}

/** One kind of event, and the services it is told of, as the pattern names them: `service:web`, or an ARN. */
export interface Told extends Clause {
  readonly members: readonly string[];
}

export function clauseId({ axis, body }: Clause): string {
  return `${axis} ${stableStringify(body)}`;
}

export function memberName(axis: Axis, service: string, serviceArn: string): string {
  return axis === "task" ? `service:${service}` : serviceArn;
}

/** The service that a member of a pattern names. */
export function serviceOf(member: string): string {
  return member.startsWith("service:") ? member.slice("service:".length) : (member.split("/").at(-1) ?? "");
}

/** Joins what is told of one kind of event; the order of what is given does not matter. */
export function joinTold(told: readonly Told[]): Told[] {
  const byClause = new Map<string, Told>();
  for (const one of told) {
    const id = clauseId(one);
    const members = [...(byClause.get(id)?.members ?? []), ...one.members];
    byClause.set(id, { ...one, members: [...new Set(members)].sort(compareText) });
  }
  return [...byClause.values()]
    .filter(({ members }) => members.length > 0)
    .sort((a, b) => compareText(clauseId(b), clauseId(a)));
}

/** One pattern for all of it. Kinds of events that are told of the same services share the list of these. */
export function composePattern(told: readonly Told[], clusterArn: string): JsonObject {
  const byMembers = new Map<string, Told[]>();
  for (const one of joinTold(told)) {
    const key = `${one.axis} ${one.members.join(" ")}`;
    byMembers.set(key, [...(byMembers.get(key) ?? []), one]);
  }
  const branches = [...byMembers.values()].map((same) => composeBranch(same, clusterArn));
  const [only, ...others] = branches;
  return only !== undefined && others.length === 0 ? only : { $or: branches };
}

function composeBranch(same: readonly Told[], clusterArn: string): JsonObject {
  const [first, ...others] = same;
  if (first === undefined) return {};
  const body = others.length === 0 ? first.body : { $or: same.map((one) => one.body) };
  if (first.axis === "service") return { ...body, resources: first.members };
  const detail = isObject(body["detail"]) ? body["detail"] : {};
  return { ...body, detail: { ...detail, clusterArn: [clusterArn], group: first.members } };
}

/** The text as PutRule takes it: the same for the same pattern. */
export function patternText(pattern: JsonObject): string {
  return stableStringify(pattern);
}

export function patternBytes(pattern: JsonObject): number {
  return new TextEncoder().encode(patternText(pattern)).length;
}

/** What `composePattern` made a pattern of; undefined where it did not make it. */
export function readPattern(text: unknown): Told[] | undefined {
  const pattern = parsePattern(text);
  if (pattern === undefined) return undefined;
  const branches = alternatives(pattern) ?? [pattern];
  const told = branches.map(readBranch);
  return told.every((one) => one !== undefined) ? joinTold(told.flat()) : undefined;
}

function readBranch(branch: JsonObject): Told[] | undefined {
  const { resources, ...rest } = branch;
  if (resources !== undefined) return readBodies("service", rest, resources);
  const { detail, ...outer } = branch;
  if (!isObject(detail)) return undefined;
  const { group, clusterArn, ...inner } = detail;
  if (clusterArn === undefined) return undefined;
  return readBodies("task", Object.keys(inner).length === 0 ? outer : { ...outer, detail: inner }, group);
}

function readBodies(axis: Axis, rest: JsonObject, members: Json | undefined): Told[] | undefined {
  if (!Array.isArray(members) || !members.every((member) => typeof member === "string")) return undefined;
  return (alternatives(rest) ?? [rest]).map((body) => ({ axis, body, members }));
}

/** The alternatives of a pattern that is nothing but a `$or`. */
export function alternatives(pattern: JsonObject): readonly JsonObject[] | undefined {
  const { $or, ...rest } = pattern;
  if (!Array.isArray($or) || Object.keys(rest).length > 0) return undefined;
  return $or.every(isObject) ? $or : undefined;
}

export function parsePattern(text: unknown): JsonObject | undefined {
  if (isObject(text)) return text as JsonObject;
  if (typeof text !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** The form in which patterns are compared: the values of a field are a set, in whatever order they stand. */
export function canonicalPattern(value: Json | undefined, key?: string): Json | undefined {
  if (Array.isArray(value)) {
    // `[">", 0, "<", 5]` is no set.
    if (key === "numeric") return value;
    const items = value.map((item: Json) => canonicalPattern(item) as Json);
    return items.sort((a, b) => compareText(stableStringify(a), stableStringify(b)));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, canonicalPattern(inner as Json, name)]),
  );
}

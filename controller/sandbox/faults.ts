// Faults on demand: rules that say which calls go wrong and how. Rules are matched here; the
// server acts on them, as most of them concern the socket or the encoded answer.
import * as z from "zod";
import { answersEntries, ENTRY_OPERATIONS } from "./entry-faults.ts";
import type { Input, Output } from "./service.ts";

const action = z.union([
  z.enum(["throttle", "error500", "denied", "timeout", "truncate", "lost", "stale", "empty"]),
  z.strictObject({
    respond: z.strictObject({
      status: z.int().min(100).max(599),
      body: z.string(),
      headers: z.record(z.string(), z.string()).optional(),
    }),
  }),
  z.strictObject({ mutate: z.enum(["reorder", "extra-fields", "absent-for-empty"]) }),
  z.strictObject({ failEntries: z.strictObject({ code: z.string(), match: z.string().optional() }) }),
]);

const plainRule = z.strictObject({
  service: z.string().optional(),
  operation: z.string().optional(),
  match: z.string().optional(),
  page: z.union([z.enum(["1", "2"]), z.literal(1), z.literal(2)]).optional(),
  times: z.int().min(1).optional(),
  skip: z.int().min(0).optional(),
  holdMs: z.int().min(0).optional(),
  action,
});

const rule = plainRule.refine(
  ({ action: asked, operation }) =>
    typeof asked !== "object" || !("failEntries" in asked) || answersEntries(operation),
  { path: ["operation"], error: `failEntries needs the operation ${ENTRY_OPERATIONS}` },
);

const rules = z.union([rule, z.array(rule)]);

export type FaultAction = z.infer<typeof action>;

export interface FaultRule {
  /** Service id (`ecs`, `monitoring`, `logs`, `elasticloadbalancing`, `events`, `scheduler`, `s3`, `sns`, `sqs`, `tagging`, `sts`, `mackerel`); absent: any. */
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  /** A piece of text the request's input has, as JSON: a cluster's name, `"desiredCount":0`. */
  readonly match?: string | undefined;
  /** "1": only calls without a page token. "2": only calls with one. */
  readonly page?: "1" | "2" | 1 | 2 | undefined;
  /** How often it strikes before it is spent; absent: always. */
  readonly times?: number | undefined;
  /** How many matching calls pass before it strikes. */
  readonly skip?: number | undefined;
  /** For `timeout`: real milliseconds until the socket is destroyed (100 by default). */
  readonly holdMs?: number | undefined;
  readonly action: FaultAction;
}

export interface FaultTarget {
  readonly service: string;
  readonly operation: string;
  readonly input: Input;
}

export interface Faults {
  add(rule: FaultRule | readonly FaultRule[]): void;
  clear(): void;
  list(): FaultRule[];
  /** The first rule that strikes this call, counted off. */
  strike(target: FaultTarget): FaultRule | undefined;
}

/** Reads rules that came over HTTP; throws a message fit for the caller. */
export function parseFaultRules(value: unknown): FaultRule[] {
  const parsed = rules.safeParse(value);
  if (!parsed.success) throw new TypeError(z.prettifyError(parsed.error));
  return Array.isArray(parsed.data) ? parsed.data : [parsed.data];
}

const PAGE_TOKENS = [
  ...["nextToken", "NextToken", "Marker", "NextMarker", "PaginationToken"],
  ...["ContinuationToken", "NextContinuationToken", "KeyMarker", "NextKeyMarker", "NextVersionIdMarker"],
];

export function createFaults(): Faults {
  let armed: { rule: FaultRule; passed: number; struck: number }[] = [];

  return {
    add(added) {
      for (const item of parseFaultRules(added)) armed.push({ rule: item, passed: 0, struck: 0 });
    },
    clear() {
      armed = [];
    },
    list: () => armed.map((entry) => entry.rule),
    strike(target) {
      if (armed.length === 0) return undefined;
      for (const entry of armed) {
        const { rule } = entry;
        if (rule.times !== undefined && entry.struck >= rule.times) continue;
        if (!applies(rule, target)) continue;
        if (entry.passed < (rule.skip ?? 0)) {
          entry.passed++;
          continue;
        }
        entry.struck++;
        return rule;
      }
      return undefined;
    },
  };
}

function applies(rule: FaultRule, { service, operation, input }: FaultTarget): boolean {
  if (rule.service !== undefined && rule.service !== service) return false;
  if (rule.operation !== undefined && rule.operation !== operation) return false;
  if (rule.match !== undefined && !JSON.stringify(input).includes(rule.match)) return false;
  if (rule.page === undefined) return true;
  const paged = PAGE_TOKENS.some((name) => Boolean(input?.[name]));
  return paged === (String(rule.page) === "2");
}

/** The answer without its page token: the reader believes it has seen everything. */
export function dropPageToken(output: Output): Output {
  return Object.fromEntries(Object.entries(output).filter(([key]) => !PAGE_TOKENS.includes(key)));
}

// Lists whose order has a meaning. AWS never shuffles those.
const ORDERED = new Set([
  "command",
  "entryPoint",
  "dnsServers",
  "dnsSearchDomains",
  "links",
  "events",
  "Entries",
  "PathParameterValues",
  "taskDefinitionArns",
  "Contents",
  "CommonPrefixes",
  "Versions",
  "DeleteMarkers",
]);

/** Turns every list around whose order AWS doesn't promise. */
export function reorder(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => reorder(item));
    return ORDERED.has(key) ? items : items.reverse();
  }
  return mapObject(value, reorder);
}

// Objects that are maps with keys of the user's; a new key there would be data, not a new field.
const MAPS = new Set([
  "options",
  "dockerLabels",
  "driverOpts",
  "labels",
  "tags",
  "Tags",
  "dimensions",
  "attributes",
  "InputPathsMap",
  "HeaderParameters",
  "QueryStringParameters",
  "Attributes",
  "MessageAttributes",
  "Metadata",
]);

/** Adds fields that no client knows yet to every structure of the answer. */
export function addUnknownFields(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => addUnknownFields(item));
  const copy = mapObject(value, addUnknownFields);
  if (!isPlainObject(copy) || MAPS.has(key)) return copy;
  return { ...copy, sandboxUnknownField: { note: "newer than your SDK", list: [1, 2] } };
}

/**
 * Leaves out what is empty, as AWS does here and there: lists, maps and texts, but those in the user's maps. The list
 * that was asked for stays: an answer without it is no answer (`empty`).
 */
export function leaveOutEmpty(output: Output): Output {
  return Object.fromEntries(
    Object.entries(output)
      .map(([name, item]) => [name, dropEmpty(item, name)] as const)
      // Logs gives tags as a map, which is what was asked for just as a list is.
      .filter(([name, item]) => (isAsked(name, item) && name !== "failures") || !isEmpty(item)),
  );
}

function isAsked(name: string, item: unknown): boolean {
  return Array.isArray(item) || name === "tags";
}

function dropEmpty(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value.map((item) => dropEmpty(item, ""));
  if (!isPlainObject(value) || MAPS.has(key)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, dropEmpty(item, name)] as const)
      .filter(([, item]) => !isEmpty(item)),
  );
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value) || typeof value === "string") return value.length === 0;
  return isPlainObject(value) && Object.keys(value).length === 0;
}

function mapObject(value: unknown, change: (value: unknown, key: string) => unknown): unknown {
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item, key)]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

// Merging what several policies say of one item. Maps join by key, lists and `oneOf` groups replace as a whole,
// `null` removes, the higher priority wins, and equal priority with different values is a conflict.
// An item may have a `form` (a sidecar's preset, a monitor's type): words of different forms never join.
import { formatDuration } from "../api/duration.ts";
import { compareText, isObject, type Json, jsonEqual } from "../model/json.ts";

/** What one policy says of an item. */
export interface Contribution<T = Json> {
  readonly policy: string;
  readonly priority: number;
  /** What the item is called in messages: `healthCheck`, `notifications.critical`. */
  readonly item: string;
  readonly value: T;
  /** Where it stands, for messages: `file:line`. */
  readonly place: (path: readonly string[]) => string;
}

export type Merged =
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly message: string };

/** Keys whose values replace as a whole, whatever they are. */
const whole: ReadonlySet<string> = new Set(["source", "notifications", "logConfiguration"]);

export function mergeContributions(contributions: readonly Contribution[]): Merged {
  // The order of files must not matter: priority decides, names make it stable.
  const sorted = [...contributions].sort(
    (a, b) => b.priority - a.priority || compareText(a.policy, b.policy),
  );
  const conflicts: string[] = [];
  const value = mergeAt([], sorted, conflicts);
  return conflicts[0] === undefined ? { ok: true, value } : { ok: false, message: conflicts[0] };
}

/** Fields of which one is given: the choice of one policy replaces another's as a whole, and its `null` removes it. */
export function oneOf(fields: Readonly<Record<string, unknown>>): { readonly source?: unknown } {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (said.length === 0) return {};
  const given = said.filter(([, value]) => value !== null);
  return { source: given.length === 0 ? null : Object.fromEntries(given) };
}

/** One policy's words laid over each other: maps join by key, all else is the last one's. A `null` stays. */
export function overlay(values: readonly Json[], key?: string): Json {
  const last = values.at(-1) as Json;
  if (!isObject(last) || whole.has(key ?? "")) return last;
  const maps = takeJoining([...values].reverse(), key === undefined).reverse();
  const keys = [...new Set(maps.flatMap((map) => Object.keys(map)))];
  return Object.fromEntries(
    keys.map((inner) => [
      inner,
      overlay(
        maps.flatMap((map) => read(map, inner)),
        inner,
      ),
    ]),
  );
}

/** Whether a value says something at a path. */
export function holds(value: Json, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  const inner = isObject(value) ? value[key] : undefined;
  return inner !== undefined && holds(inner, rest);
}

function mergeAt(
  path: readonly string[],
  sorted: readonly Contribution[],
  conflicts: string[],
): Json | undefined {
  const top = sorted[0];
  if (top === undefined) return undefined;
  const peers = sorted.filter(({ priority }) => priority === top.priority);
  const isItem = path.length === 0;
  const joins =
    !whole.has(path.at(-1) ?? "") &&
    takeJoining(
      peers.map(({ value }) => value),
      isItem,
    ).length === peers.length;
  if (!joins) {
    const other = peers.find(({ value }) => !jsonEqual(value, top.value));
    if (other !== undefined) conflicts.push(describeConflict(path, top, other));
    return top.value ?? undefined;
  }
  const end = takeJoining(
    sorted.map(({ value }) => value),
    isItem,
  ).length;
  const maps = sorted.slice(0, end) as Contribution<Words>[];
  const keys = [...new Set(maps.flatMap(({ value }) => Object.keys(value)))].sort(compareText);
  const entries = keys.map((key) => {
    const given = maps.flatMap((map) => read(map.value, key).map((value) => ({ ...map, value })));
    return [key, mergeAt([...path, key], given, conflicts)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

type Words = { readonly [key: string]: Json };

/** The value of a key of people's own, `constructor` too; none where the map has none. */
function read(map: Words, key: string): Json[] {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  return value === undefined ? [] : [value];
}

/** The first values, as far as they join: what is no map (or a null) ends them, and an item of another form. */
function takeJoining(values: readonly Json[], isItem: boolean): Words[] {
  const joining: Words[] = [];
  let form: Json | undefined;
  for (const value of values) {
    if (!isObject(value)) break;
    const own = isItem ? value["form"] : undefined;
    form ??= own;
    if (own !== undefined && own !== form) break;
    joining.push(value as Words);
  }
  return joining;
}

function describeConflict(path: readonly string[], a: Contribution, b: Contribution): string {
  const field = path.length === 0 ? a.item : path.join(".");
  const [first, second] = [show(a.value, path), show(b.value, path)];
  const [here, there] = [a, b].map((one) => `policy ${one.policy} (${one.place(path)})`);
  const quarrel =
    first === undefined || second === undefined
      ? `${field} differs between ${here} and ${there}`
      : `${field} is ${first} in ${here} and ${second} in ${there}`;
  return `${quarrel}, both of priority ${a.priority}; give one of them a higher priority, or make them agree`;
}

/** Fields that policies write as durations, and we keep as seconds. */
const durations: ReadonlySet<string | undefined> = new Set([
  "retention",
  "interval",
  "timeout",
  "startPeriod",
  "period",
  "duration",
]);

/** Fields whose words are a choice of a few, or a name: no secret can stand there. */
const harmless: ReadonlySet<string | undefined> = new Set([
  "comparison",
  "containerInsights",
  "driver",
  "group",
  "protocol",
  "relayer",
  "severity",
  "statistic",
  "streamPrefix",
  "treatMissingData",
  "unit",
  "whenDesiredZero",
]);

/** undefined: it may be or hold a secret, as a variable, a header, a URL or a log option does. */
function show(value: Json, path: readonly string[]): string | undefined {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number")
    return durations.has(path.at(-1)) ? formatDuration(value) : JSON.stringify(value);
  // A whole item that is one word is a choice too, such as that of taskSize.
  const isShown = path.length === 0 || (path.length === 1 && harmless.has(path[0]));
  return typeof value === "string" && isShown ? cut(JSON.stringify(value)) : undefined;
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

// A plan as somebody has reviewed it, beside the plan of today: which of its items are no longer as it saw them, and what
// of today's plan it covers. Pure; how it is kept is saved-plan.ts's.
import { createHash } from "node:crypto";
import {
  compareText,
  dropAbsent,
  isObject,
  type Json,
  type JsonObject,
  jsonEqual,
  stableStringify,
} from "../model/json.ts";
import { type Blocked, type Change, type ItemRef, isWaiting, type Plan } from "../model/plan.ts";
import { findDifferences } from "./differences.ts";

/** The contract's JSON of a plan, as far as it is compared. Nothing in it is secret. */
export interface ShownPlan {
  readonly metadata: Plan["metadata"];
  readonly changes: readonly JsonObject[];
  readonly blocked: readonly Blocked[];
}

/**
 * What keeps the values that a plan hides from changing unseen, by what it is of (`revision`, `tags`, `hidden`). Nothing
 * hidden can be told from it.
 */
export type Pins = Readonly<Record<string, string>>;

export interface ReviewedPlan {
  readonly plan: ShownPlan;
  /** Of each of `plan.changes`, in their order. */
  readonly items: readonly {
    /** `KIND/ID` */
    readonly item: string;
    readonly pins: Pins;
  }[];
  /** The {@link markOf} of each item that stood as wanted. */
  readonly standing: readonly string[];
}

export interface Stale extends ItemRef {
  /** What is not as it was: lower case, no full stop. */
  readonly why: string;
}

export interface Review {
  /** Items that are not as they were; where there are any, nothing may be written. */
  readonly stale: readonly Stale[];
  /** How many items it was about: those that would have been written, and those that stood as wanted. */
  readonly total: number;
  /** Of today's plan what was reviewed: the rest is left out, and what a guard held back is still held. */
  readonly plan: Plan;
  /** What would be written today and was not reviewed. */
  readonly left: readonly ItemRef[];
}

/** 48 bits: of two items among millions, hardly ever the same. */
export const markLength = 8;

/** Values of a difference that are told. */
const maxTold = 3;
const longestValue = 60;

/** What was reviewed for another place is not compared at all. `undefined`: it is this one. */
export function findOtherPlace(was: Plan["metadata"], is: Plan["metadata"]): string | undefined {
  const names = { account: "account", region: "Region", owner: "owner" } as const;
  for (const field of ["account", "region", "owner"] as const)
    if (was[field] !== is[field])
      return `it is a plan of the ${names[field]} ${was[field]}, and this is ${is[field] === "" ? "not known" : is[field]}`;
  return undefined;
}

/**
 * @param today the same of `plan`, which is made anew of the same policies and with no limit on deletes and redeployments:
 *   the reviewed plan has been held to its own
 */
export function holdToReview(reviewed: ReviewedPlan, today: ReviewedPlan, plan: Plan): Review {
  // What is in Audit is shown alone, and may change as it likes.
  const was = index(reviewed, ({ shown }) => shown["enforcement"] === "Enforce");
  const is = index(today, () => true);
  const extra = plan.changes.filter((change) => isWritten(change) && !was.has(keyOf(change)));
  const extras = new Set(extra.map(keyOf));
  const changes = new Map(plan.changes.map((change) => [keyOf(change), change]));
  const stood = new Set(reviewed.standing);
  const stale: Stale[] = [];
  for (const [key, before] of was) {
    const now = is.get(key);
    const ref = toRef(before.shown as unknown as ItemRef);
    const why =
      now === undefined
        ? explainMissing(ref, plan)
        : (explainChange(before, now) ?? explainNeeds(changes.get(key), extra));
    if (why !== undefined) stale.push({ ...ref, why });
  }
  for (const change of extra)
    if (stood.has(markOf(change)))
      stale.push({ ...toRef(change), why: explainMoved(is.get(keyOf(change))?.shown) });
  const held = reviewed.plan.blocked.filter(
    (one) => isGuarded(one) && extra.some((change) => isSame(change, one)),
  );
  return {
    stale,
    total: was.size + reviewed.standing.length,
    left: extra.filter((change) => !held.some((one) => isSame(change, one))),
    plan: {
      ...plan,
      changes: plan.changes.filter((change) => !extras.has(keyOf(change))),
      blocked: [...plan.blocked, ...held],
      // To watch a rollout to its end may be to put it back, which nobody has reviewed.
      leftBehind: [],
    },
  };
}

interface Seen {
  readonly shown: JsonObject;
  readonly pins: Pins;
}

function index({ plan, items }: ReviewedPlan, isMeant: (seen: Seen) => boolean): Map<string, Seen> {
  const seen = plan.changes.flatMap((shown, at) => {
    const item = items[at];
    return item === undefined ? [] : [[item.item, { shown, pins: item.pins }] as const];
  });
  return new Map(seen.filter(([, one]) => isMeant(one)));
}

function isWritten({ enforcement }: Change): boolean {
  return enforcement === "Enforce";
}

function keyOf({ kind, id }: Change): string {
  return `${kind}/${id}`;
}

function isGuarded({ code }: Blocked): boolean {
  return code === "DeleteGuard" || code === "RedeployGuard";
}

function isSame(one: Partial<ItemRef>, other: Partial<ItemRef>): boolean {
  return (
    one.kind === other.kind &&
    one.name === other.name &&
    one.cluster === other.cluster &&
    one.service === other.service
  );
}

/** 8 characters that say which item it is: a plan of 10,000 services leaves more than 100,000 as they stand. */
export function markOf({ kind, name, cluster = "", service = "" }: ItemRef): string {
  const text = JSON.stringify([kind, cluster, service, name]);
  return createHash("sha256").update(text).digest("base64url").slice(0, markLength);
}

function toRef({ kind, name, cluster, service }: ItemRef): ItemRef {
  return {
    kind,
    name,
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
}

/** Windows open and close, deployments end: that is judged at the time of the write, and no reason to refuse the rest. */
function explainMissing(ref: ItemRef, { blocked, unknown }: Plan): string | undefined {
  const block = blocked.find((one) => isSame(one, ref));
  if (block !== undefined)
    return isWaiting(block) ? undefined : `it is blocked now, ${block.code}: ${block.message}`;
  const hidden = unknown.find(
    ({ kind, name, cluster, service }) =>
      (kind === ref.kind || kind === "Workload") &&
      (name ?? ref.name) === ref.name &&
      (cluster ?? ref.cluster) === ref.cluster &&
      (service ?? ref.service) === ref.service,
  );
  if (hidden !== undefined) return `it could not be read, ${hidden.code}: ${hidden.message}`;
  return "there is nothing to write any more: somebody has done it, or what it was for is gone";
}

function explainChange(was: Seen, is: Seen): string | undefined {
  const names = [...new Set([...Object.keys(was.pins), ...Object.keys(is.pins)])];
  const pins = names.flatMap((name) => explainPin(name, was.pins[name], is.pins[name]));
  const [then, now] = [compared(was), compared(is)];
  if (jsonEqual(then, now)) return pins.length === 0 ? undefined : pins.join("; ");
  // What stands is the world; the rest follows from it, and from tags and exceptions.
  const differences = jsonEqual(then.before, now.before)
    ? findDifferences(then, now)
    : findDifferences(then.before, now.before);
  const told = differences.map(({ path, before, after }) =>
    path === ""
      ? `it was ${before === null ? "absent" : "there"} and is ${after === null ? "absent" : "there"}`
      : `${path} was ${tell(before)} and is ${tell(after)}`,
  );
  return [...pins, ...tellFirst(told)].join("; ");
}

function tellFirst(differences: readonly string[]): string[] {
  const more = differences.length > maxTold ? [`${differences.length - maxTold} more differences`] : [];
  return [...differences.slice(0, maxTold), ...more];
}

/** What stood as wanted: either it is another by now, or what is wanted of it. */
function explainMoved(shown: JsonObject | undefined): string {
  const { action, release, differences } = (shown ?? {}) as unknown as Partial<Change>;
  const told = (differences ?? []).map(
    ({ path, before, after }) => `${path} is ${tell(before)} where ${tell(after)} is wanted`,
  );
  const how =
    action === "create"
      ? "it is absent"
      : release === true
        ? "no policy wants it"
        : tellFirst(told).join("; ");
  return `it stood as the policies say, and now ${how || "it does not"}`;
}

/** AWS gives lists in any order. Where order means something, `differences` tells: they are of the canonical shapes. */
function compared({ shown }: Seen): JsonObject & { readonly before: Json } {
  const { before = null, after = null, ...rest } = shown;
  return { ...rest, before: withoutOrder(before), after: withoutOrder(after) };
}

/** Lists sorted, and what AWS gives for a member that was not set left out. */
export function withoutOrder(value: Json): Json {
  if (Array.isArray(value))
    return value
      .map((one) => withoutOrder(one as Json))
      .sort((a, b) => compareText(stableStringify(a), stableStringify(b)));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(dropAbsent(value)).map(([key, inner]) => [key, withoutOrder(inner ?? null)]),
  );
}

function explainPin(name: string, was: string | undefined, is: string | undefined): string[] {
  if (was === is) return [];
  if (name === "revision") return [`the task definition was ${tellRevision(was)} and is ${tellRevision(is)}`];
  if (name === "tags") return ["tags of the service that policies look at have changed"];
  return ["hidden values have changed, or another MACKEREL_APIKEY is set"];
}

function tellRevision(arn = "absent"): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

function tell(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}

/** What must stand before it is gone, or does not let go of it, and would have to be written first. */
function explainNeeds(change: Change | undefined, extra: readonly Change[]): string | undefined {
  const first = extra.find(
    (one) =>
      change?.needs.includes(keyOf(one)) === true && (one.action === "create" || change.action === "delete"),
  );
  return first === undefined
    ? undefined
    : `it needs ${first.kind} ${first.name}, which has changed, and which the plan does not write`;
}

// Events that somebody puts or a service of the sandbox announces: taken in, held against the rules'
// patterns, delivered, and the last of them kept.
import { createHash } from "node:crypto";
import type { Happening } from "../../happening.ts";
import { AwsError, type Input, type Operation, type OperationContext } from "../../service.ts";
import { checks } from "./errors.ts";
import { isObject, type JsonObject, matchesEventPattern } from "./pattern.ts";
import { readEventPattern } from "./pattern-check.ts";
import { isDefaultBus, type RuleStore, type StoredRule } from "./rule-store.ts";

const MAX_ENTRIES = 10;
const MAX_BYTES = 262_144;
const MAX_RESOURCE = 2048;
const TIME_BYTES = 14;
/** 9999-12-31T23:59:59Z. */
const LAST_SECOND = 253_402_300_799;
const KEPT = 100;
/** What TestEventPattern wants of an event; `detail` and `version` may be missing. */
const ENVELOPE = ["id", "account", "source", "time", "region", "resources", "detail-type"];

export interface EventIntake {
  readonly operations: Record<string, Operation>;
  /** An event of AWS's own, injected by hand; gives it back whole, with the rules it matched. */
  take(happening: Happening, context: OperationContext): TakenEvent;
  /** What another service of the sandbox tells: delivered, but not kept. */
  announce(happening: Happening, context: OperationContext): void;
  /** The last hundred put by hand, oldest first, each with the rules it matched. */
  state(): unknown;
}

export interface TakenEvent {
  readonly event: JsonObject;
  /** Names. */
  readonly rules: readonly string[];
}

/** Called for each rule that an event matches. */
export type Deliver = (rule: StoredRule, event: JsonObject, context: OperationContext) => void;

export function createEventIntake(rules: RuleStore, deliver: Deliver): EventIntake {
  let kept: TakenEvent[] = [];
  let count = 0;

  const newId = (context: OperationContext): string => {
    count += 1;
    return eventId(count, context);
  };
  const pass = (event: JsonObject, context: OperationContext): TakenEvent => {
    const matched = rules.all().filter((rule) => matchesRule(rule, event));
    for (const rule of matched) deliver(rule, event, context);
    return { event, rules: matched.map(({ name }) => name) };
  };
  const keep = (event: JsonObject, context: OperationContext): TakenEvent => {
    const taken = pass(event, context);
    kept = [...kept, taken].slice(-KEPT);
    return taken;
  };

  return {
    operations: {
      PutEvents(input, context) {
        const entries = checks.list(input, "Entries", { min: 1, max: MAX_ENTRIES });
        if (entries === undefined) throw checks.fail("entries must not be null");
        if (entries.reduce<number>((sum, entry) => sum + sizeOf(entry), 0) > MAX_BYTES)
          throw checks.fail("Total size of the entries in the request is over the limit.");
        const read = entries.map((entry, index) => readEntry(entry, `entries.${index + 1}.member`));
        const results = read.map((entry) => {
          if (entry instanceof AwsError) return { ErrorCode: entry.code, ErrorMessage: entry.message };
          const id = newId(context);
          // An event for a bus that isn't there is accepted and lost, on AWS too.
          if (isDefaultBus(entry.bus, context)) keep(toEvent(entry, id, context), context);
          return { EventId: id };
        });
        return {
          FailedEntryCount: results.filter((result) => "ErrorCode" in result).length,
          Entries: results,
        };
      },

      TestEventPattern(input) {
        const pattern = readEventPattern(checks.requiredText(input, "EventPattern", { max: 4096 }));
        const event = parseObject(checks.requiredText(input, "Event"));
        if (event === undefined) throw checks.fail("Parameter Event is not valid.");
        const missing = ENVELOPE.find((field) => !Object.hasOwn(event, field));
        if (missing !== undefined)
          throw checks.fail(`Parameter Event is not valid. Reason: ${missing} is a required field.`);
        return { Result: matchesEventPattern(pattern, event) };
      },
    },
    take: (happening, context) => keep(toEvent(happening, newId(context), context), context),
    announce(happening, context) {
      if (rules.size > 0) pass(toEvent(structuredClone(happening), newId(context), context), context);
    },
    state: () => kept,
  };
}

/** Every event is held against every pattern, so each is parsed once. */
const parsed = new Map<string, JsonObject>();
const MAX_PARSED = 1000;

function parsedPattern(text: string): JsonObject {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const pattern = readEventPattern(text);
  parsed.set(text, pattern);
  return pattern;
}

/** A schedule alone matches no event. */
function matchesRule({ settings, state }: StoredRule, event: JsonObject): boolean {
  const pattern = settings["EventPattern"];
  return (
    state !== "DISABLED" && typeof pattern === "string" && matchesEventPattern(parsedPattern(pattern), event)
  );
}

interface Entry extends Happening {
  readonly bus: string;
}

/** The error is the entry's own: the others are taken. */
function readEntry(input: Input, at: string): Entry | AwsError {
  const source = checks.text(input, "Source", { at });
  const detailType = checks.text(input, "DetailType", { max: 128, at });
  const text = checks.text(input, "Detail", { at });
  const bus = checks.text(input, "EventBusName", { min: 1, max: 1600, at }) ?? "default";
  const resources = checks.texts(input, "Resources", { at }, { max: MAX_RESOURCE }) ?? [];
  const seconds = checks.number(input, "Time", { min: 0, max: LAST_SECOND, at });
  if (!source) return missing("Source");
  if (!detailType) return missing("DetailType");
  if (!text) return missing("Detail");
  if (source.startsWith("aws."))
    return new AwsError("NotAuthorizedForSourceException", "Not authorized for the source.");
  const detail = parseObject(text);
  if (detail === undefined) return new AwsError("MalformedDetail", "Detail is malformed.");
  return {
    bus,
    source,
    detailType,
    detail,
    resources,
    time: seconds === undefined ? undefined : seconds * 1000,
  };
}

function missing(field: string): AwsError {
  return new AwsError(
    "InvalidArgument",
    `Parameter ${field} is not valid. Reason: ${field} is a required argument.`,
  );
}

function toEvent(entry: Happening, id: string, { now, account, region }: OperationContext): JsonObject {
  return {
    version: "0",
    id,
    "detail-type": entry.detailType,
    source: entry.source,
    account,
    time: new Date(entry.time ?? now()).toISOString().replace(/\.\d+Z$/, "Z"),
    region,
    resources: entry.resources ?? [],
    detail: entry.detail,
  };
}

function sizeOf(entry: Input): number {
  const texts = [entry?.Source, entry?.DetailType, entry?.Detail, ...[entry?.Resources ?? []].flat()];
  const bytes = texts.reduce(
    (sum, text) => sum + (typeof text === "string" ? Buffer.byteLength(text) : 0),
    0,
  );
  return bytes + (entry?.Time === undefined ? 0 : TIME_BYTES);
}

/** Looks like a UUID and is the same at every run. */
function eventId(count: number, { account, region }: OperationContext): string {
  const hex = createHash("sha256").update(`${account}/${region}/${count}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

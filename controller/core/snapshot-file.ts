// The file of `ecsmon snapshot`: what stands in it, and when it is refused. Pure. One line a fact, so that an account of
// thousands of services is written and read piece by piece: a header, the facts, and a last line that tells whether it
// is whole. Why it holds answers rather than an inventory is in docs/adr/0017-snapshots.md.
import { createHash } from "node:crypto";
import * as z from "zod";
import { EcsmonError } from "../model/errors.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import type { Fact, Snapshot, SnapshotFacts } from "../model/snapshot.ts";

const apiVersion = "ecsmon.dev/v1alpha1";
const kind = "Snapshot";
/** Goes up whenever what stands in the file means something else. */
const format = 1;

const text = z.string();
const texts = z.array(text);
const object = z.custom<JsonObject>(isObject);
const objects = z.array(object);
const tags = z.record(text, text);
const tagged = z.array(z.strictObject({ arn: text, tags }));
const definition = z.strictObject({
  arn: text,
  status: text,
  input: object,
  tags,
  registeredBy: text.optional(),
});
const settled = z.array(z.strictObject({ revision: text, taskDefinition: text.optional() }));
const lacking = z.enum(["missing", "unaccounted"]);
const fault = z.strictObject({
  name: text,
  message: text,
  code: text.optional(),
  lacking: z.literal(true).optional(),
});

const metricFilter = z.custom<JsonObject>(
  (value) =>
    isObject(value) && typeof value["filterName"] === "string" && typeof value["logGroupName"] === "string",
);

/** Sections that are one fact. */
const single = {
  caller: object,
  clusters: texts,
  targetGroups: objects,
  taggedTargetGroups: tagged,
  taggedLogGroups: tagged,
  logGroups: objects,
  metricFilters: z.array(metricFilter),
  queryDefinitions: objects,
  alarms: z.strictObject({ metric: objects, composite: objects, log: objects }),
  dashboards: objects,
  rules: objects,
  schedules: objects,
  mackerel: objects,
} as const;

/** Sections that are facts by name. */
const named = {
  clusterDetails: z.union([object, lacking]),
  clusterServices: texts,
  services: z.union([object, lacking]),
  serviceTags: tags,
  taskDefinitions: definition,
  formerDefinitions: z.union([definition, z.literal("bare")]),
  settled,
  unlistedTargetGroups: object,
  targetGroupTags: tags,
  logGroupTags: tags,
  dashboardBodies: text,
  dashboardTags: tags,
  ruleTags: tags,
  ruleTargets: objects,
  clusterRules: texts,
  scheduleTargets: object,
  topics: tags,
  topicSubscriptions: texts,
  roleActions: texts,
} as const;

/** Not there where nothing was asked. */
const optional: ReadonlySet<string> = new Set(["mackerel"]);

type Sections = Omit<SnapshotFacts, "account" | "region" | "emulated">;
/** Every section stands in one of the tables, and no other: the compiler says so. */
const sections: Record<keyof Sections, z.ZodType> = { ...single, ...named };

/** People are shown what stands in it, and clients of AWS are made by it: nothing else may be hidden there. */
const header = z.object({
  ecsmon: text.regex(/^[0-9A-Za-z.+-]{1,64}$/),
  takenAt: z.iso.datetime(),
  keyFingerprint: text.regex(/^[0-9a-f]{16}$/).nullable(),
  targets: z
    .array(
      z.strictObject({
        account: text.regex(/^(?:[0-9]{12})?$/),
        region: text.regex(/^[a-z0-9-]{1,40}$/),
        emulated: z.array(z.enum(["IAM", "SCHEDULER"])),
      }),
    )
    .min(1),
});

/** Room for the checksum, in bytes. */
const lastLine = 128;

/** Items of one line. */
const longestPart = 200;

/** A list of thousands goes to several lines, so that none is large. */
function* partsOf(fact: Fact<unknown>): Generator<unknown> {
  const value = "value" in fact ? fact.value : undefined;
  const lists: readonly (readonly [string | undefined, unknown])[] = Array.isArray(value)
    ? [[undefined, value]]
    : isObject(value) && Object.values(value).every(Array.isArray)
      ? Object.entries(value)
      : [];
  const long = lists.some(([, list]) => (list as readonly unknown[]).length > longestPart);
  if (!long) return yield fact;
  const empty = Object.fromEntries(lists.map(([name]) => [name, []]));
  for (const [name, list] of lists as readonly [string | undefined, readonly unknown[]][])
    for (let from = 0; from < list.length; from += longestPart) {
      const part = list.slice(from, from + longestPart);
      yield { value: name === undefined ? part : { ...empty, [name]: part } };
    }
}

/** Parts of a list in the order in which they were written; what has no parts is there once. */
function joinParts(before: unknown, part: unknown): unknown {
  if (!isObject(before) || !isObject(part)) return part;
  const [one, other] = [before["value"], part["value"]] as unknown[];
  if (Array.isArray(one) && Array.isArray(other)) {
    for (const item of other) one.push(item);
    return before;
  }
  if (!isObject(one) || !isObject(other)) return part;
  for (const [name, list] of Object.entries(one))
    if (Array.isArray(list) && Array.isArray(other[name]))
      for (const item of other[name] as readonly unknown[]) (list as unknown[]).push(item);
  return before;
}

/** Bytes, unzipped: Node reads a text of no more (`buffer.constants.MAX_STRING_LENGTH`). */
export const largestSnapshot = 0x1fff_ffe8;

/** `511 MiB` */
export function describeSize(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${Math.floor(bytes / 2 ** 20)} MiB`;
}

const chunk = 64 * 1024;

/** As {@link writeSnapshotFile}, in pieces that are worth a write of their own: lines are small and many. */
export function* writeInChunks(snapshot: Snapshot): Generator<string> {
  let text = "";
  for (const line of writeSnapshotFile(snapshot)) {
    text += line;
    if (text.length < chunk) continue;
    yield text;
    text = "";
  }
  yield text;
}

/**
 * Line by line, each with its newline.
 * @throws EcsmonError `SnapshotTooLarge` once it is more than could be read again
 */
export function* writeSnapshotFile(snapshot: Snapshot, largest = largestSnapshot): Generator<string> {
  const { version, takenAt, keyFingerprint, targets } = snapshot;
  const hash = createHash("sha256");
  let [lines, bytes] = [0, 0];
  const line = (value: unknown): string => {
    const written = `${JSON.stringify(value)}\n`;
    bytes += Buffer.byteLength(written);
    if (bytes > largest - lastLine)
      throw new EcsmonError(
        "SnapshotTooLarge",
        `the snapshot is larger than the ${describeSize(largest)} that can be read again; take one of fewer targets, such as of one Region with --region`,
      );
    hash.update(written);
    lines += 1;
    return written;
  };
  const places = targets.map(({ account, region, emulated }) => ({ account, region, emulated }));
  yield line({ apiVersion, kind, format, ecsmon: version, takenAt, keyFingerprint, targets: places });
  for (const [index, facts] of targets.entries())
    for (const section of Object.keys(sections) as (keyof Sections)[]) {
      const value = facts[section];
      if (value === undefined) continue;
      if (Object.hasOwn(single, section))
        for (const part of partsOf(value as Fact<unknown>)) yield line([index, section, part]);
      else
        for (const [name, fact] of Object.entries(value as object)) yield line([index, section, name, fact]);
    }
  yield `${JSON.stringify({ lines, checksum: `sha256:${hash.digest("hex")}` })}\n`;
}

/**
 * @param name of the file, for people
 * @throws EcsmonError `InvalidSnapshot` for what is no snapshot, is damaged or cut short, or is of another format
 */
export function readSnapshotFile(content: string, name: string): Snapshot {
  const again = `take it anew with ecsmon snapshot --out ${name}`;
  const refuse = (why: string): EcsmonError => new EcsmonError("InvalidSnapshot", `${name} ${why}`);
  const first = parse(content.slice(0, Math.max(0, content.indexOf("\n"))));
  if (!isObject(first) || first["kind"] !== kind)
    throw refuse(`is no snapshot; make one with ecsmon snapshot --out FILE`);
  if (first["apiVersion"] !== apiVersion || first["format"] !== format)
    throw refuse(
      `is a snapshot of another format, ${tell(first["apiVersion"])} ${tell(first["format"])}, and this ecsmon reads ${apiVersion} ${format}; ${again}, or read it with the ecsmon that took it (${tell(first["ecsmon"])})`,
    );
  const end = content.lastIndexOf("\n", content.length - 2) + 1;
  const last = parse(content.slice(end));
  if (!content.endsWith("\n") || !isObject(last) || typeof last["checksum"] !== "string")
    throw refuse(`is cut short; ${again}`);
  if (last["checksum"] !== `sha256:${createHash("sha256").update(content.slice(0, end)).digest("hex")}`)
    throw refuse(`is damaged or was changed after it was taken: its checksum does not fit; ${again}`);
  const read = header.safeParse(first);
  const strange = refuse(`has a checksum that fits and is no snapshot that ecsmon has taken; ${again}`);
  if (!read.success) throw strange;
  const targets = read.data.targets.map((place) => ({ place, entries: new Map<string, unknown>() }));
  for (let from = content.indexOf("\n") + 1; from < end; ) {
    const to = content.indexOf("\n", from);
    if (!addEntry(targets, parse(content.slice(from, to)))) throw strange;
    from = to + 1;
  }
  const { ecsmon: version, takenAt, keyFingerprint } = read.data;
  const facts = targets.map(({ place, entries }) => {
    const isWhole = Object.keys(single).every((section) => optional.has(section) || entries.has(section));
    if (!isWhole) throw strange;
    const filled = Object.keys(named).map((section) => [
      section,
      Object.fromEntries((entries.get(section) as Map<string, unknown> | undefined) ?? []),
    ]);
    return { ...place, ...Object.fromEntries([...entries, ...filled]) } as SnapshotFacts;
  });
  return { version, takenAt, keyFingerprint, targets: facts };
}

/** False for what is no entry of a snapshot. */
function addEntry(targets: readonly { readonly entries: Map<string, unknown> }[], line: unknown): boolean {
  if (!Array.isArray(line)) return false;
  const [index, section, ...rest] = line as unknown[];
  const entries = typeof index === "number" ? targets[index]?.entries : undefined;
  if (entries === undefined || typeof section !== "string" || !Object.hasOwn(sections, section)) return false;
  const fact = rest.at(-1);
  if (!isFact(sections[section as keyof Sections], fact)) return false;
  if (Object.hasOwn(single, section)) {
    entries.set(section, entries.has(section) ? joinParts(entries.get(section), fact) : fact);
    return rest.length === 1;
  }
  const [name] = rest;
  if (typeof name !== "string" || rest.length !== 2) return false;
  const facts = (entries.get(section) as Map<string, unknown> | undefined) ?? new Map<string, unknown>();
  entries.set(section, facts.set(name, fact));
  return true;
}

function isFact(value: z.ZodType, fact: unknown): boolean {
  if (!isObject(fact)) return false;
  return Object.hasOwn(fact, "fault")
    ? fault.safeParse(fact["fault"]).success
    : value.safeParse(fact["value"]).success;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function tell(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return "unknown";
  return String(value)
    .slice(0, 60)
    .replaceAll(/[^ -~]/g, "?");
}

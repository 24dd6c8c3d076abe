// A target group's health check, laid over what its owner set: field by field, each with a record of its own.

import { formatDuration } from "../api/duration.ts";
import type { TargetGroupSpec } from "../api/schema.ts";
import { isMatcher, isTargetPort, targetGroupSeconds } from "../api/target-group-limits.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import type { Tags, TargetGroup } from "../model/workload.ts";
import {
  type FieldRecord,
  findLostRecord,
  isWritten,
  type Overlay,
  overlayField,
  readRecord,
  recordKey,
  writeRecord,
} from "./record.ts";
import type { Reason } from "./select.ts";
import { decodeTagText, encodeTagText, maxTagLength } from "./tag-text.ts";

/** The policy's fields → ModifyTargetGroup's members. */
const members = {
  protocol: "HealthCheckProtocol",
  port: "HealthCheckPort",
  path: "HealthCheckPath",
  matcher: "Matcher",
  interval: "HealthCheckIntervalSeconds",
  timeout: "HealthCheckTimeoutSeconds",
  healthyThreshold: "HealthyThresholdCount",
  unhealthyThreshold: "UnhealthyThresholdCount",
} as const;

type Field = keyof typeof members;
const fields = Object.keys(members) as Field[];
const numeric: ReadonlySet<Field> = new Set([
  "interval",
  "timeout",
  "healthyThreshold",
  "unhealthyThreshold",
]);
/** They are there with HTTP and HTTPS only; a check that goes to TCP loses them. */
const overHttp = ["path", "matcher"] as const;

/** Each field as text; numbers in decimal, the matcher as its codes. */
export type HealthTexts = { readonly [name in Field]?: string };

/** `written` of a field that is gone because our TCP has taken its place. */
const gone = "=";

type HealthCheck = NonNullable<TargetGroupSpec["healthCheck"]>;

export type WantedTexts =
  | { readonly ok: true; readonly texts: HealthTexts }
  | { readonly ok: false; readonly reason: Reason };

/** What a policy wants of one group, or why AWS would not take it there. Limits: ELB API reference, ModifyTargetGroup. */
export function wantTexts(check: HealthCheck, group: TargetGroup): WantedTexts {
  const live = readTexts(group.healthCheck ?? {});
  const texts: HealthTexts = Object.fromEntries(
    fields.flatMap((name) => {
      const value = check[name];
      return value === undefined || value === null ? [] : [[name, String(value)]];
    }),
  );
  const protocol = texts.protocol ?? live.protocol;
  const useless = overHttp.filter((name) => texts[name] !== undefined);
  if (protocol === "TCP" && useless.length > 0) {
    const message = `the target group is checked by TCP, which has no ${useless.join(" and no ")}; add protocol: HTTP, or leave ${useless.length > 1 ? "them" : "it"} out`;
    return { ok: false, reason: { code: "NotApplicable", message } };
  }
  const problem = findProblem(texts, group);
  return problem === undefined
    ? { ok: true, texts }
    : { ok: false, reason: { code: "InvalidHealthCheck", message: problem } };
}

function findProblem(texts: HealthTexts, group: TargetGroup): string | undefined {
  const { protocol, path, port, matcher } = texts;
  const application = isApplication(group);
  if (protocol === "TCP" && (application || group.targetType === "alb"))
    return "protocol TCP is only for the groups of a network load balancer; use HTTP or HTTPS";
  if (path !== undefined && !path.startsWith("/"))
    return `path ${JSON.stringify(path)} does not begin with /; write ${JSON.stringify(`/${path}`)}`;
  if (port !== undefined && !isTargetPort(port))
    return `port ${JSON.stringify(port)} is neither a port from 1 to 65535 nor traffic-port`;
  if (matcher !== undefined) {
    const [least, most] = isGrpc(group) ? [0, 99] : [200, application ? 499 : 599];
    if (!isMatcher(matcher, least, most))
      return `matcher ${JSON.stringify(matcher)} is not valid for this target group; use ${isGrpc(group) ? "gRPC" : "HTTP"} codes from ${least} to ${most}, such as "${isGrpc(group) ? "0-12" : "200-299"}"`;
  }
  for (const [name, [least, most]] of Object.entries(targetGroupSeconds)) {
    const text = texts[name as keyof typeof targetGroupSeconds];
    if (text !== undefined && !(Number(text) >= least && Number(text) <= most))
      return `${name} ${text}s is not between ${least}s and ${most}s`;
  }
  return undefined;
}

function isApplication({ protocol }: TargetGroup): boolean {
  return protocol === "HTTP" || protocol === "HTTPS";
}

function isGrpc({ protocolVersion }: TargetGroup): boolean {
  return protocolVersion === "GRPC";
}

function readTexts(check: JsonObject): HealthTexts {
  return Object.fromEntries(
    fields.flatMap((name) => {
      const value = check[members[name]];
      const text = name === "matcher" && isObject(value) ? (value["HttpCode"] ?? value["GrpcCode"]) : value;
      return text === undefined || text === null || isObject(text) ? [] : [[name, String(text)]];
    }),
  );
}

/** The members of ModifyTargetGroup that are a health check. */
export function pickHealthCheck(spec: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.values(members).flatMap((member) => (spec[member] === undefined ? [] : [[member, spec[member]]])),
  );
}

/** In ModifyTargetGroup's shape. */
export function writeTexts(texts: HealthTexts, group: TargetGroup): JsonObject {
  return Object.fromEntries(
    fields.flatMap((name): [string, Json][] => {
      const text = texts[name];
      if (text === undefined) return [];
      if (name === "matcher") return [[members[name], { [isGrpc(group) ? "GrpcCode" : "HttpCode"]: text }]];
      return [[members[name], numeric.has(name) ? Number(text) : text]];
    }),
  );
}

export interface HealthOverlay {
  /** All fields as they are to stand; those that AWS fills in are left out. */
  readonly after: HealthTexts;
  /** Fields to send. */
  readonly changed: HealthTexts;
  readonly lay: Tags;
  readonly confirm: Tags;
  readonly drop: readonly string[];
  readonly unfinished: boolean;
  /** A value of the owner's comes back. */
  readonly givesBack: boolean;
  readonly hold: Reason | undefined;
}

/** Fields of our records on a target group begin so. */
export const recordPrefix = "healthCheck.";

function recordField(name: Field): string {
  return `${recordPrefix}${name}`;
}

export function isRecorded(tags: Tags, owner: string): boolean {
  return fields.some((name) => tags[recordKey(owner, recordField(name))] !== undefined);
}

/**
 * @param want What policies give; every other field goes back to what its owner set.
 * @param keepOthers Unless it is not known who else has a say: then the others stay.
 */
export function overlayHealthCheck(
  group: TargetGroup,
  tags: Tags,
  owner: string,
  want: HealthTexts,
  keepOthers: boolean,
): HealthOverlay {
  const live = readTexts(group.healthCheck ?? {});
  const after: Partial<Record<Field, string>> = {};
  const isOurTcp =
    want.protocol === "TCP" ||
    (keepOthers && isWritten(readRecord(tags, owner, recordField("protocol")), live.protocol));
  const parts = fields.map((name) => {
    const part = overlayOne(name, {
      tags,
      owner,
      standing: live[name],
      wanted: want[name],
      stays: want[name] === undefined && (keepOthers || findLost(tags, owner, name) !== undefined),
      // The protocol comes first in `fields`.
      overTcp: after.protocol !== "TCP" ? "no" : isOurTcp ? "ours" : "theirs",
    });
    if (part.value !== undefined) after[name] = part.value;
    return part;
  });
  const lay: Tags = Object.assign({}, ...parts.map((part) => part.lay));
  const drop = parts.flatMap((part) => part.drop);
  const changed = Object.entries(after).filter(([name, text]) => live[name as Field] !== text);
  return {
    after,
    changed: Object.fromEntries(changed),
    lay,
    confirm: Object.assign({}, ...parts.map((part) => part.confirm)),
    drop,
    unfinished: drop.length > 0 || parts.some((part) => part.unfinished),
    givesBack: changed.some(([name]) => want[name as Field] === undefined),
    hold: findTooLong(lay) ?? findBadTiming(after),
  };
}

interface FieldQuestion {
  readonly tags: Tags;
  readonly owner: string;
  readonly standing: string | undefined;
  readonly wanted: string | undefined;
  /** It is left as it stands, with its record. */
  readonly stays: boolean;
  /** The check will be over TCP, and by whose will. */
  readonly overTcp: "no" | "ours" | "theirs";
}

/** `value` is plain text here; undefined: AWS fills it in, or has none. */
function overlayOne(name: Field, question: FieldQuestion): Overlay {
  const { tags, owner, standing, wanted, stays, overTcp } = question;
  const asItIs: Overlay = { value: standing, lay: {}, confirm: {}, drop: [], unfinished: false };
  const key = recordKey(owner, recordField(name));
  const record = readRecord(tags, owner, recordField(name));
  if (name === "path" || name === "matcher") {
    const taken = standing === undefined && record?.written === gone ? record : undefined;
    if (overTcp === "ours") return keepForLater(key, standing, record, tags);
    if (overTcp === "theirs")
      return { ...asItIs, value: undefined, drop: stays || tags[key] === undefined ? [] : [key] };
    if (taken !== undefined && wanted === undefined)
      return { ...asItIs, value: decode(taken.original), drop: [key] };
    if (taken !== undefined && wanted !== undefined)
      return {
        ...asItIs,
        value: wanted,
        lay: { [key]: writeRecord({ ...taken, written: encodeTagText(wanted) }) },
      };
  }
  if (stays) return asItIs;
  const overlay = overlayField(tags, owner, recordField(name), encode(standing), encode(wanted));
  const value = decode(overlay.value);
  const fallback = name === "path" || name === "matcher" ? defaults[name] : undefined;
  return { ...overlay, value: value ?? (standing === undefined ? undefined : fallback) };
}

/** The record of what a check over TCP takes away, and gives back when it goes. */
function keepForLater(
  key: string,
  standing: string | undefined,
  record: FieldRecord | undefined,
  tags: Tags,
): Overlay {
  const none: Overlay = { value: undefined, lay: {}, confirm: {}, drop: [], unfinished: false };
  const live = encode(standing);
  const isOurs = isWritten(record, live);
  const original = live === undefined || isOurs ? record?.original : live;
  if (original === undefined) return { ...none, drop: tags[key] === undefined ? [] : [key] };
  const kept = writeRecord({ original, written: gone });
  if (tags[key] === kept) return none;
  if (!isOurs || live === undefined) return { ...none, lay: { [key]: kept }, unfinished: live === undefined };
  return {
    ...none,
    lay: { [key]: writeRecord({ original, written: gone, was: live }) },
    confirm: { [key]: kept },
  };
}

/** What a check over HTTP that was none before has: a network load balancer's. */
const defaults = { path: "/", matcher: "200-399" } as const;

function encode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : encodeTagText(text);
}

function decode(text: string | undefined): string | undefined {
  return text === undefined ? undefined : decodeTagText(text);
}

/** The first record that is there and says nothing that could be put back. */
export function findLostOriginal(tags: Tags, owner: string): Reason | undefined {
  return fields.map((name) => findLost(tags, owner, name)).find((reason) => reason !== undefined);
}

function findLost(tags: Tags, owner: string, name: Field): Reason | undefined {
  const field = recordField(name);
  const lost = findLostRecord(tags, owner, field);
  const original = readRecord(tags, owner, field)?.original;
  if (lost !== undefined || original === undefined) return lost;
  const text = decodeTagText(original);
  const isFine = text !== undefined && (!numeric.has(name) || /^\d+$/.test(text));
  return isFine ? undefined : findLostRecord({ [recordKey(owner, field)]: "" }, owner, field);
}

function findTooLong(lay: Tags): Reason | undefined {
  const key = Object.keys(lay).find((one) => (lay[one] ?? "").length > maxTagLength);
  if (key === undefined) return undefined;
  const message = `what stands there is too long to be kept in the tag ${key}, which takes ${maxTagLength} characters; it stays as it is`;
  return { code: "NotTaggable", message };
}

/** Of the values that will stand, the owner's and ours together. */
function findBadTiming({ timeout, interval }: HealthTexts): Reason | undefined {
  if (timeout === undefined || interval === undefined || Number(timeout) < Number(interval)) return undefined;
  const [a, b] = [formatDuration(Number(timeout)), formatDuration(Number(interval))];
  const message = `the health check would have timeout ${a} and interval ${b}, and AWS wants the timeout to be the shorter one; set both`;
  return { code: "InvalidHealthCheck", message };
}

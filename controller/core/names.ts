// How things of ours are called. Frozen: a changed name orphans what stands in accounts (docs/adr/0004).
import { createHash } from "node:crypto";

export interface OwnedName {
  readonly cluster: string;
  readonly service: string;
  readonly name: string;
}

/** AWS's limit for alarm names; metric filters and metric namespaces allow as much or more. */
const maxLength = 255;
const headLength = 60;

/** `OWNER/CLUSTER/SERVICE/NAME`. Where that is too long, its parts become a readable head and a hash. */
export function ownedName(owner: string, { cluster, service, name }: OwnedName): string {
  const full = `${owner}/${cluster}/${service}/${name}`;
  if (full.length <= maxLength) return full;
  const head = `${owner}/${shorten(cluster)}/${shorten(service)}`;
  return `${head}/${head.length + 1 + name.length <= maxLength ? name : shorten(name)}`;
}

/** What the names of a service's items begin with, and no other service's do: those of short names, and of shortened ones. */
export function ownedPrefixes(owner: string, { cluster, service }: Omit<OwnedName, "name">): string[] {
  const full = `${owner}/${cluster}/${service}/`;
  const short = `${owner}/${shorten(cluster)}/${shorten(service)}/`;
  return full.length < maxLength && full !== short ? [full, short] : [short];
}

/** The namespace of a service's log metrics: `OWNER/CLUSTER/SERVICE`. */
export function metricNamespace(owner: string, cluster: string, service: string): string {
  const full = `${owner}/${cluster}/${service}`;
  return full.length <= maxLength ? full : `${owner}/${shorten(cluster)}/${shorten(service)}`;
}

/** `#` stands in no ECS name, so a shortened part is never taken for a whole one; metric namespaces allow it. */
function shorten(part: string): string {
  if (part.length <= headLength) return part;
  return `${part.slice(0, headLength)}#${createHash("sha256").update(part).digest("hex").slice(0, 12)}`;
}

/** Reads a name back; undefined when it is not of ours: another owner's, or of another shape. */
export function parseOwnedName(owner: string, text: string): OwnedName | undefined {
  const [first, cluster, service, name, ...rest] = text.split("/");
  if (first !== owner || !cluster || !service || !name || rest.length > 0) return undefined;
  return { cluster, service, name };
}

/** The key under which names of one service are alike, shortened or not. */
export function serviceKey(cluster: string, service: string): string {
  return `${cluster}/${service}`;
}

/** The service that a `serviceKey` is of: neither part has a slash in it. */
export function placeOfKey(key: string): { readonly cluster: string; readonly service: string } {
  const [cluster = "", service = ""] = key.split("/");
  return { cluster, service };
}

export function isShortened(part: string): boolean {
  return part.includes("#");
}

export function matchesPart(part: string, full: string): boolean {
  return part === full || part === shorten(full);
}

export const ownerTag = "ecsmon.dev/owner";
export const policyTag = "ecsmon.dev/policy";

/** EventBridge's limit for rule names, of `.`, `-`, `_`, letters and digits. */
const maxRuleName = 64;
/** How far the rules of one set of targets may be split: see core/event-rules.ts. */
export const maxRuleSplits = 12;

/**
 * `OWNER-CLUSTER-HASH`, and `-BITS` where one rule does not hold all services. The hash stands for owner, cluster and
 * targets, so that no two rules share a name however their parts are cut.
 */
export function eventRuleName(owner: string, cluster: string, targets: readonly string[], bits = ""): string {
  const hash = shortHash(["cluster", owner, cluster, ...targets]);
  const head = maxRuleName - owner.length - 1 - 1 - hash.length - 1 - maxRuleSplits;
  return `${owner}-${cluster.slice(0, head)}-${hash}${bits === "" ? "" : `-${bits}`}`;
}

/** `OWNER-pattern-HASH`: the rule of one pattern that stands as its author wrote it. */
export function patternRuleName(owner: string, pattern: string, targets: readonly string[]): string {
  return `${owner}-pattern-${shortHash(["pattern", owner, pattern, ...targets])}`;
}

/** `OWNER-HASH`: the id of a target in a rule of ours. */
export function ruleTargetId(owner: string, arn: string): string {
  return `${owner}-${shortHash([arn])}`;
}

/** 12 hex digits for a list of texts. */
function shortHash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}

/** The cluster that a rule of ours is about; rules have no place of their own to read it from. */
export const clusterTag = "ecsmon.dev/cluster";

// What dashboards of ours are called. They belong to the account and not to a Region, so the name has it; and they have
// a small alphabet (letters, digits, `-`, `_`), so the names of names.ts cannot be used. Frozen, like those.
import { createHash } from "node:crypto";

export interface DashboardPlace {
  readonly cluster: string;
  readonly service: string;
  readonly region: string;
}

/** PutDashboard's limit for a name. */
const maxLength = 255;
/** A part that takes more in a name that is too long becomes a head of at most `headLength` and a hash. */
const partLength = 74;
const headLength = 60;

/**
 * Every `_` begins one of three signs, so a name is read in one way only: `__` parts, `_-` is an underscore, `_0` stands
 * between the head and the hash of a shortened part. Owners and Regions have no `_`.
 */
const separator = "__";
const underscore = "_-";
const hashSign = "_0";

/** `OWNER__CLUSTER__SERVICE__REGION`, with `_-` for an underscore: `ecsmon__prod-a__my_-web__eu-west-1`. */
export function dashboardName(owner: string, { cluster, service, region }: DashboardPlace): string {
  const full = [owner, encode(cluster), encode(service), region].join(separator);
  if (full.length <= maxLength) return full;
  return [owner, encodeShort(cluster), encodeShort(service), region].join(separator);
}

/** What the names of all our dashboards begin with, and no other owner's do. */
export function dashboardPrefix(owner: string): string {
  return `${owner}${separator}`;
}

/**
 * Reads a name back; undefined when it is not of ours. A shortened part comes back with `#`, as in names.ts: whose it is
 * cannot be told from it.
 */
export function parseDashboardName(owner: string, text: string): DashboardPlace | undefined {
  const tokens = text.match(/__|_-|_0|[^_]+|_/g) ?? [];
  const parts = [""];
  for (const token of tokens) {
    if (token === "_") return undefined;
    if (token === separator) parts.push("");
    else parts[parts.length - 1] += token === underscore ? "_" : token === hashSign ? "#" : token;
  }
  const [first, cluster, service, region, ...rest] = parts;
  if (first !== owner || !cluster || !service || !region || rest.length > 0) return undefined;
  return { cluster, service, region };
}

function encode(part: string): string {
  return part.replaceAll("_", underscore);
}

function encodeShort(part: string): string {
  if (encode(part).length <= partLength) return encode(part);
  let head = part.slice(0, headLength);
  while (encode(head).length > headLength) head = head.slice(0, -1);
  return `${encode(head)}${hashSign}${createHash("sha256").update(part).digest("hex").slice(0, 12)}`;
}

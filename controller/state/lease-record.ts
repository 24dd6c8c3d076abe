// What a lease's object says. It is read by other versions of ecsmon too: what is unknown is left alone, and what
// cannot be read is taken as held by somebody, for as long as it does not change.
import { isObject, type JsonObject } from "../model/json.ts";

/** Who wants a lease that another holds; the holder hands over when what it does has ended. */
export interface LeaseClaim {
  readonly by: string;
  /** ISO 8601, UTC: the claim counts for nothing afterwards. */
  readonly until: string;
}

export interface LeaseRecord {
  /** Empty: nobody holds it. */
  readonly holder: string;
  /** One life of a holder: two of the same name are told apart by it. */
  readonly session: string;
  /** Grows with each change of hands. */
  readonly epoch: number;
  /** Grows with each write of a session, also with those whose answer was lost. */
  readonly renewal: number;
  /** Seconds that it holds without being renewed. */
  readonly duration: number;
  /** What the holder tells of itself. */
  readonly facts: object;
  readonly claim?: LeaseClaim;
  /** Who may take it first, after it was handed over. */
  readonly releasedTo?: string;
}

/** What a lease's object says: as this version knows it, and all of it. */
export interface ReadLease {
  readonly record: LeaseRecord;
  readonly raw: JsonObject;
}

/** `former`: all that the object said before, where it is the same holder's; what is unknown of it is kept. */
export function formatLease(record: LeaseRecord, former: JsonObject = {}): string {
  const unknown = Object.entries(former).filter(([name]) => !known.has(name));
  const said = former["claim"];
  const { claim } = record;
  const isSame = isClaim(said) && said.by === claim?.by && said.until === claim.until;
  return `${JSON.stringify({ ...Object.fromEntries(unknown), ...record, ...(isSame ? { claim: said } : {}) })}\n`;
}

const known: ReadonlySet<string> = new Set([
  "holder",
  "session",
  "epoch",
  "renewal",
  "duration",
  "facts",
  "claim",
  "releasedTo",
] satisfies (keyof LeaseRecord)[]);

export function parseLease(text: string): LeaseRecord | undefined {
  return readLease(text)?.record;
}

/** `undefined`: it is no lease. */
export function readLease(text: string): ReadLease | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(raw)) return undefined;
  const { holder, session, epoch, renewal, duration, facts, claim, releasedTo } = raw;
  if (typeof holder !== "string" || typeof session !== "string") return undefined;
  if (!isCount(epoch) || !isCount(renewal) || typeof duration !== "number" || !(duration > 0))
    return undefined;
  const record = {
    holder,
    session,
    epoch,
    renewal,
    duration,
    facts: isObject(facts) ? facts : {},
    ...(isClaim(claim) ? { claim: { by: claim.by, until: claim.until } } : {}),
    ...(typeof releasedTo === "string" ? { releasedTo } : {}),
  };
  return { record, raw };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isClaim(value: unknown): value is LeaseClaim {
  return isObject(value) && typeof value["by"] === "string" && typeof value["until"] === "string";
}

// What a controller's calls are for, how often they come in an hour, and what S3 and SQS ask for them.

/** As the sandbox's log has them (`GET /_sandbox/calls`). */
export interface LoggedCall {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Where the controllers that are measured keep what they keep. */
export const places = {
  policies: "policies",
  state: "state",
  leases: "leases/",
  status: "status/",
} as const;

/** `look`: what a pass reads; `status`: what it keeps and reads of its own, once a pass. The others go by the clock. */
export type Purpose = "look" | "status" | "lease" | "switch" | "policies" | "queue";

export function purposeOf({ service, input }: LoggedCall): Purpose {
  if (service === "sqs") return "queue";
  if (service !== "s3") return "look";
  const { Bucket, Key = "", Prefix = "" } = input as { Bucket?: string; Key?: string; Prefix?: string };
  if (Bucket === places.policies) return "policies";
  const name = Key === "" ? Prefix : Key;
  if (name.startsWith(places.leases)) return "lease";
  return name === `${places.status}switch.json` ? "switch" : "status";
}

const hour = 3_600_000;

/**
 * How often in an hour, of what comes at regular times: by what lies between the first and the last, so that where a
 * span begins and ends makes no difference. Fewer than three are too few to tell: NaN.
 * @param times epoch milliseconds
 */
export function perHour(times: readonly number[]): number {
  if (times.length === 0) return 0;
  const first = Math.min(...times);
  const last = Math.max(...times);
  return times.length < 3 || last === first ? Number.NaN : ((times.length - 1) * hour) / (last - first);
}

/** Calls by `PURPOSE service:Operation`. */
export function groupCalls(calls: readonly LoggedCall[]): ReadonlyMap<string, readonly LoggedCall[]> {
  const groups = new Map<string, LoggedCall[]>();
  for (const call of calls) {
    const name = `${purposeOf(call)} ${call.service}:${call.operation}`;
    groups.set(name, [...(groups.get(name) ?? []), call]);
  }
  return groups;
}

/** Calls of an hour, by `PURPOSE service:Operation`. */
export type Hourly = Readonly<Record<string, number>>;

export interface Span {
  readonly calls: readonly LoggedCall[];
  /** Full passes that lie in it, from end to end. */
  readonly passes: number;
  /** How often the policies were asked for in it, and how often they are to be: milliseconds. */
  readonly pollInterval: number;
}

/** What an hour of the real intervals costs, by what was seen in a span of shorter ones. */
export function hourOf(span: Span, real: { readonly resync: number; readonly pollInterval: number }): Hourly {
  const hourly: Record<string, number> = {};
  for (const [name, calls] of groupCalls(span.calls)) {
    const [purpose] = name.split(" ");
    const isOfPass = purpose === "look" || purpose === "status";
    if (isOfPass) hourly[name] = (calls.length / span.passes) * (hour / real.resync);
    else {
      const scale = purpose === "policies" ? span.pollInterval / real.pollInterval : 1;
      hourly[name] = perHour(calls.map(({ at }) => at)) * scale;
    }
  }
  return hourly;
}

/** What is in `all` beyond `part`. */
export function beyond(all: Hourly, part: Hourly): Hourly {
  return Object.fromEntries(
    Object.entries(all).map(([name, count]) => [name, Math.max(0, count - (part[name] ?? 0))]),
  );
}

/**
 * Dollars for a call in us-east-1 in 2026: S3 Standard $0.005 for 1,000 PUT or LIST and $0.0004 for 1,000 GET
 * (aws.amazon.com/s3/pricing), SQS standard queues $0.40 for a million above the first (aws.amazon.com/sqs/pricing).
 * The others cost nothing: CloudWatch's first million calls of a month are free.
 */
function priceOf(name: string): number {
  const [, call = ""] = name.split(" ");
  if (call.startsWith("sqs:")) return 0.4 / 1_000_000;
  if (!call.startsWith("s3:") || call.startsWith("s3:Delete")) return 0;
  return /^s3:(Get|Head)/.test(call) ? 0.0004 / 1000 : 0.005 / 1000;
}

/** Dollars of a month of 730 hours. */
export function monthlyDollars(hourly: Hourly): number {
  return Object.entries(hourly).reduce((total, [name, count]) => total + count * 730 * priceOf(name), 0);
}

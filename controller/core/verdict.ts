// From facts to what is said of them, as Flux does: `Ready` always, `Stalled`, `Reconciling` and `Drifted` only while
// they are true. What is to be done about it decides which: a person must act, or it is tried again, or it waits.
import type { Failure } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import { plural } from "../model/plural.ts";
import type { Pause, Pending, SourceStatus, Trouble } from "../model/status.ts";
import type { Said } from "./conditions.ts";
import type { Facts } from "./status-facts.ts";

/** What lies over a policy, a service or a whole target, beside its own facts. */
export interface Situation {
  /** The pass as a whole failed. */
  readonly failure?: Failure | undefined;
  readonly pause?: Pause | undefined;
  /** Sources of it whose newest revision does not hold. */
  readonly stale: readonly SourceStatus[];
  /** What it says now was not reconciled yet. */
  readonly isUnseen: boolean;
  /** The target itself: a pause is its trouble also where nothing waits. */
  readonly isTarget: boolean;
}

export function judge(facts: Facts, situation: Situation): readonly Said[] {
  const { pause } = situation;
  const isPaused = pause !== undefined && (situation.isTarget || facts.pending.length > 0);
  const stale = situation.stale.map((source) => ({ source, passes: passesByItself(source) }));
  const stalls = [
    ...(facts.stalls.length === 0 ? [] : [sayTroubles(facts.stalls, "blocked")]),
    ...(isPaused ? [{ reason: "Paused", message: sayPause(pause, facts.pending) }] : []),
    ...stale.filter(({ passes }) => !passes).map(({ source }) => sayStale(source)),
  ];
  const fails = [
    ...(situation.failure === undefined ? [] : [sayFailure(situation.failure)]),
    ...(facts.retries.length === 0 ? [] : [sayTroubles(facts.retries, "not read or not written")]),
  ];
  const progress = sayProgress(facts, situation.isUnseen, isPaused);
  const moves = [
    ...fails.map(({ message }) => ({ reason: "Retrying", message })),
    ...progress,
    ...stale.filter(({ passes }) => passes).map(({ source }) => sayStale(source)),
  ];
  const drift = sayDrift(facts);
  return [
    sayReady(facts, situation, [...(situation.failure ? fails : []), ...stalls, ...fails], progress),
    ...say("Stalled", stalls),
    ...say("Reconciling", moves),
    ...(drift === undefined ? [] : [{ type: "Drifted", status: "True", ...drift } as const]),
  ];
}

interface Words {
  readonly reason: string;
  readonly message: string;
}

function sayReady(
  facts: Facts,
  { isTarget }: Situation,
  [wrong]: readonly Words[],
  [waiting]: readonly Words[],
): Said {
  if (wrong !== undefined) return { type: "Ready", status: "False", ...wrong };
  if (waiting !== undefined) return { type: "Ready", status: "Unknown", ...waiting };
  const { services, managed, audits, suspended } = facts;
  const stands = `${plural(managed, "item")} of ${plural(services, "service")} ${managed === 1 ? "stands" : "stand"} as wanted`;
  const shown = audits.length === 0 ? "" : `; ${plural(audits.length, "change")} only shown (Audit)`;
  const reason = suspended && !isTarget ? "Suspended" : services === 0 ? "NothingSelected" : "Succeeded";
  const message =
    services === 0 && managed === 0
      ? "no service is selected"
      : `${stands}${shown}${reason === "Suspended" ? "; suspended: nothing is changed" : ""}`;
  return { type: "Ready", status: "True", reason, message };
}

/** The first has the word; the others are told of behind it. */
function say(type: "Stalled" | "Reconciling", words: readonly Words[]): Said[] {
  const [first] = words;
  if (first === undefined) return [];
  return [
    { type, status: "True", reason: first.reason, message: words.map(({ message }) => message).join("; ") },
  ];
}

function sayProgress(
  { waits, rolling, queued, pending }: Facts,
  isUnseen: boolean,
  isPaused: boolean,
): Words[] {
  return [
    ...(isUnseen ? [{ reason: "Progressing", message: "what it says now is not reconciled yet" }] : []),
    ...(rolling.length === 0
      ? []
      : [
          { reason: "RollingOut", message: `${plural(rolling.length, "service")} rolling: ${some(rolling)}` },
        ]),
    ...(queued.length === 0
      ? []
      : [
          {
            reason: "RolloutQueued",
            message: `${plural(queued.length, "service")} ${queued.length === 1 ? "waits for its" : "wait for their"} turn to roll: ${some(queued)}`,
          },
        ]),
    ...(waits.length === 0 ? [] : [sayTroubles(waits, "waiting")]),
    ...(pending.length === 0 || isPaused ? [] : [{ reason: "Progressing", message: sayPending(pending) }]),
  ];
}

function sayDrift({ open, audits }: Facts): Words | undefined {
  const found = `${plural(open.length, "item")} found other than left, and not put right: ${some(open.map(nameItem))}`;
  const shown = `${plural(audits.length, "change")} only shown (Audit): ${some(audits.map(nameItem))}`;
  if (open.length === 0) return audits.length === 0 ? undefined : { reason: "Audit", message: shown };
  return { reason: "DriftFound", message: audits.length === 0 ? found : `${found}; ${shown}` };
}

/** The most frequent code has the word. */
function sayTroubles(troubles: readonly Trouble[], how: string): Words {
  const counts = new Map<string, number>();
  for (const { code } of troubles) counts.set(code, (counts.get(code) ?? 0) + 1);
  const codes = [...counts].sort(([a, n], [b, m]) => m - n || compareText(a, b));
  const [reason = "Unknown"] = codes[0] ?? [];
  const first = troubles.find(({ code }) => code === reason) as Trouble;
  const example = `${nameItem(first)}: ${first.message}`;
  if (troubles.length === 1) return { reason, message: `${how}: ${example}` };
  const all = codes.map(([code, n]) => `${code} (${n})`).join(", ");
  return { reason, message: `${troubles.length} items ${how}: ${all}; one of them is ${example}` };
}

function sayFailure({ code, message }: Failure): Words {
  return { reason: code, message: `the last pass failed: ${message}` };
}

function sayPause({ by, at, reason }: Pause, pending: readonly Pending[]): string {
  const waiting = pending.length === 0 ? "" : `; ${sayPending(pending)}`;
  return `paused by ${by} since ${at}: ${reason}${waiting}`;
}

function sayPending(pending: readonly Pending[]): string {
  return `${plural(pending.length, "change")} not made yet: ${some(pending.map(nameItem))}`;
}

function sayStale({ name, staleSince, code, message }: SourceStatus): Words {
  const why = [code, message].filter((part) => part !== undefined).join(": ");
  return {
    reason: "SourceStale",
    message: `${name} is stale since ${staleSince}${why === "" ? "" : `: ${why}`}`,
  };
}

/** What a source says now is not what is wanted: somebody must change it. Any other code: it cannot be read for now. */
const unwanted: ReadonlySet<string | undefined> = new Set(["Invalid", "Rewound", "SourceEmpty"]);

function passesByItself({ code }: SourceStatus): boolean {
  return !unwanted.has(code);
}

function nameItem({ kind, name, cluster, service }: Pending | Trouble): string {
  if (service !== undefined && kind === "Workload") return `${cluster}/${service}`;
  const what = name === "*" ? `every ${kind}` : `${kind} ${name}`;
  if (service === undefined) return cluster === undefined ? what : `${what} of ${cluster}`;
  return name.includes(`/${service}/`) ? what : `${what} of ${cluster}/${service}`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

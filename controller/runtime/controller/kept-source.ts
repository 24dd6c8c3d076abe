// One source as the keeper knows it: what of it holds, what is newer and why that does not hold, and what went wrong
// when it was read last.

import type { Clock } from "../../model/clock.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { Failure } from "../../model/errors.ts";
import type { SourceStatus } from "../../model/status.ts";
import type { ConfiguredSource } from "../../sources/configured.ts";
import { type Bell, createBell } from "./bell.ts";
import type { Version } from "./judge-sources.ts";

export interface KeptSource {
  readonly configured: ConfiguredSource;
  readonly name: string;
  readonly bell: Bell;
  /** What holds. */
  good: Version | undefined;
  /** Milliseconds of the time of day: when it was taken. */
  goodAt: number | undefined;
  /** What is newer: not judged yet, or refused. */
  next: Version | undefined;
  /** Why `next` does not hold; without a `next`: what is wrong with what should hold. */
  refusal: Failure | undefined;
  /** Why it could not be read when it was asked last. */
  failure: Failure | undefined;
  /** Reads that failed since one that did not. */
  failures: number;
  /** What was saved before this process has been looked up. */
  isLoaded: boolean;
  /** It was asked once, with or without success. */
  isTried: boolean;
  /** Milliseconds of the monotonic clock: when its last read that is over began. */
  askedAt: number;
  /** Called when a read is over. */
  readonly onRead: Set<() => void>;
  /** The one that holds outlives the process. */
  saved: Version | undefined;
  isSaving: boolean;
  /** A read that did not end when it had to. */
  hanging: Promise<void> | undefined;
  /** The revision whose refusal has been logged. */
  toldRefusal: string | undefined;
  staleSince: string | undefined;
  readAt: string | undefined;
}

export function keepSource(configured: ConfiguredSource, clock: Clock): KeptSource {
  return {
    configured,
    name: configured.source.name,
    bell: createBell(clock),
    good: undefined,
    goodAt: undefined,
    next: undefined,
    refusal: undefined,
    failure: undefined,
    failures: 0,
    isLoaded: false,
    isTried: false,
    askedAt: Number.NEGATIVE_INFINITY,
    onRead: new Set(),
    saved: undefined,
    isSaving: false,
    hanging: undefined,
    toldRefusal: undefined,
    staleSince: undefined,
    readAt: undefined,
  };
}

/** A failed read tells the most: what was refused before may be gone by now. */
export function describeSource({
  name,
  good,
  failure,
  refusal,
  staleSince,
  readAt,
}: KeptSource): SourceStatus {
  const trouble = failure ?? refusal;
  return {
    name,
    ...(good === undefined ? {} : { revision: good.revision }),
    ...(staleSince === undefined ? {} : { staleSince }),
    ...(trouble === undefined ? {} : { code: trouble.code, message: trouble.message }),
    ...(readAt === undefined ? {} : { readAt }),
  };
}

/** What tells one trouble from another. Each read that fails words it anew, with how long it took and the like. */
export function describeTrouble({ staleSince, failure, refusal }: KeptSource): readonly unknown[] {
  return [staleSince, failure?.code, ...(failure === undefined ? [refusal?.code, refusal?.message] : [])];
}

/** The source is another than the one that was good. */
export function rewoundFailure({ name, good }: KeptSource, revision: string): Failure {
  const from = good?.revision.slice(0, 12);
  const message = `${name} went from ${from} to ${revision.slice(0, 12)}, which does not descend from it (a push by force); push a commit that does, or set allowRewind`;
  return { code: "Rewound", message };
}

/** With the place of the first. */
export function invalid(errors: readonly Diagnostic[]): Failure {
  const [first] = errors;
  if (first === undefined) throw new Error("nothing is wrong");
  const { file, line, column, message } = first;
  const place = file === undefined ? "" : `${file}:${line ?? 1}:${column ?? 1}: `;
  const more = errors.length === 1 ? "" : ` (and ${errors.length - 1} more)`;
  return { code: "Invalid", message: `${place}${message}${more}` };
}

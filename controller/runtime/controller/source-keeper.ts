// Keeps the policies of all sources at hand: asks each source again and again, takes what is sound, and holds on to what
// was good where it is not.
import type { PolicySet } from "../../api/policy.ts";
import type { Clock } from "../../model/clock.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { EcsmonError, type Failure, toFailure } from "../../model/errors.ts";
import type { SourceStatus } from "../../model/status.ts";
import type { StoredSource } from "../../model/stored-source.ts";
import type { ConfiguredSource } from "../../sources/configured.ts";
import { watchFolder } from "../../sources/folder-watch.ts";
import type { SourceResult } from "../../sources/source.ts";
import { askOthers } from "./ask-others.ts";
import { backOff } from "./backoff.ts";
import { errorsIn, judgeSources, type Memory, type Version } from "./judge-sources.ts";
import {
  describeSource,
  describeTrouble,
  invalid,
  type KeptSource,
  keepSource,
  rewoundFailure,
} from "./kept-source.ts";
import type { Log } from "./log.ts";
import { orAborted, readSource } from "./read-source.ts";

/** The policies of all sources together, without an error. */
export interface CurrentPolicies {
  /** Parsed, not yet settled by date. */
  readonly policies: PolicySet;
  /** Of the source, if there is one; else of the revisions of all. */
  readonly revision: string;
  /** Of the source that a file of `policies` is from. */
  revisionOf(file: string): string | undefined;
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface SavedSources {
  /** `undefined`: there is none, or nobody can make sense of it. Rejects where it cannot be asked for. */
  read(name: string): Promise<StoredSource | undefined>;
  write(stored: StoredSource): Promise<void>;
}

export interface SourceKeeperOptions {
  readonly sources: readonly ConfiguredSource[];
  /** Where good revisions outlive the process. */
  readonly saved: SavedSources;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds from one read of a source to the next, at most. */
  readonly pollInterval: number;
  /** Milliseconds that one read may take. Default 60,000. */
  readonly readDeadline?: number;
  /** In [0, 1), for the jitter. */
  readonly random?: () => number;
  /** Called after `current()` has become another. */
  onChange(): void;
  /** Called after a source has got into trouble, or out of it, while `current()` is as it was. */
  onTrouble(): void;
}

export interface SourceKeeper {
  /** `undefined` until every source has a good revision, read now or saved before: no pass may run on a part. */
  current(): CurrentPolicies | undefined;
  /** In the order of the sources. */
  statuses(): readonly SourceStatus[];
  /** Reads those sources as soon as it can; many calls are one read. Default: all. */
  nudge(which?: (name: string) => boolean): void;
  /**
   * Until every source has been read by a read that began after this call; where one cannot be read, what other replicas
   * have saved since is taken. False: that could not be looked up either, so that what holds here may be older than what
   * held elsewhere.
   */
  refresh(signal: AbortSignal): Promise<boolean>;
  /** Until `signal` is aborted; rejects never. Once. */
  run(signal: AbortSignal): Promise<void>;
}

/** Milliseconds between reads at least: a burst of nudges is a few reads a second. */
const minPause = 250;

export function createSourceKeeper(options: SourceKeeperOptions): SourceKeeper {
  const { clock, log, saved, pollInterval, readDeadline = 60_000, random = Math.random } = options;
  const kept = options.sources.map((configured) => keepSource(configured, clock));
  const memory: Memory = new Map();
  let current: CurrentPolicies | undefined;
  let currentVersions = "";
  let toldTroubles = troublesOf(kept);
  let order = 0;
  // What would be judged has changed since it was judged, and on which day that was.
  let isJudged = false;
  let judgedOn = "";
  let judging: Promise<void> = Promise.resolve();

  async function poll(one: KeptSource, signal: AbortSignal): Promise<void> {
    const began = clock.monotonic();
    try {
      await load(one, signal);
      const result = await readSource(one, clock, readDeadline, signal);
      const isBack = take(one, result) || one.failure !== undefined;
      if (isBack) log("info", "source-back", { source: one.name, revision: result.revision });
      one.failure = undefined;
      one.failures = 0;
      one.readAt = clock.now().toISOString();
    } catch (error) {
      // Being stopped tells nothing of the source.
      if (signal.aborted) return;
      const failure = toFailure(error);
      if (one.failure?.code !== failure.code)
        log("warn", "source-unreadable", { source: one.name, ...failure });
      one.failure = failure;
      one.failures += 1;
    }
    one.isTried = true;
    one.askedAt = began;
    updateStale(one);
    for (const look of [...one.onRead]) look();
  }

  /** A source that was never read in this process begins where the last one left off. */
  async function load(one: KeptSource, signal: AbortSignal): Promise<void> {
    if (one.isLoaded) return;
    const stored = await orAborted(saved.read(one.name), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      // Not to be got round: without it, a push by force would pass unnoticed.
      throw new EcsmonError(
        "SourceUnreadable",
        `cannot look up which revision of ${one.name} was good last: ${toFailure(error).message}`,
        { remedy: "retry", cause: error },
      );
    });
    one.isLoaded = true;
    if (stored === undefined) return;
    takeSaved(one, stored);
  }

  function takeSaved(one: KeptSource, stored: StoredSource): void {
    one.good = { revision: stored.revision, files: stored.files, order: order++ };
    one.goodAt = Date.parse(stored.at);
    one.saved = one.good;
    isJudged = false;
  }

  /** What another replica has found good since this one could read the source last. */
  async function loadNewer(one: KeptSource, signal: AbortSignal): Promise<boolean> {
    try {
      const stored = await orAborted(saved.read(one.name), signal);
      const isNewer =
        stored !== undefined &&
        stored.revision !== one.good?.revision &&
        !(one.goodAt !== undefined && Date.parse(stored.at) <= one.goodAt);
      if (isNewer) {
        log("info", "source-taken-over", {
          source: one.name,
          from: one.good?.revision,
          revision: stored.revision,
        });
        takeSaved(one, stored);
      }
      return true;
    } catch {
      return false;
    }
  }

  /** Whether it is again as it was when it was good. */
  function take(one: KeptSource, result: SourceResult): boolean {
    // The revision that was asked about: what is known of it has not changed.
    if (result.unchanged) return false;
    const { revision, files, rewound, notes } = result;
    one.refusal = undefined;
    if (revision === one.good?.revision) {
      const wasHeldBack = one.next !== undefined;
      one.next = undefined;
      one.toldRefusal = undefined;
      // What holds may have been found wanting.
      if (current === undefined) isJudged = false;
      return wasHeldBack;
    }
    one.next = { revision, files, order: order++ };
    isJudged = false;
    if (notes.length > 0) log("info", "source-notes", { source: one.name, revision, notes });
    if (rewound && one.configured.allowRewind)
      log("warn", "source-rewound", { source: one.name, from: one.good?.revision, revision });
    else if (rewound) refuse(one, rewoundFailure(one, revision));
    return false;
  }

  function refuse(one: KeptSource, failure: Failure): void {
    one.refusal = failure;
    updateStale(one);
    const revision = (one.next ?? one.good)?.revision;
    if (one.toldRefusal === revision) return;
    one.toldRefusal = revision;
    log("warn", "source-held-back", { source: one.name, revision, holds: one.good?.revision, ...failure });
  }

  function updateStale(one: KeptSource): void {
    if (one.failure !== undefined || one.refusal !== undefined) one.staleSince ??= clock.now().toISOString();
    // What is not judged yet may be as bad as what it follows.
    else if (one.next === undefined) one.staleSince = undefined;
  }

  function tellTroubles(): void {
    const troubles = troublesOf(kept);
    if (troubles === toldTroubles) return;
    toldTroubles = troubles;
    options.onTrouble();
  }

  /** One after the other: what one judges, another may have changed. */
  function judge(): Promise<void> {
    judging = judging
      .then(judgeOnce)
      .catch((error: unknown) => {
        isJudged = false;
        log("error", "sources-not-judged", { ...toFailure(error) });
      })
      .then(tellTroubles);
    return judging;
  }

  async function judgeOnce(): Promise<void> {
    if (!kept.every(({ isTried }) => isTried)) return;
    const asOf = clock.now();
    const today = asOf.toISOString().slice(0, 10);
    // The date may clear what a revision was refused for, and nothing else of it.
    const mayClear = today !== judgedOn && kept.some(({ refusal }) => refusal?.code === "Invalid");
    if (isJudged && !mayClear) return;
    isJudged = true;
    judgedOn = today;
    const candidates = kept.map((one) => ({ one, good: one.good, next: judgeable(one) }));
    const { taken, refused, trial } = await judgeSources(candidates, asOf, memory);
    // Read anew meanwhile: whoever did that waits to have it judged.
    if (candidates.some(({ one, good, next }) => one.good !== good || judgeable(one) !== next)) {
      isJudged = false;
      return;
    }
    for (const { one, next } of taken) if (next !== undefined) adopt(one, next);
    for (const [{ one }, errors] of refused) refuse(one, invalid(errors));
    for (const { one, good } of candidates)
      if (one.next === undefined && one.good === good && good !== undefined)
        judgeStanding(one, errorsIn(trial.errors, good.files));
    const isWhole = kept.every(({ good }) => good !== undefined);
    if (!isWhole || trial.errors.length > 0) {
      change(undefined);
      return;
    }
    const { policies, revision, revisions } = trial;
    const { diagnostics } = policies;
    change({ policies, revision, revisionOf: (file) => revisions.get(file), diagnostics });
  }

  function adopt(one: KeptSource, next: Version): void {
    const from = one.good?.revision;
    one.good = next;
    one.goodAt = clock.now().getTime();
    one.next = undefined;
    one.refusal = undefined;
    one.toldRefusal = undefined;
    updateStale(one);
    log("info", "source-updated", {
      source: one.name,
      ...(from === undefined ? {} : { from }),
      revision: next.revision,
      files: next.files.length,
    });
  }

  /** What was good once may not be any more: to another version of ecsmon, or beside what else was saved. */
  function judgeStanding(one: KeptSource, errors: readonly Diagnostic[]): void {
    if (errors.length > 0) refuse(one, invalid(errors));
    else if (one.refusal !== undefined) {
      one.refusal = undefined;
      updateStale(one);
    }
  }

  function change(to: CurrentPolicies | undefined): void {
    const versions = to === undefined ? "" : kept.map(({ good }) => good?.order).join();
    if (versions === currentVersions) return;
    current = to;
    currentVersions = versions;
    // The pass that follows tells all of it.
    if (to !== undefined) toldTroubles = troublesOf(kept);
    options.onChange();
  }

  async function save(one: KeptSource, signal: AbortSignal): Promise<void> {
    const { good, name } = one;
    if (good === undefined || good === one.saved || one.isSaving) return;
    one.isSaving = true;
    try {
      const files = good.files.map(({ file, text }) => ({ file, text }));
      const stored = { name, revision: good.revision, at: clock.now().toISOString(), files };
      await orAborted(saved.write(stored), signal);
      one.saved = good;
    } catch (error) {
      if (!signal.aborted)
        log("warn", "source-not-saved", { source: name, revision: good.revision, ...toFailure(error) });
    } finally {
      one.isSaving = false;
    }
  }

  async function keep(one: KeptSource, signal: AbortSignal): Promise<void> {
    const others = kept.filter((other) => other !== one);
    while (!signal.aborted) {
      one.bell.hush();
      const before = one.next;
      await poll(one, signal);
      const isNews = one.next !== undefined && one.next !== before;
      if (isNews && current !== undefined) await askOthers(others, clock, signal);
      if (signal.aborted) return;
      await judge();
      await Promise.all(kept.map((each) => save(each, signal)));
      // Never later than asked for, and not all at once.
      const interval = pollInterval * (0.8 + 0.2 * random());
      const pause =
        one.failures === 0 ? interval : Math.min(interval, backOff(one.failures, interval, random()));
      const rest = clock.monotonic() + minPause;
      await one.bell.wait(pause, signal);
      if (clock.monotonic() < rest) await clock.sleep(rest - clock.monotonic(), signal);
    }
  }

  async function watch({ name, configured, bell }: KeptSource, signal: AbortSignal): Promise<void> {
    if (configured.watch === undefined) return;
    const onTrouble = (failure: Failure): void =>
      log("info", "source-not-watched", { source: name, ...failure });
    await watchFolder(configured.watch, { clock, onChange: bell.ring, onTrouble }, signal);
  }

  return {
    current: () => current,
    statuses: () => kept.map(describeSource),
    nudge(which = () => true) {
      for (const { name, bell } of kept) if (which(name)) bell.ring();
    },
    async refresh(signal) {
      const since = clock.monotonic();
      await askOthers(kept, clock, signal);
      const unread = kept.filter((one) => one.askedAt < since || one.failure !== undefined);
      const looked = await Promise.all(unread.map((one) => loadNewer(one, signal)));
      await judge();
      return looked.every((isLooked) => isLooked);
    },
    async run(signal) {
      await Promise.all(kept.flatMap((one) => [keep(one, signal), watch(one, signal)]));
    },
  };
}

function troublesOf(kept: readonly KeptSource[]): string {
  return JSON.stringify(kept.map(describeTrouble));
}

function judgeable({ next, refusal }: KeptSource): Version | undefined {
  return refusal?.code === "Rewound" ? undefined : next;
}

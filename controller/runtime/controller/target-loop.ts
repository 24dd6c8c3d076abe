// One target while this replica holds it: looks at what is due, writes what follows, tells how it went, and says when to
// look again.

import { setMaxListeners } from "node:events";
import type { EventNews } from "../../core/event-meaning.ts";
import { nextGoneForLong } from "../../core/gone.ts";
import { placeOfKey, serviceKey } from "../../core/names.ts";
import type { Clock } from "../../model/clock.ts";
import { toFailure } from "../../model/errors.ts";
import { matchesAnyGlob } from "../../model/glob.ts";
import { isWaiting, type Outcome, type Plan } from "../../model/plan.ts";
import type { TargetStatus } from "../../model/status.ts";
import type { Held } from "../../state/lease.ts";
import { backOff } from "./backoff.ts";
import { judgeEvent } from "./event-router.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createPasses, type PassDeps, type PassEnd, type Passes } from "./pass.ts";
import type { SnapshotKeeper } from "./snapshot-keeper.ts";
import type { Target } from "./target.ts";
import { createMemory, type TargetMemory } from "./target-memory.ts";
import { createWorkQueue, type ServiceKey, type Work, type WorkQueue } from "./work-queue.ts";

export interface TargetLoop {
  /** Works until `held.signal` is aborted and what runs has ended; rejects never. */
  run(held: Held): Promise<void>;
  /** Everything is to be looked at again. */
  lookAgain(why: string): void;
  /** The policies are others: what was planned from the former ones is not begun any more. */
  replan(): void;
  /** What lies around it is told of as it is now, without a look. */
  retell(): void;
  /** False: it is not held here. */
  takeEvent(news: EventNews): boolean;
  state(): TargetState;
}

export interface TargetState {
  readonly isHeld: boolean;
  /** End of the last full look of this replica while it has held it; left out: there was none yet. */
  readonly lastPassAt?: Date;
  /** Something of all is looked at now, since then. */
  readonly busySince?: Date;
}

export interface TargetLoopDeps extends Omit<PassDeps, "onRolled"> {
  readonly target: Target;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Left out: none are kept. */
  readonly snapshots?: SnapshotKeeper | undefined;
  /** In [0, 1): jitter. */
  readonly random: () => number;
  /** Policies as of now: false where those at hand may be older than what an earlier holder acted by. */
  readonly refresh: (signal: AbortSignal) => Promise<boolean>;
  /** The status as an earlier holder left it. @throws what the store throws */
  readonly recall: (signal: AbortSignal) => Promise<TargetStatus | undefined>;
}

interface Current {
  readonly memory: TargetMemory;
  readonly queue: WorkQueue;
  readonly retries: Retries;
  readonly passes: Pick<Passes, "stopJob" | "retell">;
}

/** Until what waits for a deployment is looked at again, if no event comes first; then twice as long each time. */
const waitingAgain = 30_000;
/** As often within ten minutes may one service be put right because of events: somebody else writes there too. */
const mostRepairs = 5;
const repairSpan = 600_000;

export function createTargetLoop(deps: TargetLoopDeps): TargetLoop {
  const { target, clock, log, metrics, random } = deps;
  const { resync } = target.settings;
  let current: Current | undefined;
  let lastPassAt: Date | undefined;
  let busySince: Date | undefined;
  let wake = new AbortController();

  const rouse = (): void => wake.abort();

  async function recall(held: Held): Promise<TargetMemory | undefined> {
    for (let failures = 1; !held.signal.aborted; failures += 1) {
      try {
        return createMemory(await deps.recall(held.signal));
      } catch (error) {
        if (held.signal.aborted) return undefined;
        log("warn", "status-unread", { target: target.id, ...toFailure(error) });
        await clock.sleep(backOff(failures, 60_000, random()), held.signal);
      }
    }
    return undefined;
  }

  /** Who held it before may have acted by policies that are newer than those at hand. */
  async function catchUp({ signal }: Held): Promise<void> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      if (await deps.refresh(signal)) return;
      log("info", "pass-waits", {
        target: target.id,
        why: "neither the sources nor what was saved of them can be read",
      });
      await clock.sleep(backOff(failures, 60_000, random()), signal);
    }
  }

  async function run(held: Held): Promise<void> {
    lastPassAt = undefined;
    setMaxListeners(0, held.signal);
    const [memory] = await Promise.all([recall(held), catchUp(held)]);
    if (memory === undefined) return;
    const queue = createWorkQueue((services) => services > Math.max(10, memory.services.size / 20));
    const retries = createRetries();
    const passes = createPasses(memory, held, {
      ...deps,
      onRolled(services, { waited }) {
        for (const key of services) queue.addService(key, clock.monotonic(), "rollout ended");
        if (waited) queue.addFull(clock.monotonic(), "rollout ended");
        rouse();
      },
    });
    current = { memory, queue, retries, passes };
    held.signal.addEventListener("abort", rouse);
    queue.addFull(clock.monotonic(), "lease taken");
    metrics.leader(target.id, true);
    log("info", "target-held", { target: target.id, epoch: held.epoch });
    try {
      while (!held.signal.aborted) {
        metrics.queueDepth(target.id, queue.depth);
        const due = queue.take(clock.monotonic());
        if (due === undefined) {
          await rest(queue);
          continue;
        }
        // Before everything was looked at once, what services share is not known.
        const work: Work = memory.fullLookAt === undefined ? { is: "full", why: due.why } : due;
        if (work.is === "full") queue.addFull(clock.monotonic() + resync, "resync");
        busySince = clock.now();
        const end = await passes.run(work);
        const seconds = (clock.now().getTime() - busySince.getTime()) / 1000;
        busySince = undefined;
        if (work.is === "full" && end.is === "done") {
          lastPassAt = clock.now();
          retries.keepOnly(memory.services);
          deps.snapshots?.take(held.signal, memory.revisions);
        }
        if (end.is === "done") schedule(end, current);
        if (end.is === "failed") {
          metrics.reconciled(target.id, "failure", seconds);
          const wait = backOff(retries.fail("*"), resync, random());
          log("error", "pass-failed", {
            target: target.id,
            ...end.failure,
            retryInSeconds: Math.round(wait / 1000),
          });
          queue.addFull(clock.monotonic() + wait, "retry");
        }
      }
    } catch (error) {
      // Nothing above throws; should it ever, the lease is given back, and who takes it begins anew.
      log("error", "target-broken", { target: target.id, ...toFailure(error) });
    } finally {
      busySince = undefined;
      await passes.end();
      await deps.snapshots?.settled();
      current = undefined;
      lastPassAt = undefined;
      held.signal.removeEventListener("abort", rouse);
      metrics.leader(target.id, false);
      log("info", "target-left", { target: target.id, ...toFailure(held.signal.reason) });
    }
  }

  const isLookedAfter = (key: ServiceKey): boolean => {
    const { cluster, service } = placeOfKey(key);
    return (
      matchesAnyGlob(cluster, target.settings.clusters) && matchesAnyGlob(service, target.settings.services)
    );
  };

  async function rest(queue: WorkQueue): Promise<void> {
    const due = queue.nextDue();
    const signal = wake.signal;
    if (!signal.aborted)
      await clock.sleep(due === undefined ? resync : Math.max(0, due - clock.monotonic()), signal);
    if (wake.signal.aborted) wake = new AbortController();
  }

  /** When what was left undone is looked at again. */
  function schedule(end: PassEnd & { is: "done" }, { queue, retries, memory }: Current): void {
    const now = clock.monotonic();
    const failed = findFailedKeys(end.plan, end.outcomes);
    for (const key of end.looked) if (!failed.has(key)) retries.succeed(key);
    for (const key of failed) {
      const wait = backOff(retries.fail(key), resync, random());
      if (key === "*") queue.addFull(now + wait, "retry");
      else queue.addService(key, now + wait, "retry");
    }
    const waiting = findWaitingKeys(end.plan, end.outcomes);
    for (const key of end.looked) if (!waiting.has(key)) retries.endWait(key);
    for (const key of waiting) queue.addService(key, now + Math.min(resync, retries.wait(key)), "waiting");
    for (const key of end.repaired) retries.repair(key, now);
    const gone = nextGoneForLong(memory.status?.gone ?? {}, clock.now());
    if (gone !== undefined)
      queue.addFull(now + (gone.getTime() - clock.now().getTime()) + 1_000, "service gone");
  }

  return {
    run,
    lookAgain(why) {
      current?.queue.addFull(clock.monotonic(), why);
      rouse();
    },
    replan() {
      current?.passes.stopJob();
      current?.queue.addFull(clock.monotonic(), "policies changed");
      rouse();
    },
    retell: () => current?.passes.retell(),
    takeEvent(news) {
      if (current === undefined) return false;
      const now = clock.monotonic();
      const asked = judgeEvent(news, current.memory);
      if (asked.is === "full") current.queue.addFull(now + asked.within, "event");
      if (asked.is === "services")
        for (const key of asked.keys.filter(isLookedAfter)) {
          const isFight = current.retries.isFight(key, now);
          current.queue.addService(key, now + (isFight ? resync : asked.within), isFight ? "fight" : "event");
        }
      if (asked.is !== "nothing") rouse();
      return true;
    },
    state: () => ({
      isHeld: current !== undefined,
      ...(lastPassAt === undefined ? {} : { lastPassAt }),
      ...(busySince === undefined ? {} : { busySince }),
    }),
  };
}

interface Retries {
  /** How often in a row it has failed now. */
  fail(key: ServiceKey | "*"): number;
  succeed(key: ServiceKey | "*"): void;
  /** Milliseconds until it is looked at again. */
  wait(key: ServiceKey): number;
  endWait(key: ServiceKey | "*"): void;
  /** Services that are gone have nothing to be tried again. */
  keepOnly(services: ReadonlySet<ServiceKey>): void;
  /** What had been right was put right again. */
  repair(key: ServiceKey, now: number): void;
  /** Put right so often within a while that somebody must write there as well. */
  isFight(key: ServiceKey, now: number): boolean;
}

function createRetries(): Retries {
  const failures = new Map<string, number>();
  const waits = new Map<string, number>();
  const repairs = new Map<string, number[]>();
  return {
    fail(key) {
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      return count;
    },
    succeed: (key) => void failures.delete(key),
    wait(key) {
      const count = waits.get(key) ?? 0;
      waits.set(key, count + 1);
      return waitingAgain * 2 ** Math.min(count, 20);
    },
    endWait: (key) => void waits.delete(key),
    keepOnly(services) {
      for (const counts of [failures, waits])
        for (const key of counts.keys()) if (key !== "*" && !services.has(key)) counts.delete(key);
    },
    repair(key, now) {
      const recent = (repairs.get(key) ?? []).filter((at) => now - at < repairSpan);
      repairs.set(key, [...recent, now]);
      for (const [other, times] of repairs)
        if (times.every((at) => now - at >= repairSpan)) repairs.delete(other);
    },
    isFight: (key, now) =>
      (repairs.get(key) ?? []).filter((at) => now - at < repairSpan).length >= mostRepairs,
  };
}

/** `*`: something that belongs to no service, or to all. */
function findFailedKeys(plan: Plan, outcomes: readonly Outcome[]): ReadonlySet<ServiceKey | "*"> {
  const failed = [...plan.unknown, ...outcomes.filter(({ result }) => result === "failed")];
  return new Set(failed.map(keyOf));
}

function findWaitingKeys(plan: Plan, outcomes: readonly Outcome[]): ReadonlySet<ServiceKey> {
  const codes = new Set(["DeploymentInProgress", "OwnerDeployed"]);
  const skipped = outcomes.filter(
    ({ result, error }) => result === "skipped" && codes.has(error?.code ?? ""),
  );
  const blocked = plan.blocked.filter((one) => isWaiting(one) && codes.has(one.code));
  return new Set([...skipped, ...blocked].map(keyOf).filter((key) => key !== "*"));
}

function keyOf({ cluster, service }: { cluster?: string; service?: string }): ServiceKey | "*" {
  return cluster === undefined || service === undefined ? "*" : serviceKey(cluster, service);
}

// Whether the controller does what it is for: for probes over HTTP, and as a line in the log once a minute, which an alarm
// outside of it waits for.
import type { Clock } from "../../model/clock.ts";
import type { Failure } from "../../model/errors.ts";
import type { Pause, SourceStatus } from "../../model/status.ts";
import type { Verdict } from "./http.ts";
import type { KeptState, KeptTarget } from "./kept-target.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export interface HeartDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds from one full look to the next. */
  readonly resync: number;
  readonly targets: readonly KeptTarget[];
  readonly sources: () => readonly SourceStatus[];
  readonly hasPolicies: () => boolean;
  readonly paused: () => Pause | undefined;
  /** Why the freeze switch cannot be read; left out: it can. */
  readonly unread: () => Failure | undefined;
  /** Why the queue of events cannot be read; left out: it can, or there is none. */
  readonly deaf: () => Failure | undefined;
}

export interface Heart {
  /** The process does its work: a restart would not make it better. */
  readonly health: () => Verdict;
  /** Each target has been looked at, here or by the replica that holds it. */
  readonly ready: () => Verdict;
  /** Beats until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

const beatEvery = 60_000;
/** A pass that AWS has not answered for so long stands still. */
const longestSilence = 15 * 60_000;

export function createHeart({
  clock,
  log,
  metrics,
  resync,
  targets,
  sources,
  hasPolicies,
  paused,
  unread,
  deaf,
}: HeartDeps): Heart {
  const troubles = () => ({
    ...(unread() === undefined ? {} : { switch: unread() }),
    ...(deaf() === undefined ? {} : { events: deaf() }),
  });
  // Who takes a target over is no less ready for it.
  const wasReady = new Set<string>();
  const all = () => targets.map((target) => ({ target: target.name(), ...target.state() }));

  /** Looked at within three times the while that it should be, by whoever holds it. */
  const isFresh = ({ is, lastPassAt }: KeptState): boolean =>
    (is === "held" || is === "elsewhere") &&
    lastPassAt !== undefined &&
    clock.now().getTime() - lastPassAt.getTime() < 3 * resync + 60_000;

  return {
    health() {
      const stuck = targets.filter((target) => {
        const { movedAt } = target.state();
        return movedAt !== undefined && clock.now().getTime() - movedAt.getTime() > longestSilence;
      });
      return {
        ok: stuck.length === 0,
        detail: stuck.length === 0 ? { targets: all() } : { stuck: stuck.map((target) => target.name()) },
      };
    },
    ready() {
      const states = all();
      const isReady = ({ target, is, lastPassAt }: (typeof states)[number]): boolean =>
        wasReady.has(target) || is === "elsewhere" || (is === "held" && lastPassAt !== undefined);
      for (const state of states) if (isReady(state)) wasReady.add(state.target);
      return {
        ok: states.every(isReady),
        detail: { targets: states, sources: sources(), policies: hasPolicies(), ...troubles() },
      };
    },
    async run(signal) {
      while (!signal.aborted) {
        const states = all();
        const stale = sources().filter(({ staleSince }) => staleSince !== undefined);
        metrics.sources(
          Object.fromEntries(
            sources().map(({ name, staleSince, revision }) => [
              name,
              revision !== undefined && staleSince === undefined,
            ]),
          ),
        );
        log("info", "heartbeat", {
          // Where nothing may be written, nothing is kept right.
          healthy: states.every(isFresh) && unread() === undefined,
          targets: states.length,
          held: states.filter(({ is }) => is === "held").length,
          ...(stale.length === 0 ? {} : { stale: stale.map(({ name }) => name) }),
          ...(paused() === undefined ? {} : { paused: true }),
          ...troubles(),
        });
        await clock.sleep(beatEvery, signal);
      }
    },
  };
}

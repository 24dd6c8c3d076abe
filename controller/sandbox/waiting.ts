// Calls that wait for something to answer: long polls. They wait on the sandbox's clock and are looked
// at again after each change, so that a message wakes its receiver at once.
import type { Clock } from "./clock.ts";

export interface Waiting {
  /**
   * Runs it once `dueAt` (epoch milliseconds, asked again after each change) has come. Undefined where the caller hung up
   * before.
   */
  until<T>(dueAt: () => number, signal: AbortSignal, run: () => T): Promise<T | undefined>;
  /** Something changed: a write, or the clock was moved. */
  recheck(): void;
  /** Lets everyone go on with what there is. */
  release(): void;
  /** How many wait. */
  readonly count: number;
}

/**
 * With a clock that stands still nobody may ever move it: a poll then gives up after so many real milliseconds, and
 * finds nothing. Answering at once would make a loop of long polls spin.
 */
export const PATIENCE_MS = 1000;
/** What timers can hold. */
const LONGEST_MS = 2 ** 31 - 1;

type Ending = "due" | "stopped" | "hung up";

interface Waiter {
  check(): void;
  stop(): void;
}

export function createWaiting(clock: Clock): Waiting {
  const waiters = new Set<Waiter>();

  const wait = (dueAt: () => number, signal: AbortSignal): Promise<Ending> =>
    new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (ending: Ending): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", hungUp);
        waiters.delete(waiter);
        resolve(ending);
      };
      const hungUp = (): void => finish("hung up");
      const waiter: Waiter = {
        check() {
          const rest = dueAt() - clock.now();
          if (rest <= 0) finish("due");
          else if (clock.kind === "real") {
            clearTimeout(timer);
            timer = setTimeout(waiter.check, Math.min(rest, LONGEST_MS));
          } else timer ??= setTimeout(waiter.stop, PATIENCE_MS);
        },
        stop: () => finish("stopped"),
      };
      waiters.add(waiter);
      signal.addEventListener("abort", hungUp);
      waiter.check();
    });

  return {
    async until(dueAt, signal, run) {
      // Of several that wait for one message, one gets it and the others, who look only then, wait on.
      while (!signal.aborted && dueAt() > clock.now()) {
        const ending = await wait(dueAt, signal);
        if (ending === "stopped") break;
      }
      return signal.aborted ? undefined : run();
    },
    recheck() {
      for (const waiter of [...waiters]) waiter.check();
    },
    release() {
      for (const waiter of [...waiters]) waiter.stop();
    },
    get count() {
      return waiters.size;
    },
  };
}

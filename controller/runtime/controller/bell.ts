// A sleep that can be cut short, and that is not begun where somebody has rung already.
import type { Clock } from "../../model/clock.ts";

export interface Bell {
  ring(): void;
  /** What it was rung for is about to be done. */
  hush(): void;
  /** Until it is rung, the time is over, or `signal` is aborted. Milliseconds. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function createBell(clock: Pick<Clock, "sleep">): Bell {
  let isRung = false;
  let wake = (): void => undefined;
  return {
    ring() {
      isRung = true;
      wake();
    },
    hush() {
      isRung = false;
    },
    async wait(milliseconds, signal) {
      if (isRung || signal.aborted) return;
      const waiting = new AbortController();
      wake = () => waiting.abort();
      signal.addEventListener("abort", wake, { once: true });
      await clock.sleep(milliseconds, waiting.signal);
      signal.removeEventListener("abort", wake);
    },
  };
}

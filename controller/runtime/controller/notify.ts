// What the controller tells EventBridge: drift, failures, what needs a person, the freeze switch. It is told when there is
// time, is never waited for, and nothing depends on it.
import { type BusEvent, mostBytes, mostEntries, type RefusedEvent } from "../../aws/notify.ts";
import type { Clock } from "../../model/clock.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

export const noticeNames = ["Drift", "Failure", "Stalled", "Recovered", "Paused", "Resumed"] as const;
export type NoticeName = (typeof noticeNames)[number];

/** Becomes the event's detail, with `replica` beside it. No secrets, no values of what changed. */
export interface Notice {
  readonly what: NoticeName;
  /** `OWNER-ACCOUNT-REGION`; left out: it is about all of them. */
  readonly target?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly policies?: readonly string[];
  readonly code?: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

export interface Notifier {
  /** Returns at once. A failure that was told within the hour is not told again, until it has recovered. */
  tell(notice: Notice): void;
  /** Sends what is left, for at most so many milliseconds. */
  close(milliseconds: number): Promise<void>;
}

export interface NotifierOptions {
  /** At most ten at once; never throws. See aws/notify.ts. */
  readonly send: (events: readonly BusEvent[]) => Promise<readonly RefusedEvent[]>;
  /** Of this replica. */
  readonly replica: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "notificationsLost">;
}

/** Notices that wait at most; more than that, and the oldest are lost. */
const mostWaiting = 1_000;
/** Things whose last telling is remembered. */
const mostRemembered = 5_000;
/** Milliseconds for which the same trouble is not told again. */
const again = 60 * 60 * 1_000;
const attempts = 4;

/** For a configuration without `notify`. */
export const silentNotifier: Notifier = { tell: () => undefined, close: async () => undefined };

export function createNotifier({ send, replica, clock, log, metrics }: NotifierOptions): Notifier {
  let waiting: { readonly event: BusEvent; readonly attempt: number }[] = [];
  const told = new Map<string, number>();
  const closing = new AbortController();
  let pumping: Promise<void> | undefined;

  function lose(count: number, why: Readonly<Record<string, unknown>>): void {
    metrics.notificationsLost(count);
    log("warn", "notification-lost", { count, ...why });
  }

  function isNews(notice: Notice): boolean {
    const { what, target, kind, name, code } = notice;
    const thing = JSON.stringify([target, kind, name, notice.cluster, notice.service]);
    if (what === "Recovered") {
      for (const trouble of [...told.keys()]) if (trouble.startsWith(`${thing} `)) told.delete(trouble);
      return true;
    }
    if (what !== "Failure" && what !== "Stalled") return true;
    const trouble = `${thing} ${what} ${code}`;
    const last = told.get(trouble);
    if (last !== undefined && clock.monotonic() - last < again) return false;
    told.delete(trouble);
    told.set(trouble, clock.monotonic());
    for (const oldest of told.keys()) {
      if (told.size <= mostRemembered) break;
      told.delete(oldest);
    }
    return true;
  }

  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, mostEntries);
      waiting = waiting.slice(mostEntries);
      const refused = await send(batch.map(({ event }) => event));
      const attemptOf = new Map(batch.map(({ event, attempt }) => [event, attempt]));
      const again = refused.flatMap(({ event, isRetryable }) => {
        const attempt = attemptOf.get(event) ?? attempts;
        return isRetryable && attempt < attempts ? [{ event, attempt: attempt + 1 }] : [];
      });
      const lost = refused.length - again.length;
      if (lost > 0) lose(lost, { code: refused[0]?.code, message: refused[0]?.message });
      if (again.length === 0) continue;
      waiting = [...again, ...waiting];
      await clock.sleep(1_000 * 4 ** ((again[0]?.attempt ?? 2) - 2), closing.signal);
    }
  }

  return {
    tell(notice) {
      if (!isNews(notice)) return;
      waiting.push({ event: toEvent(notice, replica, clock.now()), attempt: 1 });
      if (waiting.length > mostWaiting) {
        waiting = waiting.slice(-mostWaiting);
        lose(1, { code: "TooMany", message: `more than ${mostWaiting} wait` });
      }
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    },
    async close(milliseconds) {
      closing.abort();
      const sent = new AbortController();
      const done = (pumping ?? Promise.resolve()).finally(() => sent.abort());
      await Promise.race([done, clock.sleep(milliseconds, sent.signal)]);
      const left = waiting.length;
      waiting = [];
      if (left > 0) lose(left, { code: "Closed", message: "the process ended first" });
    },
  };
}

function toEvent({ what, message, ...rest }: Notice, replica: string, time: Date): BusEvent {
  const detail = { ...rest, ...(message === undefined ? {} : { message: message.slice(0, 2_000) }), replica };
  const fits = Buffer.byteLength(JSON.stringify(detail)) <= mostBytes;
  const { target, kind, name, cluster, service, code } = rest;
  const head = {
    target,
    kind,
    name,
    cluster,
    service,
    code,
    message: message?.slice(0, 2_000),
    replica,
    isCut: true,
  };
  return { time, detailType: `ecsmon ${what}`, detail: fits ? detail : head };
}

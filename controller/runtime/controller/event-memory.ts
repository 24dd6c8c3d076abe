// Events that were taken over a short while ago. EventBridge and SQS deliver at least once and in any order: what is told
// twice need not be looked at twice. An economy only, so it may forget.
import type { EventNews } from "../../core/event-meaning.ts";
import type { Clock } from "../../model/clock.ts";

export interface EventMemory {
  /** Whether it was taken over before, or, of a task, something newer was. */
  isOld(news: EventNews): boolean;
  /** It was taken over. */
  add(news: EventNews): void;
}

/** Long enough for what is delivered twice; an event sent again by hand, later, is an event. */
const keptFor = 5 * 60_000;
const mostKept = 5_000;

export function createEventMemory(clock: Pick<Clock, "monotonic">): EventMemory {
  const events = createRecent<true>(clock);
  const tasks = createRecent<number>(clock);
  return {
    isOld(news) {
      if (events.get(eventKey(news)) !== undefined) return true;
      const task = news.is === "services" ? news.task : undefined;
      return task !== undefined && (tasks.get(task.arn) ?? Number.NEGATIVE_INFINITY) >= task.version;
    },
    add(news) {
      events.set(eventKey(news), true);
      if (news.is === "services" && news.task !== undefined) tasks.set(news.task.arn, news.task.version);
    },
  };
}

/** With its time: events made by hand often keep one id. */
function eventKey({ id, account, region, at }: EventNews): string {
  return `${account}/${region}/${id}/${at?.getTime() ?? ""}`;
}

/** The newest few, for a while. */
function createRecent<T>(clock: Pick<Clock, "monotonic">): {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
} {
  const entries = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    get(key) {
      const found = entries.get(key);
      return found === undefined || found.until <= clock.monotonic() ? undefined : found.value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, { value, until: clock.monotonic() + keptFor });
      const [oldest] = entries.keys();
      if (entries.size > mostKept && oldest !== undefined) entries.delete(oldest);
    },
  };
}

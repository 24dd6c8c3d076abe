// What a target has to look at: all of it by a given instant, or single services. The same key is one piece of work
// however often it is named, and is done at the earliest instant that was asked for.

/** `CLUSTER/SERVICE`. */
export type ServiceKey = string;

export type Work =
  | { readonly is: "full"; readonly why: readonly string[] }
  | { readonly is: "services"; readonly keys: readonly ServiceKey[]; readonly why: readonly string[] };

export interface WorkQueue {
  /** @param dueAt milliseconds of the monotonic clock */
  addFull(dueAt: number, why: string): void;
  addService(key: ServiceKey, dueAt: number, why: string): void;
  /** What is due, taken off the queue. A full look takes all services with it. */
  take(now: number): Work | undefined;
  /** When something is due next; undefined: nothing is queued. */
  nextDue(): number | undefined;
  readonly depth: number;
}

interface Due {
  readonly at: number;
  readonly why: string;
}

/**
 * @param isCheaperAsFull whether so many single looks cost more than one at everything
 */
export function createWorkQueue(isCheaperAsFull: (services: number) => boolean): WorkQueue {
  let full: Due | undefined;
  const services = new Map<ServiceKey, Due>();

  const earlier = (standing: Due | undefined, at: number, why: string): Due =>
    standing !== undefined && standing.at <= at ? standing : { at, why };

  return {
    addFull(dueAt, why) {
      full = earlier(full, dueAt, why);
    },
    addService(key, dueAt, why) {
      services.set(key, earlier(services.get(key), dueAt, why));
    },
    take(now) {
      const due = [...services].filter(([, { at }]) => at <= now);
      if ((full !== undefined && full.at <= now) || (due.length > 0 && isCheaperAsFull(due.length))) {
        const why = full !== undefined && full.at <= now ? [full.why] : reasons(due);
        for (const [key] of due) services.delete(key);
        full = undefined;
        return { is: "full", why };
      }
      if (due.length === 0) return undefined;
      for (const [key] of due) services.delete(key);
      return { is: "services", keys: due.map(([key]) => key).sort(), why: reasons(due) };
    },
    nextDue() {
      const dues = [...services.values()].map(({ at }) => at);
      if (full !== undefined) dues.push(full.at);
      return dues.length === 0 ? undefined : Math.min(...dues);
    },
    get depth() {
      return services.size + (full === undefined ? 0 : 1);
    },
  };
}

function reasons(due: readonly (readonly [ServiceKey, Due])[]): string[] {
  return [...new Set(due.map(([, { why }]) => why))].sort();
}

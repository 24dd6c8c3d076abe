// An object store in memory that a test delays, breaks and looks into. Like S3: what counts is when a write arrives,
// and an answer can be lost on its way back.

import type { Clock } from "../../../controller/model/clock.ts";
import { createMemoryStore } from "../../../controller/state/memory.ts";
import type { CallOptions, ObjectStore } from "../../../controller/state/object-store.ts";

/** What happens to a call. Milliseconds; left out: nothing. */
export interface Fate {
  readonly there?: number;
  readonly back?: number;
  /** `request`: it never arrives; `answer`: it does, and nobody is told; `error`: it is refused. */
  readonly lost?: "request" | "answer" | "error";
}

export interface Call {
  readonly operation: "get" | "put" | "remove" | "list";
  readonly key: string;
  readonly text?: string;
}

export interface StoreDouble extends ObjectStore {
  /** Asked at each call. */
  fate: (call: Call) => Fate;
  /** In the order of being sent. */
  readonly calls: Call[];
}

/** A store behind a network; several users of one store each have their own way to it. */
export function createStoreDouble(clock: Clock, store: ObjectStore = createMemoryStore()): StoreDouble {
  const travel = async <T>(call: Call, options: CallOptions, arrive: () => Promise<T>): Promise<T> => {
    double.calls.push(call);
    const { there = 0, back = 0, lost } = double.fate(call);
    const { signal, timeout = 5_000 } = options;
    const over = new AbortController();
    const limit = AbortSignal.any([over.signal, ...(signal === undefined ? [] : [signal])]);
    // A request that is given up goes on all the same: nobody can call it back.
    const answer = (async () => {
      if (there > 0) await clock.sleep(there);
      if (lost === "request") return new Promise<never>(() => undefined);
      if (lost === "error") throw new Error("the store has failed");
      const given = await arrive();
      if (lost === "answer") return new Promise<never>(() => undefined);
      if (back > 0) await clock.sleep(back);
      return given;
    })();
    const late = clock.sleep(timeout, limit).then(() => {
      signal?.throwIfAborted();
      return over.signal.aborted
        ? new Promise<never>(() => undefined)
        : Promise.reject(new Error("no answer in time"));
    });
    answer.catch(() => undefined);
    return Promise.race([answer, late]).finally(() => over.abort());
  };
  const double: StoreDouble = {
    name: store.name,
    fate: () => ({}),
    calls: [],
    get: (key, { ifNoneMatch, ...options } = {}) =>
      travel({ operation: "get", key }, options, () =>
        store.get(key, ifNoneMatch === undefined ? {} : { ifNoneMatch }),
      ),
    put: (key, text, { condition, ...options } = {}) =>
      travel({ operation: "put", key, text }, options, () =>
        store.put(key, text, condition === undefined ? {} : { condition }),
      ),
    remove: (key, { ifMatch, ...options } = {}) =>
      travel({ operation: "remove", key }, options, () =>
        store.remove(key, ifMatch === undefined ? {} : { ifMatch }),
      ),
    list: (key, { after, ...options } = {}) =>
      travel({ operation: "list", key }, options, () =>
        store.list(key, after === undefined ? {} : { after }),
      ),
  };
  return double;
}

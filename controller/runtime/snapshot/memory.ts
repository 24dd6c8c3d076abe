// What is dear to read and seldom changes, kept from one snapshot to the next: the controller takes one after each pass.
import type { Fact } from "../../model/snapshot.ts";

export interface SnapshotMemory {
  /**
   * What was read under the key while its stamp was the same; read now where that is not held. Failures are not kept, nor
   * is what `keep` says no to.
   */
  recall<T>(
    key: string,
    stamp: string,
    read: () => Promise<Fact<T>>,
    keep?: (value: T) => boolean,
  ): Promise<Fact<T>>;
  /** Lets go of what was not asked for since it was last called. */
  sweep(): void;
  readonly size: number;
}

export function createSnapshotMemory(): SnapshotMemory {
  let held = new Map<string, { readonly stamp: string; readonly fact: Fact<unknown> }>();
  let asked: typeof held = new Map();
  return {
    async recall<T>(
      key: string,
      stamp: string,
      read: () => Promise<Fact<T>>,
      keep: (value: T) => boolean = () => true,
    ) {
      const before = held.get(key);
      const fact = before?.stamp === stamp ? (before.fact as Fact<T>) : await read();
      if ("value" in fact && keep(fact.value)) asked.set(key, { stamp, fact });
      return fact;
    },
    sweep() {
      held = asked;
      asked = new Map();
    },
    get size() {
      return held.size;
    },
  };
}

/** Nothing is held: a snapshot that is taken once. */
export const noMemory: SnapshotMemory = {
  recall: (_key, _stamp, read) => read(),
  sweep: () => undefined,
  size: 0,
};

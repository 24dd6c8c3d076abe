// What the tests of the source keeper share: sources that count their reads, a store in memory, a log that is kept, and
// time that goes on only while nothing is being read.
import { onTestFinished } from "vitest";
import type { StoredSource } from "../../controller/model/stored-source.ts";
import {
  createSourceKeeper,
  type SourceKeeper,
  type SourceKeeperOptions,
} from "../../controller/runtime/controller/source-keeper.ts";
import type { ConfiguredSource } from "../../controller/sources/configured.ts";
import type { PolicySource, ReadOptions } from "../../controller/sources/source.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";

export interface Logged {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface KeeperScene {
  readonly keeper: SourceKeeper;
  readonly clock: VirtualClock;
  readonly saved: Map<string, StoredSource>;
  readonly logged: Logged[];
  /** Of all sources, in order: the options that each read was given. */
  readonly reads: { readonly name: string; readonly held?: string; readonly lastGood?: string }[];
  /** How often `onChange` was called. */
  readonly changes: number;
  /** How often `onTrouble` was called. */
  readonly troubles: number;
  /** Lets this time go by; reads take none of it. */
  pass(milliseconds: number): Promise<void>;
  /** As a process that ends in order. */
  stop(): Promise<void>;
  /** Names of the policies that hold, or nothing holds yet. */
  names(): readonly string[] | undefined;
}

export interface SceneOptions extends Partial<Omit<SourceKeeperOptions, "sources" | "clock">> {
  readonly clock?: VirtualClock;
  /** What an earlier process has saved. */
  readonly store?: Map<string, StoredSource>;
}

export const minute = 60_000;

/** Polls every minute, without jitter. */
export function startKeeper(
  given: readonly (ConfiguredSource | PolicySource)[],
  { clock = createVirtualClock(), store = new Map(), ...over }: SceneOptions = {},
): KeeperScene {
  const logged: Logged[] = [];
  const reads: KeeperScene["reads"] = [];
  const running = new Set<Promise<unknown>>();
  let changes = 0;
  let troubles = 0;
  const count = (source: PolicySource): PolicySource => ({
    name: source.name,
    read: (options: ReadOptions = {}) => {
      const { signal: _, ...asked } = options;
      reads.push({ name: source.name, ...asked });
      const read = source.read(options);
      running.add(read);
      read.then(
        () => running.delete(read),
        () => running.delete(read),
      );
      return read;
    },
  });
  const sources = given.map((one) =>
    "source" in one ? { ...one, source: count(one.source) } : { source: count(one), allowRewind: false },
  );
  const keeper = createSourceKeeper({
    sources,
    saved: {
      read: async (name) => store.get(name),
      write: async (stored) => void store.set(stored.name, stored),
    },
    clock,
    log: (level, event, fields = {}) => logged.push({ level, event, fields }),
    pollInterval: minute,
    random: () => 1,
    onChange: () => {
      changes += 1;
    },
    onTrouble: () => {
      troubles += 1;
    },
    ...over,
  });
  const ended = new AbortController();
  const run = keeper.run(ended.signal);
  const stop = async (): Promise<void> => {
    ended.abort(new Error("stopped"));
    await run;
  };
  onTestFinished(stop);
  const settle = async (): Promise<void> => {
    do {
      await Promise.allSettled(running);
      // Judging a thousand files takes so many turns.
      for (let turn = 0; turn < 300; turn++) await clock.advance(0);
    } while (running.size > 0);
  };
  return {
    keeper,
    clock,
    saved: store,
    logged,
    reads,
    get changes() {
      return changes;
    },
    get troubles() {
      return troubles;
    },
    async pass(milliseconds) {
      await settle();
      for (let left = milliseconds; left > 0; left -= 1_000) {
        await clock.advance(Math.min(left, 1_000));
        await settle();
      }
    },
    stop,
    names: () =>
      keeper
        .current()
        ?.policies.policies.map(({ name }) => name)
        .sort(),
  };
}

/** A policy without an error. */
export const sound = (name: string, retention = "30d"): string =>
  `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: ${name} }\nspec:\n  selector: { services: ["${name}"] }\n  logging: { retention: ${retention} }\n`;

/** One with an error, in its sixth line. */
export const broken = (name: string): string => sound(name).replace("logging", "loging");

/** A source that a test writes: revisions count up with what is put into it. */
export interface FakeSource extends PolicySource {
  files: Readonly<Record<string, string>>;
  /** Why it cannot be read. */
  failure: Error | undefined;
  rewound: boolean;
}

export function createFakeSource(name: string, files: Readonly<Record<string, string>>): FakeSource {
  return {
    name,
    files,
    failure: undefined,
    rewound: false,
    async read({ held } = {}) {
      if (this.failure !== undefined) throw this.failure;
      const given = Object.entries(this.files).map(([file, text]) => ({ file: `${name}/${file}`, text }));
      const revision = JSON.stringify(this.files);
      if (held === revision) return { unchanged: true, revision };
      return { unchanged: false, revision, files: given, rewound: this.rewound, notes: [] };
    },
  };
}

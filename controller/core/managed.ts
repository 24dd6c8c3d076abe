// The words between the kinds and the plan: what is wanted, what was observed, and what a kind decides about the two.
import type { Failure } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { Enforcement, Impact, ItemRef, KindName, RolloutSettings } from "../model/plan.ts";
import type { Read } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import type { Allow, Reach } from "./allow.ts";
import type { Concealment } from "./conceal-wanted.ts";
import type { Reason, Selected } from "./select.ts";

/** One item that policies ask for. */
export interface Wanted extends ItemRef {
  /** Unique within the kind. */
  readonly id: string;
  readonly policies: readonly string[];
  readonly enforcement: Enforcement;
  /** One of its policies says `deletionPolicy: Retain`. */
  readonly retain?: true;
  /** Of what several services share: `CLUSTER/SERVICE` of each that has a say in it, in order. */
  readonly sharers?: readonly string[];
  /** Of what must not be there twice: alike for two items that would be the same, whatever services they are of. */
  readonly likeness?: string;
  readonly state:
    | {
        readonly is: "wanted";
        readonly spec: JsonObject;
        /** `kind/id` of items that must stand first. */
        readonly needs: readonly string[];
        /** What the kind needs to know when it compares or writes, and no plan shows. */
        readonly detail?: unknown;
        /** Found to stand as wanted: its spec was let go of, and nothing is left to compare. */
        readonly settled?: true;
      }
    /**
     * `nameless`: the reason also hides which item this is, so nothing of the kind may be released. `spec`: what was asked
     * for, where that is known.
     */
    | {
        readonly is: "blocked";
        readonly reason: Reason;
        readonly nameless?: boolean;
        readonly spec?: JsonObject;
      }
    | { readonly is: "unknown"; readonly failure: Failure; readonly nameless?: boolean };
}

/** One item as it stands. */
export interface Observed {
  readonly id: string;
  readonly name: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly spec: JsonObject;
  /** Ours by name, tag or record: only these are ever released. */
  readonly owned: boolean;
  /** Its policies said `deletionPolicy: Retain` when it was last written; or why that could not be read. */
  readonly retain?: true | Failure;
  readonly detail?: unknown;
  /** Drops its spec, which must not be asked for again: it stands as wanted. */
  readonly letGo?: () => void;
}

export interface ObservedItems {
  readonly items: ReadonlyMap<string, Observed>;
  /** Set when what is listed is right but may not be all: then nothing is released. */
  readonly incomplete?: Failure;
  /** Single items that could not be read. Ours or not, wanted or not, is not known. */
  readonly unread?: readonly {
    readonly name: string;
    readonly cluster: string;
    readonly service: string;
    readonly failure: Failure;
  }[];
}

export type Observation = Read<ObservedItems>;

/** What a kind makes of an item that is wanted, beside what stands there. */
export interface Verdict {
  /** What is to stand there. */
  readonly after: JsonObject;
  readonly impact: Impact;
  /** What the writer needs. */
  readonly write?: unknown;
  /** There is something to write although nothing differs: a record that a run left half done. */
  readonly unfinished?: boolean;
  /** How many deletes this counts for. */
  readonly deletes?: number;
  /** For changes that redeploy. */
  readonly rollout?: RolloutSettings;
  /** In place of the wanted item's own, where what stands already proves them. */
  readonly needs?: readonly string[];
  /** Only if there is a difference: why it must not be written now. */
  readonly hold?: Reason;
  /** Only if there is a difference: what had to be known first, and could not be read. */
  readonly unread?: Failure;
}

/** What a kind does with an item of ours that nobody wants. `after: null` deletes it. */
export interface Release {
  readonly after: JsonObject | null;
  readonly impact: Impact;
  readonly write?: unknown;
  readonly deletes: number;
  readonly hold?: Reason;
  /** It cannot be given back yet, and that is nobody's fault: it stays as it stands, and nothing is said of it. */
  readonly waits?: boolean;
}

export interface DesiredContext {
  readonly owner: string;
  readonly inventory: Inventory;
  /** Also change services with a deployment under way. */
  readonly force: boolean;
  /** The instant by which ages, windows and expiry are judged. */
  readonly asOf: Date;
  /** What policies may reach; left out: anything. */
  readonly allow?: Allow | undefined;
  /** What stands there is known from a snapshot, which conceals some of it. */
  readonly concealment?: Concealment | undefined;
}

/** The pure half of a managed kind. The other half (kinds/kind.ts) reads and writes. */
export interface ManagedKind {
  readonly name: KindName;
  /** Creates and updates go in ascending order, deletes in descending. */
  readonly phase: number;
  /** One line of documentation. */
  readonly doc: string;
  desired(selection: readonly Selected[], context: DesiredContext): Wanted[];
  /** The form in which two specs are compared. Canonical twice is canonical once. */
  canonical(spec: JsonObject): JsonObject;
  judge(spec: JsonObject, observed: Observed | undefined, wanted: Wanted, context: DesiredContext): Verdict;
  release(observed: Observed, context: DesiredContext): Release;
  /** What an item reaches for because policies say so, to be held against `allow`. Left out: nothing. */
  reaches?(spec: JsonObject, observed: Observed | undefined, owner: string): readonly Reach[];
}

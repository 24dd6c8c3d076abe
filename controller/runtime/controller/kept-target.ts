// One configured target from the first call to the last: whose account it is, its lease, its clients behind the fence,
// and the loop that runs while the lease is held.
import type { ConfigTarget } from "../../api/schema/operator-config.ts";
import { nameTarget } from "../../api/target-name.ts";
import type { AwsClients } from "../../aws/clients.ts";
import type { Fence } from "../../aws/fence.ts";
import { createMackerel } from "../../mackerel/client.ts";
import type { Clock } from "../../model/clock.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import { openJournal } from "../../state/journal.ts";
import { createLease, type Held, type Lease } from "../../state/lease.ts";
import type { LeaseRecord } from "../../state/lease-record.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { readBudget, readTarget, writeBudget } from "../../state/status-store.ts";
import type { SwitchWatch } from "../../state/switch.ts";
import { type OpenTarget, openTarget } from "../open-target.ts";
import { type LeasePlace, leaseKey } from "../state-places.ts";
import { createWriteFence } from "../write-fence.ts";
import { createAuditKeeper } from "./audit-keeper.ts";
import { backOff } from "./backoff.ts";
import { createBudgetKeeper } from "./budget-keeper.ts";
import { createDiffKeeper, type DiffKeeper, type ShowChange } from "./diff-keeper.ts";
import type { PassDeps } from "./pass.ts";
import { publisherTo } from "./publish.ts";
import { createSnapshotKeeper, type SnapshotSettings } from "./snapshot-keeper.ts";
import { type Target, type TargetSettings, targetId } from "./target.ts";
import { createTargetLoop, type TargetLoop, type TargetLoopDeps } from "./target-loop.ts";
import { type Tellers, tellConditions, tellOutcome, tellPass } from "./tell.ts";

export interface KeptTarget {
  /** As the configuration names it, until its account is known. */
  name(): string;
  state(): KeptState;
  /** Left out: its account is not known yet. */
  loop(): { readonly account: string; readonly region: string; readonly loop: TargetLoop } | undefined;
  /** Of its lease, as last seen. */
  record(): LeaseRecord | undefined;
  /** Clients that only read, also while another replica holds it: for people who look. */
  reader(): Pick<AwsClients, "cloudwatch">;
  /** Until `signal` is aborted; the lease is given back then. Rejects never. */
  run(signal: AbortSignal): Promise<void>;
}

export interface KeptState {
  /** `unknown`: whose account it is could not be asked yet; `elsewhere`: another replica holds it. */
  readonly is: "unknown" | "held" | "elsewhere" | "free" | "refused";
  readonly holder?: string;
  /** End of the last full look, of whoever holds it. */
  readonly lastPassAt?: Date;
  readonly failure?: Failure;
  /** A pass is being made: when it began, or was answered by AWS last. */
  readonly movedAt?: Date;
}

export interface KeptTargetDeps
  extends Pick<PassDeps, "holder" | "policies" | "sources" | "paused">,
    Pick<TargetLoopDeps, "random" | "refresh"> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly owner: string;
  readonly settings: TargetSettings;
  readonly tellers: Tellers;
  /** Of status, journal and budgets. */
  readonly store: ObjectStore;
  /** Left out: nobody else acts. */
  readonly leases: LeasePlace | undefined;
  readonly pause: SwitchWatch;
  /** Left out: no snapshots are kept. */
  readonly snapshots?: SnapshotSettings | undefined;
  /** A change as lines without secrets. */
  readonly showChange: ShowChange;
  /** How many targets this replica holds. */
  readonly heldCount: () => number;
  /** Whether a replica that holds a target should hand it over to this one, for a fair share. */
  readonly wantsFrom: (other: string) => boolean;
  /** False: another target of this process is the same. */
  readonly claimId: (id: string) => boolean;
}

export function keepTarget(given: ConfigTarget, deps: KeptTargetDeps): KeptTarget {
  const { clock, tellers, owner, settings, store, leases, pause } = deps;
  const { log, metrics } = tellers;
  const named = nameTarget(given);
  let failure: Failure | undefined;
  let refused = false;
  let kept:
    | {
        readonly target: Target;
        readonly loop: TargetLoop;
        readonly lease: Lease | undefined;
        readonly diffs: DiffKeeper;
      }
    | undefined;

  let isReading = false;
  let isEnding = false;
  let answeredAt: Date | undefined;
  const opened = openTarget(given, {
    onAnswer: (...answer) => {
      answeredAt = clock.now();
      metrics.request(...answer);
    },
  });

  /** Beside the fence, which lets nothing out while the lease is another's. */
  let beside: OpenTarget | undefined;
  const openReader = (): OpenTarget => {
    beside ??= openTarget(given, { onAnswer: metrics.request });
    return beside;
  };

  async function identify(signal: AbortSignal): Promise<{ account: string; region: string } | undefined> {
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        await opened.enter();
        const caller = await opened.caller();
        failure = undefined;
        return caller;
      } catch (error) {
        failure = toFailure(error);
        log("error", "target-unreachable", { target: named, ...failure });
        await clock.sleep(backOff(failures, 300_000, deps.random()), signal);
      }
    }
    return undefined;
  }

  function open(caller: { account: string; region: string }): NonNullable<typeof kept> {
    const id = targetId(owner, caller.account, caller.region);
    const lease =
      leases === undefined
        ? undefined
        : createLease(leases.store, leaseKey(id), {
            holder: deps.holder,
            duration: leases.duration,
            clock,
            log: (level, event, fields) => log(level, event, { target: id, ...fields }),
            facts: () => ({ lastPassAt: kept?.loop.state().lastPassAt?.toISOString() }),
            heldCount: deps.heldCount,
          });
    const writes = createWriteFence({ lease, pause });
    const fence: Fence = {
      refuse(operation) {
        // What is only read for a plan need not be finished.
        if (isEnding && isReading && !operation.isWrite)
          return { code: "Interrupted", message: "told to stop" };
        return writes.refuse(operation);
      },
    };
    opened.fence(fence);
    const mackerel = createMackerel({
      env: deps.env,
      sleep: (milliseconds) => clock.sleep(milliseconds),
      refuse: ({ isWrite }) => fence.refuse({ service: "Mackerel", operation: "Monitors", isWrite }),
    });
    const target: Target = { id, owner, ...caller, aws: opened.aws, mackerel, settings };
    const diffs = createDiffKeeper(store, deps.showChange, log);
    const loop = createTargetLoop({
      ...(deps.snapshots && {
        snapshots: createSnapshotKeeper(target, {
          ...deps.snapshots,
          audit: createAuditKeeper(target, store, log),
          clock,
          log,
          metrics,
        }),
      }),
      target,
      clock,
      log,
      metrics,
      holder: deps.holder,
      policies: deps.policies,
      sources: deps.sources,
      random: deps.random,
      budget: createBudgetKeeper(
        {
          read: () => readBudget(store, id),
          write: (ledger, etag) =>
            writeBudget(store, id, { ledger, ...(etag === undefined ? {} : { etag }) }),
        },
        settings,
        clock,
      ),
      journal: openJournal(store, id),
      recall: (signal) => readTarget(store, id, { signal, timeout: 30_000 }),
      refuses: () => writes.forbids(),
      paused: deps.paused,
      refresh: deps.refresh,
      publish: publisherTo(store, log),
      onReading: (reading) => {
        isReading = reading;
      },
      onTold: (status, previous) => tellConditions(status, previous, tellers),
      onPass(told) {
        tellPass(told, tellers);
        diffs.take(told);
      },
      onOutcome: (outcome) => tellOutcome(id, outcome, tellers),
    });
    metrics.leader(id, false);
    return { target, loop, lease, diffs };
  }

  async function run(signal: AbortSignal): Promise<void> {
    const caller = await identify(signal);
    if (caller === undefined) return;
    const id = targetId(owner, caller.account, caller.region);
    if (!deps.claimId(id)) {
      refused = true;
      failure = {
        code: "DuplicateTarget",
        message: `${named} is account ${caller.account} in ${caller.region}, which another target of this configuration is too; leave one of them out`,
      };
      log("error", "target-refused", { target: named, ...failure });
      return;
    }
    kept = open(caller);
    const { loop, lease } = kept;
    const end = (): void => {
      isEnding = true;
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    try {
      if (lease === undefined) await loop.run(aloneUntil(signal));
      else await lease.keep({ signal, whileHeld: (held) => loop.run(held), wantsFrom: deps.wantsFrom });
    } catch (error) {
      log("error", "target-broken", { target: id, ...toFailure(error) });
    } finally {
      await kept.diffs.settled();
      opened.close();
      beside?.close();
    }
  }

  return {
    name: () => kept?.target.id ?? named,
    loop: () =>
      kept === undefined
        ? undefined
        : { account: kept.target.account, region: kept.target.region, loop: kept.loop },
    record: () => kept?.lease?.seen()?.record,
    reader: () => openReader().aws,
    state(): KeptState {
      if (refused) return { is: "refused", ...(failure === undefined ? {} : { failure }) };
      if (kept === undefined) return { is: "unknown", ...(failure === undefined ? {} : { failure }) };
      const { isHeld, lastPassAt, busySince } = kept.loop.state();
      if (isHeld) {
        const movedAt = latest(busySince, answeredAt);
        return {
          is: "held",
          holder: deps.holder,
          ...(lastPassAt === undefined ? {} : { lastPassAt }),
          ...(busySince === undefined || movedAt === undefined ? {} : { movedAt }),
        };
      }
      return describeOther(kept.lease, deps.holder);
    },
    run,
  };
}

function latest(one: Date | undefined, other: Date | undefined): Date | undefined {
  return one === undefined || (other !== undefined && other > one) ? other : one;
}

/** What its lease says of a target that is not held here. */
function describeOther(lease: Lease | undefined, self: string): KeptState {
  const seen = lease?.seen();
  if (seen === undefined || seen.record.holder === "" || seen.record.holder === self) return { is: "free" };
  // Twice the time that a lease holds: nobody is there any more.
  if (seen.age > seen.record.duration * 2000) return { is: "free" };
  const { lastPassAt } = seen.record.facts as { lastPassAt?: unknown };
  const at = typeof lastPassAt === "string" ? new Date(lastPassAt) : undefined;
  return {
    is: "elsewhere",
    holder: seen.record.holder,
    ...(at === undefined || Number.isNaN(at.getTime()) ? {} : { lastPassAt: at }),
  };
}

/** Without leases: held from the beginning to the end. */
function aloneUntil(signal: AbortSignal): Held {
  return { epoch: 0, signal };
}

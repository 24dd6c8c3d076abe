// What a target's passes tell: found drift before it is put right, each pass as it ended, and rollouts as they begin and
// end, so that whoever looks sees what is so just now.
import type { GivenPolicy } from "../../core/former.ts";
import { generationOf } from "../../core/generation.ts";
import { serviceKey } from "../../core/names.ts";
import { summarize } from "../../core/status.ts";
import type { Clock } from "../../model/clock.ts";
import { type Failure, toFailure } from "../../model/errors.ts";
import type { Pause, SourceStatus, TargetStatus } from "../../model/status.ts";
import type { Held } from "../../state/lease.ts";
import type { RolloutJob } from "./rollout-job.ts";
import type { CurrentPolicies } from "./source-keeper.ts";
import type { Target } from "./target.ts";
import type { TargetMemory } from "./target-memory.ts";
import type { ServiceKey } from "./work-queue.ts";

export interface TellerDeps {
  readonly target: Target;
  /** Of this replica. */
  readonly holder: string;
  readonly clock: Clock;
  readonly sources: () => readonly SourceStatus[];
  readonly paused: () => Pause | undefined;
  /** Keeps the status; resolves also where that failed. */
  readonly publish: (status: TargetStatus, previous: TargetStatus | undefined) => Promise<void>;
  /** What holds until the next pass is another; never throws. */
  readonly onTold: (status: TargetStatus, previous: TargetStatus | undefined) => void;
  readonly job: () => Pick<RolloutJob, "rolling" | "queued">;
}

type Situation = Parameters<typeof summarize>[1];
type Report = Situation["report"];

export interface StatusTeller {
  /** Before the writes of a pass, which do not wait for it. */
  found(report: Report, current: CurrentPolicies): void;
  /** After a pass, and kept in `memory`. */
  ended(report: Report, current: CurrentPolicies, failure: Failure | undefined): Promise<TargetStatus>;
  /** What rolls, or what is wrong with the sources, is another; nothing was looked at. */
  moved(): void;
  /** When what was told stands in the store, or could not be written. */
  settled(): Promise<void>;
}

export function createStatusTeller(memory: TargetMemory, held: Held, deps: TellerDeps): StatusTeller {
  const { target, clock, holder } = deps;
  /** What was published last: what `memory` holds, or further, while a pass writes. */
  let shown = memory.status;
  let shownBy: CurrentPolicies | undefined;
  /** Of the last pass. */
  let failing: Failure | undefined;
  let publishing = Promise.resolve();
  let isMoving = false;

  function situation(report: Report, current: CurrentPolicies): Situation {
    const { account, region, owner } = target;
    const { rolling, queued } = deps.job();
    return {
      report,
      policies: givenPolicies(current),
      sources: deps.sources(),
      pause: deps.paused(),
      rolling: rolling(),
      queued: queued(),
      told: shown,
      account,
      region,
      owner,
    };
  }

  function show(status: TargetStatus, by: CurrentPolicies): void {
    const before = shown;
    shown = status;
    shownBy = by;
    // Whoever has the lease now tells how things stand.
    const isLost = held.signal.aborted && toFailure(held.signal.reason).code === "LeaseLost";
    if (!isLost) publishing = deps.publish(status, before);
  }

  function retell(): void {
    isMoving = false;
    // Whoever takes over finds by itself what rolls.
    if (shownBy === undefined || memory.status === undefined || held.signal.aborted) return;
    const now = clock.now();
    const head = { target: target.id, holder, epoch: held.epoch };
    const report = { ...head, startedAt: now, endedAt: now, focus: [] };
    const given = { ...situation(report, shownBy), failure: failing };
    const isAhead = shown !== memory.status;
    const status = summarize(memory.status, given);
    const ahead = isAhead ? summarize(shown, given) : status;
    keep(status);
    show(ahead, shownBy);
  }

  function keep(status: TargetStatus): void {
    const previous = memory.status;
    memory.status = status;
    deps.onTold(status, previous);
  }

  return {
    found(report, current) {
      const { pass: _, ...status } = summarize(memory.status, situation(report, current));
      // What is tried again and again is told of by how that ends.
      if (findMoreDrift("found", memory.status, status).length === 0) return;
      // The pass has not ended yet.
      const pass = memory.status?.pass;
      show({ ...status, ...(pass === undefined ? {} : { pass }) }, current);
    },
    async ended(report, current, failure) {
      const status = summarize(memory.status, { ...situation(report, current), failure });
      failing = failure;
      keep(status);
      show(status, current);
      await publishing;
      return status;
    },
    moved() {
      // Hundreds may end at once.
      if (!isMoving) queueMicrotask(retell);
      isMoving = true;
    },
    settled: () => publishing,
  };
}

/** Services of which more drift is found, or put right, than before. */
export function findMoreDrift(
  which: "found" | "repaired",
  before: TargetStatus | undefined,
  after: Pick<TargetStatus, "services">,
): ServiceKey[] {
  const known = new Map(
    before?.services.map(({ cluster, service, drift }) => [serviceKey(cluster, service), drift[which]]),
  );
  return after.services.flatMap(({ cluster, service, drift }) => {
    const key = serviceKey(cluster, service);
    return drift[which] > (known.get(key) ?? 0) ? [key] : [];
  });
}

/** Each policy is hashed once, however many passes and targets ask. */
const givenBy = new WeakMap<CurrentPolicies, readonly GivenPolicy[]>();

export function givenPolicies(current: CurrentPolicies): readonly GivenPolicy[] {
  const known = givenBy.get(current);
  if (known !== undefined) return known;
  const given = current.policies.policies.map(({ name, spec, file, at }) => ({
    name,
    at: `${file}:${at([]).line}`,
    generation: generationOf(spec),
  }));
  givenBy.set(current, given);
  return given;
}

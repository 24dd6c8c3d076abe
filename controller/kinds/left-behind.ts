// Rollouts of ours that a run which was ended left under way: ECS may try for ever, and nobody would put them back.
// They are told from an owner's deployments by what they change, which must be our layer and nothing else.
import type { AwsClients } from "../aws/clients.ts";
import { type RollingChange, readFiringAlarms } from "../aws/rollout.ts";
import { readTaskDefinition } from "../aws/task-definitions.ts";
import type { Concealment } from "../core/conceal-wanted.ts";
import { recordKey } from "../core/record.ts";
import { changesOnlyOurLayer, findFormerRevision, rolloutSettings } from "../core/rollout.ts";
import { enforcementOf, type Selected } from "../core/select.ts";
import { readMark, stalledField } from "../core/stall-mark.ts";
import { taskItems } from "../core/task-layer.ts";
import type { Change } from "../model/plan.ts";
import type { TaskDefinition, Workload } from "../model/workload.ts";
import type { WriteContext } from "./kind.ts";
import { familyOf, registrable } from "./task-definition.ts";
import { alarmPrefixOf, type RolloutWrite, watchRollout } from "./task-rollout.ts";

interface LeftBehindWrite extends RolloutWrite {
  /** The revision that is rolled out. */
  readonly to: string;
  /** When that began, in milliseconds of the clock that watches. */
  readonly since: number;
}

export interface LeftBehindQuestion {
  readonly workloads: readonly Workload[];
  readonly selection: readonly Selected[];
  readonly owner: string;
  /** By this instant a deployment's age is told. */
  readonly asOf: Date;
  /** The same instant on the clock that watches; another only where `asOf` was given. */
  readonly now: Date;
  /** Left out: the account itself is looked at. */
  readonly concealment?: Concealment | undefined;
}

/**
 * The rollouts as changes: `before` ran, `after` is rolled out. Reads the former revision of services in the middle of
 * a deployment with our layer, and nothing for all others. One that cannot be read leaves its service alone.
 */
export async function findLeftBehind(aws: AwsClients, question: LeftBehindQuestion): Promise<Change[]> {
  const { workloads, selection, owner } = question;
  const selected = new Map(selection.map((one) => [one.workload.serviceArn, one]));
  const found = await Promise.all(
    workloads.map(async (workload) => {
      const former = findFormerRevision(workload, owner);
      const say = findSay(selected.get(workload.serviceArn));
      if (former === undefined || say === undefined) return undefined;
      const before = await readTaskDefinition(aws, former).catch(() => undefined);
      return before === undefined ? undefined : toChange(workload, before, say, question);
    }),
  );
  return found.filter((change) => change !== undefined);
}

type Say = Required<Pick<Change, "policies" | "rollout">>;

/** How the service's policies have it rolled out; undefined where they have us write nothing to it. */
function findSay(selected: Selected | undefined): Say | undefined {
  // A service that no policy selects any more still has our rollout to be ended.
  if (selected === undefined) return { policies: [], rollout: rolloutSettings(undefined) };
  const contributors = taskItems(selected).flatMap((item) => item.contributors);
  const policies = contributors.length > 0 ? contributors : selected.policies;
  if (enforcementOf(policies, "TaskDefinition") === "Audit") return undefined;
  if (policies.some(({ spec }) => spec.suspend === true)) return undefined;
  const { rollout } = selected;
  return {
    policies: [...new Set(policies.map(({ name }) => name))],
    rollout: rolloutSettings(rollout?.result.ok === true ? rollout.result.value : undefined),
  };
}

function toChange(
  workload: Workload,
  former: TaskDefinition,
  say: Say,
  { owner, asOf, now, concealment }: LeftBehindQuestion,
): Change | undefined {
  const { cluster, service, serviceArn, tags, taskDefinition, taskDefinitionArn, deployedAt } = workload;
  if (!taskDefinition.known || deployedAt === undefined) return undefined;
  const [before, after] = [former.input, taskDefinition.value.input];
  if (!changesOnlyOurLayer(before, after, owner)) return undefined;
  const key = recordKey(owner, stalledField);
  // What is rolled out then is what we put back, registered anew. In a snapshot, which conceals values, the mark says no
  // more than that something was put back.
  const mark = tags[key];
  if (mark !== undefined && readMark(mark, [after, before], concealment) !== "another") return undefined;
  const age = Math.max(0, asOf.getTime() - deployedAt.getTime());
  const write: LeftBehindWrite = {
    cluster,
    service,
    serviceArn,
    from: former.arn,
    to: taskDefinitionArn,
    formerTags: registrable(former.tags),
    marks: tags[key] === undefined ? [] : [key],
    since: now.getTime() - age,
  };
  return {
    kind: "TaskDefinition",
    name: familyOf(workload),
    cluster,
    service,
    id: serviceArn,
    action: "update",
    ...say,
    enforcement: "Enforce",
    before,
    after,
    differences: [],
    impact: "deployment",
    deletes: 0,
    needs: [],
    write,
  };
}

/** Takes up the watch where the run that began it left off. Alarms that fire by now have no say: since when is not known. */
export async function takeUpRollout(change: Change, { aws, owner }: WriteContext): Promise<RollingChange> {
  const { to, since } = change.write as LeftBehindWrite;
  const firing = await readFiringAlarms(aws, alarmPrefixOf(change, owner));
  // All that its revision has failed at is its own.
  return { ...watchRollout(change, { to, earlier: new Set(), firing }, aws, owner), since };
}

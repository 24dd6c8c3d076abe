// The task definition of a service, with our layer on it, and the service update that rolls it out.
// Others own it too: each pass ejects our layer from the current revision and injects it anew (core/layer.ts).
import type { RolloutSpec } from "../api/schema.ts";
import { lastPart } from "../aws/inventory.ts";
import { scheduledTaskReads } from "../aws/scheduled-tasks.ts";
import type { Concealment } from "../core/conceal-wanted.ts";
import {
  changesMark,
  isMarkedByTag,
  layerRetainField,
  type MarkOverlay,
  overlayMark,
  retainOf,
} from "../core/deletion-policy.ts";
import { layTaskDefinition } from "../core/inject.ts";
import {
  canonicalTaskDefinition,
  containersOf,
  countLeaving,
  ejectLayer,
  hasLayer,
  unreadableRecords,
} from "../core/layer.ts";
import { groupsThatMustExist } from "../core/log-destination.ts";
import type { DesiredContext, Observed, Release, Verdict, Wanted } from "../core/managed.ts";
import { ownerTag, policyTag } from "../core/names.ts";
import { recordKey } from "../core/record.ts";
import { findBackOff, readRelayering } from "../core/relayering.ts";
import { findClosedWindow, rolloutSettings } from "../core/rollout.ts";
import type { Reason, Selected } from "../core/select.ts";
import { readMark, stalledField } from "../core/stall-mark.ts";
import { enforcementOfTask, taskItems } from "../core/task-layer.ts";
import { taskReach } from "../core/task-reach.ts";
import { findObstacle } from "../core/task-room.ts";
import type { Failure } from "../model/errors.ts";
import { compareText, type JsonObject, jsonEqual } from "../model/json.ts";
import type { RolloutSettings } from "../model/plan.ts";
import { known } from "../model/read.ts";
import type { Tags, Workload } from "../model/workload.ts";
import { type FamilyUse, readFamilyUse } from "./family-use.ts";
import { hadLayer } from "./former-layer.ts";
import type { Kind } from "./kind.ts";
import { dropMarks, findMarks, findUntaggable, layMark } from "./service-marks.ts";
import { beginRollout, rollTaskDefinition, type TaskDefinitionWrite } from "./task-rollout.ts";

export const taskDefinition: Kind = {
  name: "TaskDefinition",
  phase: 40,
  doc: "Sidecars, container health checks and log drivers in a service's task definition.",
  reads: [
    ...scheduledTaskReads,
    // Whether a layer that is missing was there before, where windows make a difference between the two.
    "ecs:DescribeTaskDefinition",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceRevisions",
  ],
  // PassRole: for the roles that the definition already names.
  writes: [
    "ecs:ListTaskDefinitions",
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "ecs:UntagResource",
    "iam:PassRole",
    "ecs:UpdateService",
    // A rollout is watched: the service, why its tasks stopped, and our own alarms of it.
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceRevisions",
    "ecs:ListTasks",
    "ecs:DescribeTasks",
    "cloudwatch:DescribeAlarms",
  ],
  removeBatch: 1,

  isPerService: true,

  desired(selection, { owner, concealment }): Wanted[] {
    return selection.flatMap((selected) => wantTaskDefinition(selected, owner, concealment));
  },

  canonical: canonicalTaskDefinition,

  judge(spec, observed, wanted, context): Verdict {
    const { owner } = context;
    const detail = detailOf(observed);
    const { before, relayer } = detail;
    const ours = { [ownerTag]: owner, [policyTag]: wanted.policies.join(" ").slice(0, 256) };
    const { windows, ...rest } = rolloutSettings(askedOf(wanted).rollout);
    // What somebody's deployment took away may come back at any time, unless the policy says otherwise.
    const rollout: RolloutSettings = relayer || windows === undefined ? rest : { ...rest, windows };
    const closed = findClosedWindow(rollout, context.asOf);
    const backOff =
      context.force || hasLayer(before, owner)
        ? undefined
        : findBackOff(detail.workload.tags, owner, context.asOf, registeredBy(detail));
    const { workload } = detail;
    const mark = overlayMark({
      tags: workload.tags,
      owner,
      field: layerRetainField,
      retain: wanted.retain,
      stands: hasLayer(spec, owner),
    });
    const untaggable =
      Object.keys(mark.lay).length > 0
        ? findUntaggable(workload, "deletionPolicy: Retain could not be kept")
        : undefined;
    const write = toWrite(detail, { ...detail.tags, ...ours }, context, mark);
    // All but the mark is as it should be: no reason to redeploy.
    if (jsonEqual(canonicalTaskDefinition(before), canonicalTaskDefinition(spec))) {
      const verdict = { after: spec, impact: "none", write, unfinished: changesMark(mark) } as const;
      return { ...verdict, ...(untaggable && { hold: untaggable }) };
    }
    const use = detail.familyUse ?? {};
    const shared = "hold" in use ? use.hold : undefined;
    const hold = findHold(workload, before, spec, context) ?? shared ?? untaggable ?? backOff ?? closed;
    return {
      after: spec,
      impact: "deployment",
      rollout,
      write,
      deletes: countLeaving(before, spec, owner),
      ...(hold && { hold }),
      ...("unread" in use ? { unread: use.unread } : {}),
    };
  },

  release(observed, context): Release {
    const { owner } = context;
    const detail = observed.detail as TaskDefinitionDetail;
    const { workload, tags } = detail;
    if (isBare(observed.spec, tags, owner)) {
      // Nothing of ours runs any more; what is left are marks of the past on the service.
      return {
        after: observed.spec,
        impact: "none",
        write: toWrite(detail, tags, context),
        deletes: 0,
      };
    }
    const after = ejectLayer(observed.spec, owner);
    const kept = Object.fromEntries(
      Object.entries(tags).filter(([key]) => key !== ownerTag && key !== policyTag),
    );
    const unknown = findLostLayer(observed.spec, owner);
    const hold =
      unknown ?? findLeaning(observed.spec, after) ?? findHold(workload, observed.spec, after, context);
    return {
      after,
      impact: "deployment",
      write: toWrite(detail, kept, context),
      deletes: countLeaving(observed.spec, after, owner),
      ...(hold && { hold }),
    };
  },

  reaches: (spec, observed, owner) => taskReach(spec, observed?.spec, owner),

  async observe({ aws, inventory, owner, wanted }) {
    const windowed = new Set(wanted.filter(hasWindowsThatRelayeringMayIgnore).map(({ id }) => id));
    const familyUse = await readFamilyUse(aws, inventory, findChanging(wanted, inventory.workloads));
    const items = new Map<string, Observed>();
    const unread: { name: string; cluster: string; service: string; failure: Failure }[] = [];
    for (const workload of inventory.workloads) {
      if (!workload.taskDefinition.known) {
        // Task sets have definitions of their own; there is nothing of ours on such a service.
        if (workload.deploymentController !== "EXTERNAL") {
          unread.push({
            name: familyOf(workload),
            cluster: workload.cluster,
            service: workload.service,
            failure: workload.taskDefinition.failure,
          });
        }
        continue;
      }
      const definition = workload.taskDefinition.value;
      const { input, tags } = definition;
      const id = workload.serviceArn;
      const owned = !isBare(input, tags, owner) || findMarks(workload.tags, owner).length > 0;
      const relayer = !hasLayer(input, owner) && windowed.has(id) && (await hadLayer(aws, workload, owner));
      const detail: TaskDefinitionDetail = { workload, tags, relayer, familyUse: familyUse.get(id) };
      const { cluster, service } = workload;
      // A mark beside nothing is one of the past, like the others.
      const retain = !isBare(input, tags, owner) && isMarkedByTag(workload.tags, owner, layerRetainField);
      items.set(id, {
        id,
        name: String(input["family"]),
        cluster,
        service,
        // Parsed when it is asked for: most services of an account have nothing to do with this kind.
        get spec() {
          return definition.input;
        },
        owned,
        detail,
        ...(retain && { retain }),
      });
    }
    return known({ items, unread });
  },

  async put(change, { aws, owner, now }) {
    if (change.impact === "none") {
      const { serviceArn, marks, mark } = change.write as TaskDefinitionWrite;
      await layMark(aws, serviceArn, mark);
      return dropMarks(aws, { serviceArn, marks: change.release ? marks : mark.drop });
    }
    await beginRollout(change, aws, owner, now());
  },

  roll: (change, { aws, owner, now }) => rollTaskDefinition(change, aws, owner, now()),
};

function detailOf(observed: Observed | undefined): TaskDefinitionDetail & { readonly before: JsonObject } {
  // A definition that could not be read is not wanted either, so there is always one here.
  if (observed === undefined) throw new RangeError("a task definition is only judged beside the live one");
  return { ...(observed.detail as TaskDefinitionDetail), before: observed.spec };
}

/** No layer of ours is in it; the tag tells of one whose record somebody has dropped. */
function isBare(input: JsonObject, tags: Tags, owner: string): boolean {
  return !hasLayer(input, owner) && tags[ownerTag] !== owner;
}

/** A container of the owner's may lean on our sidecar: ECS would refuse what is left. All else was theirs before us. */
function findLeaning(before: JsonObject, after: JsonObject): Reason | undefined {
  const obstacle = findObstacle(before, after);
  return obstacle?.code === "InvalidDependency" ? obstacle : undefined;
}

function findLostLayer(input: JsonObject, owner: string): Reason | undefined {
  const lost = unreadableRecords(input, owner);
  const what =
    lost.length > 0
      ? `the record in container ${lost.join(", ")} cannot be read`
      : `the tag ${ownerTag} says that our layer is there, but its record is gone`;
  if (lost.length === 0 && hasLayer(input, owner)) return undefined;
  return {
    code: "OriginalUnknown",
    message: `${what}, so what stood there before is not known; it stays as it is`,
  };
}

interface TaskDefinitionDetail {
  readonly workload: Workload;
  readonly tags: Tags;
  /** The layer was there and somebody's deployment took it away. */
  readonly relayer: boolean;
  /** Who else uses its family, where that matters. */
  readonly familyUse: FamilyUse | undefined;
}

/** What the policies say of how a change is made, beside the change itself. */
interface Asked {
  readonly rollout?: RolloutSpec;
  readonly sharedFamily?: "block" | "allow";
}

function askedOf({ state }: Wanted): Asked {
  return state.is === "wanted" ? ((state.detail as Asked | undefined) ?? {}) : {};
}

/** Services whose definition will differ, and whose policies do not allow for a shared family. */
function findChanging(wanted: readonly Wanted[], workloads: readonly Workload[]): Workload[] {
  const asked = new Map(wanted.map((item) => [item.id, item]));
  return workloads.filter(({ serviceArn, taskDefinition: read }) => {
    const item = asked.get(serviceArn);
    if (item?.state.is !== "wanted" || !read.known || askedOf(item).sharedFamily === "allow") return false;
    return !jsonEqual(canonicalTaskDefinition(read.value.input), canonicalTaskDefinition(item.state.spec));
  });
}

function wantTaskDefinition(selected: Selected, owner: string, concealment?: Concealment): Wanted[] {
  const items = taskItems(selected);
  if (items.length === 0) return [];
  const { workload } = selected;
  const { cluster, service, taskDefinition: read } = workload;
  const contributors = [...new Set(items.flatMap((item) => item.contributors))].sort((a, b) =>
    compareText(a.name, b.name),
  );
  const policies = contributors.map(({ name }) => name);
  const name = familyOf(workload);
  const base = {
    kind: "TaskDefinition",
    id: workload.serviceArn,
    name,
    cluster,
    service,
    policies,
    enforcement: enforcementOfTask(selected, contributors),
    ...retainOf(contributors),
  } as const;
  if (workload.deploymentController === "EXTERNAL")
    return [{ ...base, state: { is: "blocked", reason: unsupported("EXTERNAL") } }];
  if (!read.known) return [{ ...base, state: { is: "unknown", failure: read.failure } }];
  const laid = layTaskDefinition(selected, read.value.input, owner, concealment);
  if (!laid.ok) return [{ ...base, state: { is: "blocked", reason: laid.reason } }];
  const spec = laid.value;
  const { rollout, sharedFamily } = selected;
  for (const item of [rollout, sharedFamily])
    if (item?.result.ok === false) return [{ ...base, state: { is: "blocked", reason: item.result.reason } }];
  const needs = logGroupsOf(spec, read.value.input);
  const detail: Asked = {
    ...(rollout?.result.ok ? { rollout: rollout.result.value } : {}),
    ...(sharedFamily?.result.ok ? { sharedFamily: sharedFamily.result.value } : {}),
  };
  return [{ ...base, state: { is: "wanted", spec, needs, detail } }];
}

export function familyOf({ taskDefinitionArn, service }: Workload): string {
  return lastPart(taskDefinitionArn).split(":")[0] || service;
}

/** Log groups that the new revision refers to and the current one does not. */
function logGroupsOf(spec: JsonObject, current: JsonObject): string[] {
  const before = new Set(groupsThatMustExist(containersOf(current)));
  return groupsThatMustExist(containersOf(spec))
    .filter((group) => !before.has(group))
    .map((group) => `LogGroup/${group}`);
}

function toWrite(
  detail: TaskDefinitionDetail,
  given: Tags,
  { owner, force }: DesiredContext,
  mark: MarkOverlay = { lay: {}, drop: [] },
): TaskDefinitionWrite {
  const { cluster, service, serviceArn, taskDefinitionArn: from, tags } = detail.workload;
  const relayered = readRelayering(tags, owner);
  return {
    cluster,
    service,
    serviceArn,
    from,
    tags: registrable(given),
    formerTags: registrable(detail.tags),
    marks: findMarks(tags, owner),
    mark,
    serviceTags: tags,
    ...(relayered && { relayered }),
    force,
  };
}

function registeredBy({ workload }: TaskDefinitionDetail): string | undefined {
  return workload.taskDefinition.known ? workload.taskDefinition.value.registeredBy : undefined;
}

/** CloudFormation's own tags (aws:…) cannot be given by anyone else. */
export function registrable(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("aws:")));
}

function hasWindowsThatRelayeringMayIgnore(item: Wanted): boolean {
  const { rollout } = askedOf(item);
  return (rollout?.windows?.length ?? 0) > 0 && rollout?.relayer !== "window";
}

/** Why a service that needs a change is left alone now. */
function findHold(
  workload: Workload,
  before: JsonObject,
  after: JsonObject,
  { owner, force, concealment }: DesiredContext,
): Reason | undefined {
  if (workload.deploymentController !== "ECS") return unsupported(workload.deploymentController);
  if (workload.deploymentInProgress !== undefined && !force) {
    const message = `a deployment is under way (${workload.deploymentInProgress}); it is left alone until that has settled`;
    return { code: "DeploymentInProgress", message };
  }
  const key = recordKey(owner, stalledField);
  const mark = workload.tags[key];
  if (mark === undefined || force) return undefined;
  const read = readMark(mark, [before, after], concealment);
  if (read === "another") return undefined;
  if (read === "not to be told") {
    const message = `a layer failed to roll out here before (tag ${key}); whether it was this one on this revision is not to be told from a snapshot, which conceals the tag and values of the definition`;
    return { code: "NotInSnapshot", message };
  }
  const message = `this layer failed to roll out on this revision before; change either, or take the tag ${key} off the service to try again`;
  return { code: "Stalled", message };
}

function unsupported(controller: string): Reason {
  return {
    code: "UnsupportedDeploymentController",
    message: `the service is deployed by ${controller}; take the layer into those deployments with \`ecsmon inject\``,
  };
}

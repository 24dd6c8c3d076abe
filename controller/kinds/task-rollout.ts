// Rolling a service to a revision of ours, watching it, and putting it back. What failed is remembered in a tag of the
// service, so that no pass after this one tries the same layer on the same revision again.
import { type Service, TagResourceCommand } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients.ts";
import { describeDeployment } from "../aws/inventory.ts";
import {
  listEarlier,
  type RollingChange,
  readFiringAlarms,
  readRollout,
  readService,
  readStoppedReasons,
} from "../aws/rollout.ts";
import { readTaskDefinition } from "../aws/task-definitions.ts";
import type { MarkOverlay } from "../core/deletion-policy.ts";
import { hasLayer } from "../core/layer.ts";
import { ownedName } from "../core/names.ts";
import { recordKey } from "../core/record.ts";
import { nextRelayering, type Relayering, relayeredField, writeRelayering } from "../core/relayering.ts";
import { stalledField, stallMark } from "../core/stall-mark.ts";
import { EcsmonError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import type { Tags } from "../model/workload.ts";
import { findOrRegister } from "./find-or-register.ts";
import { hadLayer } from "./former-layer.ts";
import { updateUnlessOvertaking } from "./guarded-update.ts";
import { dropMarks, layMark } from "./service-marks.ts";

/** What a rollout is watched and put back by. */
export interface RolloutWrite {
  readonly cluster: string;
  readonly service: string;
  readonly serviceArn: string;
  /** The revision that ran before; a plan is made from it. */
  readonly from: string;
  readonly formerTags: Tags;
  /** Keys of our marks (a failed rollout, a layer put back) that the service carries. */
  readonly marks: readonly string[];
}

export interface TaskDefinitionWrite extends RolloutWrite {
  /** Tags of the new revision. They belong to one revision, so the old one's are carried over. */
  readonly tags: Tags;
  /** Of deletionPolicy, among the tags of the service. */
  readonly mark: MarkOverlay;
  /** Tags of the service. */
  readonly serviceTags: Tags;
  readonly relayered?: Relayering;
  readonly force: boolean;
}

/** A rollout that has begun: what `watchRollout` needs to know of that moment. */
export interface BegunRollout {
  /** The revision that is rolled out. */
  readonly to: string;
  /** Ids of deployments and events that stood there before. */
  readonly earlier: ReadonlySet<string>;
  /** Names of our alarms of the service that have no say, since they fired before. */
  readonly firing: ReadonlySet<string> | undefined;
}

export async function rollTaskDefinition(
  change: Change,
  aws: AwsClients,
  owner: string,
  now: Date,
): Promise<RollingChange> {
  const firing = await readFiringAlarms(aws, alarmPrefixOf(change, owner));
  return watchRollout(change, { ...(await beginRollout(change, aws, owner, now)), firing }, aws, owner);
}

export function watchRollout(
  change: Change,
  begun: BegunRollout,
  aws: AwsClients,
  owner: string,
): RollingChange {
  const { cluster, service, serviceArn, from, marks } = change.write as RolloutWrite;
  const key = recordKey(owner, stalledField);
  const question = { cluster, service, from, ...begun, alarmPrefix: alarmPrefixOf(change, owner) };
  return {
    async check() {
      const rollout = await readRollout(aws, question);
      if (rollout.state === "settled" && marks.includes(key)) {
        await dropMarks(aws, { serviceArn, marks: [key] });
      }
      return rollout;
    },
    explain: () => readStoppedReasons(aws, question),
    async putBack() {
      // First what runs, then what is remembered of it.
      const theirs = await restore(change, begun.to, aws);
      if (theirs !== undefined) return theirs;
      const tags = [{ key, value: stallMark(change.before as JsonObject, change.after as JsonObject) }];
      await aws.ecs.send(new TagResourceCommand({ resourceArn: serviceArn, tags }));
      return undefined;
    },
  };
}

/** Names of our alarms of a service begin so. */
export function alarmPrefixOf({ write }: Change, owner: string): string {
  const { cluster, service } = write as RolloutWrite;
  return ownedName(owner, { cluster, service, name: "" });
}

/** Registers the revision, if there is none like it, and lets the service roll to it. */
export async function beginRollout(
  change: Change,
  aws: AwsClients,
  owner: string,
  now: Date,
): Promise<Omit<BegunRollout, "firing">> {
  const { after, write } = change;
  const { cluster, service, serviceArn, from, tags, mark, force } = write as TaskDefinitionWrite;
  const checkUnmoved = async (): Promise<Service> => {
    const current = await readService(aws, cluster, service);
    if (current.taskDefinition !== from) {
      const message = `${cluster}/${service} runs ${current.taskDefinition ?? "nothing"}, not ${from} as planned; plan again`;
      throw new EcsmonError("ServiceChanged", message, { remedy: "retry" });
    }
    const deployment = force ? undefined : describeDeployment(current);
    if (deployment !== undefined) {
      throw new EcsmonError("DeploymentInProgress", `a deployment began since the plan: ${deployment}`, {
        remedy: "wait",
      });
    }
    return current;
  };
  await checkUnmoved();
  const to = await findOrRegister(aws, after as JsonObject, tags, from);
  const again = await isRelayering(change, aws, owner);
  await layMark(aws, serviceArn, mark);
  // Between planning and now, and between registering and now, somebody may have deployed: theirs wins.
  const current = await checkUnmoved();
  const theirs = await updateUnlessOvertaking(aws, { cluster, service }, current, to);
  if (theirs !== undefined) {
    const message = `somebody deployed ${theirs} at the same moment; theirs is put back, and the next run puts the layer on it`;
    throw new EcsmonError("OwnerDeployed", message, { remedy: "retry" });
  }
  await dropMarks(aws, { serviceArn, marks: mark.drop });
  await remember(change, again, aws, owner, now);
  return { to, earlier: listEarlier(current) };
}

/** Whether somebody's deployment had taken our layer off: asked before ours is part of the history. */
async function isRelayering(
  { before, write, release }: Change,
  aws: AwsClients,
  owner: string,
): Promise<boolean> {
  const { cluster, service, from, serviceTags } = write as TaskDefinitionWrite;
  if (release || hasLayer(before as JsonObject, owner)) return false;
  return hadLayer(aws, { cluster, service, taskDefinitionArn: from, tags: serviceTags }, owner);
}

/** A layer that is put back is counted; one that is taken off for good leaves no mark of ours behind. */
async function remember(
  { write, release }: Change,
  again: boolean,
  aws: AwsClients,
  owner: string,
  now: Date,
): Promise<void> {
  const { serviceArn, marks, relayered } = write as TaskDefinitionWrite;
  if (release) return dropMarks(aws, { serviceArn, marks });
  if (!again) return;
  const tag = {
    key: recordKey(owner, relayeredField),
    value: writeRelayering(nextRelayering(relayered, now)),
  };
  await aws.ecs.send(new TagResourceCommand({ resourceArn: serviceArn, tags: [tag] }));
}

/**
 * Lets the service roll back to the revision it came from; one that is INACTIVE by now is registered anew. Returns the
 * revision that somebody else has deployed meanwhile, if so: that one stays. Nothing to do where ECS was first.
 */
async function restore({ before, write }: Change, to: string, aws: AwsClients): Promise<string | undefined> {
  const { cluster, service, from, formerTags } = write as RolloutWrite;
  let current = await readService(aws, cluster, service);
  if (current.taskDefinition === to) {
    const { status } = await readTaskDefinition(aws, from);
    const former =
      status === "ACTIVE" ? from : await findOrRegister(aws, before as JsonObject, formerTags, from);
    // Somebody may have deployed while we made ready: read again right before, as on the way out.
    current = await readService(aws, cluster, service);
    if (current.taskDefinition === to)
      return updateUnlessOvertaking(aws, { cluster, service }, current, former);
  }
  return current.taskDefinition === from ? undefined : current.taskDefinition;
}

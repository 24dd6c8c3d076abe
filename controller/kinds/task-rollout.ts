// Rolling a service to a revision of ours, watching it, and putting it back. What failed is remembered in a tag of the
// service, so that no pass after this one tries the same layer on the same revision again.
import { createHash } from "node:crypto";
import {
  type Service,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients.ts";
import { describeDeployment } from "../aws/inventory.ts";
import { type RollingChange, readFiringAlarms, readRollout, readService } from "../aws/rollout.ts";
import { readTaskDefinition, registerTaskDefinition } from "../aws/task-definitions.ts";
import { canonicalTaskDefinition, hasLayer } from "../core/layer.ts";
import { ownedName } from "../core/names.ts";
import { recordKey } from "../core/record.ts";
import { nextRelayering, type Relayering, relayeredField, writeRelayering } from "../core/relayering.ts";
import { EcsmonError } from "../model/errors.ts";
import { type JsonObject, jsonEqual, stableStringify } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import type { Tags } from "../model/workload.ts";

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
  readonly relayered?: Relayering;
  readonly force: boolean;
}

export async function rollTaskDefinition(
  change: Change,
  aws: AwsClients,
  owner: string,
  now: Date,
): Promise<RollingChange> {
  const firing = await readFiringAlarms(aws, alarmPrefixOf(change, owner));
  const to = await beginRollout(change, aws, owner, now);
  return watchRollout(change, to, firing, aws, owner);
}

/** @param firing Names of our alarms of the service that have no say, since they fired before. */
export function watchRollout(
  change: Change,
  to: string,
  firing: ReadonlySet<string> | undefined,
  aws: AwsClients,
  owner: string,
): RollingChange {
  const { cluster, service, serviceArn, from, marks } = change.write as RolloutWrite;
  const key = recordKey(owner, stalledField);
  const alarmPrefix = alarmPrefixOf(change, owner);
  return {
    async check() {
      const rollout = await readRollout(aws, { cluster, service, from, to, firing, alarmPrefix });
      if (rollout.state === "settled" && marks.includes(key)) {
        await aws.ecs.send(new UntagResourceCommand({ resourceArn: serviceArn, tagKeys: [key] }));
      }
      return rollout;
    },
    async putBack() {
      // First what runs, then what is remembered of it.
      if ((await readService(aws, cluster, service)).taskDefinition === to) await restore(change, aws);
      const tags = [{ key, value: stallMark(change.before as JsonObject, change.after as JsonObject) }];
      await aws.ecs.send(new TagResourceCommand({ resourceArn: serviceArn, tags }));
    },
  };
}

/** Names of our alarms of a service begin so. */
export function alarmPrefixOf({ write }: Change, owner: string): string {
  const { cluster, service } = write as RolloutWrite;
  return ownedName(owner, { cluster, service, name: "" });
}

/** Registers the revision, if there is none like it, and lets the service roll to it; returns its ARN. */
export async function beginRollout(
  change: Change,
  aws: AwsClients,
  owner: string,
  now: Date,
): Promise<string> {
  const { after, write } = change;
  const { cluster, service, from, tags, force } = write as TaskDefinitionWrite;
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
  const arn = await findOrRegister(aws, after as JsonObject, tags, from);
  // Between planning and now, and between registering and now, somebody may have deployed: theirs wins.
  const current = await checkUnmoved();
  const theirs = await updateUnlessOvertaking(aws, { cluster, service }, current, arn);
  if (theirs !== undefined) {
    const message = `somebody deployed ${theirs} at the same moment; theirs is put back, and the next run puts the layer on it`;
    throw new EcsmonError("OwnerDeployed", message, { remedy: "retry" });
  }
  await remember(change, aws, owner, now);
  return arn;
}

/**
 * ECS takes no condition with an update. What it answers tells of a deployment that came in between: then that one is
 * put back, as often as it happens. Returns the revision of somebody else's that runs in the end, if so.
 */
async function updateUnlessOvertaking(
  aws: AwsClients,
  place: { readonly cluster: string; readonly service: string },
  before: Service,
  ours: string,
): Promise<string | undefined> {
  const seen = new Set(before.deployments?.map(({ id }) => id));
  const known = new Set([before.taskDefinition, ours]);
  let theirs: string | undefined;
  for (;;) {
    const answer = await aws.ecs.send(new UpdateServiceCommand({ ...place, taskDefinition: theirs ?? ours }));
    const deployments = answer.service?.deployments ?? [];
    const overtaken = deployments.find(
      ({ id, status, taskDefinition }) => status !== "PRIMARY" && !seen.has(id) && !known.has(taskDefinition),
    );
    if (overtaken?.taskDefinition === undefined) return theirs;
    theirs = overtaken.taskDefinition;
    known.add(theirs);
    for (const { id } of deployments) seen.add(id);
  }
}

/** A layer that is put back is counted; one that is taken off for good leaves no mark of ours behind. */
async function remember(
  { before, write, release }: Change,
  aws: AwsClients,
  owner: string,
  now: Date,
): Promise<void> {
  const { serviceArn, from, marks, relayered } = write as TaskDefinitionWrite;
  if (release) {
    if (marks.length > 0)
      await aws.ecs.send(new UntagResourceCommand({ resourceArn: serviceArn, tagKeys: [...marks] }));
    return;
  }
  if (hasLayer(before as JsonObject, owner) || !(await hadLayer(aws, from, owner))) return;
  const tag = {
    key: recordKey(owner, relayeredField),
    value: writeRelayering(nextRelayering(relayered, now)),
  };
  await aws.ecs.send(new TagResourceCommand({ resourceArn: serviceArn, tags: [tag] }));
}

/** Whether the revision before the current one carried our layer: then somebody's deployment has taken it away. */
export async function hadLayer(aws: AwsClients, taskDefinitionArn: string, owner: string): Promise<boolean> {
  const [, family, revision] = /^(.*):(\d+)$/.exec(taskDefinitionArn) ?? [];
  if (family === undefined || revision === "1") return false;
  try {
    return hasLayer((await readTaskDefinition(aws, `${family}:${Number(revision) - 1}`)).input, owner);
  } catch {
    // Deleted, or not to be read: then the window decides.
    return false;
  }
}

/** A run that ended between register and update has left a revision like ours: that one is used. */
async function findOrRegister(aws: AwsClients, input: JsonObject, tags: Tags, from: string): Promise<string> {
  const latest = await readTaskDefinition(aws, String(input["family"]));
  const same = jsonEqual(canonicalTaskDefinition(latest.input), canonicalTaskDefinition(input));
  if (same && latest.arn !== from) return latest.arn;
  return registerTaskDefinition(aws, input, tags);
}

/** Lets the service roll back to the revision it came from; one that is INACTIVE by now is registered anew. */
async function restore({ before, write }: Change, aws: AwsClients): Promise<void> {
  const { cluster, service, from, formerTags } = write as RolloutWrite;
  const { status } = await readTaskDefinition(aws, from);
  const taskDefinition =
    status === "ACTIVE" ? from : await registerTaskDefinition(aws, before as JsonObject, formerTags);
  await aws.ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition }));
}

export const stalledField = "stalled";

/** Names one layer on one revision of the owner's: it stays stalled until either is another. */
export function stallMark(before: JsonObject, after: JsonObject): string {
  const both = stableStringify([canonicalTaskDefinition(before), canonicalTaskDefinition(after)]);
  return createHash("sha256").update(both).digest("hex").slice(0, 16);
}

// The task definition of a service, with our layer on it, and the service update that rolls it out.
// Others own it too: each pass ejects our layer from the current revision and injects it anew (core/layer.ts).
import { DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { describeDeployment, lastPart } from "../aws/inventory.ts";
import { readRollout } from "../aws/rollout.ts";
import { registerTaskDefinition } from "../aws/task-definitions.ts";
import {
  canonicalTaskDefinition,
  containersOf,
  countLeaving,
  ejectLayer,
  hasLayer,
  injectLayer,
  unreadableRecords,
} from "../core/layer.ts";
import type { Observed, Release, Verdict, Wanted } from "../core/managed.ts";
import { ownerTag, policyTag } from "../core/names.ts";
import { enforcementOf, type Reason, type Selected } from "../core/select.ts";
import { resolveLayer, taskItems } from "../core/task-layer.ts";
import { EcsmonError, type Failure } from "../model/errors.ts";
import { compareText, isObject, type JsonObject } from "../model/json.ts";
import { known } from "../model/read.ts";
import type { Tags, Workload } from "../model/workload.ts";
import type { Kind } from "./kind.ts";

interface TaskDefinitionWrite {
  readonly cluster: string;
  readonly service: string;
  /** The revision that the plan was made from. */
  readonly from: string;
  /** Tags of the new revision. They belong to one revision, so the old one's are carried over. */
  readonly tags: Tags;
  readonly force: boolean;
}

export const taskDefinition: Kind = {
  name: "TaskDefinition",
  phase: 40,
  doc: "Sidecars, container health checks and log drivers in a service's task definition.",
  reads: [],
  // PassRole: for the roles that the definition already names.
  writes: [
    "ecs:RegisterTaskDefinition",
    "ecs:TagResource",
    "iam:PassRole",
    "ecs:DescribeServices",
    "ecs:UpdateService",
  ],
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    return selection.flatMap((selected) => wantTaskDefinition(selected, owner));
  },

  canonical: canonicalTaskDefinition,

  judge(spec, observed, wanted, { owner, force }): Verdict {
    const { workload, tags, before } = detailOf(observed);
    const ours = { [ownerTag]: owner, [policyTag]: wanted.policies.join(" ").slice(0, 256) };
    const hold = findHold(workload, force);
    return {
      after: spec,
      impact: "deployment",
      write: toWrite(workload, { ...tags, ...ours }, force),
      deletes: countLeaving(before, spec, owner),
      ...(hold && { hold }),
    };
  },

  release(observed, { owner, force }): Release {
    const { workload, tags } = observed.detail as TaskDefinitionDetail;
    const after = ejectLayer(observed.spec, owner);
    const kept = Object.fromEntries(
      Object.entries(tags).filter(([key]) => key !== ownerTag && key !== policyTag),
    );
    const lost = unreadableRecords(observed.spec, owner);
    const unknown: Reason | undefined =
      lost.length > 0
        ? {
            code: "OriginalUnknown",
            message: `the record in container ${lost.join(", ")} cannot be read, so what stood there before is not known`,
          }
        : undefined;
    const hold = unknown ?? findHold(workload, force);
    return {
      after,
      impact: "deployment",
      write: toWrite(workload, kept, force),
      deletes: countLeaving(observed.spec, after, owner),
      ...(hold && { hold }),
    };
  },

  async observe({ inventory, owner }) {
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
      const { input, tags } = workload.taskDefinition.value;
      const id = workload.serviceArn;
      const detail: TaskDefinitionDetail = { workload, tags };
      const { cluster, service } = workload;
      items.set(id, {
        id,
        name: String(input["family"]),
        cluster,
        service,
        spec: input,
        owned: hasLayer(input, owner),
        detail,
      });
    }
    return known({ items, unread });
  },

  async put({ after, write }, { aws }) {
    const { cluster, service, from, tags, force } = write as TaskDefinitionWrite;
    const checkUnmoved = async (): Promise<void> => {
      const answer = await aws.ecs.send(new DescribeServicesCommand({ cluster, services: [service] }));
      const current = answer.services?.[0];
      if (current?.taskDefinition !== from) {
        throw new EcsmonError(
          "ServiceChanged",
          `${cluster}/${service} runs ${current?.taskDefinition ?? "nothing"}, not ${from} as planned; plan again`,
          { remedy: "retry" },
        );
      }
      const deployment = force ? undefined : describeDeployment(current);
      if (deployment !== undefined)
        throw new EcsmonError("DeploymentInProgress", `a deployment began since the plan: ${deployment}`, {
          remedy: "wait",
        });
    };
    await checkUnmoved();
    const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
    // An empty tag list is refused.
    const arn = await registerTaskDefinition(aws, { ...after, ...(list.length > 0 ? { tags: list } : {}) });
    // Between planning and now, and between registering and now, somebody may have deployed: theirs wins.
    await checkUnmoved();
    await aws.ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: arn }));
  },

  watch({ write }, { aws }) {
    const { cluster, service, from } = write as TaskDefinitionWrite;
    return readRollout(aws, cluster, service, from);
  },
};

function detailOf(observed: Observed | undefined): TaskDefinitionDetail & { readonly before: JsonObject } {
  // A definition that could not be read is not wanted either, so there is always one here.
  if (observed === undefined) throw new RangeError("a task definition is only judged beside the live one");
  return { ...(observed.detail as TaskDefinitionDetail), before: observed.spec };
}

interface TaskDefinitionDetail {
  readonly workload: Workload;
  readonly tags: Tags;
}

function wantTaskDefinition(selected: Selected, owner: string): Wanted[] {
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
    enforcement: enforcementOf(contributors, "TaskDefinition"),
  } as const;
  if (workload.deploymentController === "EXTERNAL")
    return [{ ...base, state: { is: "blocked", reason: unsupported("EXTERNAL") } }];
  if (!read.known) return [{ ...base, state: { is: "unknown", failure: read.failure } }];
  const lost = unreadableRecords(read.value.input, owner);
  if (lost.length > 0) {
    const message = `the record of our layer in container ${lost.join(", ")} cannot be read; it stays as it is`;
    return [{ ...base, state: { is: "blocked", reason: { code: "OriginalUnknown", message } } }];
  }
  const without = ejectLayer(read.value.input, owner);
  const layer = resolveLayer(selected, without);
  if (!layer.ok) return [{ ...base, state: { is: "blocked", reason: layer.reason } }];
  const spec = injectLayer(without, owner, layer.value);
  return [{ ...base, state: { is: "wanted", spec, needs: logGroupsOf(spec, read.value.input) } }];
}

function familyOf({ taskDefinitionArn, service }: Workload): string {
  return lastPart(taskDefinitionArn).split(":")[0] || service;
}

/** Log groups that the new revision refers to and the current one does not. */
function logGroupsOf(spec: JsonObject, current: JsonObject): string[] {
  const before = new Set(referencedGroups(current));
  return referencedGroups(spec)
    .filter((group) => !before.has(group))
    .map((group) => `LogGroup/${group}`);
}

function referencedGroups(input: JsonObject): string[] {
  const groups = containersOf(input).flatMap(({ logConfiguration: log }) => {
    const options =
      isObject(log) && log["logDriver"] === "awslogs" && isObject(log["options"]) ? log["options"] : {};
    return typeof options["awslogs-group"] === "string" && options["awslogs-create-group"] !== "true"
      ? [options["awslogs-group"]]
      : [];
  });
  return [...new Set(groups)].sort(compareText);
}

function toWrite(
  { cluster, service, taskDefinitionArn }: Workload,
  all: Tags,
  force: boolean,
): TaskDefinitionWrite {
  // CloudFormation's own tags (aws:…) cannot be given by anyone else.
  const tags = Object.fromEntries(Object.entries(all).filter(([key]) => !key.startsWith("aws:")));
  return { cluster, service, from: taskDefinitionArn, tags, force };
}

/** Why a service that needs a change is left alone now. */
function findHold(workload: Workload, force: boolean): Reason | undefined {
  if (workload.deploymentController !== "ECS") return unsupported(workload.deploymentController);
  if (workload.deploymentInProgress === undefined || force) return undefined;
  return {
    code: "DeploymentInProgress",
    message: `a deployment is under way (${workload.deploymentInProgress}); it is left alone until that has settled`,
  };
}

function unsupported(controller: string): Reason {
  return {
    code: "UnsupportedDeploymentController",
    message: `the service is deployed by ${controller}; take the layer into its own deployments by \`ecsmon inject\` when that comes`,
  };
}

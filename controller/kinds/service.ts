// How ECS judges a service's deployments, laid over what its owner set: originals are kept in tags of the service
// (docs/adr/0010). Nothing here starts a deployment.
import { TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients.ts";
import { confirmTags } from "../aws/inventory.ts";
import { readRawService, updateRawService } from "../aws/services.ts";
import { changesMark, isMarkedByTag, overlayMark } from "../core/deletion-policy.ts";
import {
  type DeploymentOverlay,
  type DeploymentState,
  type DeploymentWish,
  findLostDeployment,
  hasDeploymentRecord,
  overlayDeployment,
  readDeployment,
  writeConfiguration,
} from "../core/deployment.ts";
import type { DesiredContext, Observed, Release, Verdict, Wanted } from "../core/managed.ts";
import type { Reason } from "../core/select.ts";
import { EcsmonError } from "../model/errors.ts";
import { compareText, isObject, type JsonObject, jsonEqual } from "../model/json.ts";
import { known } from "../model/read.ts";
import type { Tags, Workload } from "../model/workload.ts";
import type { Kind } from "./kind.ts";
import { findUntaggable } from "./service-marks.ts";
import { wantServices } from "./service-wish.ts";

interface ServiceWrite {
  readonly cluster: string;
  readonly service: string;
  readonly arn: string;
  /** As the plan saw it: what it would change is changed only while it still stands so. */
  readonly before: DeploymentState;
  readonly after: DeploymentState;
  readonly lay: Tags;
  readonly confirm: Tags;
  readonly drop: readonly string[];
  /** A record of ours was read. */
  readonly recorded: boolean;
  readonly force: boolean;
}

export const service: Kind = {
  name: "Service",
  phase: 60,
  doc: "Health check grace period, circuit breaker and rollback alarms of a service.",
  reads: [],
  writes: [
    "ecs:DescribeServices",
    "ecs:ListTagsForResource",
    "ecs:TagResource",
    "ecs:UntagResource",
    "ecs:UpdateService",
  ],
  removeBatch: 1,

  desired(selection, context): Wanted[] {
    return wantServices(selection, context);
  },

  canonical(spec) {
    const { gracePeriod, breaker, alarms } = readDeployment(spec);
    return toSpec(spec, {
      gracePeriod,
      breaker,
      alarms: { ...alarms, names: [...alarms.names].sort(compareText) },
    });
  },

  judge(_spec, observed, wanted, context): Verdict {
    // Services are listed with all this, so the live one is always here.
    if (observed === undefined) throw new RangeError("a service is only judged beside the live one");
    return lay(
      observed,
      wanted.state.is === "wanted" ? (wanted.state.detail as DeploymentWish) : {},
      context,
      wanted.retain,
    );
  },

  release(observed, context): Release {
    const { tags } = observed.detail as Workload;
    const { after, impact, write, hold } = lay(observed, {}, context);
    const held = findLostDeployment(tags, context.owner) ?? hold;
    return { after, impact, write, deletes: 1, ...(held && { hold: held }) };
  },

  async observe({ inventory, owner }) {
    const items = new Map<string, Observed>();
    for (const workload of inventory.workloads) {
      const { serviceArn: id, cluster, service: name, tags } = workload;
      const spec = toSpec({ cluster, service: name }, stateOf(workload));
      const owned = hasDeploymentRecord(tags, owner);
      const retain = isMarkedByTag(tags, owner);
      const item = { id, name, cluster, service: name, spec, owned, detail: workload };
      items.set(id, { ...item, ...(retain && { retain }) });
    }
    return known({ items });
  },

  async put({ write }, { aws, owner }) {
    const { cluster, service: name, arn, before, after, lay: first, confirm, drop } = write as ServiceWrite;
    const { recorded, force } = write as ServiceWrite;
    const tag = async (added: Tags): Promise<void> => {
      const tags = Object.entries(added).map(([key, value]) => ({ key, value }));
      if (tags.length > 0) await aws.ecs.send(new TagResourceCommand({ resourceArn: arn, tags }));
    };
    if (Object.keys(first).length > 0 && !recorded) await refuseHiddenRecord(aws, arn, owner);
    if (jsonEqual(before, after)) await tag(first);
    else {
      const { service: live, deploymentInProgress } = await readRawService(aws, cluster, name);
      if (!jsonEqual(readDeployment(live), before)) {
        const message = `the deployment settings of ${cluster}/${name} are not as planned any more; plan again`;
        throw new EcsmonError("ServiceChanged", message, { remedy: "retry" });
      }
      if (deploymentInProgress !== undefined && changesConfiguration(before, after) && !force) {
        const message = `a deployment began since the plan: ${deploymentInProgress}`;
        throw new EcsmonError("DeploymentInProgress", message, { remedy: "wait" });
      }
      await tag(first);
      const configuration = live["deploymentConfiguration"];
      await updateRawService(aws, {
        cluster,
        service: name,
        ...(before.gracePeriod === after.gracePeriod
          ? {}
          : { healthCheckGracePeriodSeconds: after.gracePeriod }),
        ...(changesConfiguration(before, after)
          ? {
              deploymentConfiguration: writeConfiguration(
                isObject(configuration) ? configuration : {},
                after,
              ),
            }
          : {}),
      });
    }
    await tag(confirm);
    if (drop.length > 0)
      await aws.ecs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...drop] }));
  },
};

function lay(
  { detail, spec }: Observed,
  wish: DeploymentWish,
  { owner, force }: DesiredContext,
  retain?: true,
): Verdict & { readonly write: ServiceWrite } {
  const workload = detail as Workload;
  const { cluster, service: name, serviceArn: arn, tags } = workload;
  const before = stateOf(workload);
  const overlay = overlayDeployment(before, wish, { owner, cluster, service: name, tags });
  const { after, confirm } = overlay;
  const mark = overlayMark({ tags, owner, retain, stands: hasRecordAfter(tags, overlay, owner) });
  const marked = { ...overlay.lay, ...mark.lay };
  const hold =
    (Object.keys(marked).length > 0
      ? findUntaggable(workload, "what stands there could not be put back")
      : undefined) ??
    // A record that cannot be read holds the owner's original: a new one would take its place.
    (Object.keys(overlay.lay).length > 0 ? findLostDeployment(tags, owner) : undefined) ??
    overlay.hold ??
    (force || !changesConfiguration(before, after) ? undefined : findDeployment(workload));
  return {
    after: toSpec(spec, after),
    impact: "none",
    write: {
      cluster,
      service: name,
      arn,
      before,
      after,
      lay: marked,
      confirm,
      drop: [...overlay.drop, ...mark.drop],
      recorded: hasDeploymentRecord(tags, owner),
      force,
    },
    unfinished: overlay.unfinished || changesMark(mark),
    deletes: overlay.givesBack ? 1 : 0,
    ...(hold && { hold }),
  };
}

function hasRecordAfter(tags: Tags, { lay: laid, drop }: DeploymentOverlay, owner: string): boolean {
  const after = Object.entries({ ...tags, ...laid }).filter(([key]) => !drop.includes(key));
  return hasDeploymentRecord(Object.fromEntries(after), owner);
}

function findDeployment({ deploymentInProgress }: Workload): Reason | undefined {
  if (deploymentInProgress === undefined) return undefined;
  const message = `a deployment is under way (${deploymentInProgress}); how it is judged is left alone until that has settled`;
  return { code: "DeploymentInProgress", message };
}

function changesConfiguration(before: DeploymentState, after: DeploymentState): boolean {
  return !jsonEqual([before.breaker, before.alarms], [after.breaker, after.alarms]);
}

function stateOf({ healthCheckGracePeriod, deploymentConfiguration }: Workload): DeploymentState {
  return readDeployment({ healthCheckGracePeriodSeconds: healthCheckGracePeriod, deploymentConfiguration });
}

/** In UpdateService's shape: what of it policies can speak of. */
function toSpec(place: JsonObject, state: DeploymentState): JsonObject {
  const { names: alarmNames, ...flags } = state.alarms;
  return {
    cluster: place["cluster"],
    service: place["service"],
    healthCheckGracePeriodSeconds: state.gracePeriod,
    deploymentConfiguration: {
      deploymentCircuitBreaker: { ...state.breaker },
      alarms: { alarmNames, ...flags },
    },
  };
}

/** A first record must not take the place of one that DescribeServices left out: the owner's original stands there. */
async function refuseHiddenRecord(aws: AwsClients, arn: string, owner: string): Promise<void> {
  const tags = await confirmTags(aws, arn);
  if (!tags.known)
    throw new EcsmonError(tags.failure.code, tags.failure.message, { fault: "aws", remedy: "retry" });
  if (!hasDeploymentRecord(tags.value, owner)) return;
  const message =
    "ecs:DescribeServices left out the tags of the service, which hold a record of ours; nothing is written";
  throw new EcsmonError("TagsIncomplete", message, { fault: "aws", remedy: "retry" });
}

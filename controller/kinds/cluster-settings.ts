// Container Insights of a cluster, laid over what its owner set. The original is kept in a tag of the cluster.
import { TagResourceCommand, UntagResourceCommand, UpdateClusterSettingsCommand } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients.ts";
import { confirmTags } from "../aws/inventory.ts";
import { insightsField } from "../core/container-insights.ts";
import { changesMark, isMarkedByTag, overlayMark, retainOf } from "../core/deletion-policy.ts";
import type { Observed, Release, Verdict, Wanted } from "../core/managed.ts";
import { policyNames } from "../core/policy-names.ts";
import { findLostRecord, findOtherWriter, type Overlay, overlayField, recordKey } from "../core/record.ts";
import { enforcementOf, type Item, type Selected } from "../core/select.ts";
import { mergeOverServices } from "../core/shared-item.ts";
import { EcsmonError } from "../model/errors.ts";
import { isObject, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Tags } from "../model/workload.ts";
import type { Kind } from "./kind.ts";

interface ClusterWrite extends Overlay {
  readonly arn: string;
  readonly cluster: string;
  /** Whether the setting itself changes; a release may only take the record away. */
  readonly change: boolean;
  /** A record of ours was read. */
  readonly recorded: boolean;
}

const field = insightsField;

export const clusterSettings: Kind = {
  name: "ClusterSettings",
  phase: 10,
  doc: "The containerInsights setting of a cluster.",
  reads: [],
  writes: ["ecs:ListTagsForResource", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateClusterSettings"],
  removeBatch: 1,

  desired(selection: readonly Selected[]): Wanted[] {
    const byCluster = new Map<string, Selected[]>();
    for (const selected of selection) {
      if (selected.cluster !== undefined)
        byCluster.set(selected.workload.cluster, [
          ...(byCluster.get(selected.workload.cluster) ?? []),
          selected,
        ]);
    }
    return [...byCluster].flatMap(([cluster, members]) => wantCluster(cluster, members));
  },

  canonical(spec) {
    return { cluster: spec["cluster"], settings: spec["settings"] };
  },

  judge(spec, observed, { retain }, { owner }): Verdict {
    // Clusters are listed whole or not at all, so the live one is always here.
    if (observed === undefined)
      throw new RangeError("a cluster's settings are only judged beside the live ones");
    const { arn, tags } = observed.detail as ClusterDetail;
    const [live, want] = [settingOf(observed.spec), settingOf(spec)];
    const overlay = overlayField(tags, owner, field, live, want);
    const stands = isRecorded({ ...tags, ...overlay.lay }, owner);
    const mark = overlayMark({ tags, owner, retain, stands });
    const write: ClusterWrite = {
      arn,
      cluster: observed.name,
      ...overlay,
      lay: { ...overlay.lay, ...mark.lay },
      drop: [...overlay.drop, ...mark.drop],
      change: live !== want,
      recorded: isRecorded(tags, owner),
    };
    // A record that cannot be read holds the owner's original: a new one would take its place.
    const hold =
      Object.keys(overlay.lay).length > 0
        ? (findLostRecord(tags, owner, field) ?? findOtherWriter(tags, owner, field, live))
        : undefined;
    const unfinished = overlay.unfinished || changesMark(mark);
    return { after: spec, impact: "none", write, unfinished, ...(hold && { hold }) };
  },

  release(observed, { owner }): Release {
    const { arn, tags } = observed.detail as ClusterDetail;
    const live = settingOf(observed.spec);
    const overlay = overlayField(tags, owner, field, live, undefined);
    const after = settingsSpec(observed.name, overlay.value ?? "disabled");
    const write: ClusterWrite = {
      arn,
      cluster: observed.name,
      ...overlay,
      change: settingOf(after) !== live,
      recorded: true,
    };
    const hold = findLostRecord(tags, owner, field);
    return { after, impact: "none", write, deletes: 1, ...(hold && { hold }) };
  },

  async observe({ inventory, owner }) {
    if (!inventory.clusters.known) return inventory.clusters;
    const items = new Map<string, Observed>();
    for (const { name, arn, detail } of inventory.clusters.value) {
      if (!detail.known) return unknown(detail.failure);
      const { containerInsights, tags } = detail.value;
      const owned = isRecorded(tags, owner);
      items.set(name, {
        id: name,
        name,
        cluster: name,
        spec: settingsSpec(name, containerInsights),
        owned,
        ...(isMarkedByTag(tags, owner) && { retain: true }),
        detail: { arn, tags } satisfies ClusterDetail,
      });
    }
    return known({ items });
  },

  async put({ write }, { aws, owner }) {
    const { arn, cluster, value = "disabled", change, lay, confirm, drop, recorded } = write as ClusterWrite;
    const tag = async (added: Tags): Promise<void> => {
      const tags = Object.entries(added).map(([key, text]) => ({ key, value: text }));
      if (tags.length > 0) await aws.ecs.send(new TagResourceCommand({ resourceArn: arn, tags }));
    };
    if (Object.keys(lay).length > 0 && !recorded) await refuseHiddenRecord(aws, arn, owner);
    await tag(lay);
    if (change)
      await aws.ecs.send(new UpdateClusterSettingsCommand({ cluster, settings: [{ name: field, value }] }));
    await tag(confirm);
    if (drop.length > 0)
      await aws.ecs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...drop] }));
  },
};

function isRecorded(tags: Tags, owner: string): boolean {
  return tags[recordKey(owner, field)] !== undefined;
}

/** A first record must not take the place of one that DescribeClusters left out: the owner's original stands there. */
async function refuseHiddenRecord(aws: AwsClients, arn: string, owner: string): Promise<void> {
  const tags = await confirmTags(aws, arn);
  if (!tags.known)
    throw new EcsmonError(tags.failure.code, tags.failure.message, { fault: "aws", remedy: "retry" });
  if (!isRecorded(tags.value, owner)) return;
  const message =
    "ecs:DescribeClusters left out the tags of the cluster, which hold a record of ours; nothing is written";
  throw new EcsmonError("TagsIncomplete", message, { fault: "aws", remedy: "retry" });
}

interface ClusterDetail {
  readonly arn: string;
  readonly tags: Tags;
}

/** One setting for the cluster, merged over every service of it that a policy selects. */
function wantCluster(cluster: string, members: readonly Selected[]): Wanted[] {
  const items = members.map((selected) => selected.cluster as Item<unknown>);
  const contributors = [...new Set(items.flatMap((item) => item.contributors))];
  const base = {
    kind: "ClusterSettings",
    id: cluster,
    name: cluster,
    cluster,
    policies: policyNames(contributors),
    enforcement: enforcementOf(contributors, "ClusterSettings"),
    ...retainOf(contributors),
  } as const;
  const merged = mergeOverServices(items);
  if (!merged.ok) return [{ ...base, state: { is: "blocked", reason: merged.reason } }];
  const value = isObject(merged.value) ? merged.value["containerInsights"] : undefined;
  return typeof value === "string"
    ? [{ ...base, state: { is: "wanted", spec: settingsSpec(cluster, value), needs: [] } }]
    : [];
}

function settingsSpec(cluster: string, value: string): JsonObject {
  return { cluster, settings: [{ name: field, value }] };
}

function settingOf(spec: JsonObject): string | undefined {
  const [setting] = Array.isArray(spec["settings"]) ? spec["settings"] : [];
  return isObject(setting) && typeof setting["value"] === "string" ? setting["value"] : undefined;
}

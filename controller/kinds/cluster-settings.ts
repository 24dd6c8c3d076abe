// Container Insights of a cluster, laid over what its owner set. The original is kept in a tag of the cluster.
import { TagResourceCommand, UntagResourceCommand, UpdateClusterSettingsCommand } from "@aws-sdk/client-ecs";
import type { DesiredContext, Observed, Release, Verdict, Wanted } from "../core/managed.ts";
import { type Contribution, mergeContributions } from "../core/merge.ts";
import { isWritten, nextRecord, readRecord, recordKey, writeRecord } from "../core/record.ts";
import { enforcementOf, type Item, type Reason, type Selected } from "../core/select.ts";
import { compareText, isObject, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Tags } from "../model/workload.ts";
import type { Kind } from "./kind.ts";

interface ClusterWrite {
  readonly arn: string;
  readonly cluster: string;
  /** undefined: as it stands is as it should be. */
  readonly value: string | undefined;
  /** The record to lay down first; undefined removes it after. */
  readonly record: string | undefined;
  /** The record to lay down once the setting is made. */
  readonly confirm?: string;
}

const field = "containerInsights";

export const clusterSettings: Kind = {
  name: "ClusterSettings",
  phase: 10,
  doc: "The containerInsights setting of a cluster.",
  reads: [],
  writes: ["ecs:TagResource", "ecs:UntagResource", "ecs:UpdateClusterSettings"],
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

  judge(spec, observed, _wanted, { owner }): Verdict {
    // Clusters are listed whole or not at all, so the live one is always here.
    if (observed === undefined)
      throw new RangeError("a cluster's settings are only judged beside the live ones");
    const live = settingOf(observed.spec);
    const value = settingOf(spec) as string;
    const { arn, tags } = observed.detail as ClusterDetail;
    const next = nextRecord(readRecord(tags, owner, field), live, value);
    const { original, written } = next;
    const write: ClusterWrite = {
      arn,
      cluster: String(spec["cluster"]),
      value,
      record: writeRecord(next),
      ...(next.was === undefined ? {} : { confirm: writeRecord({ original, written }) }),
    };
    return { after: spec, impact: "none", write };
  },

  release(observed, { owner }): Release {
    const { arn, tags } = observed.detail as ClusterDetail;
    const record = readRecord(tags, owner, field);
    const live = settingOf(observed.spec) as string;
    const value = isWritten(record, live) ? (record.original ?? "disabled") : live;
    const after = settingsSpec(observed.name, value);
    const write: ClusterWrite = {
      arn,
      cluster: observed.name,
      value: value === live ? undefined : value,
      record: undefined,
    };
    if (record !== undefined) return { after, impact: "none", write, deletes: 1 };
    const hold: Reason = {
      code: "OriginalUnknown",
      message: `the record in tag ${recordKey(owner, field)} cannot be read, so what stood there before is not known; it stays as it is`,
    };
    return { after, impact: "none", write, deletes: 0, hold };
  },

  async observe({ inventory, owner }) {
    if (!inventory.clusters.known) return inventory.clusters;
    const items = new Map<string, Observed>();
    for (const { name, arn, detail } of inventory.clusters.value) {
      if (!detail.known) return unknown(detail.failure);
      const { containerInsights, tags } = detail.value;
      const owned = tags[recordKey(owner, field)] !== undefined;
      items.set(name, {
        id: name,
        name,
        cluster: name,
        spec: settingsSpec(name, containerInsights),
        owned,
        detail: { arn, tags } satisfies ClusterDetail,
      });
    }
    return known({ items });
  },

  async put({ write }, { aws, owner }) {
    const { arn, cluster, value, record, confirm } = write as ClusterWrite;
    const key = recordKey(owner, field);
    const lay = (text: string) =>
      aws.ecs.send(new TagResourceCommand({ resourceArn: arn, tags: [{ key, value: text }] }));
    if (record !== undefined) await lay(record);
    if (value !== undefined)
      await aws.ecs.send(new UpdateClusterSettingsCommand({ cluster, settings: [{ name: field, value }] }));
    if (confirm !== undefined) await lay(confirm);
    if (record === undefined)
      await aws.ecs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [key] }));
  },
};

interface ClusterDetail {
  readonly arn: string;
  readonly tags: Tags;
}

/** One setting for the cluster, merged over every service of it that a policy selects. */
function wantCluster(cluster: string, members: readonly Selected[]): Wanted[] {
  const items = members.map((selected) => selected.cluster as Item<unknown>);
  const contributors = [...new Set(items.flatMap((item) => item.contributors))];
  const policies = contributors.map(({ name }) => name).sort();
  const base = {
    kind: "ClusterSettings",
    id: cluster,
    name: cluster,
    cluster,
    policies,
    enforcement: enforcementOf(contributors, "ClusterSettings"),
  } as const;
  const reasons = items.flatMap(({ result }) =>
    result.ok || result.reason.code === "Conflict" ? [] : [result.reason],
  );
  const [reason] = reasons.sort((a, b) => compareText(a.message, b.message));
  if (reason !== undefined) return [{ ...base, state: { is: "blocked", reason } }];
  const merged = mergeContributions(distinct(items.flatMap((item) => item.contributions)));
  if (!merged.ok)
    return [{ ...base, state: { is: "blocked", reason: { code: "Conflict", message: merged.message } } }];
  const value = isObject(merged.value) ? merged.value["containerInsights"] : undefined;
  return typeof value === "string"
    ? [{ ...base, state: { is: "wanted", spec: settingsSpec(cluster, value), needs: [] } }]
    : [];
}

/** Every selected service repeats what its policies say; once is enough. */
function distinct(contributions: readonly Contribution[]): Contribution[] {
  return [
    ...new Map(contributions.map((one) => [`${one.policy} ${JSON.stringify(one.value)}`, one])).values(),
  ];
}

function settingsSpec(cluster: string, value: string): JsonObject {
  return { cluster, settings: [{ name: field, value }] };
}

function settingOf(spec: JsonObject): string | undefined {
  const [setting] = Array.isArray(spec["settings"]) ? spec["settings"] : [];
  return isObject(setting) && typeof setting["value"] === "string" ? setting["value"] : undefined;
}

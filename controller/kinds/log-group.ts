// Log groups: created where they are missing, retention kept. Never deleted. Ours by the owner tag; the retention
// that stood there before is kept in a tag beside it.
import {
  CreateLogGroupCommand,
  DeleteRetentionPolicyCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { LoggingSpec } from "../api/schema.ts";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError } from "../aws/errors.ts";
import { type LiveLogGroup, readLogGroups, readNamedLogGroups } from "../aws/log-groups.ts";
import { isMarkedByTag, overlayMark, retainField, retainOf, retainTag } from "../core/deletion-policy.ts";
import { ejectLayer, layerLogGroups } from "../core/layer.ts";
import type { Observed, ObservedItems, Release, Verdict, Wanted } from "../core/managed.ts";
import { mergeContributions } from "../core/merge.ts";
import { ownerTag, policyTag, serviceKey } from "../core/names.ts";
import { policyNames } from "../core/policy-names.ts";
import { findLostRecord, madeRecord, type Overlay, overlayField, readRecord } from "../core/record.ts";
import { describeRetention, losesEvents } from "../core/retention.ts";
import { enforcementOf, type Item, type Reason, type Selected } from "../core/select.ts";
import { findNeededLogGroup } from "../core/task-layer.ts";
import type { Failure } from "../model/errors.ts";
import { compareText, isObject, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory, Tags } from "../model/workload.ts";
import type { Kind } from "./kind.ts";
import { readGroupIndex, readGroupTags } from "./log-group-tags.ts";
import { isWholeSeen } from "./target-group-wish.ts";

const field = "retention";

export type LogGroupDetail = Pick<LiveLogGroup, "arn" | "createdAt"> & {
  readonly tags: Tags;
  /** The account's policy that sets the retention that is seen. */
  readonly overriddenBy?: string;
};

/** What the writer does, in this order: create or tag, set the retention, confirm the record, take tags away. */
interface LogGroupWrite {
  /** undefined: the group is to be made. */
  readonly arn: string | undefined;
  readonly tags: Tags;
  /** Days; undefined leaves it; null is "never expire". */
  readonly retention: number | null | undefined;
  readonly confirm: Tags;
  readonly removeTags: readonly string[];
}

export const logGroup: Kind = {
  name: "LogGroup",
  phase: 20,
  doc: "A service's CloudWatch log group: that it exists, and how long it keeps events. Never deleted.",
  reads: ["logs:DescribeLogGroups", "logs:ListTagsForResource", "tag:GetResources"],
  writes: [
    "logs:CreateLogGroup",
    "logs:PutRetentionPolicy",
    "logs:DeleteRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
  ],
  removeBatch: 1,

  desired(selection, { owner }): Wanted[] {
    const byGroup = new Map<string, Selected[]>();
    const blocked: Wanted[] = [];
    for (const selected of selection) {
      if (selected.logging === undefined) continue;
      const named = nameGroup(selected.logging, selected, owner);
      if (named === undefined) continue;
      if (typeof named === "string") byGroup.set(named, [...(byGroup.get(named) ?? []), selected]);
      else blocked.push(named);
    }
    const groups = [...byGroup].sort(([a], [b]) => compareText(a, b));
    return [...groups.map(([name, members]) => wantGroup(name, members, owner)), ...blocked];
  },

  canonical(spec) {
    const tags = isObject(spec["tags"]) ? spec["tags"] : {};
    const retention = spec["retentionInDays"];
    return {
      logGroupName: spec["logGroupName"],
      ...(retention === undefined || retention === null ? {} : { retentionInDays: retention }),
      tags: Object.fromEntries(
        Object.entries(tags).filter(
          ([key]) => key === ownerTag || key === policyTag || key.endsWith(`/${retainField}`),
        ),
      ),
    };
  },

  judge(asked, observed, wanted, { owner, asOf, inventory }): Verdict {
    const { retention: want, shorten } = (
      wanted.state.is === "wanted" ? wanted.state.detail : {}
    ) as WantedRetention;
    // Services that were not read may log to it too: then what policies say of it is not all known.
    const isWhole = isWholeSeen(inventory);
    const spec = isWhole || observed === undefined ? asked : keepPolicyTag(asked, observed, owner);
    const tags = spec["tags"] as Tags;
    if (observed === undefined) {
      const made = want === undefined ? {} : madeRecord(owner, field, String(want));
      const write: LogGroupWrite = {
        arn: undefined,
        tags: { ...tags, ...made },
        retention: want,
        confirm: {},
        removeTags: [],
      };
      return { after: withRetention(spec, want), impact: "none", write };
    }
    const detail = observed.detail as LogGroupDetail;
    const live = retentionOf(observed.spec);
    const overlay =
      // What an account policy overrides cannot be read, and what is written does not show.
      detail.overriddenBy !== undefined || (want === undefined && !isWhole)
        ? stay(text(live))
        : overlayField(detail.tags, owner, field, text(live), text(want));
    const next = parse(overlay.value);
    const loses = losesEvents(live, next, detail.createdAt, asOf);
    const hold =
      findOtherOwner(detail.tags, owner) ??
      // A record that cannot be read holds the owner's original: a new one would take its place.
      (Object.keys(overlay.lay).length > 0 ? findLostRecord(detail.tags, owner, field) : undefined) ??
      (loses && want !== undefined && !shorten ? describeLoss(live, next) : undefined);
    const mark = overlayMark({ ...detail, owner, retain: wanted.retain, stands: true, partial: !isWhole });
    const write: LogGroupWrite = {
      arn: detail.arn,
      tags: { ...tags, ...overlay.lay },
      retention: next === live ? undefined : (next ?? null),
      confirm: overlay.confirm,
      removeTags: [...overlay.drop, ...mark.drop],
    };
    return {
      after: withRetention(spec, next),
      impact: loses ? "dataloss" : "none",
      write,
      unfinished: overlay.unfinished,
      // Giving back is taking away.
      deletes: want === undefined && next !== live ? 1 : 0,
      ...(hold && { hold }),
    };
  },

  release(observed, { owner, asOf }): Release {
    const { arn, tags, createdAt, overriddenBy } = observed.detail as LogGroupDetail;
    const live = retentionOf(observed.spec);
    const overlay = overlayField(tags, owner, field, text(live), undefined);
    const next = parse(overlay.value);
    const own = ownTags(owner).filter((key) => tags[key] !== undefined);
    const retention = next === live ? undefined : (next ?? null);
    const write: LogGroupWrite = {
      arn,
      tags: {},
      retention,
      confirm: {},
      removeTags: [...own, ...overlay.drop],
    };
    const after = withRetention({ logGroupName: observed.name, tags: {} }, next);
    const hold = findLostRecord(tags, owner, field);
    const impact = losesEvents(live, next, createdAt, asOf) ? "dataloss" : "none";
    // Whether what we wrote still stands below an account policy is not known until that goes.
    const waits = overriddenBy !== undefined && readRecord(tags, owner, field) !== undefined;
    return {
      after,
      impact,
      write,
      deletes: next === live ? 0 : 1,
      ...(hold && { hold }),
      ...(waits && { waits }),
    };
  },

  async observe({ aws, owner, inventory, wanted, needed }) {
    // Groups that our layers log to are asked for whatever the index says: it may leave them out.
    const used = inventory.workloads.flatMap(({ taskDefinition }) =>
      taskDefinition.known ? layerLogGroups(taskDefinition.value.input, owner) : [],
    );
    const marks = new Map(
      wanted.flatMap(({ id, state, retain = false }) =>
        state.is === "wanted" ? [[id, retain] as const] : [],
      ),
    );
    try {
      return known(
        await observeGroups(aws, owner, inventory, marks, new Set([...marks.keys(), ...needed, ...used])),
      );
    } catch (error) {
      return unknown(describeAwsError(error, "the read of log groups"));
    }
  },

  async put({ id, write }, { aws }) {
    const { arn, tags, retention, confirm, removeTags } = write as LogGroupWrite;
    const tag = (resourceArn: string, added: Tags) =>
      aws.logs.send(new TagResourceCommand({ resourceArn, tags: { ...added } }));
    if (arn === undefined)
      await aws.logs.send(new CreateLogGroupCommand({ logGroupName: id, tags: { ...tags } }));
    else if (Object.keys(tags).length > 0) await tag(arn, tags);
    if (retention === null) await aws.logs.send(new DeleteRetentionPolicyCommand({ logGroupName: id }));
    else if (retention !== undefined) {
      await aws.logs.send(new PutRetentionPolicyCommand({ logGroupName: id, retentionInDays: retention }));
    }
    if (arn !== undefined && Object.keys(confirm).length > 0) await tag(arn, confirm);
    if (removeTags.length > 0)
      await aws.logs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...removeTags] }));
  },
};

/** Keys of the tags that say whose it is, and what is to become of it. */
function ownTags(owner: string): string[] {
  return [ownerTag, policyTag, ...Object.keys(retainTag(owner))];
}

function stay(value: string | undefined): Overlay {
  return { value, lay: {}, confirm: {}, drop: [], unfinished: false };
}

/** The tags that say something of all who log to it: their policies, and what those want when they go. */
function keepPolicyTag(spec: JsonObject, { detail, owned }: Observed, owner: string): JsonObject {
  const { [policyTag]: standing, ...tags } = (detail as LogGroupDetail).tags;
  if (!owned || standing === undefined) return spec;
  const mark = isMarkedByTag(tags, owner) ? retainTag(owner) : {};
  const asked = spec["tags"] as JsonObject;
  return { ...spec, tags: { ...asked, ...mark, [ownerTag]: owner, [policyTag]: standing } };
}

function findOtherOwner(tags: Tags, owner: string): Reason | undefined {
  const other = tags[ownerTag];
  return other === undefined || other === owner
    ? undefined
    : { code: "NotOwned", message: `the log group is kept by owner ${other}` };
}

function describeLoss(live: number | undefined, next: number | undefined): Reason {
  const change = `${describeRetention(live)} to ${describeRetention(next)}`;
  return {
    code: "DataLoss",
    message: `retention goes from ${change}, which destroys older events; set logging.shortenRetention: true if that is meant`,
  };
}

export interface WantedRetention {
  /** Days; undefined: no policy speaks of it. */
  readonly retention: number | undefined;
  readonly shorten: boolean;
}

/** CloudWatch Logs API reference, CreateLogGroup. */
const logGroupName = /^[.\-_/#A-Za-z0-9]{1,512}$/;

/**
 * The group's name, undefined if nothing will log to one; or why it is not known: then no group may be released, since it
 * may be the one.
 */
function nameGroup(item: Item<LoggingSpec>, selected: Selected, owner: string): string | Wanted | undefined {
  const { cluster, service, taskDefinition } = selected.workload;
  const policies = item.contributors.map(({ name }) => name);
  const base = {
    kind: "LogGroup",
    id: "?",
    name: `log group of ${service}`,
    cluster,
    service,
    policies,
    enforcement: enforcementOf(item.contributors, "LogGroup"),
  } as const;
  if (!item.result.ok)
    return { ...base, state: { is: "blocked", reason: item.result.reason, nameless: true } };
  const { group } = item.result.value;
  if (group != null) {
    if (logGroupName.test(group)) return group;
    const message = `${group} is no name for a log group: 1 to 512 of letters, digits and . - _ / #`;
    return { ...base, state: { is: "blocked", reason: { code: "InvalidName", message }, nameless: true } };
  }
  if (!taskDefinition.known)
    return { ...base, state: { is: "unknown", failure: taskDefinition.failure, nameless: true } };
  return findNeededLogGroup(item.result.value, selected, ejectLayer(taskDefinition.value.input, owner));
}

/** One group, merged over every service that logs to it. */
function wantGroup(name: string, members: readonly Selected[], owner: string): Wanted {
  const items = members.map(({ logging }) => logging as Item<LoggingSpec>);
  const contributors = [...new Set(items.flatMap((item) => item.contributors))];
  const policies = policyNames(contributors);
  const [only, ...others] = members;
  const place =
    only !== undefined && others.length === 0
      ? { cluster: only.workload.cluster, service: only.workload.service }
      : {};
  const base = {
    kind: "LogGroup",
    id: name,
    name,
    ...place,
    sharers: members.map(({ workload: { cluster, service } }) => serviceKey(cluster, service)),
    policies,
    enforcement: enforcementOf(contributors, "LogGroup"),
    ...retainOf(contributors),
  } as const;
  const merged = mergeContributions(
    items.flatMap((item) =>
      item.contributions.map((one) => ({
        ...one,
        value: isObject(one.value) ? keep(one.value, ["retention", "shortenRetention"]) : one.value,
      })),
    ),
  );
  if (!merged.ok)
    return { ...base, state: { is: "blocked", reason: { code: "Conflict", message: merged.message } } };
  const { retention, shortenRetention } = (merged.value ?? {}) as {
    retention?: number;
    shortenRetention?: boolean;
  };
  const detail: WantedRetention = {
    retention: retention === undefined ? undefined : retention / 86_400,
    shorten: shortenRetention === true,
  };
  const spec: JsonObject = {
    logGroupName: name,
    tags: {
      [ownerTag]: owner,
      [policyTag]: policies.join(" ").slice(0, 256),
      ...(base.retain ? retainTag(owner) : {}),
    },
  };
  return { ...base, state: { is: "wanted", spec, needs: [], detail } };
}

async function observeGroups(
  aws: AwsClients,
  owner: string,
  inventory: Inventory,
  /** Whether they are to be retained. */
  wanted: ReadonlyMap<string, boolean>,
  names: ReadonlySet<string>,
): Promise<ObservedItems> {
  const { focused = false } = inventory;
  // A focused look asks for the few groups of its services one by one, and for their tags.
  const tagged = focused ? new Map<string, Tags>() : await readGroupIndex(aws, owner, inventory);
  const found = focused
    ? await readNamedLogGroups(aws, names)
    : await readLogGroups(aws, new Set([...names, ...tagged.keys()]));
  const items = new Map<string, Observed>();
  let indexed = 0;
  let missed = 0;
  for (const { name, arn, retention, createdAt, overriddenBy } of found) {
    let tags = tagged.get(name);
    if (tags !== undefined) {
      indexed += 1;
      // The index may not know yet that it is to be retained: that is asked for before it is given back, or marked again.
      const isMarked = isMarkedByTag(tags, owner);
      const isDoubtful = wanted.has(name)
        ? wanted.get(name) !== isMarked
        : !isMarked && isWholeSeen(inventory);
      if (isDoubtful) tags = await readGroupTags(aws, inventory, name);
    } else {
      // The index lags behind writes, and may be wrong: what it lacks is asked for by name.
      tags = await readGroupTags(aws, inventory, name);
      if (tags[ownerTag] === owner) missed += 1;
    }
    const spec = withRetention({ logGroupName: name, tags: keep(tags, ownTags(owner)) }, retention);
    const detail: LogGroupDetail = { arn, tags, createdAt, ...(overriddenBy && { overriddenBy }) };
    const [owned, retain] = [tags[ownerTag] === owner, isMarkedByTag(tags, owner)];
    items.set(name, { id: name, name, spec, owned, detail, ...(retain && { retain }) });
  }
  return missed > 0 && indexed === 0 && !focused
    ? { items, incomplete: lostIndex(missed, owner) }
    : { items };
}

function lostIndex(count: number, owner: string): Failure {
  return {
    code: "TagIndexIncomplete",
    message: `tag:GetResources lists no log group of owner ${owner}, yet ${count} carry its tag; no log group is released until it does (after a first apply it may need a minute)`,
  };
}

function withRetention(spec: JsonObject, retention: number | undefined): JsonObject {
  return {
    logGroupName: spec["logGroupName"],
    ...(retention === undefined ? {} : { retentionInDays: retention }),
    tags: spec["tags"],
  };
}

function retentionOf(spec: JsonObject): number | undefined {
  return typeof spec["retentionInDays"] === "number" ? spec["retentionInDays"] : undefined;
}

function keep(value: Tags | JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(keys.flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]]])));
}

function text(retention: number | undefined): string | undefined {
  return retention === undefined ? undefined : String(retention);
}

function parse(original: string | undefined): number | undefined {
  return original === undefined ? undefined : Number(original);
}

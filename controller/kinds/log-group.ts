// Log groups: created where they are missing, retention kept. Never deleted. Ours by the owner tag; the retention
// that stood there before is kept in a tag beside it.
import {
  CreateLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  ListTagsForResourceCommand,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { GetResourcesCommand } from "@aws-sdk/client-resource-groups-tagging-api";
import type { LoggingSpec } from "../api/schema.ts";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError, malformed } from "../aws/errors.ts";
import { readAllPages } from "../aws/pages.ts";
import { ejectLayer } from "../core/layer.ts";
import type { Observed, ObservedItems, Release, Verdict, Wanted } from "../core/managed.ts";
import { mergeContributions } from "../core/merge.ts";
import { ownerTag, policyTag } from "../core/names.ts";
import { isWritten, nextRecord, readRecord, recordKey, writeRecord } from "../core/record.ts";
import { enforcementOf, type Item, type Reason, type Selected } from "../core/select.ts";
import { resolveLogGroup } from "../core/task-layer.ts";
import type { Failure } from "../model/errors.ts";
import { compareText, isObject, type JsonObject } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Tags } from "../model/workload.ts";
import type { Kind } from "./kind.ts";

const field = "retention";

interface LogGroupDetail {
  readonly arn: string;
  readonly tags: Tags;
  /** Epoch milliseconds. */
  readonly createdAt: number | undefined;
}

/** What the writer does, in this order: create, lay the record, set the retention, take tags away. */
interface LogGroupWrite {
  readonly create: boolean;
  readonly arn: string | undefined;
  readonly tags: Tags;
  /** undefined leaves it; null is "never expire". */
  readonly retention: number | null | undefined;
  /** Tags to set once the retention is set. */
  readonly confirm?: Tags;
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
        [ownerTag, policyTag].flatMap((key) => (tags[key] === undefined ? [] : [[key, tags[key]]])),
      ),
    };
  },

  judge(spec, observed, wanted, { owner, asOf }): Verdict {
    const { retention: want, shorten } = (
      wanted.state.is === "wanted" ? wanted.state.detail : {}
    ) as WantedRetention;
    const tags = spec["tags"] as Tags;
    if (observed === undefined) {
      const write: LogGroupWrite = { create: true, arn: undefined, tags, retention: want, removeTags: [] };
      return { after: withRetention(spec, want), impact: "none", write };
    }
    const detail = observed.detail as LogGroupDetail;
    const other = detail.tags[ownerTag];
    const hold: Reason | undefined =
      other !== undefined && other !== owner
        ? { code: "NotOwned", message: `the log group is kept by owner ${other}` }
        : undefined;
    const live = retentionOf(observed.spec);
    const record = readRecord(detail.tags, owner, field);
    // A policy that no longer speaks of retention gives back what we changed, and leaves everything else.
    const next = want ?? (isWritten(record, text(live)) ? parse(record.original) : live);
    const after = withRetention(spec, next);
    if (next === live)
      return {
        after,
        impact: "none",
        write: { create: false, arn: detail.arn, tags, retention: undefined, removeTags: [] },
        ...(hold && { hold }),
      };
    const shorter = losesEvents(live, next, detail.createdAt, asOf);
    const laid = want === undefined ? undefined : nextRecord(record, text(live), String(want));
    const write: LogGroupWrite = {
      create: false,
      arn: detail.arn,
      tags: { ...tags, ...(laid && { [recordKey(owner, field)]: writeRecord(laid) }) },
      // Once the retention is set, what was written before is no longer ours.
      ...(laid?.was === undefined
        ? {}
        : {
            confirm: {
              [recordKey(owner, field)]: writeRecord({ original: laid.original, written: laid.written }),
            },
          }),
      retention: next ?? null,
      removeTags: want === undefined ? [recordKey(owner, field)] : [],
    };
    const loss: Reason | undefined =
      want !== undefined && shorter && !shorten
        ? {
            code: "DataLoss",
            message: `retention goes from ${days(live)} to ${days(next)}, which destroys older events; set logging.shortenRetention: true if that is meant`,
          }
        : undefined;
    const held = hold ?? loss;
    return { after, impact: shorter ? "dataloss" : "none", write, ...(held && { hold: held }) };
  },

  release(observed, { owner, asOf }): Release {
    const { arn, tags, createdAt } = observed.detail as LogGroupDetail;
    const record = readRecord(tags, owner, field);
    const live = retentionOf(observed.spec);
    const restore = isWritten(record, text(live));
    const next = restore ? parse(record.original) : live;
    const removeTags = [ownerTag, policyTag, recordKey(owner, field)].filter(
      (key) => tags[key] !== undefined,
    );
    const write: LogGroupWrite = {
      create: false,
      arn,
      tags: {},
      retention: restore ? (next ?? null) : undefined,
      removeTags,
    };
    const lost = record === undefined && tags[recordKey(owner, field)] !== undefined;
    const hold: Reason = {
      code: "OriginalUnknown",
      message: `the record in tag ${recordKey(owner, field)} cannot be read, so the retention of before is not known; it stays as it is`,
    };
    const after = withRetention({ logGroupName: observed.name, tags: {} }, next);
    return {
      after,
      impact: losesEvents(live, next, createdAt, asOf) ? "dataloss" : "none",
      write,
      deletes: 1,
      ...(lost && { hold }),
    };
  },

  async observe({ aws, owner, wanted, needed }) {
    try {
      return known(await observeGroups(aws, owner, new Set([...wanted.map(({ id }) => id), ...needed])));
    } catch (error) {
      return unknown(describeAwsError(error, "the read of log groups"));
    }
  },

  async put({ id, write }, { aws }) {
    const { create, arn, tags, retention, confirm, removeTags } = write as LogGroupWrite;
    if (create) {
      await aws.logs.send(new CreateLogGroupCommand({ logGroupName: id, tags: { ...tags } }));
    } else if (Object.keys(tags).length > 0) {
      await aws.logs.send(new TagResourceCommand({ resourceArn: arn, tags: { ...tags } }));
    }
    if (retention === null) await aws.logs.send(new DeleteRetentionPolicyCommand({ logGroupName: id }));
    else if (retention !== undefined)
      await aws.logs.send(new PutRetentionPolicyCommand({ logGroupName: id, retentionInDays: retention }));
    if (confirm !== undefined)
      await aws.logs.send(new TagResourceCommand({ resourceArn: arn, tags: { ...confirm } }));
    if (removeTags.length > 0)
      await aws.logs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...removeTags] }));
  },
};

interface WantedRetention {
  /** Days; undefined: no policy speaks of it. */
  readonly retention: number | undefined;
  readonly shorten: boolean;
}

/** The group's name, or why it is not known; then no group may be released, since it may be the one. */
function nameGroup(item: Item<LoggingSpec>, selected: Selected, owner: string): string | Wanted {
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
  if (item.result.value.group != null) return item.result.value.group;
  if (!taskDefinition.known)
    return { ...base, state: { is: "unknown", failure: taskDefinition.failure, nameless: true } };
  return resolveLogGroup(item.result.value, selected, ejectLayer(taskDefinition.value.input, owner));
}

/** One group, merged over every service that logs to it. */
function wantGroup(name: string, members: readonly Selected[], owner: string): Wanted {
  const items = members.map(({ logging }) => logging as Item<LoggingSpec>);
  const contributors = [...new Set(items.flatMap((item) => item.contributors))].sort((a, b) =>
    compareText(a.name, b.name),
  );
  const policies = contributors.map((policy) => policy.name);
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
    policies,
    enforcement: enforcementOf(contributors, "LogGroup"),
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
    tags: { [ownerTag]: owner, [policyTag]: policies.join(" ").slice(0, 256) },
  };
  return { ...base, state: { is: "wanted", spec, needs: [], detail } };
}

async function observeGroups(
  aws: AwsClients,
  owner: string,
  names: ReadonlySet<string>,
): Promise<ObservedItems> {
  const tagged = await readTagIndex(aws, owner);
  const found = new Map<
    string,
    { arn: string; retention: number | undefined; createdAt: number | undefined }
  >();
  const all = new Set([...names, ...tagged.keys()]);
  all.delete("?");
  for (const prefix of choosePrefixes([...all])) {
    const groups = await readAllPages("logs:DescribeLogGroups", async (nextToken) => {
      const answer = await aws.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: prefix, limit: 50, nextToken }),
      );
      return { items: answer.logGroups, next: answer.nextToken };
    });
    for (const { logGroupName, logGroupArn, arn, retentionInDays, creationTime } of groups) {
      if (logGroupName === undefined || !all.has(logGroupName)) continue;
      found.set(logGroupName, {
        arn: (logGroupArn ?? arn ?? "").replace(/:\*$/, ""),
        retention: retentionInDays,
        createdAt: creationTime,
      });
    }
  }
  const items = new Map<string, Observed>();
  let indexed = 0;
  let missed = 0;
  for (const [name, { arn, retention, createdAt }] of found) {
    let tags = tagged.get(name);
    if (tags !== undefined) indexed += 1;
    else {
      // The index lags behind writes, and may be wrong: what it lacks is asked for by name.
      tags = await readTags(aws, arn);
      if (tags[ownerTag] === owner) missed += 1;
    }
    const spec = withRetention({ logGroupName: name, tags: keep(tags, [ownerTag, policyTag]) }, retention);
    items.set(name, {
      id: name,
      name,
      spec,
      owned: tags[ownerTag] === owner,
      detail: { arn, tags, createdAt } satisfies LogGroupDetail,
    });
  }
  return missed > 0 && indexed === 0 ? { items, incomplete: lostIndex(missed, owner) } : { items };
}

function lostIndex(count: number, owner: string): Failure {
  return {
    code: "TagIndexIncomplete",
    message: `tag:GetResources lists no log group of owner ${owner}, yet ${count} carry its tag; no log group is released until it does (after a first apply it may need a minute)`,
  };
}

/** Log groups that carry our owner tag, with their tags, in pages of a hundred. (`logs` is every resource type of Logs.) */
async function readTagIndex(aws: AwsClients, owner: string): Promise<Map<string, Tags>> {
  const resources = await readAllPages("tag:GetResources", async (PaginationToken) => {
    const answer = await aws.tagging.send(
      new GetResourcesCommand({
        TagFilters: [{ Key: ownerTag, Values: [owner] }],
        ResourceTypeFilters: ["logs"],
        ResourcesPerPage: 100,
        PaginationToken,
      }),
    );
    return { items: answer.ResourceTagMappingList, next: answer.PaginationToken || undefined };
  });
  const index = new Map<string, Tags>();
  for (const { ResourceARN = "", Tags: tags = [] } of resources) {
    const name = /:log-group:(.+?)(:\*)?$/.exec(ResourceARN)?.[1];
    if (name !== undefined)
      index.set(name, Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? ""])));
  }
  return index;
}

async function readTags(aws: AwsClients, resourceArn: string): Promise<Tags> {
  const { tags } = await aws.logs.send(new ListTagsForResourceCommand({ resourceArn }));
  if (tags === undefined) throw malformed("logs:ListTagsForResource", "its tags");
  return tags;
}

/** Few prefixes that hold all names: `/ecs/` for many groups below it, whole names where they are few. */
function choosePrefixes(names: readonly string[]): string[] {
  const byHead = new Map<string, string[]>();
  for (const name of names) {
    const head = /^\/?[^/]+\//.exec(name)?.[0] ?? name;
    byHead.set(head, [...(byHead.get(head) ?? []), name]);
  }
  return [...byHead].flatMap(([head, members]) => (members.length > 2 ? [head] : members)).sort(compareText);
}

const dayMs = 86_400_000;
/** PutLogEvents takes events up to 14 days old, so a group may hold events older than itself. */
const backfillDays = 14;

/**
 * Whether a new retention may destroy events. Shortening what its owner chose always counts; giving one to a group
 * that never expired counts once it may hold older events.
 */
function losesEvents(
  live: number | undefined,
  next: number | undefined,
  createdAt: number | undefined,
  asOf: Date,
): boolean {
  if (next === undefined || live === next) return false;
  if (live !== undefined) return next < live;
  return createdAt === undefined || (asOf.getTime() - createdAt) / dayMs + backfillDays > next;
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

function days(retention: number | undefined): string {
  return retention === undefined ? "never" : `${retention} days`;
}

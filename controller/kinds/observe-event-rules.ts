// Reads the rules that may be ours: every one whose name begins with OWNER-, with its tags and targets, and whether
// services that they tell of, and that no list has, are really gone.
import {
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  type Rule,
} from "@aws-sdk/client-eventbridge";
import PQueue from "p-queue";
import type { AwsClients } from "../aws/clients.ts";
import { malformed } from "../aws/errors.ts";
import { confirmService } from "../aws/inventory.ts";
import { readAllPages } from "../aws/pages.ts";
import { isMarkedDescription } from "../core/deletion-policy.ts";
import { type Frozen, isFrozen } from "../core/event-frozen.ts";
import { canonicalPattern, clauseId, parsePattern, readPattern, serviceOf } from "../core/event-pattern.ts";
import { showTarget } from "../core/event-targets.ts";
import type { Observed, Wanted } from "../core/managed.ts";
import { clusterTag, ownerTag, policyTag } from "../core/names.ts";
import type { Failure } from "../model/errors.ts";
import { type JsonObject, jsonEqual } from "../model/json.ts";
import type { Inventory, Tags } from "../model/workload.ts";
import type { ObserveContext } from "./kind.ts";

export interface ObservedRule {
  /** Rules that are wanted for the same place and do not stand yet: what this one tells may go over to them. */
  readonly successors: readonly string[];
  /** One of them that is in Audit, and so will not come. */
  readonly audited: string | undefined;
  /** Whose share in it must stay. */
  readonly frozen: readonly Frozen[];
  /** It tells of services that no list has, and that ECS does not say are gone. */
  readonly unread: Failure | undefined;
}

const concurrency = 6;

export async function observeRules(context: ObserveContext): Promise<ReadonlyMap<string, Observed>> {
  const { aws, owner, wanted } = context;
  const queue = new PQueue({ concurrency });
  const rules = await listRules(aws, `${owner}-`);
  const tagged = await queue.addAll(
    rules.map((rule) => async () => ({ rule, tags: await readTags(aws, rule.Arn) })),
  );
  const isOwned = (tags: Tags): boolean => tags[ownerTag] === owner;
  const standing = new Set(tagged.filter(({ tags }) => isOwned(tags)).map(({ rule }) => rule.Name));
  const asked = new Map(wanted.flatMap((one) => (one.state.is === "wanted" ? [[one.id, one] as const] : [])));
  const missing = [...asked.values()].filter(({ id }) => !standing.has(id));
  const frozen = wanted.filter(isFrozen).map((one) => one.frozen);
  const items = await queue.addAll(
    tagged.map(({ rule, tags }) => async (): Promise<Observed> => {
      const name = String(rule.Name);
      const owned = isOwned(tags);
      // The tag may have been taken away by hand; what is wanted knows its place.
      const cluster = asked.has(name) ? asked.get(name)?.cluster : tags[clusterTag];
      const spec = toSpec(rule, owned ? await readTargets(aws, name) : [], tags);
      const retain =
        isMarkedDescription(spec["Description"]) && !isToldElsewhere(spec, cluster, asked.values());
      const mayShrink = owned && (asked.has(name) || !retain);
      const successors = missing.filter((one) => one.cluster === cluster);
      const detail: ObservedRule = {
        successors: successors.map(({ id }) => id),
        audited: successors.find(({ enforcement }) => enforcement === "Audit")?.id,
        frozen: frozen.filter((one) => (cluster === undefined ? one.asWritten : one.cluster === cluster)),
        unread: mayShrink && cluster !== undefined ? await findUnread(context, spec, cluster) : undefined,
      };
      const place = cluster === undefined ? {} : { cluster };
      return { id: name, name, ...place, spec, owned, detail, ...(retain && { retain }) };
    }),
  );
  return new Map(items.map((item) => [item.id, item]));
}

/**
 * Whether rules that are wanted tell the same (their targets have changed, or a rule was cut in two): one that stayed
 * beside them would tell it twice.
 */
function isToldElsewhere(spec: JsonObject, cluster: string | undefined, asked: Iterable<Wanted>): boolean {
  const others = [...asked].flatMap((one) =>
    one.state.is === "wanted" && one.cluster === cluster && one.id !== spec["Name"] ? [one.state.spec] : [],
  );
  if (cluster === undefined) {
    const pattern = canonicalPattern(parsePattern(spec["EventPattern"]));
    return others.some((other) => jsonEqual(canonicalPattern(parsePattern(other["EventPattern"])), pattern));
  }
  const tells = (rule: JsonObject): string[] =>
    (readPattern(rule["EventPattern"]) ?? []).flatMap((told) =>
      told.members.map((member) => `${clauseId(told)} ${member}`),
    );
  const told = new Set(others.flatMap(tells));
  return tells(spec).some((one) => told.has(one));
}

/** Rules of the default bus, where ECS sends its events. */
export function listRules(aws: AwsClients, NamePrefix: string): Promise<Rule[]> {
  return readAllPages("events:ListRules", async (NextToken) => {
    const answer = await aws.events.send(new ListRulesCommand({ NamePrefix, Limit: 100, NextToken }));
    return { items: answer.Rules, next: answer.NextToken };
  });
}

async function readTags(aws: AwsClients, ResourceARN: string | undefined): Promise<Tags> {
  const { Tags } = await aws.events.send(new ListTagsForResourceCommand({ ResourceARN }));
  if (Tags === undefined) throw malformed("events:ListTagsForResource", "its list");
  return Object.fromEntries(Tags.map(({ Key, Value }) => [String(Key), String(Value)]));
}

function readTargets(aws: AwsClients, Rule: string): Promise<JsonObject[]> {
  return readAllPages("events:ListTargetsByRule", async (NextToken) => {
    const answer = await aws.events.send(new ListTargetsByRuleCommand({ Rule, Limit: 100, NextToken }));
    return { items: answer.Targets as unknown as JsonObject[] | undefined, next: answer.NextToken };
  });
}

/** Those that say what the rule is of ours, in the order in which they are written. */
const ourTags = [ownerTag, policyTag, clusterTag];

function toSpec(rule: Rule, targets: readonly JsonObject[], tags: Tags): JsonObject {
  const { Name, Description, EventPattern, State, ScheduleExpression, RoleArn } = rule;
  const given = { Name, Description, EventPattern, State, ScheduleExpression, RoleArn };
  return {
    ...(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as JsonObject),
    Targets: targets.map(showTarget),
    Tags: ourTags.flatMap((Key) => (tags[Key] === undefined ? [] : [{ Key, Value: tags[Key] }])),
  };
}

/** A service that a list leaves out is asked for by name, before a rule that tells of it is made smaller. */
async function findUnread(
  { aws, inventory }: ObserveContext,
  spec: JsonObject,
  cluster: string,
): Promise<Failure | undefined> {
  const told = readPattern(spec["EventPattern"]) ?? [];
  const services = new Set(told.flatMap(({ members }) => members.map(serviceOf)));
  for (const service of services) {
    if (isAccountedFor(inventory, cluster, service)) continue;
    const answer = await confirmService(aws, cluster, service);
    if (!answer.known) return answer.failure;
    if (answer.value === "gone") continue;
    const message = `ECS lists no service ${cluster}/${service}, but says it is there when asked by name; nothing is concluded from the list`;
    return { code: "ListIncomplete", message };
  }
  return undefined;
}

/** Read, on its way out, or hidden by a failed read, which keeps the rule as it stands anyway. */
function isAccountedFor(inventory: Inventory, cluster: string, service: string): boolean {
  const is = (one: { readonly cluster: string; readonly service: string }): boolean =>
    one.cluster === cluster && one.service === service;
  return (
    inventory.workloads.some(is) ||
    inventory.leaving.some(is) ||
    inventory.unreadable.some((dark) => (dark.cluster ?? cluster) === cluster)
  );
}

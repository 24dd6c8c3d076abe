// EventBridge rules that tell of what happens to services: one for a cluster and a set of targets. Ours by name and
// tag; a rule with our name that lacks the tag is somebody else's.
import {
  DeleteRuleCommand,
  ListTagsForResourceCommand,
  PutRuleCommand,
  type PutRuleCommandInput,
  PutTargetsCommand,
  type PutTargetsResultEntry,
  RemoveTargetsCommand,
  type RemoveTargetsResultEntry,
  type Tag,
  TagResourceCommand,
  type Target,
} from "@aws-sdk/client-eventbridge";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError, errorName } from "../aws/errors.ts";
import { type Frozen, keepFrozen } from "../core/event-frozen.ts";
import {
  canonicalPattern,
  composePattern,
  joinTold,
  maxPatternBytes,
  parsePattern,
  patternBytes,
  patternText,
  readPattern,
  serviceOf,
  type Told,
} from "../core/event-pattern.ts";
import { type RuleDetail, wantRules } from "../core/event-rules.ts";
import { buildTargets, targetMembers } from "../core/event-targets.ts";
import type { Observed, Release, Verdict } from "../core/managed.ts";
import { clusterTag, ownerTag, policyTag, ruleTargetId } from "../core/names.ts";
import type { Reason } from "../core/select.ts";
import { EcsmonError, type Failure } from "../model/errors.ts";
import { compareText, isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import { known, unknown } from "../model/read.ts";
import type { Inventory } from "../model/workload.ts";
import type { Kind } from "./kind.ts";
import { listRules, type ObservedRule, observeRules } from "./observe-event-rules.ts";
import { ownTags } from "./own-tags.ts";
import { isWholeSeen } from "./target-group-wish.ts";

/** What an update needs. */
interface RuleUpdate {
  readonly arn: string;
}

/** What a delete must find standing first: the rules that take over. */
interface RuleWrite {
  readonly successors: readonly string[];
}

export const eventRule: Kind = {
  name: "EventRule",
  phase: 70,
  doc: "An EventBridge rule that tells of tasks that stop, deployments that fail and services that are impaired.",
  reads: [
    "ecs:DescribeServices",
    "events:ListRules",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
  ],
  writes: [
    "events:DeleteRule",
    "events:ListRules",
    "events:ListTagsForResource",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
  ],
  removeBatch: 1,

  desired: (selection, { owner, allow }) => wantRules(selection, owner, allow),

  canonical: canonicalRule,

  judge(asked, observed, wanted, { owner, inventory }): Verdict {
    const tags = [
      ...ownTags(owner, wanted.policies),
      ...(wanted.cluster === undefined ? [] : [{ Key: clusterTag, Value: wanted.cluster }]),
    ];
    const spec = { ...asked, Tags: tags };
    if (observed === undefined) return { after: spec, impact: "none" };
    if (!observed.owned) {
      const message = `a rule ${observed.name} is there, without the tag ${ownerTag}: ${owner}; it is left alone. Delete it, or give it the tag if it is yours to give`;
      return { after: spec, impact: "none", unfinished: true, hold: { code: "NotOwned", message } };
    }
    const { unread } = observed.detail as ObservedRule;
    const detail = wanted.state.is === "wanted" ? (wanted.state.detail as RuleDetail | undefined) : undefined;
    // Whose policies are told of is not all known where services were not read, or keep a share that is blocked.
    const isWhole = isWholeSeen(inventory) && (detail?.frozen ?? []).length === 0;
    const kept = isWhole ? spec : keepPolicyTag(spec, observed.spec);
    const { after, hold } = detail === undefined ? { after: kept } : withFrozen(kept, observed.spec, detail);
    const deletes = countLeaving(observed, after, inventory);
    const write: RuleUpdate = { arn: ruleArn(inventory, observed.id) };
    return { after, impact: "none", deletes, write, ...(unread && { unread }), ...(hold && { hold }) };
  },

  release(observed, { owner }): Release {
    const { frozen, unread, successors, audited } = observed.detail as ObservedRule;
    const write: RuleWrite = { successors };
    const gone: Release = { after: null, impact: "none", write, deletes: 1 };
    if (unread !== undefined) return { ...gone, hold: unread };
    if (audited !== undefined) {
      const message = `the rule ${audited}, which would take its place, is in Audit; nothing is taken away`;
      return { ...gone, hold: { code: "Suspended", message } };
    }
    const [first] = frozen;
    if (first === undefined) return gone;
    // A pattern as somebody wrote it has no shares.
    const told = observed.cluster === undefined ? undefined : readPattern(observed.spec["EventPattern"]);
    const staying = told === undefined ? undefined : keepFrozen(told, frozen);
    if (staying === undefined) return { ...gone, hold: first.reason };
    if (staying.length === 0) return gone;
    const pattern = composePattern(staying, first.clusterArn);
    const same = jsonEqual(
      canonicalPattern(pattern),
      canonicalPattern(parsePattern(observed.spec["EventPattern"])),
    );
    const Targets = buildTargets(targetArns(observed.spec, owner), owner);
    const after = { ...observed.spec, EventPattern: patternText(pattern), Targets };
    return { ...gone, after, ...(same && { hold: first.reason }) };
  },

  async observe(context) {
    try {
      return known({ items: await observeRules(context) });
    } catch (error) {
      return unknown(describeAwsError(error, "the read of EventBridge rules"));
    }
  },

  async put({ before, after, write }, { aws }) {
    const { Targets = [], ...rule } = after as JsonObject & { readonly Targets?: readonly Target[] };
    // What is left out is cleared, so everything is sent.
    await aws.events.send(new PutRuleCommand(rule as unknown as PutRuleCommandInput)).catch(explainQuota);
    const Rule = String(rule["Name"]);
    const ids = new Set(Targets.map(({ Id }) => Id));
    // What is not ours goes first: a rule has room for five.
    await removeTargets(
      aws,
      Rule,
      targetIds(before).filter((id) => !ids.has(id)),
    );
    if (Targets.length > 0) {
      const { FailedEntries = [] } = await aws.events.send(
        new PutTargetsCommand({ Rule, Targets: [...Targets] }),
      );
      refuseFailed("events:PutTargets", FailedEntries);
    }
    // PutRule ignores the tags of a rule that stands.
    const Tags = tagsOf(after);
    if (before === null || jsonEqual(Tags, tagsOf(before))) return;
    const { arn: ResourceARN } = write as RuleUpdate;
    await aws.events.send(new TagResourceCommand({ ResourceARN, Tags: Tags as unknown as Tag[] }));
  },

  async remove(changes, { aws, owner }) {
    const results: (Failure | undefined)[] = [];
    for (const { id, before, write } of changes) {
      try {
        await confirmSuccessors(aws, owner, write as RuleWrite);
        await removeTargets(aws, id, targetIds(before));
        await aws.events.send(new DeleteRuleCommand({ Name: id }));
        results.push(undefined);
      } catch (error) {
        // Gone already, by hand or by a call whose answer was lost: that is what was wanted.
        results.push(
          errorName(error) === "ResourceNotFoundException"
            ? undefined
            : describeAwsError(error, "events:DeleteRule"),
        );
      }
    }
    return results;
  },
};

/** The spec, with what of the live rule must stay for services of whose events something is blocked. */
function withFrozen(
  spec: JsonObject,
  live: JsonObject,
  { told, frozen, clusterArn }: RuleDetail,
): { readonly after: JsonObject; readonly hold?: Reason } {
  const [first] = frozen;
  if (first === undefined) return { after: spec };
  const stands: readonly Told[] | undefined = readPattern(live["EventPattern"]);
  if (stands === undefined) {
    const message = `the pattern was changed by hand, so what of it belongs to ${first.service} cannot be told, and that must stay: ${first.reason.message}`;
    return { after: spec, hold: { code: first.reason.code, message } };
  }
  const pattern = composePattern(joinTold([...told, ...keepFrozen(stands, frozen)]), clusterArn);
  const after = { ...spec, EventPattern: patternText(pattern) };
  if (patternBytes(pattern) <= maxPatternBytes) return { after };
  const message = `with ${services(frozen)}, whose share must stay, the pattern is larger than ${maxPatternBytes} bytes: ${first.reason.message}`;
  return { after, hold: { code: "PatternTooLarge", message } };
}

function keepPolicyTag(spec: JsonObject, live: JsonObject): JsonObject {
  const standing = tagsOf(live).find(({ Key }) => Key === policyTag);
  return { ...spec, Tags: tagsOf(spec).map((tag) => (tag["Key"] === policyTag ? (standing ?? tag) : tag)) };
}

function ruleArn({ partition, region, account }: Inventory, name: string): string {
  return `arn:${partition}:events:${region}:${account}:rule/${name}`;
}

/** Services that run on and are told of no more: taking away counts as a delete, as everywhere. */
function countLeaving({ cluster, spec }: Observed, after: JsonObject, { workloads }: Inventory): number {
  const servicesIn = (rule: JsonObject): readonly string[] =>
    (readPattern(rule["EventPattern"]) ?? []).flatMap(({ members }) => members.map(serviceOf));
  const staying = new Set(servicesIn(after));
  const leaving = new Set(servicesIn(spec).filter((service) => !staying.has(service)));
  return workloads.filter((one) => one.cluster === cluster && leaving.has(one.service)).length;
}

function services(frozen: readonly Frozen[]): string {
  return [...new Set(frozen.map(({ service }) => service))].sort(compareText).join(", ");
}

/** A rule that others take the place of does not go before they have come. */
async function confirmSuccessors(aws: AwsClients, owner: string, { successors }: RuleWrite): Promise<void> {
  for (const name of successors) {
    const rule = (await listRules(aws, name)).find(({ Name }) => Name === name);
    const { Tags = [] } =
      rule === undefined
        ? {}
        : await aws.events.send(new ListTagsForResourceCommand({ ResourceARN: rule.Arn }));
    if (Tags.some(({ Key, Value }) => Key === ownerTag && Value === owner)) continue;
    throw new EcsmonError(
      "DependencyFailed",
      `it stays, since the rule ${name}, which takes its place, does not stand`,
      { fault: "aws", remedy: "retry" },
    );
  }
}

async function removeTargets(aws: AwsClients, Rule: string, Ids: readonly string[]): Promise<void> {
  if (Ids.length === 0) return;
  const { FailedEntries = [] } = await aws.events.send(new RemoveTargetsCommand({ Rule, Ids: [...Ids] }));
  refuseFailed(
    "events:RemoveTargets",
    // One that is gone already is what was wanted.
    FailedEntries.filter(({ ErrorCode }) => ErrorCode !== "ResourceNotFoundException"),
  );
}

/** Failures that stand in an answer with status 200. */
function refuseFailed(
  operation: string,
  failed: readonly (PutTargetsResultEntry | RemoveTargetsResultEntry)[],
): void {
  const [first] = failed;
  if (first === undefined) return;
  const why = failed.map(
    ({ TargetId, ErrorCode, ErrorMessage }) => `${TargetId}: ${ErrorCode} ${ErrorMessage ?? ""}`,
  );
  throw new EcsmonError(first.ErrorCode ?? "Failed", `${operation} failed for ${why.join("; ").trim()}`, {
    fault: "aws",
    remedy: "retry",
  });
}

function explainQuota(error: unknown): never {
  if (errorName(error) !== "LimitExceededException") throw error;
  throw new EcsmonError(
    "LimitExceededException",
    "events:PutRule: the event bus has no room for another rule (300 unless raised); raise the quota, or delete rules that nobody needs",
    { fault: "aws", remedy: "stall", cause: error },
  );
}

function targetsOf(spec: JsonObject | null): readonly JsonObject[] {
  return objectsIn(spec?.["Targets"]);
}

function tagsOf(spec: JsonObject | null): readonly JsonObject[] {
  return objectsIn(spec?.["Tags"]);
}

function objectsIn(list: Json | undefined): readonly JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function targetIds(spec: JsonObject | null): string[] {
  return targetsOf(spec).map((target) => String(target["Id"]));
}

/** Of the targets that are ours. */
function targetArns(spec: JsonObject, owner: string): string[] {
  return targetsOf(spec)
    .filter(({ Id, Arn }) => Id === ruleTargetId(owner, String(Arn)))
    .map(({ Arn }) => String(Arn));
}

/** Members of PutRule's input that DescribeRule gives back, beside the pattern (EventBridge API reference). */
const ruleMembers = ["Name", "Description", "State", "ScheduleExpression", "RoleArn"] as const;

function canonicalRule(spec: JsonObject): JsonObject {
  const pattern = spec["EventPattern"];
  const picked: Record<string, Json | undefined> = Object.fromEntries(
    ruleMembers.map((member) => [member, spec[member]]),
  );
  return {
    ...dropEmptyTexts({ ...picked, EventPattern: canonicalPattern(parsePattern(pattern)) ?? pattern }),
    State: spec["State"] ?? "ENABLED",
    Tags: [...tagsOf(spec)].sort((a, b) => compareText(String(a["Key"]), String(b["Key"]))),
    Targets: targetsOf(spec)
      .map(canonicalTarget)
      .sort((a, b) => compareText(String(a["Id"]), String(b["Id"]))),
  };
}

function canonicalTarget(target: JsonObject): JsonObject {
  return dropEmptyTexts(Object.fromEntries(targetMembers.map((member) => [member, target[member]])));
}

function dropEmptyTexts(value: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null && inner !== ""),
  );
}

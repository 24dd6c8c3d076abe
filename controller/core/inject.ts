// What the operator would make of a task definition that runs in a given service, without an account to look into.
// What is only known to AWS, and was not given, is a mark: where a mark would come into the result, the flag that was
// missing is named. Pure.
import type { Policy, PolicySet } from "../api/policy.ts";
import { parseTemplate } from "../api/template.ts";
import { EcsmonError } from "../model/errors.ts";
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import { partitionOf } from "../model/partition.ts";
import { known } from "../model/read.ts";
import { toRegisterInput } from "../model/task-definition.ts";
import type { Tags, Workload } from "../model/workload.ts";
import { type Concealment, concealLayer, withoutEqual } from "./conceal-wanted.ts";
import { findDifferences } from "./differences.ts";
import { canonicalTaskDefinition, ejectLayer, hasLayer, injectLayer, unreadableRecords } from "./layer.ts";
import { findSecretOriginal } from "./secret-original.ts";
import { enforcementOfPolicy, type Reason, type Selected, selectWorkloads } from "./select.ts";
import { matchesSelector } from "./selectors.ts";
import { enforcementOfTask, type Resolved, resolveLayer, taskItems } from "./task-layer.ts";

/** The service that the definition is for, as the command line tells it. */
export interface ServiceFacts {
  readonly owner: string;
  readonly cluster: string;
  readonly service: string;
  readonly tags: Tags;
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly launchType: string | undefined;
}

export interface Injection {
  /** The definition that goes out; the very one that came in when nothing changes. */
  readonly definition: JsonObject;
  /** Names of the policies whose layer is in it. */
  readonly policies: readonly string[];
  /** Why there is nothing of ours in it, for people. */
  readonly note?: string;
}

/** @throws EcsmonError when the layer is blocked, or when a flag is missing. */
export function injectTaskDefinition(
  { policies, exceptions }: Pick<PolicySet, "policies" | "exceptions">,
  input: JsonObject,
  facts: ServiceFacts,
): Injection {
  const { owner } = facts;
  const name = `${facts.cluster}/${facts.service}`;
  const workload = buildWorkload(input, facts);
  refuseUnjudged(policies, workload, facts);
  const [selected] = selectWorkloads(policies, [workload], owner, exceptions);
  const items = selected === undefined ? [] : taskItems(selected);
  if (selected === undefined || items.length === 0) return releaseLayer(selected, input, owner, name);

  const contributors = [...new Set(items.flatMap((item) => item.contributors))];
  const names = contributors.map((policy) => policy.name).sort();
  const kept = (why: string): Injection => ({
    definition: input,
    policies: [],
    note: `${why}; printed as it was`,
  });
  if (enforcementOfTask(selected, contributors) === "Audit")
    return kept(`${name}: TaskDefinition is in Audit (${names.join(", ")}), so nothing is injected`);
  const laid = layTaskDefinition(selected, input, owner);
  if (!laid.ok && laid.reason.code === "Suspended") return kept(`${name}: ${laid.reason.message}`);
  const missing = findMissingTags(contributors, facts.tags);
  if (!laid.ok && laid.reason.code === "MissingReference" && missing !== undefined) throw missing;
  refuseMarks(laid.ok ? laid.value : laid.reason.message);
  if (!laid.ok) throw blockedBy(laid.reason, name);
  return { definition: unlessEqual(input, laid.value), policies: names };
}

/** Takes everything of ours out. @throws EcsmonError when what stood there before cannot be told. */
export function ejectTaskDefinition(input: JsonObject, owner: string): JsonObject {
  const lost = lostRecords(input, owner);
  if (lost !== undefined) throw blockedBy(lost, "eject");
  return hasLayer(input, owner) ? ejectLayer(input, owner) : input;
}

/** Our layer on whatever stands there, laid anew. `concealment`: where that comes from a snapshot. */
export function layTaskDefinition(
  selected: Selected,
  input: JsonObject,
  owner: string,
  concealment?: Concealment,
): Resolved<JsonObject> {
  const lost = lostRecords(input, owner);
  if (lost !== undefined) return { ok: false, reason: lost };
  const without = ejectLayer(input, owner);
  const layer = resolveLayer(selected, toRegisterInput(without));
  if (!layer.ok) return layer;
  const id = selected.workload.serviceArn;
  const wanted =
    concealment === undefined
      ? layer.value
      : concealLayer(layer.value, { live: input, base: without, id }, concealment);
  const laid = injectLayer(without, owner, wanted);
  const secret = findSecretOriginal(input, laid, owner);
  if (secret !== undefined) return { ok: false, reason: secret };
  return { ok: true, value: concealment !== undefined && isAlike(input, laid, concealment) ? input : laid };
}

/** What is wanted may differ from what stands, but in nothing except that it is open. */
function isAlike(input: JsonObject, laid: JsonObject, concealment: Concealment): boolean {
  const differences = findDifferences(canonicalTaskDefinition(input), canonicalTaskDefinition(laid));
  return differences.length > 0 && withoutEqual(differences, concealment).length === 0;
}

function lostRecords(input: JsonObject, owner: string): Reason | undefined {
  const lost = unreadableRecords(input, owner);
  if (lost.length === 0) return undefined;
  const message = `the record of our layer in container ${lost.join(", ")} cannot be read; it stays as it is`;
  return { code: "OriginalUnknown", message };
}

/** No policy asks for anything: what is there of ours goes, unless a policy that still selects the service holds it. */
function releaseLayer(
  selected: Selected | undefined,
  input: JsonObject,
  owner: string,
  name: string,
): Injection {
  const none = { policies: [] };
  const why =
    selected === undefined
      ? `no policy selects ${name}: check --cluster, --service and --service-tag`
      : `the policies that select ${name} ask for nothing in its task definition`;
  if (!hasLayer(input, owner)) return { ...none, definition: input, note: `${why}; printed as it was` };
  const policies = selected?.policies ?? [];
  const suspended = policies.find(({ spec }) => spec.suspend === true);
  if (suspended !== undefined)
    return {
      ...none,
      definition: input,
      note: `${name}: policy ${suspended.name} is suspended; printed as it was`,
    };
  if (
    policies.length > 0 &&
    policies.every((policy) => enforcementOfPolicy(policy, "TaskDefinition") === "Audit")
  )
    return { ...none, definition: input, note: `${name}: TaskDefinition is in Audit; printed as it was` };
  return {
    ...none,
    definition: ejectTaskDefinition(input, owner),
    note: `${why}; the layer that was in the file is taken out`,
  };
}

/** A revision that ECS would show as the same one is left as it is written. */
function unlessEqual(input: JsonObject, after: JsonObject): JsonObject {
  return jsonEqual(canonicalTaskDefinition(input), canonicalTaskDefinition(after)) ? input : after;
}

function blockedBy({ code, message }: Reason, where: string): EcsmonError {
  return new EcsmonError(code, `${where}: ${code}: ${message}`);
}

/** Something that stands for what is not known. The character is of Unicode's private area: no file has it. */
function mark(name: string): string {
  return `\uE000${name}\uE001`;
}

const marks: ReadonlyMap<string, string> = new Map([
  [mark("account"), `the policies use \${account}: give --account`],
  [
    mark("region"),
    `the policies need the region (\${region}, or awslogs-region of a new log driver): give --region`,
  ],
  [mark("partition"), `the policies use \${partition}, which follows from the region: give --region`],
  [
    mark("family"),
    `the policies use \${taskDefinition.family}, and the file has no family: write one into it`,
  ],
]);

function refuseMarks(value: JsonObject | string): void {
  const text = JSON.stringify(value);
  for (const [sign, message] of marks) if (text.includes(sign)) throw new EcsmonError("MissingFlag", message);
}

function buildWorkload(input: JsonObject, facts: ServiceFacts): Workload {
  const { cluster, service, tags } = facts;
  const account = facts.account ?? mark("account");
  const region = facts.region ?? mark("region");
  const partition = facts.region === undefined ? mark("partition") : partitionOf(facts.region);
  const family =
    typeof input["family"] === "string" && input["family"] !== "" ? input["family"] : mark("family");
  const taskDefinitionArn = `arn:${partition}:ecs:${region}:${account}:task-definition/${family}:0`;
  return {
    account,
    partition,
    region,
    cluster,
    service,
    serviceArn: `arn:${partition}:ecs:${region}:${account}:service/${cluster}/${service}`,
    tags,
    // Refused by `validate` wherever it would end up in a task definition.
    desiredCount: 0,
    launchType: facts.launchType ?? launchTypeOf(input) ?? "",
    deploymentController: "ECS",
    deploymentInProgress: undefined,
    taskDefinitionArn,
    taskDefinition: known({ arn: taskDefinitionArn, input, tags: {} }),
    targetGroups: known([]),
  } as Workload;
}

/** A definition made for one launch type only runs as that. */
function launchTypeOf(input: JsonObject): string | undefined {
  const list = input["requiresCompatibilities"];
  return Array.isArray(list) && list.length === 1 && typeof list[0] === "string" ? list[0] : undefined;
}

/** Policies that would be selected or not by something that was not given. */
function refuseUnjudged(policies: readonly Policy[], workload: Workload, facts: ServiceFacts): void {
  const unknown = [
    ["accounts", "--account", facts.account],
    ["regions", "--region", facts.region],
    ["launchTypes", "--launch-type", workload.launchType || undefined],
  ] as const;
  const flags = unknown.filter(([, , value]) => value === undefined);
  for (const { name, spec } of policies) {
    if (!spec.sidecars && !spec.healthCheck && !spec.logging && !spec.taskSize) continue;
    const open = flags.filter(([field]) => spec.selector[field] !== undefined);
    const rest = Object.fromEntries(
      Object.entries(spec.selector).filter(([field]) => !open.some(([one]) => one === field)),
    );
    const [first] = open;
    if (first === undefined || !matchesSelector(rest as typeof spec.selector, workload)) continue;
    throw new EcsmonError("MissingFlag", `policy ${name} selects by ${first[0]}: give ${first[1]}`);
  }
}

/** Service tags that these policies fill in, without a default, and that were not given. */
function findMissingTags(policies: readonly Policy[], tags: Tags): EcsmonError | undefined {
  for (const { name, spec } of policies) {
    const { sidecars, healthCheck, logging } = spec;
    for (const text of textsOf([sidecars, healthCheck, logging] as unknown as Json)) {
      for (const part of parseTemplate(text).parts) {
        if (!("name" in part) || part.fallback !== undefined || !part.name.startsWith("service.tags."))
          continue;
        const key = part.name.slice("service.tags.".length);
        if (tags[key] !== undefined) continue;
        return new EcsmonError(
          "MissingFlag",
          `policy ${name} uses the service tag ${key}: give --service-tag ${key}=…, or write a default into the policy`,
        );
      }
    }
  }
  return undefined;
}

function textsOf(value: Json | undefined): string[] {
  if (typeof value === "string") return value.includes("${") ? [value] : [];
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(textsOf);
  return isObject(value) ? Object.values(value).flatMap(textsOf) : [];
}

// Small worlds for the tests of the pure heart: policies through the real parser, workloads, and what follows.
import { parsePolicies } from "../../../controller/api/parse.ts";
import type { Policy } from "../../../controller/api/policy.ts";
import type { DesiredContext, Observation, Observed, Wanted } from "../../../controller/core/managed.ts";
import { computePlan } from "../../../controller/core/plan.ts";
import type { PlanInput, PlanParts } from "../../../controller/core/plan-parts.ts";
import { type Item, type Selected, selectWorkloads } from "../../../controller/core/select.ts";
import { clusterSettings } from "../../../controller/kinds/cluster-settings.ts";
import { kinds } from "../../../controller/kinds/index.ts";
import type { Kind, ObserveContext, WriteContext } from "../../../controller/kinds/kind.ts";
import { service } from "../../../controller/kinds/service.ts";
import { taskDefinition } from "../../../controller/kinds/task-definition.ts";
import type { Json, JsonObject } from "../../../controller/model/json.ts";
import type { Change, KindName } from "../../../controller/model/plan.ts";
import { known, type Read, unknown } from "../../../controller/model/read.ts";
import type { Cluster, Inventory, Tags, TargetGroup, Workload } from "../../../controller/model/workload.ts";

export const account = "123456789012";
export const region = "eu-central-1";
export const owner = "ecsmon";
export const asOf = new Date("2026-11-22T09:00:00Z");
export const denied = { code: "AccessDenied", message: "it was denied" };

/**
 * One policy a text: the body of `spec`, or a whole document. They are named a, b, c… and stand in a.yaml, b.yaml….
 * @throws if the parser finds an error: these tests are about policies that are fine.
 */
export function policies(...bodies: readonly string[]): readonly Policy[] {
  return policiesIn(bodies.map((body, index) => [`${String.fromCharCode(97 + index)}.yaml`, body] as const));
}

export function policiesIn(files: readonly (readonly [file: string, body: string])[]): readonly Policy[] {
  const set = parsePolicies(files.map(([file, body]) => ({ file, text: toDocument(file, body) })));
  const errors = set.diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(JSON.stringify(errors, undefined, 1));
  return set.policies;
}

function toDocument(file: string, body: string): string {
  if (body.trimStart().startsWith("apiVersion:")) return body;
  const indent = /^ *(?=\S)/m.exec(body)?.[0].length ?? 0;
  const lines = body.split("\n").filter((line) => line.trim() !== "");
  const spec = lines.map((line) => `  ${line.slice(indent)}`);
  const selector = lines.some((line) => line.trimStart().startsWith("selector:"))
    ? []
    : [`  selector: { services: ["*"] }`];
  const name = file.replace(/^.*\//, "").replace(/\.yaml$/, "");
  return [
    "apiVersion: ecsmon.dev/v1alpha1",
    "kind: MonitoringPolicy",
    `metadata: { name: ${name} }`,
    "spec:",
    ...spec,
    ...selector,
  ].join("\n");
}

/** A plain web container, as ECS gives it back. */
export function appContainer(over: JsonObject = {}): JsonObject {
  return { name: "app", image: "example.com/app:1", essential: true, cpu: 0, ...over };
}

export function definition(
  containers: readonly JsonObject[] = [appContainer()],
  over: JsonObject = {},
): JsonObject {
  return {
    family: "web",
    executionRoleArn: `arn:aws:iam::${account}:role/execution`,
    networkMode: "awsvpc",
    cpu: "512",
    memory: "1024",
    requiresCompatibilities: ["FARGATE"],
    containerDefinitions: containers,
    ...over,
  };
}

type WorkloadParts = Partial<Omit<Workload, "taskDefinition" | "targetGroups">> & {
  readonly input?: JsonObject;
  readonly revisionTags?: Tags;
  readonly taskDefinition?: Read<never>;
  readonly targetGroups?: readonly TargetGroup[] | Read<never>;
};

export function workload(over: WorkloadParts = {}): Workload {
  const {
    input = definition(),
    revisionTags = {},
    taskDefinition: failed,
    targetGroups = [],
    ...rest
  } = over;
  const { cluster = "prod", service = "web" } = rest;
  const taskDefinitionArn = `arn:aws:ecs:${region}:${account}:task-definition/${String(input["family"])}:7`;
  return {
    account,
    partition: "aws",
    region,
    cluster,
    service,
    serviceArn: `arn:aws:ecs:${region}:${account}:service/${cluster}/${service}`,
    tags: {},
    desiredCount: 2,
    launchType: "FARGATE",
    deploymentController: "ECS",
    deploymentInProgress: undefined,
    healthCheckGracePeriod: 0,
    taskDefinitionArn,
    taskDefinition: failed ?? known({ arn: taskDefinitionArn, input, tags: revisionTags }),
    targetGroups: "known" in targetGroups ? targetGroups : known(targetGroups),
    ...rest,
  };
}

export function targetGroup(name: string, balancer?: string): TargetGroup {
  const arn = `arn:aws:elasticloadbalancing:${region}:${account}`;
  return {
    arn: `${arn}:targetgroup/${name}/0123`,
    loadBalancerArn: balancer === undefined ? undefined : `${arn}:loadbalancer/${balancer}/4567`,
  };
}

export const failedRead: Read<never> = unknown(denied);

export function select(body: string | readonly string[], over: WorkloadParts = {}): Selected {
  const bodies = typeof body === "string" ? [body] : body;
  const [selected] = selectWorkloads(policies(...bodies), [workload(over)], owner);
  if (selected === undefined) throw new Error("nothing is selected");
  return selected;
}

/** What an item came to: its value, or `CODE: message`. */
export function outcome(item: Item<unknown> | undefined): unknown {
  if (item === undefined) return undefined;
  const { result } = item;
  return result.ok ? result.value : `${result.reason.code}: ${result.reason.message}`;
}

/** One item as it stands, ours unless said otherwise. */
export function observed(
  over: Partial<Observed> & { readonly name: string; readonly spec: JsonObject },
): Observed {
  return { id: over.name, owned: true, ...over };
}

export function items(...list: readonly Observed[]): Observation {
  return known({ items: new Map(list.map((item) => [item.id, item])) });
}

export function logGroup(
  name: string,
  retention: number | undefined,
  tags: Tags,
  createdAt = asOf.getTime(),
): Observed {
  const shown = Object.fromEntries(
    Object.entries(tags).filter(([key]) => /^ecsmon\.dev\/(owner|policy)$/.test(key)),
  );
  return {
    id: name,
    name,
    spec: {
      logGroupName: name,
      ...(retention === undefined ? {} : { retentionInDays: retention }),
      tags: shown,
    },
    owned: tags["ecsmon.dev/owner"] === owner,
    detail: { arn: `arn:aws:logs:${region}:${account}:log-group:${name}`, tags, createdAt },
  };
}

export function alarmOf(
  cluster: string,
  service: string,
  name: string,
  over: JsonObject = {},
  by = owner,
): Observed {
  const full = `${by}/${cluster}/${service}/${name}`;
  return { id: full, name: full, cluster, service, owned: true, spec: { AlarmName: full, ...over } };
}

export interface Scene {
  readonly policies?: readonly Policy[];
  readonly workloads?: readonly Workload[];
  readonly clusters?: Inventory["clusters"];
  /** containerInsights and tags by cluster; `disabled` and none where left out. */
  readonly settings?: Readonly<Record<string, { readonly containerInsights?: string; readonly tags?: Tags }>>;
  readonly leaving?: Inventory["leaving"];
  readonly unreadable?: Inventory["unreadable"];
  readonly narrowed?: boolean;
  readonly observations?: Partial<Record<KindName, Observation>>;
  readonly gone?: readonly string[];
  readonly scope?: Partial<PlanInput["scope"]>;
  readonly force?: boolean;
}

/** From policies and what stands to the plan, without a client: what cannot be read from the inventory is given. */
export async function plan(scene: Scene): Promise<PlanParts> {
  return computePlan(await planInput(scene));
}

export async function planInput(scene: Scene): Promise<PlanInput> {
  const workloads = scene.workloads ?? [workload()];
  const force = scene.force ?? false;
  const inventory: Inventory = {
    account,
    partition: "aws",
    region,
    clusters: scene.clusters ?? known(clustersOf(workloads, scene.settings ?? {})),
    workloads,
    leaving: scene.leaving ?? [],
    unreadable: scene.unreadable ?? [],
    narrowed: scene.narrowed ?? false,
  };
  const selection = selectWorkloads(scene.policies ?? [], workloads, owner);
  const context: DesiredContext = { owner, inventory, force, asOf };
  const wanted = new Map<KindName, readonly Wanted[]>(
    kinds.map((kind) => [kind.name, kind.desired(selection, context)]),
  );
  const observations = new Map<KindName, Observation>();
  for (const kind of kinds) {
    const fromInventory = [taskDefinition, clusterSettings, service].includes(kind);
    const given = scene.observations?.[kind.name];
    if (given !== undefined) observations.set(kind.name, given);
    else if (fromInventory)
      observations.set(
        kind.name,
        await kind.observe({ inventory, owner, wanted: [], needed: [] } as unknown as ObserveContext),
      );
    else observations.set(kind.name, items());
  }
  return {
    owner,
    force,
    asOf,
    kinds,
    inventory,
    selection,
    wanted,
    observations,
    gone: new Set(scene.gone ?? []),
    scope: { clusters: [], services: [], ...scene.scope },
  };
}

function clustersOf(
  workloads: readonly Workload[],
  settings: NonNullable<Scene["settings"]>,
): readonly Cluster[] {
  const names = [...new Set([...workloads.map(({ cluster }) => cluster), ...Object.keys(settings)])];
  return names.map((name) => ({
    arn: `arn:aws:ecs:${region}:${account}:cluster/${name}`,
    name,
    detail: known({ containerInsights: "disabled", tags: {}, ...settings[name] }),
    services: known(workloads.filter(({ cluster }) => cluster === name).map(({ service }) => service)),
  }));
}

/** A plan as lines: `create MetricAlarm ecsmon/prod/web/cpu`, in the plan's own order. */
export function lines({ changes, blocked, unknown: dark }: PlanParts): string[] {
  return [
    ...changes.map(({ action, kind, name, enforcement, release }) =>
      [
        action,
        ...(release && action === "update" ? ["release"] : []),
        ...(enforcement === "Audit" ? ["(audit)"] : []),
        kind,
        name,
      ].join(" "),
    ),
    ...blocked.map(({ code, kind, name }) => `blocked ${code} ${kind} ${name}`),
    ...dark.map(({ code, kind }) => `unknown ${code} ${kind}`),
  ];
}

/** A value out of JSON by its path; undefined where it is not there. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  let current: unknown = value;
  for (const key of path) current = (current as Record<string | number, unknown> | undefined)?.[key];
  return current as Json | undefined;
}

export function containerNamed(input: JsonObject | null | undefined, name: string): JsonObject {
  const list = (input?.["containerDefinitions"] ?? []) as readonly JsonObject[];
  const found = list.find((container) => container["name"] === name);
  if (found === undefined) throw new Error(`no container ${name}`);
  return found;
}

/** What a kind's writer writes for a change, in order: each command's name and input. What it reads is not there. */
export async function sent(
  kind: Kind,
  change: Change | undefined,
): Promise<(readonly [string, JsonObject])[]> {
  const calls: (readonly [string, JsonObject])[] = [];
  const send = async (command: {
    readonly constructor: { readonly name: string };
    readonly input: JsonObject;
  }) => {
    if (command.constructor.name === "ListTagsForResourceCommand") return { tags: [] };
    calls.push([command.constructor.name.replace("Command", ""), command.input]);
    return {};
  };
  const aws = { ecs: { send }, logs: { send } } as unknown as WriteContext["aws"];
  if (change === undefined) throw new Error("there is no change to write");
  await kind.put(change, { aws, owner, now: () => new Date(0) });
  return calls;
}

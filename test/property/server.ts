// A small AWS in memory that is as unhelpful as the real one may be: every read gives lists in another order, fills in
// defaults and adds members that nobody knows. The kinds' own readers and writers run against it.
import type { AwsClients } from "../../controller/aws/clients.ts";
import {
  compareText,
  isObject,
  type Json,
  type JsonObject,
  stableStringify,
} from "../../controller/model/json.ts";
import { known } from "../../controller/model/read.ts";
import type { Cluster, Inventory, Workload } from "../../controller/model/workload.ts";

type Mutable = Record<string, Json | undefined>;
interface Call {
  readonly constructor: { readonly name: string };
  readonly input: unknown;
  readonly middlewareStack: {
    resolve(handler: unknown, context: object): (args: object) => Promise<unknown>;
  };
}

interface Group {
  tags: Record<string, string>;
  retention: number | undefined;
}

export interface Server {
  readonly aws: AwsClients;
  inventory(): Inventory;
  /** Everything that stands, sorted; what only ever grows (revisions, created groups) is left out. */
  contents(): unknown;
  readonly writes: string[];
}

export interface Start {
  readonly workloads: readonly Workload[];
  readonly groups: Readonly<Record<string, number | undefined>>;
  readonly alarms: readonly string[];
}

export function startServer(start: Start, seed: number): Server {
  const random = createRandom(seed);
  const shuffle = <T>(list: readonly T[]): T[] =>
    list
      .map((value) => [random(), value] as const)
      .sort(([a], [b]) => a - b)
      .map(([, value]) => value);
  const workloads = new Map(
    start.workloads.map((workload) => [
      workload.serviceArn,
      { ...withInput(workload, fillIn(inputOf(workload))), tags: { ...workload.tags } },
    ]),
  );
  const definitions = new Map<string, JsonObject>();
  const clusters = new Map(
    start.workloads.map(({ cluster }) => [
      cluster,
      { insights: "disabled", tags: { team: "x" } as Record<string, string> },
    ]),
  );
  const groups = new Map<string, Group>(
    Object.entries(start.groups).map(([name, retention]) => [name, { tags: { team: "x" }, retention }]),
  );
  const filters = new Map<string, JsonObject>();
  const alarms = new Map<string, JsonObject>(
    start.alarms.map((name) => [name, { AlarmName: name, Threshold: 1 }]),
  );
  const writes: string[] = [];
  const groupArn = (name: string) => `arn:aws:logs:eu-central-1:123456789012:log-group:${name}`;
  const groupOf = (arn: unknown): Group => groups.get(String(arn).split(":log-group:")[1] ?? "") as Group;
  const clusterOf = (arn: unknown) =>
    clusters.get(String(arn).split("/")[1] ?? "") as { insights: string; tags: Record<string, string> };
  const tagsOf = (arn: unknown): Record<string, string> => {
    if (String(arn).includes(":log-group:")) return groupOf(arn).tags;
    const workload = workloads.get(String(arn));
    return workload === undefined ? clusterOf(arn).tags : (workload.tags as Record<string, string>);
  };
  const serviceOf = (cluster: unknown, service: unknown): Workload =>
    [...workloads.values()].find((one) => one.cluster === cluster && one.service === service) as Workload;

  // biome-ignore lint/suspicious/noExplicitAny: inputs of as many shapes as there are commands
  const handlers: Record<string, (input: any) => unknown> = {
    ListRuleNamesByTargetCommand: () => ({ RuleNames: [] }),
    ListTaskDefinitionsCommand: () => ({ taskDefinitionArns: [] }),
    DescribeServicesCommand: ({ cluster, services }) => ({
      services: [
        { serviceName: services[0], taskDefinition: serviceOf(cluster, services[0]).taskDefinitionArn },
      ],
    }),
    DescribeTaskDefinitionCommand: ({ taskDefinition: family }) => {
      const registered = [...definitions].filter(([arn]) => arn.includes(`/${family}:`)).at(-1);
      const [arn, { input, tags }] = (registered ?? [
        "arn:none:0",
        { input: { family, containerDefinitions: [] }, tags: [] },
      ]) as [string, { input: JsonObject; tags: unknown[] }];
      return { taskDefinition: { ...input, taskDefinitionArn: arn, status: "ACTIVE" }, tags };
    },
    RegisterTaskDefinitionCommand: ({ tags = [], ...input }) => {
      const taskDefinitionArn = `arn:aws:ecs:eu-central-1:123456789012:task-definition/${input.family}:${100 + definitions.size}`;
      definitions.set(taskDefinitionArn, { input: fillIn(structuredClone(input)), tags });
      return { taskDefinition: { taskDefinitionArn } };
    },
    UpdateServiceCommand: ({ cluster, service, taskDefinition }) => {
      const { input, tags } = definitions.get(taskDefinition) as {
        input: JsonObject;
        tags: { key: string; value: string }[];
      };
      const workload = serviceOf(cluster, service);
      const read = known({
        arn: taskDefinition,
        input,
        tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
      });
      workloads.set(workload.serviceArn, {
        ...workload,
        taskDefinitionArn: taskDefinition,
        taskDefinition: read,
      });
    },
    UpdateClusterSettingsCommand: ({ cluster, settings }) => {
      (clusters.get(cluster) as { insights: string }).insights = settings[0].value;
    },
    DescribeLogGroupsCommand: ({ logGroupNamePrefix }) => ({
      logGroups: shuffle([...groups])
        .filter(([name]) => name.startsWith(logGroupNamePrefix))
        .map(([name, { retention }]) => ({
          logGroupName: name,
          logGroupArn: groupArn(name),
          retentionInDays: retention,
          storedBytes: 5,
          creationTime: Date.now(),
        })),
    }),
    CreateLogGroupCommand: ({ logGroupName, tags }) =>
      void groups.set(logGroupName, { tags: { ...tags }, retention: undefined }),
    PutRetentionPolicyCommand: ({ logGroupName, retentionInDays }) => {
      (groups.get(logGroupName) as Group).retention = retentionInDays;
    },
    DeleteRetentionPolicyCommand: ({ logGroupName }) => {
      (groups.get(logGroupName) as Group).retention = undefined;
    },
    ListTagsForResourceCommand: ({ resourceArn }) => {
      const tags = { ...tagsOf(resourceArn) };
      const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
      return { tags: String(resourceArn).includes(":log-group:") ? tags : list };
    },
    GetResourcesCommand: ({ TagFilters: [{ Key, Values }] }) => ({
      ResourceTagMappingList: shuffle([...groups])
        .filter(([, { tags }]) => tags[Key] === Values[0])
        .map(([name, { tags }]) => ({
          ResourceARN: groupArn(name),
          Tags: shuffle(Object.entries(tags)).map(([key, Value]) => ({ Key: key, Value })),
        })),
    }),
    TagResourceCommand: ({ resourceArn, tags }) => {
      // ECS takes a list, Logs a map.
      if (!Array.isArray(tags)) Object.assign(groupOf(resourceArn).tags, tags);
      else for (const { key, value } of tags) tagsOf(resourceArn)[key] = value;
    },
    UntagResourceCommand: ({ resourceArn, tagKeys }) => {
      const tags = tagsOf(resourceArn);
      for (const key of tagKeys) delete tags[key];
    },
    PutMetricFilterCommand: (filter) => {
      if (!groups.has(filter.logGroupName)) throw new Error(`no log group ${filter.logGroupName}`);
      filters.set(`${filter.logGroupName}|${filter.filterName}`, filter);
    },
    DeleteMetricFilterCommand: ({ logGroupName, filterName }) =>
      void filters.delete(`${logGroupName}|${filterName}`),
    DescribeMetricFiltersCommand: () => ({
      metricFilters: shuffle([...filters.values()]).map((filter) => ({
        ...filter,
        creationTime: 1,
        applyOnTransformedLogs: false,
        metricTransformations: (filter["metricTransformations"] as JsonObject[]).map((one) => ({
          unit: "None",
          ...one,
        })),
      })),
    }),
    PutMetricAlarmCommand: ({ Tags: _, ...alarm }) => void alarms.set(alarm.AlarmName, alarm),
    DeleteAlarmsCommand: ({ AlarmNames }) => {
      for (const name of AlarmNames) alarms.delete(name);
    },
    DescribeAlarmsCommand: ({ AlarmNamePrefix }) => ({
      MetricAlarms: shuffle([...alarms.values()])
        .filter(({ AlarmName }) => String(AlarmName).startsWith(AlarmNamePrefix))
        .map((alarm) => ({
          StateValue: "OK",
          InsufficientDataActions: [],
          Dimensions: [],
          Future: 1,
          ...reorderAlarm(alarm, shuffle),
        })),
    }),
  };

  const send = async (command: Call): Promise<unknown> => {
    const { name } = command.constructor;
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`the server knows no ${name}`);
    if (!/^(Describe|List|Get)/.test(name)) writes.push(name);
    const answer = handler(command.input) ?? {};
    // The readers of raw bodies find one, as they would behind HTTP.
    const body = Buffer.from(JSON.stringify(answer));
    await command.middlewareStack.resolve(
      async () => ({ response: { body }, output: answer }),
      {},
    )({ request: { headers: {} } });
    return answer;
  };
  const client = { send };

  return {
    aws: {
      ecs: client,
      cloudwatch: client,
      logs: client,
      tagging: client,
      events: client,
      // Of IAM and schedules: nothing there.
      isEmulated: () => true,
    } as unknown as AwsClients,
    writes,
    inventory: () => ({
      account: "123456789012",
      partition: "aws",
      region: "eu-central-1",
      clusters: known(
        shuffle([...clusters]).map(([name, { insights, tags }]) =>
          toCluster(name, insights, { ...tags }, [...workloads.values()]),
        ),
      ),
      workloads: shuffle([...workloads.values()]).map((workload) =>
        withInput(workload, reorder(inputOf(workload), shuffle)),
      ),
      leaving: [],
      unreadable: [],
    }),
    contents: () => ({
      definitions: [...workloads.values()].map((workload) => [
        workload.serviceArn,
        reorder(inputOf(workload), sortedText),
        workload.taskDefinition.known && workload.taskDefinition.value.tags,
      ]),
      clusters: [...clusters],
      groups: Object.keys(start.groups).map((name) => [name, groups.get(name)]),
      filters: [...filters.keys()].sort(),
      alarms: [...alarms.keys()].sort(),
    }),
  };
}

function toCluster(
  name: string,
  containerInsights: string,
  tags: Record<string, string>,
  all: readonly Workload[],
): Cluster {
  const services = all.filter(({ cluster }) => cluster === name).map(({ service }) => service);
  return {
    arn: `arn:aws:ecs:eu-central-1:123456789012:cluster/${name}`,
    name,
    detail: known({ containerInsights, tags }),
    services: known(services),
  };
}

function inputOf({ taskDefinition }: Workload): JsonObject {
  return taskDefinition.known ? taskDefinition.value.input : {};
}

function withInput(workload: Workload, input: JsonObject): Workload {
  return workload.taskDefinition.known
    ? { ...workload, taskDefinition: known({ ...workload.taskDefinition.value, input }) }
    : workload;
}

function sortedText<T>(list: readonly T[]): T[] {
  const text = new Map(list.map((item) => [item, stableStringify(item)]));
  return [...list].sort((a, b) => compareText(text.get(a) ?? "", text.get(b) ?? ""));
}

/** What ECS makes of a definition that is registered. */
function fillIn(input: JsonObject): JsonObject {
  const containers = (input["containerDefinitions"] as readonly JsonObject[]).map((container) => {
    const { healthCheck, logConfiguration, portMappings } = container;
    const filled: Mutable = {
      cpu: 0,
      environment: [],
      mountPoints: [],
      volumesFrom: [],
      systemControls: [],
      essential: true,
      future: { a: [] },
      ...container,
    };
    filled["portMappings"] = (Array.isArray(portMappings) ? portMappings : []).map((port) =>
      isObject(port) ? { hostPort: port["containerPort"], protocol: "tcp", future: 1, ...port } : port,
    ) as Json;
    if (isObject(healthCheck))
      filled["healthCheck"] = { interval: 30, timeout: 5, retries: 3, future: true, ...healthCheck };
    if (isObject(logConfiguration)) filled["logConfiguration"] = { secretOptions: [], ...logConfiguration };
    return filled;
  });
  return { volumes: [], placementConstraints: [], ...input, containerDefinitions: containers };
}

/** Lists whose order means nothing, in another one. */
function reorder(input: JsonObject, shuffle: <T>(list: readonly T[]) => T[]): JsonObject {
  const unordered = ["environment", "secrets", "portMappings", "mountPoints", "dependsOn"];
  const containers = (input["containerDefinitions"] as readonly JsonObject[]).map((container) =>
    Object.fromEntries(
      shuffle(Object.entries(container)).map(([key, value]) => [
        key,
        unordered.includes(key) && Array.isArray(value) ? shuffle(value) : value,
      ]),
    ),
  );
  return { ...input, containerDefinitions: shuffle(containers) as Json };
}

function reorderAlarm(alarm: JsonObject, shuffle: <T>(list: readonly T[]) => T[]): JsonObject {
  return Object.fromEntries(
    shuffle(Object.entries(alarm)).map(([key, value]) => [
      key,
      Array.isArray(value) ? shuffle(value as readonly Json[]) : value,
    ]),
  );
}

/** mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

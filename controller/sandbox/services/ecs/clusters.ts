// Cluster operations.
import { AwsError, type Input, type Operation, type OperationContext, type Output } from "../../service.ts";
import { settle } from "./deployments.ts";
import { pageOf } from "./paging.ts";
import {
  type ClusterRecord,
  type EcsStore,
  ecsArn,
  type Fields,
  findCluster,
  invalid,
  nameOf,
  readTags,
} from "./store.ts";

const INSIGHTS = ["disabled", "enabled", "enhanced"];

export function clusterOperations(store: EcsStore): Record<string, Operation> {
  return {
    CreateCluster(input, context) {
      const name = input.clusterName ?? "default";
      if (typeof name !== "string" || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(name))
        throw invalid(`Invalid identifier: Cluster name '${name}' is not valid.`);
      const held = store.clusters.get(name);
      // Creating what exists answers with it, unchanged.
      if (held !== undefined && held.status === "ACTIVE")
        return { cluster: describe(held, new Set(["SETTINGS", "TAGS"]), context, store) };
      const { clusterName: _, tags, settings, ...rest } = input;
      const cluster: ClusterRecord = {
        name,
        arn: ecsArn(context, `cluster/${name}`),
        status: "ACTIVE",
        fields: {
          capacityProviders: [],
          defaultCapacityProviderStrategy: [],
          ...rest,
          settings: mergeSettings(
            [{ name: "containerInsights", value: store.settings.get("containerInsights") ?? "disabled" }],
            settings,
          ),
        },
        tags: readTags(tags),
        services: new Map(),
        tasks: new Map(),
      };
      store.clusters.set(name, cluster);
      return { cluster: describe(cluster, new Set(["SETTINGS", "TAGS", "CONFIGURATIONS"]), context, store) };
    },

    DeleteCluster(input, context) {
      const cluster = findCluster(store, input.cluster);
      if ([...cluster.services.values()].some((service) => settled(store, service, context) !== "INACTIVE"))
        throw new AwsError(
          "ClusterContainsServicesException",
          "The Cluster cannot be deleted while Services are active.",
        );
      cluster.status = "INACTIVE";
      return { cluster: describe(cluster, new Set(["SETTINGS", "TAGS"]), context, store) };
    },

    DescribeClusters(input, context) {
      const wanted: string[] = input.clusters?.length ? input.clusters : ["default"];
      if (wanted.length > 100) throw invalid("Clusters cannot have more than 100 items.");
      const include = new Set<string>(input.include ?? []);
      const clusters: Output[] = [];
      const failures: Output[] = [];
      for (const name of wanted) {
        const cluster = store.clusters.get(nameOf(name));
        if (cluster === undefined)
          failures.push({ arn: ecsArn(context, `cluster/${nameOf(name)}`), reason: "MISSING" });
        else clusters.push(describe(cluster, include, context, store));
      }
      return { clusters, failures };
    },

    ListClusters(input) {
      const arns = [...store.clusters.values()]
        .filter((cluster) => cluster.status === "ACTIVE")
        .map((cluster) => cluster.arn);
      const page = pageOf(arns, (arn) => arn, input, { scope: "clusters", standard: 100, maximum: 100 });
      return { clusterArns: page.items, nextToken: page.nextToken };
    },

    UpdateClusterSettings(input, context) {
      const cluster = findCluster(store, input.cluster);
      if (!Array.isArray(input.settings) || input.settings.length === 0)
        throw invalid("Settings cannot be empty.");
      cluster.fields["settings"] = mergeSettings(cluster.fields["settings"] as Input[], input.settings);
      return { cluster: describe(cluster, new Set(["SETTINGS", "TAGS"]), context, store) };
    },

    UpdateCluster(input, context) {
      const cluster = findCluster(store, input.cluster);
      const { cluster: _, settings, ...rest } = input;
      Object.assign(cluster.fields, rest as Fields);
      if (settings !== undefined)
        cluster.fields["settings"] = mergeSettings(cluster.fields["settings"] as Input[], settings);
      return {
        cluster: describe(cluster, new Set(["SETTINGS", "TAGS", "CONFIGURATIONS"]), context, store),
      };
    },

    PutClusterCapacityProviders(input, context) {
      const cluster = findCluster(store, input.cluster);
      if (!Array.isArray(input.capacityProviders) || !Array.isArray(input.defaultCapacityProviderStrategy))
        throw invalid("capacityProviders and defaultCapacityProviderStrategy are required.");
      cluster.fields["capacityProviders"] = input.capacityProviders;
      cluster.fields["defaultCapacityProviderStrategy"] = input.defaultCapacityProviderStrategy;
      return { cluster: describe(cluster, new Set(["SETTINGS", "TAGS"]), context, store) };
    },
  };
}

function mergeSettings(held: readonly Input[], changes: Input[] | undefined): Input[] {
  const settings = new Map(held.map((setting) => [setting.name, setting]));
  for (const change of changes ?? []) {
    if (change.name !== "containerInsights") throw invalid(`Invalid cluster setting name '${change.name}'.`);
    // Elsewhere in ECS, a `value` may be a number.
    if (typeof change.value !== "string")
      throw new AwsError("SerializationException", "value must be a string.");
    if (!INSIGHTS.includes(change.value))
      throw invalid(`Invalid cluster setting value '${change.value}'. Use one of ${INSIGHTS.join(", ")}.`);
    settings.set(change.name, { name: change.name, value: change.value });
  }
  return [...settings.values()];
}

function settled(
  store: EcsStore,
  service: Parameters<typeof settle>[1],
  context: OperationContext,
): "ACTIVE" | "DRAINING" | "INACTIVE" {
  settle(store, service, context);
  return service.status;
}

function describe(
  cluster: ClusterRecord,
  include: ReadonlySet<string>,
  context: OperationContext,
  store: EcsStore,
): Output {
  let running = 0;
  let pending = 0;
  let active = 0;
  for (const service of cluster.services.values()) {
    if (settled(store, service, context) === "ACTIVE") active++;
    for (const deployment of service.deployments) {
      running += deployment.running;
      pending += deployment.pending;
    }
  }
  const { settings, configuration, serviceConnectDefaults, ...rest } = cluster.fields;
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: running,
    pendingTasksCount: pending,
    activeServicesCount: active,
    ...rest,
    serviceConnectDefaults,
    statistics: include.has("STATISTICS") ? statistics(cluster) : [],
    tags: include.has("TAGS") ? cluster.tags : [],
    settings: include.has("SETTINGS") ? settings : [],
    ...(include.has("CONFIGURATIONS") && configuration !== undefined ? { configuration } : {}),
    ...(include.has("ATTACHMENTS") ? { attachments: [] } : {}),
  };
}

function statistics(cluster: ClusterRecord): Output[] {
  const counts = { activeEC2ServiceCount: 0, activeFargateServiceCount: 0 };
  for (const service of cluster.services.values()) {
    if (service.status !== "ACTIVE") continue;
    if (service.fields["launchType"] === "EC2") counts.activeEC2ServiceCount++;
    else counts.activeFargateServiceCount++;
  }
  return Object.entries(counts).map(([name, value]) => ({ name, value: String(value) }));
}

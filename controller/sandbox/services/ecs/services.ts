// Service operations: create, update, delete, describe, list.
import { AwsError, type Input, type Operation, type OperationContext, type Output } from "../../service.ts";
import { settle, startDeployment } from "./deployments.ts";
import { pageOf } from "./paging.ts";
import { checkDeploymentConfiguration, checkLoadBalancers, checkPlacement } from "./service-check.ts";
import { addEvent } from "./service-events.ts";
import { describeService } from "./service-view.ts";
import {
  type ClusterRecord,
  type EcsStore,
  ecsArn,
  type Fields,
  findCluster,
  findService,
  includes,
  invalid,
  nameOf,
  readTags,
  type ServiceRecord,
  usableTaskDefinition,
} from "./store.ts";

/** What starts a deployment when it changes. */
const DEPLOYING = [
  "networkConfiguration",
  "platformVersion",
  "loadBalancers",
  "serviceRegistries",
  "serviceConnectConfiguration",
  "volumeConfigurations",
  "vpcLatticeConfigurations",
  "capacityProviderStrategy",
  "monitoring",
] as const;

/** What UpdateService may not change where another tool deploys, and how ECS names it. */
const DEPLOYED_BY_OTHERS = {
  taskDefinition: "task definition",
  networkConfiguration: "network parameters",
  loadBalancers: "load balancers",
  platformVersion: "platform version",
  capacityProviderStrategy: "capacity provider strategy",
  monitoring: "monitoring",
} as const;

export function serviceOperations(store: EcsStore): Record<string, Operation> {
  return {
    CreateService: (input, context) => create(store, input, context),
    UpdateService: (input, context) => update(store, input, context),

    DeleteService(input, context) {
      const cluster = findCluster(store, input.cluster);
      const service = findService(cluster, input.service);
      settle(store, service, context);
      if (service.status !== "ACTIVE")
        throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");
      if (service.desiredCount > 0 && input.force !== true)
        throw invalid("The service cannot be stopped while it is scaled above 0.");
      service.status = "DRAINING";
      service.deletedAt = context.now();
      service.desiredCount = 0;
      return { service: describeService(service, true) };
    },

    DescribeServices(input, context) {
      const cluster = findCluster(store, input.cluster);
      if (!Array.isArray(input.services) || input.services.length === 0)
        throw invalid("Services cannot be empty.");
      if (input.services.length > 10) throw invalid("Services cannot have more than 10 items.");
      const services: Output[] = [];
      const failures: Output[] = [];
      for (const reference of input.services as string[]) {
        const service = cluster.services.get(nameOf(reference));
        if (service === undefined) {
          const arn = ecsArn(context, `service/${cluster.name}/${nameOf(reference)}`);
          failures.push({ arn, reason: "MISSING" });
          continue;
        }
        settle(store, service, context);
        services.push(describeService(service, includes(input, "TAGS")));
      }
      return { services, failures };
    },

    ListServices(input, context) {
      const cluster = findCluster(store, input.cluster);
      const arns: string[] = [];
      for (const service of cluster.services.values()) {
        settle(store, service, context);
        if (service.status === "INACTIVE") continue;
        if (input.launchType !== undefined && service.fields["launchType"] !== input.launchType) continue;
        if (
          input.schedulingStrategy !== undefined &&
          service.fields["schedulingStrategy"] !== input.schedulingStrategy
        )
          continue;
        if (
          input.resourceManagementType !== undefined &&
          (service.fields["resourceManagementType"] ?? "CUSTOMER") !== input.resourceManagementType
        )
          continue;
        arns.push(service.arn);
      }
      const page = pageOf(arns, (arn) => arn, input, {
        scope: `services/${cluster.name}`,
        standard: 10,
        maximum: 100,
      });
      return { serviceArns: page.items, nextToken: page.nextToken };
    },
  };
}

function create(store: EcsStore, input: Input, context: OperationContext): Output {
  const cluster = findCluster(store, input.cluster);
  const {
    cluster: _cluster,
    serviceName: name,
    taskDefinition,
    desiredCount,
    tags,
    clientToken: _token,
    role,
    ...given
  } = input;
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,255}$/.test(name))
    throw invalid(`Invalid identifier: service name '${name}' is not valid.`);
  const held = cluster.services.get(name);
  if (held !== undefined) {
    settle(store, held, context);
    if (held.status === "DRAINING") throw invalid("Unable to Start a service that is still Draining.");
    if (held.status === "ACTIVE") throw invalid("Creation of service was not idempotent.");
  }

  const controller = given.deploymentController?.type ?? "ECS";
  if (!["ECS", "CODE_DEPLOY", "EXTERNAL"].includes(controller))
    throw invalid(`Invalid deployment controller '${controller}'.`);
  if (taskDefinition === undefined && controller !== "EXTERNAL")
    throw invalid("TaskDefinition cannot be blank for deployment controller types other than EXTERNAL.");
  const daemon = given.schedulingStrategy === "DAEMON";
  if (!daemon) checkDesiredCount(desiredCount);

  const fields: Fields = {
    ...withCapacity(given, cluster),
    schedulingStrategy: given.schedulingStrategy ?? "REPLICA",
    deploymentController: { type: controller },
    deploymentConfiguration: withDefaults(given.deploymentConfiguration, daemon, controller),
    loadBalancers: given.loadBalancers ?? [],
    serviceRegistries: given.serviceRegistries ?? [],
    placementConstraints: given.placementConstraints ?? [],
    placementStrategy: given.placementStrategy ?? [],
    enableECSManagedTags: given.enableECSManagedTags ?? false,
    enableExecuteCommand: given.enableExecuteCommand ?? false,
    propagateTags: given.propagateTags ?? "NONE",
    availabilityZoneRebalancing: given.availabilityZoneRebalancing ?? (daemon ? "DISABLED" : "ENABLED"),
    ...(given.networkConfiguration === undefined
      ? {}
      : { networkConfiguration: withPublicIp(given.networkConfiguration) }),
    ...(given.loadBalancers?.length
      ? {
          healthCheckGracePeriodSeconds: given.healthCheckGracePeriodSeconds ?? 0,
          roleArn:
            role ??
            `arn:aws:iam::${context.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
        }
      : {}),
    createdBy: `arn:aws:iam::${context.account}:user/sandbox`,
  };
  checkDeploymentConfiguration(fields["deploymentConfiguration"] as Input, controller);
  const definition = taskDefinition === undefined ? undefined : usableTaskDefinition(store, taskDefinition);
  if (definition !== undefined) {
    checkPlacement(fields, definition);
    checkLoadBalancers(fields["loadBalancers"] as Input[], definition, store.findTargetGroup);
  }

  const service: ServiceRecord = {
    name,
    arn: ecsArn(context, `service/${cluster.name}/${name}`),
    cluster,
    status: "ACTIVE",
    createdAt: context.now(),
    deletedAt: undefined,
    taskDefinition: definition?.arn,
    desiredCount: daemon ? 1 : desiredCount,
    fields,
    tags: readTags(tags),
    deployments: [],
    lastCompleted: undefined,
    serviceDeployments: [],
    revisions: new Map(),
    events: [],
    taskIds: new Set(),
    failure: undefined,
  };
  cluster.services.set(name, service);
  if (definition !== undefined) startDeployment(store, service, context);
  return { service: describeService(service, true) };
}

function update(store: EcsStore, input: Input, context: OperationContext): Output {
  const cluster = findCluster(store, input.cluster);
  const service = findService(cluster, input.service);
  settle(store, service, context);
  if (service.status !== "ACTIVE") throw new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");

  const {
    cluster: _cluster,
    service: _service,
    taskDefinition,
    desiredCount,
    forceNewDeployment,
    ...given
  } = input;
  const controller = (service.fields["deploymentController"] as Input).type as string;
  if (controller !== "ECS") refuseWhatOthersDeploy(input, controller);
  if (desiredCount !== undefined) {
    checkDesiredCount(desiredCount);
    if (service.fields["schedulingStrategy"] === "DAEMON")
      throw invalid("The daemon scheduling strategy does not support a desired count for services.");
  }

  const changes: Fields = { ...given };
  if (given.deploymentConfiguration !== undefined) {
    const daemon = service.fields["schedulingStrategy"] === "DAEMON";
    changes["deploymentConfiguration"] = withDefaults(given.deploymentConfiguration, daemon, controller);
    checkDeploymentConfiguration(changes["deploymentConfiguration"] as Input, controller);
  }
  if (given.networkConfiguration !== undefined)
    changes["networkConfiguration"] = withPublicIp(given.networkConfiguration);
  const fields: Fields = { ...service.fields, ...changes };
  if (given.capacityProviderStrategy?.length) delete fields["launchType"];

  // A reference that stands as it is may be to a revision that went INACTIVE since.
  const kept =
    taskDefinition === undefined ||
    (service.taskDefinition && nameOf(service.taskDefinition) === nameOf(taskDefinition));
  const definition = kept ? undefined : usableTaskDefinition(store, taskDefinition);
  if (definition !== undefined) {
    checkPlacement(fields, definition);
    checkLoadBalancers(fields["loadBalancers"] as Input[], definition, store.findTargetGroup);
  } else if (given.loadBalancers !== undefined && service.taskDefinition !== undefined) {
    checkLoadBalancers(
      given.loadBalancers,
      usableTaskDefinition(store, service.taskDefinition),
      store.findTargetGroup,
    );
  }

  const deploys =
    forceNewDeployment === true ||
    (definition !== undefined && definition.arn !== service.taskDefinition) ||
    DEPLOYING.some((name) => name in changes && !same(changes[name], service.fields[name]));
  service.fields = fields;
  if (definition !== undefined) service.taskDefinition = definition.arn;
  if (desiredCount !== undefined && desiredCount !== service.desiredCount) {
    service.desiredCount = desiredCount;
    addEvent(
      store,
      service,
      context.now(),
      `(service ${service.name}) has set its desired count to ${desiredCount}.`,
    );
  }
  if (deploys) startDeployment(store, service, context);
  return { service: describeService(service, true) };
}

function refuseWhatOthersDeploy(input: Input, controller: string): void {
  const advice =
    controller === "CODE_DEPLOY"
      ? "Use AWS CodeDeploy to trigger a new deployment."
      : "Use a task set to trigger a new deployment.";
  for (const [field, words] of Object.entries(DEPLOYED_BY_OTHERS))
    if (input[field] !== undefined)
      throw invalid(
        `Unable to update ${words} on services with a ${controller} deployment controller. ${advice}`,
      );
  if (input.forceNewDeployment === true)
    throw invalid(
      `Cannot force a new deployment on services with a ${controller} deployment controller. ${advice}`,
    );
}

const MAXIMUM_TASKS = 5000;

function checkDesiredCount(count: unknown): void {
  if (!Number.isInteger(count) || Number(count) < 0 || Number(count) > MAXIMUM_TASKS)
    throw invalid(`desiredCount must be a whole number from 0 to ${MAXIMUM_TASKS}.`);
}

/** Launch type, platform and capacity as ECS fills them in. */
function withCapacity(given: Fields, cluster: ClusterRecord): Fields {
  const { launchType, capacityProviderStrategy, platformVersion, ...rest } = given as Input;
  if (launchType !== undefined && capacityProviderStrategy?.length)
    throw invalid("Specifying both a launch type and capacity provider strategy is not supported.");
  const fallback = cluster.fields["defaultCapacityProviderStrategy"] as Input[];
  const strategy = capacityProviderStrategy ?? (launchType === undefined ? fallback : []);
  const fargate =
    launchType === "FARGATE" || strategy.some((item: Input) => /^FARGATE/.test(item.capacityProvider));
  return {
    ...rest,
    ...(strategy.length > 0
      ? { capacityProviderStrategy: strategy.map((item: Input) => ({ weight: 0, base: 0, ...item })) }
      : { launchType: launchType ?? "EC2" }),
    ...(fargate ? { platformVersion: platformVersion ?? "LATEST", platformFamily: "Linux" } : {}),
  };
}

function withPublicIp(configuration: Input): Input {
  const vpc = configuration?.awsvpcConfiguration;
  if (vpc === undefined) return configuration;
  if (!Array.isArray(vpc.subnets) || vpc.subnets.length === 0) throw invalid("subnets can not be empty.");
  return {
    ...configuration,
    awsvpcConfiguration: { securityGroups: [], assignPublicIp: "DISABLED", ...vpc },
  };
}

/** A nested value is replaced as a whole: what it leaves out falls back to the default. */
function withDefaults(configuration: Input, daemon: boolean, controller: string): Input {
  const bounds = { maximumPercent: daemon ? 100 : 200, minimumHealthyPercent: daemon ? 0 : 100 };
  if (controller !== "ECS") return { ...bounds, ...configuration };
  return {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    ...bounds,
    strategy: "ROLLING",
    bakeTimeInMinutes: 0,
    ...configuration,
  };
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** As JSON with sorted keys; absent and empty count as the same. */
function canonical(value: unknown): string {
  return JSON.stringify(value ?? [], (_key, item) =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([x], [y]) => (x < y ? -1 : 1)))
      : item,
  );
}

// Task operations. What a task shows comes from its task definition.
import type { Input, Operation, OperationContext, Output } from "../../service.ts";
import { settle } from "./deployments.ts";
import { pageOf } from "./paging.ts";
import {
  type EcsStore,
  findCluster,
  findService,
  includes,
  invalid,
  lookUpTaskDefinition,
  nameOf,
  type TaskRecord,
} from "./store.ts";
import { stop } from "./task-records.ts";

export function taskOperations(store: EcsStore): Record<string, Operation> {
  return {
    ListTasks(input, context) {
      const cluster = findCluster(store, input.cluster);
      const services = input.serviceName
        ? [findService(cluster, input.serviceName)]
        : [...cluster.services.values()];
      for (const service of services) settle(store, service, context);
      const status = input.desiredStatus ?? "RUNNING";
      const arns = services
        .flatMap((service) => [...service.taskIds])
        .map((id) => cluster.tasks.get(id))
        .filter((task) => task !== undefined)
        .filter(
          (task) =>
            (task.stopped === undefined ? "RUNNING" : "STOPPED") === status &&
            (input.family === undefined ||
              lookUpTaskDefinition(store, task.taskDefinition)?.family === input.family) &&
            (input.startedBy === undefined || task.deploymentId === input.startedBy) &&
            (input.launchType === undefined || task.service.fields["launchType"] === input.launchType),
        )
        .map((task) => task.arn);
      const page = pageOf(arns, (arn) => arn, input, {
        scope: `tasks/${cluster.name}`,
        standard: 100,
        maximum: 100,
      });
      return { taskArns: page.items, nextToken: page.nextToken };
    },

    DescribeTasks(input, context) {
      const cluster = findCluster(store, input.cluster);
      if (!Array.isArray(input.tasks) || input.tasks.length === 0) throw invalid("Tasks cannot be empty.");
      if (input.tasks.length > 100) throw invalid("Tasks cannot have more than 100 items.");
      const tasks: Output[] = [];
      const failures: Output[] = [];
      for (const reference of input.tasks as string[]) {
        const task = cluster.tasks.get(nameOf(reference));
        if (task !== undefined) settle(store, task.service, context);
        if (task === undefined)
          failures.push({
            arn: cluster.arn.replace(":cluster/", ":task/").concat(`/${nameOf(reference)}`),
            reason: "MISSING",
          });
        else tasks.push(describe(store, task, includes(input, "TAGS")));
      }
      return { tasks, failures };
    },

    StopTask(input, context: OperationContext) {
      const cluster = findCluster(store, input.cluster);
      const task = cluster.tasks.get(nameOf(String(input.task ?? "")));
      if (task === undefined) throw invalid("The referenced task was not found.");
      if (task.stopped === undefined)
        stop(task, context.now(), "UserInitiated", input.reason ?? "Task stopped by user", 143);
      return { task: describe(store, task, false) };
    },
  };
}

function describe(store: EcsStore, task: TaskRecord, withTags: boolean): Output {
  const definition = lookUpTaskDefinition(store, task.taskDefinition);
  const containers = (definition?.fields["containerDefinitions"] as Input[] | undefined) ?? [];
  const { stopped } = task;
  const status = stopped === undefined ? "RUNNING" : "STOPPED";
  const health = (container: Input): string => {
    if (container.healthCheck === undefined) return "UNKNOWN";
    return task.unhealthy ? "UNHEALTHY" : "HEALTHY";
  };
  const checked = containers.filter(
    (container) => container.essential !== false && container.healthCheck !== undefined,
  );
  const overall = checked.length === 0 ? "UNKNOWN" : task.unhealthy ? "UNHEALTHY" : "HEALTHY";
  const { launchType, capacityProviderStrategy } = task.service.fields;
  const [strategy] = (capacityProviderStrategy as Input[] | undefined) ?? [];

  return {
    taskArn: task.arn,
    clusterArn: task.service.cluster.arn,
    taskDefinitionArn: task.taskDefinition,
    group: `service:${task.service.name}`,
    startedBy: task.deploymentId,
    ...(strategy === undefined
      ? { launchType: launchType ?? "EC2" }
      : { capacityProviderName: strategy.capacityProvider, launchType: "FARGATE" }),
    lastStatus: status,
    desiredStatus: status,
    healthStatus: overall,
    cpu: definition?.fields["cpu"] ?? "0",
    memory: definition?.fields["memory"] ?? "0",
    availabilityZone: `${regionOf(task.arn)}a`,
    connectivity: "CONNECTED",
    connectivityAt: new Date(task.createdAt),
    createdAt: new Date(task.createdAt),
    pullStartedAt: new Date(task.createdAt),
    pullStoppedAt: new Date(task.createdAt),
    startedAt: new Date(task.createdAt),
    enableExecuteCommand: task.service.fields["enableExecuteCommand"] ?? false,
    overrides: { containerOverrides: [], inferenceAcceleratorOverrides: [] },
    attachments: [],
    attributes: [],
    inferenceAccelerators: [],
    version: stopped === undefined ? 2 : 3,
    ...(launchType === "FARGATE" ? { platformVersion: "1.4.0", platformFamily: "Linux" } : {}),
    ...(stopped === undefined
      ? {}
      : {
          stopCode: stopped.code,
          stoppedReason: stopped.reason,
          stoppingAt: new Date(stopped.at),
          stoppedAt: new Date(stopped.at),
          executionStoppedAt: new Date(stopped.at),
        }),
    containers: containers.map((container: Input, index) => ({
      containerArn: task.arn.replace(":task/", ":container/").concat(`/${index}`),
      taskArn: task.arn,
      name: container.name,
      image: container.image,
      lastStatus: status,
      healthStatus: health(container),
      networkBindings: [],
      networkInterfaces: [],
      cpu: String(container.cpu ?? 0),
      ...(container.memory === undefined ? {} : { memory: String(container.memory) }),
      ...(container.memoryReservation === undefined
        ? {}
        : { memoryReservation: String(container.memoryReservation) }),
      ...(stopped === undefined ? {} : { exitCode: stopped.exitCode }),
    })),
    tags: withTags ? task.tags : [],
  };
}

function regionOf(arn: string): string {
  return arn.split(":")[3] ?? "";
}

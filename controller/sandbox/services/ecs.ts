// Amazon ECS in the sandbox: puts the operations of ecs/ together over one store.
import type { Announce } from "../happening.ts";
import type { OperationContext, SandboxService } from "../service.ts";
import { accountOperations } from "./ecs/account-settings.ts";
import { clusterOperations } from "./ecs/clusters.ts";
import { settle } from "./ecs/deployments.ts";
import { serviceDeploymentOperations } from "./ecs/service-deployments.ts";
import { serviceOperations } from "./ecs/services.ts";
import { ecsState } from "./ecs/state.ts";
import {
  createStore,
  type FailureMode,
  type FindTargetGroup,
  findCluster,
  findService,
} from "./ecs/store.ts";
import { taggedEcsResources, tagOperations } from "./ecs/tags.ts";
import { taskDefinitionOperations } from "./ecs/task-definitions.ts";
import { taskOperations } from "./ecs/tasks.ts";
import { withWireTypes } from "./ecs/wire-types.ts";
import { isolated } from "./isolated.ts";

export interface EcsOptions {
  /** How long a deployment takes on the sandbox's clock; with 0 the next read finds it complete. */
  readonly deploymentSeconds?: number;
  /** Where given, services can only refer to target groups it knows, with a load balancer. */
  readonly findTargetGroup?: FindTargetGroup;
  /** Where given, EventBridge is told how deployments go. */
  readonly announce?: Announce;
}

export interface EcsService extends SandboxService {
  /** Makes deployments of a service fail from now on, the one under way included; undefined heals it. */
  failDeployments(cluster: string, service: string, mode: FailureMode | undefined): void;
  /** Brings every service up to the present, as reading it would. */
  settle(context: OperationContext): void;
  state(context: OperationContext): unknown;
}

export function createEcs(options: EcsOptions = {}): EcsService {
  const { deploymentSeconds = 0, findTargetGroup, announce } = options;
  const store = createStore(deploymentSeconds * 1000, findTargetGroup, announce);
  return {
    id: "ecs",
    targetPrefix: "AmazonEC2ContainerServiceV20141113",
    jsonVersion: "1.1",
    operations: isolated(
      withWireTypes({
        ...clusterOperations(store),
        ...accountOperations(store),
        ...taskDefinitionOperations(store),
        ...serviceOperations(store),
        ...serviceDeploymentOperations(store),
        ...taskOperations(store),
        ...tagOperations(store),
      }),
    ),
    taggedResources: () => taggedEcsResources(store),
    settle(context) {
      for (const cluster of store.clusters.values())
        for (const service of cluster.services.values()) settle(store, service, context);
    },
    state: (context) => ecsState(store, context),
    failDeployments(cluster, name, mode) {
      const service = findService(findCluster(store, cluster), name);
      service.failure = mode;
      const [primary] = service.deployments;
      if (primary?.rolloutState === "IN_PROGRESS") primary.failing = mode;
    },
  };
}

// Amazon ECS in the sandbox: puts the operations of ecs/ together over one store.
import type { OperationContext, SandboxService } from "../service.ts";
import { accountOperations } from "./ecs/account-settings.ts";
import { clusterOperations } from "./ecs/clusters.ts";
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
}

export interface EcsService extends SandboxService {
  /** Makes deployments of a service fail from now on, the one under way included; undefined heals it. */
  failDeployments(cluster: string, service: string, mode: FailureMode | undefined): void;
  state(context: OperationContext): unknown;
}

export function createEcs(options: EcsOptions = {}): EcsService {
  const store = createStore((options.deploymentSeconds ?? 0) * 1000, options.findTargetGroup);
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
    state: (context) => ecsState(store, context),
    failDeployments(cluster, name, mode) {
      const service = findService(findCluster(store, cluster), name);
      service.failure = mode;
      const [primary] = service.deployments;
      if (primary?.rolloutState === "IN_PROGRESS") primary.failing = mode;
    },
  };
}

// Everything ECS holds, for comparisons of before and after.
import type { OperationContext } from "../../service.ts";
import { plainState } from "../isolated.ts";
import { settle } from "./deployments.ts";
import { describeService } from "./service-view.ts";
import type { EcsStore } from "./store.ts";

export function ecsState(store: EcsStore, context: OperationContext): unknown {
  const clusters = [...store.clusters.values()].map((cluster) => ({
    name: cluster.name,
    arn: cluster.arn,
    status: cluster.status,
    fields: cluster.fields,
    tags: cluster.tags,
    services: [...cluster.services.values()].map((service) => {
      settle(store, service, context);
      return {
        ...describeService(service, true),
        fields: service.fields,
        serviceDeployments: service.serviceDeployments,
      };
    }),
    tasks: [...cluster.tasks.values()].map((task) => ({
      arn: task.arn,
      taskDefinition: task.taskDefinition,
      tags: task.tags,
      stopped: task.stopped,
    })),
  }));
  return plainState({
    clusters,
    taskDefinitions: [...store.families.values()].flat(),
    accountSettings: Object.fromEntries(store.settings),
  });
}

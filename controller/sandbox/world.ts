// One account in one Region: its own set of services, and the order of what was asked of it.
import type { OperationContext, SandboxService } from "./service.ts";
import { DashboardStore } from "./services/cloudwatch/dashboards.ts";
import { createCloudWatch } from "./services/cloudwatch.ts";
import { createEcs, type EcsService } from "./services/ecs.ts";
import { createElb } from "./services/elb.ts";
import { createEvents } from "./services/events.ts";
import { createLogs } from "./services/logs.ts";
import { createMackerel } from "./services/mackerel.ts";
import { createSts } from "./services/sts.ts";
import { createTagging } from "./services/tagging.ts";

export interface World {
  readonly context: OperationContext;
  readonly services: readonly SandboxService[];
  readonly ecs: EcsService;
  /** Of the whole account: its worlds share them. */
  readonly dashboards: DashboardStore;
}

export function createWorld(
  context: OperationContext,
  deploymentSeconds: number,
  dashboards = new DashboardStore(),
): World {
  const elb = createElb();
  const ecs = createEcs({ deploymentSeconds, findTargetGroup: (arn) => elb.targetGroup(arn) });
  const services: SandboxService[] = [
    ecs,
    createCloudWatch({ dashboards }),
    createLogs(),
    elb,
    createEvents(),
    createTagging(() => services),
    createSts(),
    createMackerel(),
  ];
  return { context, services, ecs, dashboards };
}

/** Everything a world holds, by service; reading it changes nothing and counts as no call. */
export function worldState(world: World): Record<string, unknown> {
  const state: Record<string, unknown> = {};
  for (const service of world.services)
    if (hasState(service)) state[service.id] = service.state(world.context);
  return state;
}

function hasState(
  service: SandboxService,
): service is SandboxService & { state(context: OperationContext): unknown } {
  return "state" in service && typeof service.state === "function";
}

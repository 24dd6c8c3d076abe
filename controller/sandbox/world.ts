// One account in one Region: its own set of services, and the order of what was asked of it.
import type { Happening } from "./happening.ts";
import type { OperationContext, SandboxService } from "./service.ts";
import { DashboardStore } from "./services/cloudwatch/dashboards.ts";
import { type CloudWatchService, createCloudWatch } from "./services/cloudwatch.ts";
import { createEcs, type EcsService } from "./services/ecs.ts";
import { createElb } from "./services/elb.ts";
import { createEvents, type EventsService } from "./services/events.ts";
import { createLogs } from "./services/logs.ts";
import { createMackerel } from "./services/mackerel.ts";
import type { BucketStore } from "./services/s3/bucket-store.ts";
import { createS3 } from "./services/s3.ts";
import { createScheduler } from "./services/scheduler.ts";
import { createSns } from "./services/sns.ts";
import { textAttributes } from "./services/sqs/message-attributes.ts";
import { createSqs } from "./services/sqs.ts";
import { createSts } from "./services/sts.ts";
import { createTagging } from "./services/tagging.ts";

export interface World {
  readonly context: OperationContext;
  readonly services: readonly SandboxService[];
  readonly ecs: EcsService;
  readonly cloudwatch: CloudWatchService;
  readonly events: EventsService;
  /** Of the whole account: its worlds share them. */
  readonly dashboards: DashboardStore;
}

export interface WorldOptions {
  readonly deploymentSeconds: number;
  readonly dashboards?: DashboardStore | undefined;
  /** Of all accounts and Regions: a bucket's name is taken for everyone. */
  readonly buckets: BucketStore;
  /** Where the sandbox is reached. */
  endpoint(): string;
  /** To tell EventBridge of another Region or account. */
  findWorld(place: Pick<OperationContext, "account" | "region">): World;
}

export function createWorld(context: OperationContext, options: WorldOptions): World {
  const { deploymentSeconds, dashboards = new DashboardStore(), buckets, endpoint, findWorld } = options;
  const sqs = createSqs({ endpoint });
  const events = createEvents({
    sendToQueue: (arn, { body, attributes = {} }) =>
      sqs.deliver(
        arn,
        { body, attributes: textAttributes(attributes), senderId: "EVENTBRIDGE" },
        context.now(),
      ),
  });
  const announce = (happening: Happening): void => events.announce(happening, context);
  const elb = createElb();
  const ecs = createEcs({ deploymentSeconds, findTargetGroup: (arn) => elb.targetGroup(arn), announce });
  const cloudwatch = createCloudWatch({ dashboards, announce });
  const services: SandboxService[] = [
    ecs,
    cloudwatch,
    createLogs(),
    elb,
    events,
    createScheduler(),
    createS3({
      buckets,
      announce(bucket, happening) {
        const owner = findWorld(bucket);
        owner.events.announce(happening, owner.context);
      },
    }),
    createSns(),
    sqs,
    createTagging(() => services),
    createSts(),
    createMackerel(),
  ];
  return { context, services, ecs, cloudwatch, events, dashboards };
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

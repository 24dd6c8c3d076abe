// Every finding of an audit: what it takes from the score, why it matters, and what mends it. docs/audit.md is checked
// against this table. The weights add up to 100, so that a service to which everything applies is scored in points.
import type { Pillar } from "../../model/audit.ts";

export interface FindingKind {
  readonly pillar: Pillar;
  readonly weight: number;
  /** What is wrong, for tables. */
  readonly what: string;
  /** One sentence. */
  readonly why: string;
  /** `policy`: lines of a policy mend it. Else what to do by hand, and why no policy does it. */
  readonly mend: "policy" | { readonly byHand: string };
}

export const findingKinds = {
  NoAgent: {
    pillar: "app-metrics",
    weight: 12,
    what: "no agent, exporter, or setting that sends metrics of the application",
    why: "CPU and memory say that a task is busy, and nothing of what the application does.",
    mend: "policy",
  },
  AgentEssential: {
    pillar: "app-metrics",
    weight: 4,
    what: "an agent beside the application is essential",
    why: "When an essential container ends, ECS stops the whole task: an agent that crashes takes the application down.",
    mend: {
      byHand:
        "set essential: false on it in the task definition; ecsmon does not change that of containers of others",
    },
  },
  AppWaitsForAgent: {
    pillar: "app-metrics",
    weight: 2,
    what: "the application starts only once an agent is healthy or has ended well",
    why: "An agent that cannot reach its own server then keeps every new task from starting.",
    mend: {
      byHand:
        "use condition START in dependsOn, or take it out; ecsmon does not change how containers of others start",
    },
  },
  AgentUnpinned: {
    pillar: "app-metrics",
    weight: 2,
    what: "an agent's image has no tag, or the tag latest",
    why: "Each new task may bring another version of the agent, and nobody chose when.",
    mend: {
      byHand:
        "name a version in its image; ecsmon does not change the images of others, and its own presets are pinned",
    },
  },
  NoHealthCheck: {
    pillar: "liveness",
    weight: 7,
    what: "an essential container has no health check",
    why: "ECS restarts a process that ends, and leaves one that hangs as it is.",
    mend: {
      byHand:
        "add healthCheck with a command that the image can run and that fails when the application does: nobody but you knows it",
    },
  },
  HealthCheckCannotRun: {
    pillar: "liveness",
    weight: 3,
    what: "a health check needs a program that its image does not have",
    why: "Such a check always fails, and ECS replaces healthy tasks without end.",
    mend: { byHand: "use a command that the image has, or take the check out" },
  },
  TargetGroupAcceptsErrors: {
    pillar: "liveness",
    weight: 2,
    what: "a target group's health check takes HTTP 4xx or 5xx for healthy",
    why: "A target that only answers errors goes on getting traffic.",
    mend: {
      byHand:
        'give the check a path that answers 200, then set targetGroup.healthCheck.matcher: "200-399": without such a path every target would count as unhealthy',
    },
  },
  TargetGroupSlow: {
    pillar: "liveness",
    weight: 1,
    what: "a target group takes more than two minutes to give a target up",
    why: "Until then a part of all requests goes to a target that is down.",
    mend: "policy",
  },
  GracePeriodShort: {
    pillar: "liveness",
    weight: 3,
    what: "the health check grace period is shorter than the first checks take",
    why: "A task that starts slowly is stopped before it could answer, and so is the next one.",
    mend: "policy",
  },
  NoCircuitBreaker: {
    pillar: "liveness",
    weight: 3,
    what: "the deployment circuit breaker is off",
    why: "A deployment whose tasks never get healthy goes on for hours, and no event says that it failed.",
    mend: "policy",
  },
  CircuitBreakerKeepsBroken: {
    pillar: "liveness",
    weight: 1,
    what: "the circuit breaker does not roll back",
    why: "A failed deployment is stopped halfway, and the service stays as broken as it is.",
    mend: "policy",
  },
  TaskStoppedUntold: {
    pillar: "liveness",
    weight: 3,
    what: "no rule of EventBridge tells of a task of the service that crashes",
    why: "ECS starts another task in silence: a service that crashes all night looks fine in the morning.",
    mend: "policy",
  },
  DeploymentFailedUntold: {
    pillar: "liveness",
    weight: 3,
    what: "no rule of EventBridge tells of a failed deployment of the service",
    why: "Whoever deployed has gone on to other things when ECS gives up.",
    mend: "policy",
  },
  EventTopicDead: {
    pillar: "liveness",
    weight: 2,
    what: "what the service's rules tell is a topic that is not there or that nobody hears",
    why: "The rule matches, and the message goes nowhere.",
    mend: { byHand: "make the topic again, or confirm a subscription to it; ecsmon does not manage topics" },
  },
  TasksFailing: {
    pillar: "liveness",
    weight: 1,
    what: "tasks keep failing, or the last deployment failed",
    why: "The service is in trouble right now, or runs what nobody meant to run.",
    mend: { byHand: "look into the service's events and the stopped tasks' reasons" },
  },
  TasksRestarting: {
    pillar: "liveness",
    weight: 1,
    what: "tasks end by themselves again and again",
    why: "ECS starts others at once, so that the count of tasks looks well while each restart drops requests.",
    mend: {
      byHand:
        "look into exit codes and reasons of the stopped tasks, which ECS shows for an hour, and the last lines of their logs",
    },
  },
  InsightsOff: {
    pillar: "resource-metrics",
    weight: 3,
    what: "Container Insights is off for the cluster",
    why: "Without it there is no metric of how many tasks run, and how many should.",
    mend: "policy",
  },
  NoCpuAlarm: {
    pillar: "resource-metrics",
    weight: 3,
    what: "no alarm watches the service's CPU",
    why: "A service at its CPU limit gets slow before anything fails.",
    mend: "policy",
  },
  NoMemoryAlarm: {
    pillar: "resource-metrics",
    weight: 3,
    what: "no alarm watches the service's memory",
    why: "A container that runs out of memory is killed, with what it was doing.",
    mend: "policy",
  },
  NoTaskAlarm: {
    pillar: "resource-metrics",
    weight: 4,
    what: "no alarm watches how many tasks run",
    why: "With no task at all there is no CPU to be high: only the count tells that the service is gone.",
    mend: "policy",
  },
  NoUnhealthyAlarm: {
    pillar: "resource-metrics",
    weight: 3,
    what: "no alarm watches the health of the service's targets",
    why: "Tasks that run may all be refused by the load balancer.",
    mend: "policy",
  },
  No5xxAlarm: {
    pillar: "resource-metrics",
    weight: 3,
    what: "no alarm watches the service's HTTP 5xx",
    why: "It is what users see first.",
    mend: "policy",
  },
  NoLatencyAlarm: {
    pillar: "resource-metrics",
    weight: 2,
    what: "no alarm watches the service's response time",
    why: "A service can answer everything, and too late.",
    mend: "policy",
  },
  AlarmMetricMissing: {
    pillar: "resource-metrics",
    weight: 1,
    what: "an alarm watches a metric that does not exist",
    why: "It never fires, and looks as if all were well.",
    mend: {
      byHand:
        "mend or delete the alarm where it was made; a metric of Container Insights comes with cluster.containerInsights",
    },
  },
  AlarmBlindWhenGone: {
    pillar: "resource-metrics",
    weight: 2,
    what: "an alarm on running tasks or healthy targets does not take missing data for a failure",
    why: "When the last task is gone there is no data, and the alarm that should tell so stays silent.",
    mend: {
      byHand:
        "set treatMissingData: breaching where the alarm was made; ecsmon does not change alarms of others",
    },
  },
  AlarmFiresWithoutTraffic: {
    pillar: "resource-metrics",
    weight: 1,
    what: "an alarm on CPU, memory, errors or latency takes missing data for a failure",
    why: "It fires at night when nobody calls, until nobody believes it.",
    mend: {
      byHand:
        "set treatMissingData: notBreaching or missing where the alarm was made; ecsmon does not change alarms of others",
    },
  },
  AlarmWithoutActions: {
    pillar: "resource-metrics",
    weight: 2,
    what: "what is watched is watched only by alarms that tell nobody",
    why: "A red alarm in a console is seen by whoever looks there, which is nobody.",
    mend: "policy",
  },
  AlarmTopicMissing: {
    pillar: "resource-metrics",
    weight: 1,
    what: "an alarm tells an SNS topic that does not exist",
    why: "CloudWatch tries, fails, and tells nobody.",
    mend: { byHand: "make the topic, or name another one; ecsmon does not manage topics" },
  },
  AlarmTopicRefuses: {
    pillar: "resource-metrics",
    weight: 1,
    what: "an alarm tells an SNS topic that does not let CloudWatch publish",
    why: "The topic refuses the message, and nobody hears of it.",
    mend: {
      byHand:
        "let cloudwatch.amazonaws.com publish in the topic's policy, and use its key if it is encrypted; ecsmon does not manage topics",
    },
  },
  AlarmTopicUnheard: {
    pillar: "resource-metrics",
    weight: 1,
    what: "an alarm tells an SNS topic without a confirmed subscription",
    why: "The message arrives, and nobody is there.",
    mend: { byHand: "subscribe somebody to the topic and confirm it; ecsmon does not manage topics" },
  },
  NoLogDriver: {
    pillar: "logs",
    weight: 7,
    what: "a container's output is kept nowhere",
    why: "What a task wrote is gone with the task, and so is the reason why it stopped.",
    mend: "policy",
  },
  LogGroupMissing: {
    pillar: "logs",
    weight: 4,
    what: "a log group that a container logs to does not exist",
    why: "Where nothing makes the group, the next task does not start.",
    mend: "policy",
  },
  NoRetention: {
    pillar: "logs",
    weight: 3,
    what: "a log group never expires",
    why: "Logs that nobody will read are paid for each month, and hold personal data for ever.",
    mend: "policy",
  },
  LogModeUnstated: {
    pillar: "logs",
    weight: 1,
    what: "a container does not say whether its log driver may block it",
    why: "The default changed in 2025 and can be changed for the account: slow logs either stop the application or are lost, and nobody chose which.",
    mend: "policy",
  },
  LogBufferUnstated: {
    pillar: "logs",
    weight: 1,
    what: "a container logs without blocking, and does not say how much is kept meanwhile",
    why: "Past the default of 10 MB lines are lost without a word, mostly when there is most to say.",
    mend: "policy",
  },
  NoErrorSignal: {
    pillar: "logs",
    weight: 3,
    what: "no metric filter and no log alarm looks for errors in the service's logs",
    why: "The log says what is wrong, and nobody reads it.",
    mend: "policy",
  },
  ErrorMetricUnwatched: {
    pillar: "logs",
    weight: 1,
    what: "errors in the logs are counted, and no alarm watches the count",
    why: "A number that nobody looks at tells nobody.",
    mend: "policy",
  },
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingCode = keyof typeof findingKinds;

/** In the order of the table, which is that of the pillars. */
export const findingCodes = Object.keys(findingKinds) as readonly FindingCode[];

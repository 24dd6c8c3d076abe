// Services that lack nothing, and what each is made of, so that a test can take one thing away; made by the operations of AWS,
// on the sandbox or on moto.
import { account } from "./estate.ts";
import type { Any } from "./harness.ts";

export type Call = (service: string, operation: string, input: Any) => Any;

/** Where things are put; the sandbox takes any. */
export interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly securityGroup: string;
}

const anywhere: Network = { vpc: "vpc-1", subnets: ["subnet-1", "subnet-2"], securityGroup: "sg-1" };

export const region = "us-east-1";
const topicArn = (name: string): string => `arn:aws:sns:${region}:${account}:${name}`;
export const pager = topicArn("pager");
export const topics = {
  missing: topicArn("missing"),
  refusing: topicArn("refusing"),
  unheard: topicArn("unheard"),
};

/** Everything that a service has around it. `NAME` in any text is the service's. */
export interface Parts {
  readonly cluster: string;
  readonly balancer: "application" | "network" | "none" | "own" | "both";
  readonly task: Any;
  readonly app: Any;
  readonly others: readonly Any[];
  readonly service: Any;
  readonly targetGroup: Any;
  readonly logGroup: { readonly retention: number | undefined } | undefined;
  readonly filter: Any | undefined;
  /** By what they watch; a key of one's own for others. */
  readonly alarms: Readonly<Record<string, Any | undefined>>;
  readonly composites: readonly Any[];
  readonly logAlarms: readonly Any[];
  readonly toldOfCrashes: boolean;
  readonly toldOfDeployments: boolean;
  /** Rules of its own: State and target. */
  readonly rules: readonly { readonly state: string; readonly target: string }[];
}

const insights = "ECS/ContainerInsights";

function ofService(metricName: string, namespace = "AWS/ECS"): Any {
  return {
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: [
      { Name: "ClusterName", Value: "CLUSTER" },
      { Name: "ServiceName", Value: "NAME" },
    ],
    Statistic: "Average",
  };
}

export function ofTargets(metricName: string, namespace = "AWS/ApplicationELB"): Any {
  return {
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: [
      { Name: "LoadBalancer", Value: "BALANCER" },
      { Name: "TargetGroup", Value: "GROUP" },
    ],
    Statistic: "Sum",
  };
}

export { ofService };

/** A web service behind an application load balancer to which nothing is lacking. */
export const whole: Parts = {
  cluster: "prod",
  balancer: "application",
  task: {},
  app: {},
  others: [
    {
      name: "adot",
      image: "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.0",
      essential: false,
    },
  ],
  service: {},
  targetGroup: {},
  logGroup: { retention: 30 },
  filter: {},
  alarms: {
    cpu: ofService("CPUUtilization"),
    memory: ofService("MemoryUtilization"),
    tasks: {
      ...ofService("RunningTaskCount", insights),
      ComparisonOperator: "LessThanThreshold",
      TreatMissingData: "breaching",
    },
    unhealthy: ofTargets("UnHealthyHostCount"),
    errors5xx: ofTargets("HTTPCode_Target_5XX_Count"),
    latency: { ...ofTargets("TargetResponseTime"), Statistic: undefined, ExtendedStatistic: "p99" },
    logErrors: { Namespace: "Logs", MetricName: "NAME-errors", Dimensions: [], Statistic: "Sum" },
  },
  composites: [],
  logAlarms: [],
  toldOfCrashes: true,
  toldOfDeployments: true,
  rules: [],
};

/** Without a load balancer there is nothing of targets. */
export const worker: Parts = {
  ...whole,
  balancer: "none",
  alarms: { ...whole.alarms, unhealthy: undefined, errors5xx: undefined, latency: undefined },
};

/** A network load balancer counts no HTTP answers. */
export const edge: Parts = {
  ...whole,
  balancer: "network",
  alarms: {
    ...whole.alarms,
    unhealthy: ofTargets("UnHealthyHostCount", "AWS/NetworkELB"),
    errors5xx: undefined,
    latency: undefined,
  },
};

export async function seedAccount(call: Call): Promise<void> {
  for (const clusterName of ["prod", "dark"]) {
    const value = clusterName === "prod" ? "enabled" : "disabled";
    await call("ecs", "CreateCluster", { clusterName, settings: [{ name: "containerInsights", value }] });
  }
  for (const Name of ["pager", "refusing", "unheard"]) await call("sns", "CreateTopic", { Name });
  const queue = `arn:aws:sqs:${region}:${account}:pages`;
  for (const TopicArn of [pager, topics.refusing])
    await call("sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: queue });
  const Statement = [
    {
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sns:Publish",
      Resource: topics.refusing,
    },
  ];
  await call("sns", "SetTopicAttributes", {
    TopicArn: topics.refusing,
    AttributeName: "Policy",
    AttributeValue: JSON.stringify({ Version: "2012-10-17", Statement }),
  });
}

/** All services with their surroundings, and the rules that tell of those that are told of. */
export async function seedServices(
  call: Call,
  services: ReadonlyMap<string, Parts>,
  network: Network = anywhere,
): Promise<void> {
  const shared = new Map<string, string>();
  for (const type of ["application", "network"]) {
    const made = await call("elasticloadbalancing", "CreateLoadBalancer", {
      Name: `shared-${type}`,
      Type: type,
      Subnets: network.subnets,
    });
    shared.set(type, made["LoadBalancers"][0].LoadBalancerArn);
  }
  let port = 1000;
  for (const [name, parts] of services) port = await seedService(call, name, parts, shared, port, network);
  await seedRules(call, services);
}

async function seedService(
  call: Call,
  name: string,
  parts: Parts,
  shared: ReadonlyMap<string, string>,
  firstPort: number,
  network: Network,
): Promise<number> {
  let port = firstPort;
  const { cluster, balancer, logGroup, filter } = parts;
  const logGroupName = `/ecs/${name}`;
  if (logGroup !== undefined) {
    await call("logs", "CreateLogGroup", { logGroupName });
    if (logGroup.retention !== undefined)
      await call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays: logGroup.retention });
    if (filter !== undefined)
      await call("logs", "PutMetricFilter", {
        logGroupName,
        filterName: "errors",
        filterPattern: "?ERROR ?FATAL",
        metricTransformations: [{ metricName: `${name}-errors`, metricNamespace: "Logs", metricValue: "1" }],
        ...filter,
      });
  }
  const makeBalancer = async (Name: string): Promise<string> => {
    const made = await call("elasticloadbalancing", "CreateLoadBalancer", {
      Name,
      Type: "application",
      Subnets: network.subnets,
    });
    return made["LoadBalancers"][0].LoadBalancerArn;
  };
  const loadBalancerArn =
    balancer === "own"
      ? await makeBalancer(`own-${name}`.slice(0, 32))
      : shared.get(balancer === "both" ? "application" : balancer);
  const groups: string[] = [];
  for (const suffix of { none: [], both: ["", "-2"], application: [""], network: [""], own: [""] }[
    balancer
  ]) {
    const protocol = balancer === "network" ? "TCP" : "HTTP";
    const made = await call("elasticloadbalancing", "CreateTargetGroup", {
      Name: `${name}${suffix}`,
      Protocol: protocol,
      Port: 80,
      VpcId: network.vpc,
      TargetType: "ip",
      ...parts.targetGroup,
    });
    const TargetGroupArn: string = made["TargetGroups"][0].TargetGroupArn;
    await call("elasticloadbalancing", "CreateListener", {
      LoadBalancerArn: loadBalancerArn,
      Protocol: protocol,
      Port: port++,
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    });
    groups.push(TargetGroupArn);
  }
  await seedTask(call, name, parts, logGroupName);
  await call("ecs", "CreateService", {
    cluster,
    serviceName: name,
    taskDefinition: name,
    desiredCount: 2,
    launchType: "FARGATE",
    networkConfiguration: {
      awsvpcConfiguration: { subnets: network.subnets, securityGroups: [network.securityGroup] },
    },
    loadBalancers: groups.map((targetGroupArn) => ({
      targetGroupArn,
      containerName: "app",
      containerPort: 80,
    })),
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    ...(groups.length === 0 ? {} : { healthCheckGracePeriodSeconds: 120 }),
    ...parts.service,
  });
  await seedAlarms(call, name, parts, { loadBalancerArn, group: groups[0] });
  return port;
}

async function seedTask(
  call: Call,
  name: string,
  { task, app, others }: Parts,
  logGroupName: string,
): Promise<void> {
  await call("ecs", "RegisterTaskDefinition", {
    family: name,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "512",
    memory: "1024",
    executionRoleArn: `arn:aws:iam::${account}:role/exec`,
    taskRoleArn: `arn:aws:iam::${account}:role/task`,
    containerDefinitions: [
      {
        name: "app",
        image: "example.com/app:1",
        essential: true,
        portMappings: [{ containerPort: 80 }],
        healthCheck: { command: ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], startPeriod: 30 },
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": logGroupName,
            "awslogs-region": region,
            "awslogs-stream-prefix": "ecs",
            mode: "non-blocking",
            "max-buffer-size": "25m",
          },
        },
        ...app,
      },
      ...others,
    ],
    ...task,
  });
}

async function seedAlarms(
  call: Call,
  name: string,
  parts: Parts,
  {
    loadBalancerArn = "",
    group = "",
  }: { readonly loadBalancerArn: string | undefined; readonly group: string | undefined },
): Promise<void> {
  const words: Readonly<Record<string, string>> = {
    NAME: name,
    CLUSTER: parts.cluster,
    BALANCER: loadBalancerArn.split("loadbalancer/")[1] ?? "",
    GROUP: group.slice(group.lastIndexOf(":") + 1),
  };
  const fill = (value: Any): Any =>
    JSON.parse(
      JSON.stringify(value).replaceAll(/NAME|CLUSTER|BALANCER|GROUP/g, (word) => words[word] ?? word),
    );
  for (const [key, alarm] of Object.entries(parts.alarms)) {
    if (alarm === undefined) continue;
    await call("monitoring", "PutMetricAlarm", {
      AlarmName: `${name} ${key}`,
      Period: alarm.Metrics === undefined ? 60 : undefined,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
      AlarmActions: [pager],
      ...fill(alarm),
    });
  }
  for (const composite of parts.composites) await call("monitoring", "PutCompositeAlarm", fill(composite));
  for (const alarm of parts.logAlarms) await call("monitoring", "PutLogAlarm", fill(alarm));
}

/** Two rules that tell of everything but what is not to be told of, and each service's own. */
async function seedRules(call: Call, services: ReadonlyMap<string, Parts>): Promise<void> {
  const all = [...services];
  const put = async (Name: string, pattern: Any, Arn: string, State = "ENABLED"): Promise<void> => {
    await call("events", "PutRule", { Name, EventPattern: JSON.stringify(pattern), State });
    await call("events", "PutTargets", { Rule: Name, Targets: [{ Id: "1", Arn }] });
  };
  const silent = all.filter(([, { toldOfCrashes }]) => !toldOfCrashes).map(([name]) => `service:${name}`);
  await put(
    "crashes",
    {
      source: ["aws.ecs"],
      "detail-type": ["ECS Task State Change"],
      detail: { lastStatus: ["STOPPED"], group: [{ "anything-but": ["service:nobody", ...silent] }] },
    },
    pager,
  );
  const mute = all
    .filter(([, { toldOfDeployments }]) => !toldOfDeployments)
    .map(([name, { cluster }]) => `arn:aws:ecs:${region}:${account}:service/${cluster}/${name}`);
  await put(
    "deployments",
    {
      source: ["aws.ecs"],
      "detail-type": ["ECS Deployment State Change"],
      resources: [{ "anything-but": ["none", ...mute] }],
      detail: { eventName: [{ suffix: "_FAILED" }] },
    },
    pager,
  );
  // Events of others, and all of ECS's that are no failures.
  await put("instances", { source: ["aws.ec2"] }, pager);
  await put(
    "started",
    {
      source: ["aws.ecs"],
      "detail-type": ["ECS Task State Change"],
      detail: { lastStatus: ["RUNNING"] },
    },
    pager,
  );
  for (const [name, { rules }] of all)
    for (const [index, { state, target }] of rules.entries())
      await put(
        `${name}-${index}`,
        { source: ["aws.ecs"], detail: { group: [`service:${name}`] } },
        target,
        state,
      );
}

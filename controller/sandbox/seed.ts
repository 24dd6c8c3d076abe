// What the sandbox has in it at the start, made through its own operations: the demo, a small
// believable company; and the estate, many alike services to measure against.
import type { Input, Output } from "./service.ts";

export type CallOperation = (service: string, operation: string, input: Input) => Output;

export interface Home {
  readonly account: string;
  readonly region: string;
}

const NETWORK = {
  awsvpcConfiguration: {
    subnets: ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
    securityGroups: ["sg-0123abcd"],
    assignPublicIp: "DISABLED",
  },
};

export function seedDemo(call: CallOperation, home: Home): void {
  const build = builder(call, home);
  call("ecs", "CreateCluster", { clusterName: "prod", tags: tagList({ env: "prod" }) });
  call("ecs", "CreateCluster", { clusterName: "staging", tags: tagList({ env: "staging" }) });

  const front = build.loadBalancer("prod-front", "application");
  const edge = build.loadBalancer("prod-edge", "network");
  const inside = build.loadBalancer("staging-front", "application");

  // Half monitored by hand: logs, but no health check.
  build.logGroup("/ecs/prod/storefront");
  build.service({
    cluster: "prod",
    name: "storefront",
    desiredCount: 3,
    tags: { tier: "web", product: "shop", team: "shop-web" },
    containers: [build.web("storefront", "acme/storefront:2026.11.3", 8080, "/ecs/prod/storefront")],
    balancers: [front.target("storefront", "storefront", 8080, "/")],
  });

  // The model pupil: health check, logs with retention, circuit breaker, and alarms of its team's own.
  build.logGroup("/ecs/prod/checkout-api", 30);
  build.service({
    cluster: "prod",
    name: "checkout-api",
    desiredCount: 4,
    tags: { tier: "web", product: "shop", team: "payments" },
    containers: [
      {
        ...build.web("api", "acme/checkout-api:1.42.0", 8080, "/ecs/prod/checkout-api"),
        healthCheck: {
          command: ["CMD-SHELL", "curl -f http://localhost:8080/healthz || exit 1"],
          interval: 15,
          startPeriod: 30,
        },
        secrets: [
          { name: "DB_PASSWORD", valueFrom: build.arn("secretsmanager", "secret:checkout/db-AbCdEf") },
        ],
      },
    ],
    balancers: [front.target("checkout-api", "api", 8080, "/healthz")],
    fields: {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
      healthCheckGracePeriodSeconds: 60,
      enableExecuteCommand: true,
    },
  });

  // Nothing at all: no health check, no logging.
  build.service({
    cluster: "prod",
    name: "catalog-api",
    desiredCount: 2,
    tags: { tier: "web", product: "shop", team: "catalog" },
    containers: [build.web("catalog", "acme/catalog-api:0.9.17", 3000)],
    balancers: [front.target("catalog-api", "catalog", 3000, "/")],
  });

  // ECS's own blue/green: a second target group that takes turns with the first.
  build.logGroup("/ecs/prod/accounts-api");
  build.service({
    cluster: "prod",
    name: "accounts-api",
    desiredCount: 2,
    tags: { tier: "web", product: "accounts", team: "identity" },
    containers: [build.web("accounts", "acme/accounts-api:5.1.2", 8080, "/ecs/prod/accounts-api")],
    balancers: [front.blueGreen("accounts", "accounts", 8080)],
    fields: { deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 5 } },
  });

  build.service({
    cluster: "prod",
    name: "mqtt-gateway",
    desiredCount: 2,
    tags: { tier: "edge", product: "iot", team: "devices" },
    containers: [build.web("gateway", "acme/mqtt-gateway:3.0.1", 8883, "/ecs/prod/mqtt-gateway")],
    balancers: [edge.target("mqtt-gateway", "gateway", 8883)],
  });
  build.logGroup("/ecs/prod/mqtt-gateway");

  build.service({
    cluster: "prod",
    name: "orders-worker",
    desiredCount: 2,
    tags: { tier: "worker", product: "shop", team: "payments" },
    containers: [{ name: "worker", image: "acme/orders-worker:7.8.0", command: ["node", "worker.js"] }],
  });

  // On EC2, bridge network, sized by its container.
  build.service({
    cluster: "prod",
    name: "nightly-reports",
    desiredCount: 1,
    tags: { tier: "batch", product: "reports", team: "data" },
    task: { networkMode: "bridge", requiresCompatibilities: ["EC2"], cpu: undefined, memory: undefined },
    fields: { launchType: "EC2", networkConfiguration: undefined },
    containers: [
      {
        name: "reports",
        image: "acme/nightly-reports:2.2.0",
        memoryReservation: 512,
        environment: [{ name: "MODE", value: "" }],
      },
    ],
  });

  // Logs through FireLens.
  build.logGroup("/ecs/prod/firelens");
  build.service({
    cluster: "prod",
    name: "search-api",
    desiredCount: 2,
    tags: { tier: "web", product: "search", team: "search" },
    containers: [
      {
        ...build.web("search", "acme/search-api:4.4.4", 9200),
        logConfiguration: {
          logDriver: "awsfirelens",
          options: { Name: "opensearch", Host: "logs.acme.internal", Port: "443", Index: "search" },
        },
      },
      {
        name: "log_router",
        image: "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
        essential: true,
        memoryReservation: 51,
        firelensConfiguration: { type: "fluentbit", options: { "enable-ecs-log-metadata": "true" } },
        logConfiguration: build.awslogs("/ecs/prod/firelens", "firelens"),
      },
    ],
    balancers: [front.target("search-api", "search", 9200, "/")],
  });

  // CodeDeploy owns the deployments of this one.
  build.logGroup("/ecs/prod/legacy-billing", 365);
  build.service({
    cluster: "prod",
    name: "legacy-billing",
    desiredCount: 1,
    tags: { tier: "web", product: "billing", team: "payments" },
    containers: [build.web("billing", "acme/legacy-billing:11.0", 8080, "/ecs/prod/legacy-billing")],
    balancers: [front.target("legacy-billing-blue", "billing", 8080, "/status")],
    fields: { deploymentController: { type: "CODE_DEPLOY" } },
  });
  front.target("legacy-billing-green", "billing", 8080, "/status");

  build.logGroup("/ecs/staging/storefront");
  build.service({
    cluster: "staging",
    name: "storefront",
    desiredCount: 1,
    tags: { tier: "web", product: "shop", team: "shop-web" },
    containers: [build.web("storefront", "acme/storefront:main", 8080, "/ecs/staging/storefront")],
    balancers: [inside.target("stg-storefront", "storefront", 8080, "/")],
  });
  build.service({
    cluster: "staging",
    name: "checkout-api",
    desiredCount: 1,
    tags: { tier: "web", product: "shop", team: "payments" },
    containers: [build.web("api", "acme/checkout-api:main", 8080)],
    balancers: [inside.target("stg-checkout-api", "api", 8080, "/healthz")],
  });
  build.service({
    cluster: "staging",
    name: "orders-worker",
    desiredCount: 1,
    tags: { tier: "worker", product: "shop", team: "payments" },
    containers: [{ name: "worker", image: "acme/orders-worker:main", command: ["node", "worker.js"] }],
  });

  seedForeign(call, build, front.dimension);
}

/** What others made and nobody may touch. */
function seedForeign(call: CallOperation, build: Builder, loadBalancer: string): void {
  build.logGroup("/aws/lambda/invoice-mailer", 14);
  call("monitoring", "PutMetricAlarm", {
    AlarmName: "payments-oncall-checkout-5xx",
    AlarmDescription: "Made by hand by the payments team.",
    Namespace: "AWS/ApplicationELB",
    MetricName: "HTTPCode_Target_5XX_Count",
    Dimensions: [{ Name: "LoadBalancer", Value: loadBalancer }],
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 3,
    Threshold: 25,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "notBreaching",
    AlarmActions: [build.arn("sns", "payments-oncall")],
  });
  call("monitoring", "PutMetricAlarm", {
    AlarmName: "nat-gateway-errors",
    Namespace: "AWS/NATGateway",
    MetricName: "ErrorPortAllocation",
    Dimensions: [{ Name: "NatGatewayId", Value: "nat-0f1e2d3c" }],
    Statistic: "Sum",
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
  });
}

const PER_CLUSTER = 250;
const GROUPS_PER_BALANCER = 100;

/** Many web services alike over clusters prod-a, prod-b, …, each with a target group and a log group. */
export function seedEstate(call: CallOperation, home: Home, services: number): void {
  const build = builder(call, home);
  let cluster = "";
  let balancer: Balancer | undefined;
  for (let index = 0; index < services; index++) {
    if (index % PER_CLUSTER === 0) {
      cluster = `prod-${letters(Math.floor(index / PER_CLUSTER))}`;
      call("ecs", "CreateCluster", { clusterName: cluster, tags: tagList({ env: "prod" }) });
    }
    if (balancer === undefined || index % GROUPS_PER_BALANCER === 0)
      balancer = build.loadBalancer(`estate-${index / GROUPS_PER_BALANCER}`, "application");
    const name = `web-${String(index).padStart(4, "0")}`;
    const logGroup = `/ecs/${cluster}/${name}`;
    build.logGroup(logGroup);
    build.service({
      cluster,
      name,
      desiredCount: 2,
      tags: { tier: "web", product: `product-${index % 20}`, team: `team-${index % 8}` },
      containers: [build.web("app", `acme/web:${1 + (index % 9)}.0.0`, 8080, logGroup)],
      balancers: [balancer.target(name, "app", 8080, "/")],
    });
  }
}

/** a, b, …, z, aa, ab, … */
function letters(index: number): string {
  const letter = String.fromCharCode(97 + (index % 26));
  return index < 26 ? letter : letters(Math.floor(index / 26) - 1) + letter;
}

interface ServiceSeed {
  readonly cluster: string;
  readonly name: string;
  readonly desiredCount: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly containers: readonly Input[];
  readonly balancers?: readonly Input[];
  /** Over the usual task definition and service; undefined takes a field away. */
  readonly task?: Input;
  readonly fields?: Input;
}

interface Balancer {
  /** As the LoadBalancer dimension of its metrics has it. */
  readonly dimension: string;
  /** A new target group behind it, as a service's entry in loadBalancers. */
  target(name: string, containerName: string, containerPort: number, healthPath?: string): Input;
  blueGreen(name: string, containerName: string, containerPort: number): Input;
}

interface Builder {
  arn(service: string, resource: string): string;
  awslogs(group: string, prefix: string): Input;
  web(name: string, image: string, port: number, logGroup?: string): Input;
  logGroup(name: string, retentionInDays?: number): void;
  loadBalancer(name: string, type: "application" | "network"): Balancer;
  service(seed: ServiceSeed): void;
}

function builder(call: CallOperation, { account, region }: Home): Builder {
  const awslogs = (group: string, prefix: string): Input => ({
    logDriver: "awslogs",
    options: { "awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": prefix },
  });

  return {
    arn: (service, resource) => `arn:aws:${service}:${region}:${account}:${resource}`,
    awslogs,
    web: (name, image, port, logGroup) => ({
      name,
      image,
      essential: true,
      portMappings: [{ containerPort: port, protocol: "tcp" }],
      environment: [{ name: "PORT", value: String(port) }],
      ...(logGroup === undefined ? {} : { logConfiguration: awslogs(logGroup, name) }),
    }),

    logGroup(logGroupName, retentionInDays) {
      call("logs", "CreateLogGroup", { logGroupName });
      if (retentionInDays !== undefined)
        call("logs", "PutRetentionPolicy", { logGroupName, retentionInDays });
    },

    loadBalancer: (name, type) => makeBalancer(call, name, type),

    service({ cluster, name, desiredCount, tags, containers, balancers = [], task = {}, fields = {} }) {
      const family = `${cluster}-${name}`;
      call("ecs", "RegisterTaskDefinition", {
        family,
        networkMode: "awsvpc",
        requiresCompatibilities: ["FARGATE"],
        cpu: "512",
        memory: "1024",
        executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
        taskRoleArn: `arn:aws:iam::${account}:role/${family}`,
        runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
        containerDefinitions: containers,
        tags: tagList({ product: tags["product"] ?? "", managedBy: "terraform" }),
        ...task,
      });
      call("ecs", "CreateService", {
        cluster,
        serviceName: name,
        taskDefinition: family,
        desiredCount,
        launchType: "FARGATE",
        networkConfiguration: NETWORK,
        loadBalancers: balancers,
        tags: tagList(tags),
        propagateTags: "SERVICE",
        ...fields,
      });
    },
  };
}

function makeBalancer(call: CallOperation, name: string, type: "application" | "network"): Balancer {
  const made = call("elasticloadbalancing", "CreateLoadBalancer", {
    Name: name,
    Type: type,
    Scheme: "internet-facing",
    Subnets: NETWORK.awsvpcConfiguration.subnets,
  })["LoadBalancers"] as Input[];
  const loadBalancer: string = made[0].LoadBalancerArn;
  const http = type === "application";
  let listener: string | undefined;
  let rules = 0;

  const group = (groupName: string, port: number, healthPath?: string): string => {
    const groups = call("elasticloadbalancing", "CreateTargetGroup", {
      Name: groupName,
      Protocol: http ? "HTTP" : "TCP",
      Port: port,
      TargetType: "ip",
      VpcId: "vpc-0abc1234",
      ...(healthPath === undefined ? {} : { HealthCheckPath: healthPath }),
    })["TargetGroups"] as Input[];
    return groups[0].TargetGroupArn;
  };
  /** Traffic to a group: its own listener on an NLB, a rule by path on an ALB. */
  const forward = (targetGroup: string, groupName: string, port: number): string => {
    const action = { Type: "forward", TargetGroupArn: targetGroup };
    if (listener === undefined || !http) {
      const listeners = call("elasticloadbalancing", "CreateListener", {
        LoadBalancerArn: loadBalancer,
        Protocol: http ? "HTTP" : "TCP",
        Port: http ? 80 : port,
        DefaultActions: [action],
      })["Listeners"] as Input[];
      const arn: string = listeners[0].ListenerArn;
      listener = arn;
      return arn;
    }
    const made = call("elasticloadbalancing", "CreateRule", {
      ListenerArn: listener,
      Priority: ++rules,
      Conditions: [{ Field: "path-pattern", Values: [`/${groupName}/*`] }],
      Actions: [action],
    })["Rules"] as Input[];
    return made[0].RuleArn;
  };

  return {
    dimension: loadBalancer.slice(loadBalancer.indexOf(":loadbalancer/") + ":loadbalancer/".length),
    target(groupName, containerName, containerPort, healthPath) {
      const targetGroupArn = group(groupName, containerPort, healthPath);
      forward(targetGroupArn, groupName, containerPort);
      return { targetGroupArn, containerName, containerPort };
    },
    blueGreen(groupName, containerName, containerPort) {
      const blue = group(`${groupName}-blue`, containerPort, "/");
      const green = group(`${groupName}-green`, containerPort, "/");
      const production = forward(blue, groupName, containerPort);
      const test = forward(green, `${groupName}-test`, containerPort);
      return {
        targetGroupArn: blue,
        containerName,
        containerPort,
        advancedConfiguration: {
          alternateTargetGroupArn: green,
          productionListenerRule: production,
          testListenerRule: test,
          roleArn: `arn:aws:iam::${loadBalancer.split(":")[4]}:role/ecsInfrastructureRole`,
        },
      };
    },
  };
}

function tagList(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

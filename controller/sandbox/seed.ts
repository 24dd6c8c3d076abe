// The demo's estate: a small believable company, whose services are monitored well, badly and not at all.
import { type Builder, builder, type CallOperation, type Home, tagList } from "./seed-builder.ts";

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

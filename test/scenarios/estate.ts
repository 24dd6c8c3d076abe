// A small estate: web services, three of them behind a load balancer, a batch service, another cluster, and alarms
// of others. The policy is the one that the README shows in short.
import type { Any, World } from "./harness.ts";

export const account = "123456789012";

export function seedEstate(world: World): void {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a", tags: [{ key: "env", value: "prod" }] });
  world.call("ecs", "CreateCluster", { clusterName: "other" });
  const balancer = createBalancer(world, "front", "application");
  for (let index = 0; index < 6; index += 1) {
    const name = `web-00${index}`;
    createService(world, "prod-a", name, { tier: "web" }, index < 3 ? [balancer(name)] : []);
  }
  createService(world, "prod-a", "batch-1", { tier: "batch" });
  createService(world, "other", "web-x", { tier: "web" });
  for (const AlarmName of ["ecsmonitor/prod-a/web-000/cpu-high", "made-by-hand"]) {
    world.call("monitoring", "PutMetricAlarm", {
      AlarmName,
      Namespace: "AWS/ECS",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    });
  }
  world.sandbox.control.clearCalls();
}

/** A load balancer; the result makes a target group behind it and returns its ARN. */
export function createBalancer(
  world: World,
  name: string,
  type: "application" | "network",
): (group: string) => string {
  const balancer = world.call("elasticloadbalancing", "CreateLoadBalancer", {
    Name: name,
    Type: type,
    Subnets: ["subnet-1", "subnet-2"],
  });
  const arn = balancer["LoadBalancers"][0].LoadBalancerArn;
  let port = 80;
  return (group) => {
    const protocol = type === "application" ? "HTTP" : "TCP";
    const target = createTargetGroup(world, group, protocol);
    world.call("elasticloadbalancing", "CreateListener", {
      LoadBalancerArn: arn,
      Protocol: protocol,
      Port: port++,
      DefaultActions: [{ Type: "forward", TargetGroupArn: target }],
    });
    return target;
  };
}

function createTargetGroup(world: World, name: string, protocol = "HTTP"): string {
  const made = world.call("elasticloadbalancing", "CreateTargetGroup", {
    Name: name,
    Protocol: protocol,
    Port: 8080,
    VpcId: "vpc-1",
    TargetType: "ip",
  });
  return made["TargetGroups"][0].TargetGroupArn;
}

export function createService(
  world: World,
  cluster: string,
  serviceName: string,
  tags: Record<string, string>,
  groups: readonly string[] = [],
  options: { readonly task?: Any; readonly app?: Any; readonly service?: Any } = {},
): void {
  const family = `${cluster}-${serviceName}`;
  registerTask(world, family, options);
  world.call("ecs", "CreateService", {
    cluster,
    serviceName,
    taskDefinition: family,
    desiredCount: 2,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"] } },
    loadBalancers: groups.map((targetGroupArn) => ({
      targetGroupArn,
      containerName: "app",
      containerPort: 8080,
    })),
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    ...options.service,
  });
}

export function registerTask(
  world: World,
  family: string,
  { task, app }: { readonly task?: Any; readonly app?: Any } = {},
): string {
  const made = world.call("ecs", "RegisterTaskDefinition", {
    family,
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    cpu: "512",
    memory: "1024",
    executionRoleArn: `arn:aws:iam::${account}:role/exec`,
    containerDefinitions: [
      {
        name: "app",
        image: "app:1",
        essential: true,
        portMappings: [{ containerPort: 8080 }],
        environment: [
          { name: "MODE", value: "" },
          { name: "DB_PASSWORD", value: "hunter2-in-the-clear" },
        ],
        ...app,
      },
    ],
    tags: [{ key: "made-by", value: "terraform" }],
    ...task,
  });
  return made["taskDefinition"].taskDefinitionArn;
}

export function currentTask(world: World, cluster: string, service: string): Any {
  const { services } = world.call("ecs", "DescribeServices", { cluster, services: [service] });
  return world.call("ecs", "DescribeTaskDefinition", {
    taskDefinition: services[0].taskDefinition,
    include: ["TAGS"],
  })["taskDefinition"];
}

export interface PolicyParts {
  readonly services?: string;
  readonly cpuThreshold?: number;
  readonly p99Threshold?: number;
  readonly retention?: string;
  readonly pattern?: string;
  readonly image?: string;
  readonly insights?: string;
  readonly extra?: string;
}

export function webPolicy(parts: PolicyParts = {}): string {
  const {
    services = '"*", "!batch-*"',
    cpuThreshold = 85,
    p99Threshold = 1.5,
    retention = "30d",
    pattern = "?Fatal ?FATAL",
    image = "public.ecr.aws/example/jmx-exporter:1.0.1",
    insights = "enhanced",
    extra = "",
  } = parts;
  return `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web-baseline }
spec:
  selector:
    clusters: ["prod-*"]
    services: [${services}]
    tags: { tier: web }
  notifications:
    critical: ["arn:aws:sns:\${region}:\${account}:pager"]
    warning: ["arn:aws:sns:\${region}:\${account}:chat"]
  cluster: { containerInsights: ${insights} }
  sidecars:
    - preset: mackerel-container-agent
      with:
        apiKey: { valueFrom: "arn:aws:ssm:\${region}:\${account}:parameter/mackerel/api-key" }
        roles: ["\${service.tags.product:-web}:\${service.name}"]
    - container: { name: jmx-exporter, image: "${image}", essential: false, memoryReservation: 64 }
  healthCheck:
    container: app
    command: ["CMD-SHELL", "curl -fsS http://localhost:8080/healthz || exit 1"]
    startPeriod: 60s
  logging:
    driver: awslogs
    group: /ecs/\${cluster.name}/\${service.name}
    streamPrefix: ecs
    retention: ${retention}
    options: { mode: non-blocking, max-buffer-size: 25m }
  logMetrics:
    - name: fatal
      pattern: "${pattern}"
      alarm: { comparison: GreaterThanOrEqualToThreshold, threshold: 1, severity: critical }
  alarms:
    - name: cpu-high
      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }
      evaluationPeriods: 5
      comparison: GreaterThanThreshold
      threshold: ${cpuThreshold}
      severity: warning
    - name: p99-latency
      metric: { namespace: AWS/ApplicationELB, metricName: TargetResponseTime }
      statistic: p99
      evaluationPeriods: 5
      datapointsToAlarm: 3
      comparison: GreaterThanThreshold
      threshold: ${p99Threshold}
      treatMissingData: notBreaching
      severity: warning
    - name: error-rate
      expression: 100 * errors / MAX([requests, 1])
      metrics:
        errors: { namespace: AWS/ApplicationELB, metricName: HTTPCode_Target_5XX_Count, statistic: Sum }
        requests: { namespace: AWS/ApplicationELB, metricName: RequestCount, statistic: Sum }
      evaluationPeriods: 5
      datapointsToAlarm: 3
      comparison: GreaterThanOrEqualToThreshold
      threshold: 5
      treatMissingData: notBreaching
      severity: critical
${extra}`;
}

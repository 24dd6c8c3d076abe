// What seeds are built with: services, load balancers and log groups, made through the sandbox's own
// operations.
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

export interface Balancer {
  /** As the LoadBalancer dimension of its metrics has it. */
  readonly dimension: string;
  /** A new target group behind it, as a service's entry in loadBalancers. */
  target(name: string, containerName: string, containerPort: number, healthPath?: string): Input;
  blueGreen(name: string, containerName: string, containerPort: number): Input;
}

export interface Builder {
  arn(service: string, resource: string): string;
  awslogs(group: string, prefix: string): Input;
  web(name: string, image: string, port: number, logGroup?: string): Input;
  logGroup(name: string, retentionInDays?: number): void;
  loadBalancer(name: string, type: "application" | "network"): Balancer;
  service(seed: ServiceSeed): void;
}

export function builder(call: CallOperation, { account, region }: Home): Builder {
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

export function tagList(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

// Which metric a service has: the dimension sets that CloudWatch publishes, found from its target groups.
import { describe, expect, it } from "vitest";
import { aggregateFunction, findMetric } from "../../../controller/core/metrics.ts";
import { failedRead, targetGroup, workload } from "./builders.ts";

const alb = "app/front/4567";
const nlb = "net/edge/4567";
const blueGreen = [targetGroup("blue", "app/front"), targetGroup("green", "app/front")];

/** Each set as `LoadBalancer=… TargetGroup=…`, or the reason. */
function sets(namespace: string, metricName: string, over: Parameters<typeof workload>[0] = {}): string[] {
  const targets = findMetric({ namespace, metricName }, workload(over));
  if (targets.state === "blocked") return [`${targets.reason.code}: ${targets.reason.message}`];
  if (targets.state === "unknown") return [`unknown ${targets.failure.code}`];
  return targets.sets.map((set) => set.map(({ Name, Value }) => `${Name}=${Value}`).join(" "));
}

describe("findMetric", () => {
  const ofCluster = ["ClusterName=prod"];
  const ofService = ["ClusterName=prod ServiceName=web"];
  const notPublished = [expect.stringMatching(/^NotApplicable: .*give its dimensions/)];
  it.each([
    ["AWS/ECS", "CPUUtilization", ofService],
    ["AWS/ECS", "MemoryUtilization", ofService],
    ["AWS/ECS", "LiveTaskCount", ofService],
    ["AWS/ECS", "EBSFilesystemUtilization", ofService],
    ["AWS/ECS", "CPUReservation", ofCluster],
    ["AWS/ECS", "MemoryReservation", ofCluster],
    ["AWS/ECS", "GPUReservation", ofCluster],
    ["AWS/ECS", "RequestCount", notPublished],
    ["AWS/ECS", "HTTPCode_Target_5XX_Count", notPublished],
    ["AWS/ECS", "TargetResponseTime", notPublished],
    ["ECS/ContainerInsights", "RunningTaskCount", ofService],
    ["ECS/ContainerInsights", "DesiredTaskCount", ofService],
    ["ECS/ContainerInsights", "TaskSetCount", ofService],
    ["ECS/ContainerInsights", "CpuUtilized", ofService],
    ["ECS/ContainerInsights", "RestartCount", ofService],
    ["ECS/ContainerInsights", "TaskCount", ofCluster],
    ["ECS/ContainerInsights", "ServiceCount", ofCluster],
    ["ECS/ContainerInsights", "ContainerInstanceCount", ofCluster],
    ["ECS/ContainerInsights", "instance_cpu_utilization", ofCluster],
    ["ECS/ContainerInsights", "UnHealthyContainerHealthStatus", notPublished],
    ["My/App", "Requests", [""]],
  ])("%s %s", (namespace, metricName, expected) => {
    expect(sets(namespace, metricName)).toEqual(expected);
  });

  const groupAt = (balancer: string, name: string) =>
    `LoadBalancer=${balancer} TargetGroup=targetgroup/${name}/0123`;
  it.each([
    ["RequestCount", blueGreen, [groupAt(alb, "blue"), groupAt(alb, "green")]],
    ["TargetResponseTime", [targetGroup("one", "app/front")], [groupAt(alb, "one")]],
    ["HTTPCode_Target_5XX_Count", [targetGroup("one", "app/front")], [groupAt(alb, "one")]],
    ["UnHealthyHostCount", [targetGroup("one", "app/front")], [groupAt(alb, "one")]],
    ["HTTPCode_ELB_5XX_Count", blueGreen, [`LoadBalancer=${alb}`]],
    [
      "RejectedConnectionCount",
      [targetGroup("a", "app/z"), targetGroup("b", "app/front")],
      [`LoadBalancer=${alb}`, "LoadBalancer=app/z/4567"],
    ],
    [
      "RequestCount",
      [targetGroup("alb", "app/front"), targetGroup("nlb", "net/edge")],
      [groupAt(alb, "alb")],
    ],
    ["RequestCount", [targetGroup("loose"), targetGroup("one", "app/front")], [groupAt(alb, "one")]],
    ["RequestCount", [], ["NotApplicable: the service has no load balancer"]],
    [
      "RequestCount",
      [targetGroup("loose")],
      ["NotApplicable: no target group of the service is at an application load balancer"],
    ],
    [
      "RequestCount",
      [targetGroup("nlb", "net/edge")],
      ["NotApplicable: no target group of the service is at an application load balancer"],
    ],
    ["RequestCount", failedRead, ["unknown AccessDenied"]],
  ])("AWS/ApplicationELB %s", (metricName, targetGroups, expected) => {
    expect(sets("AWS/ApplicationELB", metricName, { targetGroups })).toEqual(expected);
  });

  it.each([
    ["HealthyHostCount", [targetGroup("one", "net/edge")], [groupAt(nlb, "one")]],
    [
      "UnHealthyHostCount",
      [targetGroup("one", "net/edge"), targetGroup("two", "net/edge")],
      [groupAt(nlb, "one"), groupAt(nlb, "two")],
    ],
    [
      "TCP_Target_Reset_Count",
      [targetGroup("one", "net/edge"), targetGroup("two", "net/edge")],
      [`LoadBalancer=${nlb}`],
    ],
    [
      "HealthyHostCount",
      [targetGroup("one", "app/front")],
      ["NotApplicable: no target group of the service is at a network load balancer"],
    ],
    [
      "HealthyHostCount",
      [targetGroup("one", "gwy/x")],
      ["NotApplicable: no target group of the service is at a network load balancer"],
    ],
  ])("AWS/NetworkELB %s", (metricName, targetGroups, expected) => {
    expect(sets("AWS/NetworkELB", metricName, { targetGroups })).toEqual(expected);
  });

  it("takes given dimensions as they are, and asks for nothing else", () => {
    const metric = {
      namespace: "AWS/ApplicationELB",
      metricName: "RequestCount",
      dimensions: { LoadBalancer: "app/x/1" },
    };
    expect(findMetric(metric, workload({ targetGroups: failedRead }))).toEqual({
      state: "found",
      sets: [[{ Name: "LoadBalancer", Value: "app/x/1" }]],
    });
  });
});

describe("aggregateFunction", () => {
  it.each([
    ["RequestCount", "Sum", "SUM"],
    ["HTTPCode_Target_5XX_Count", "Sum", "SUM"],
    ["TargetConnectionErrorCount", "Sum", "SUM"],
    ["ProcessedBytes", "Sum", "SUM"],
    ["TargetResponseTime", "p99", "MAX"],
    ["TargetResponseTime", "Average", "MAX"],
    ["TargetResponseTime", "tm95", "MAX"],
    ["UnHealthyHostCount", "Minimum", "MAX"],
    ["UnHealthyHostCount", "Maximum", "MAX"],
    ["UnhealthyStateDNS", "Minimum", "MAX"],
    ["UnhealthyRoutingRequestCount", "Sum", "SUM"],
    ["HealthyHostCount", "Minimum", "MIN"],
    ["HealthyHostCount", "Average", "MIN"],
    ["HealthyStateRouting", "Minimum", "MIN"],
    ["ActiveFlowCount", "Average", "MAX"],
  ])("%s by %s: %s", (metricName, statistic, expected) => {
    expect(aggregateFunction(metricName, statistic)).toBe(expected);
  });
});

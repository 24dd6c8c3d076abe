import {
  DescribeTaskDefinitionCommand,
  ListClustersCommand,
  paginateListServices,
} from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, it } from "vitest";
import { type Harness, readService, start } from "./harness.ts";

async function listServices({ ecs }: Harness, cluster: string): Promise<string[]> {
  const names: string[] = [];
  for await (const page of paginateListServices({ client: ecs }, { cluster }))
    for (const arn of page.serviceArns ?? []) names.push(arn.slice(arn.lastIndexOf("/") + 1));
  return names;
}

describe("the demo", () => {
  it("is two clusters and a dozen services of some variety, all running", async () => {
    const sandbox = await start({ seed: "demo" });
    const { clusterArns } = await sandbox.ecs.send(new ListClustersCommand({}));
    expect(clusterArns?.map((arn) => arn.slice(arn.indexOf("/") + 1))).toEqual(["prod", "staging"]);
    const prod = await listServices(sandbox, "prod");
    expect(prod.length + (await listServices(sandbox, "staging")).length).toBe(12);

    let unchecked = 0;
    let unlogged = 0;
    for (const name of prod) {
      const service = await readService(sandbox, name);
      expect(service.runningCount).toBe(service.desiredCount);
      expect(service.tags?.map((tag) => tag.key)).toEqual(["tier", "product", "team"]);
      const { taskDefinition } = await sandbox.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: service.taskDefinition }),
      );
      const containers = taskDefinition?.containerDefinitions ?? [];
      if (containers.every((container) => container.healthCheck === undefined)) unchecked++;
      if (containers.every((container) => container.logConfiguration === undefined)) unlogged++;
    }
    expect(unchecked).toBeGreaterThan(0);
    expect(unlogged).toBeGreaterThan(0);
    expect(unlogged).toBeLessThan(prod.length);

    const { LoadBalancers } = await sandbox.elb.send(new DescribeLoadBalancersCommand({}));
    expect(new Set(LoadBalancers?.map((item) => item.Type))).toEqual(new Set(["application", "network"]));
    expect((await readService(sandbox, "legacy-billing")).deploymentController?.type).toBe("CODE_DEPLOY");
    const [both] = (await readService(sandbox, "accounts-api")).loadBalancers ?? [];
    expect(both?.advancedConfiguration?.alternateTargetGroupArn).toContain("accounts-green");
  });

  it("is the same each time, but for the date", async () => {
    const [first, second] = [await start({ seed: "demo" }), await start({ seed: "demo" })];
    expect(first.control.state()).toEqual(second.control.state());
  });
});

describe("the large estate", () => {
  it("spreads its services over clusters, each with a target group of its own", async () => {
    const sandbox = await start({ services: 260 });
    expect(await listServices(sandbox, "prod-a")).toHaveLength(250);
    expect(await listServices(sandbox, "prod-b")).toHaveLength(10);
    const { TargetGroups } = await sandbox.elb.send(new DescribeTargetGroupsCommand({ PageSize: 400 }));
    expect(TargetGroups).toHaveLength(260);
    expect(TargetGroups?.every((group) => group.LoadBalancerArns?.length === 1)).toBe(true);
    expect(sandbox.control.calls({ write: true })).toEqual([]);
  });
});

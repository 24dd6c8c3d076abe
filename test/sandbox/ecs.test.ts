import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeClustersCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListAccountSettingsCommand,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  paginateListServices,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateClusterSettingsCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, it } from "vitest";
import { NETWORK, readService, start, webDefinition, withService } from "./harness.ts";

describe("clusters", () => {
  it("shows settings and tags only when asked", async () => {
    const { ecs } = await start();
    await ecs.send(new CreateClusterCommand({ clusterName: "prod", tags: [{ key: "env", value: "prod" }] }));
    await ecs.send(
      new UpdateClusterSettingsCommand({
        cluster: "prod",
        settings: [{ name: "containerInsights", value: "enhanced" }],
      }),
    );
    const bare = await ecs.send(new DescribeClustersCommand({ clusters: ["prod", "nope"] }));
    expect(bare.clusters?.[0]).toMatchObject({ clusterName: "prod", settings: [], tags: [] });
    expect(bare.failures).toMatchObject([{ reason: "MISSING" }]);
    const full = await ecs.send(
      new DescribeClustersCommand({ clusters: ["prod"], include: ["SETTINGS", "TAGS"] }),
    );
    expect(full.clusters?.[0]).toMatchObject({
      settings: [{ name: "containerInsights", value: "enhanced" }],
      tags: [{ key: "env", value: "prod" }],
    });
  });

  it("takes the account's Container Insights as the default of new clusters", async () => {
    const { ecs, control } = await start();
    control.call("ecs", "PutAccountSetting", { name: "containerInsights", value: "enabled" });
    await ecs.send(new CreateClusterCommand({ clusterName: "prod" }));
    const { clusters } = await ecs.send(
      new DescribeClustersCommand({ clusters: ["prod"], include: ["SETTINGS"] }),
    );
    expect(clusters?.[0]?.settings).toEqual([{ name: "containerInsights", value: "enabled" }]);
    const { settings } = await ecs.send(
      new ListAccountSettingsCommand({ name: "containerInsights", effectiveSettings: true }),
    );
    expect(settings).toMatchObject([{ name: "containerInsights", value: "enabled" }]);
  });

  it("answers for a cluster that isn't there", async () => {
    const { ecs } = await start();
    await expect(
      ecs.send(new DescribeServicesCommand({ cluster: "nope", services: ["web"] })),
    ).rejects.toMatchObject({ name: "ClusterNotFoundException" });
  });

  it("can't delete a cluster with active services", async () => {
    const sandbox = await start();
    await withService(sandbox);
    expect(() => sandbox.control.call("ecs", "DeleteCluster", { cluster: "prod" })).toThrow(
      /Services are active/,
    );
    await sandbox.ecs.send(new DeleteServiceCommand({ cluster: "prod", service: "web", force: true }));
    sandbox.control.call("ecs", "DeleteCluster", { cluster: "prod" });
    expect((await sandbox.ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
  });
});

describe("paging", () => {
  it("gives ten services a page, unless asked for more, and at most a hundred", async () => {
    const { ecs } = await start({ services: 120 });
    const cluster = "prod-a";
    const first = await ecs.send(new ListServicesCommand({ cluster }));
    expect(first.serviceArns).toHaveLength(10);
    const all: string[] = [];
    for await (const page of paginateListServices({ client: ecs }, { cluster, maxResults: 100 }))
      all.push(...(page.serviceArns ?? []));
    expect(new Set(all).size).toBe(120);
    await expect(ecs.send(new ListServicesCommand({ cluster, maxResults: 101 }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  it("refuses tokens that aren't its own", async () => {
    const { ecs, control } = await start({ services: 20 });
    control.call("ecs", "CreateCluster", { clusterName: "other" });
    const refused = { name: "InvalidParameterException" };
    await expect(
      ecs.send(new ListServicesCommand({ cluster: "prod-a", nextToken: "abc" })),
    ).rejects.toMatchObject(refused);
    const { nextToken } = await ecs.send(new ListServicesCommand({ cluster: "prod-a" }));
    await expect(ecs.send(new ListServicesCommand({ cluster: "other", nextToken }))).rejects.toMatchObject(
      refused,
    );
  });

  it("neither repeats nor hides what stays while others go", async () => {
    const { ecs, control } = await start({ services: 15 });
    const first = await ecs.send(new ListServicesCommand({ cluster: "prod-a" }));
    for (const service of ["web-0001", "web-0002"]) {
      control.call("ecs", "DeleteService", { cluster: "prod-a", service, force: true });
      control.call("ecs", "DescribeServices", { cluster: "prod-a", services: [service] });
    }
    const second = await ecs.send(new ListServicesCommand({ cluster: "prod-a", nextToken: first.nextToken }));
    expect(second.serviceArns?.map((arn) => arn.slice(-4))).toEqual(["0010", "0011", "0012", "0013", "0014"]);
  });

  it("makes pages smaller when told", async () => {
    const { ecs } = await start({ services: 5, pageSizes: { ListServices: 2 } });
    const { serviceArns } = await ecs.send(new ListServicesCommand({ cluster: "prod-a", maxResults: 100 }));
    expect(serviceArns).toHaveLength(2);
  });
});

describe("services", () => {
  it("describes at most ten, and tells which are missing", async () => {
    const sandbox = await start();
    await withService(sandbox);
    const { services, failures } = await sandbox.ecs.send(
      new DescribeServicesCommand({ cluster: "prod", services: ["web", "nope"] }),
    );
    expect(services).toHaveLength(1);
    expect(failures).toEqual([
      { arn: "arn:aws:ecs:us-east-1:123456789012:service/prod/nope", reason: "MISSING" },
    ]);
    const eleven = Array.from({ length: 11 }, (_, index) => `s${index}`);
    await expect(
      sandbox.ecs.send(new DescribeServicesCommand({ cluster: "prod", services: eleven })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("changes what an update names and leaves the rest; nested values are replaced whole", async () => {
    const sandbox = await start();
    await withService(sandbox, {
      enableExecuteCommand: true,
      deploymentConfiguration: {
        maximumPercent: 150,
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
    });
    await readService(sandbox);
    await sandbox.ecs.send(
      new UpdateServiceCommand({
        cluster: "prod",
        service: "web",
        desiredCount: 6,
        deploymentConfiguration: { minimumHealthyPercent: 50 },
      }),
    );
    const service = await readService(sandbox);
    expect(service).toMatchObject({ desiredCount: 6, runningCount: 6, enableExecuteCommand: true });
    expect(service.deploymentConfiguration).toMatchObject({
      maximumPercent: 200,
      minimumHealthyPercent: 50,
      deploymentCircuitBreaker: { enable: false, rollback: false },
    });
    expect(service.deployments).toHaveLength(1);
  });

  it("starts a deployment only for what needs one", async () => {
    const sandbox = await start();
    await withService(sandbox);
    const deploymentAfter = async (change: object): Promise<string | undefined> => {
      await sandbox.ecs.send(new UpdateServiceCommand({ cluster: "prod", service: "web", ...change }));
      return (await readService(sandbox)).deployments?.[0]?.id;
    };
    const before = (await readService(sandbox)).deployments?.[0]?.id;
    expect(await deploymentAfter({ enableExecuteCommand: true })).toBe(before);
    expect(await deploymentAfter({ propagateTags: "SERVICE" })).toBe(before);
    expect(await deploymentAfter({ taskDefinition: "web:1" })).toBe(before);
    const forced = await deploymentAfter({ forceNewDeployment: true });
    expect(forced).not.toBe(before);
    const monitored = await deploymentAfter({
      monitoring: { metricConfigurations: [{ metricNames: ["CPUUtilization"], resolutionSeconds: 20 }] },
    });
    expect(monitored).not.toBe(forced);
  });

  it("shows `monitoring` in revisions only", async () => {
    const sandbox = await start();
    const monitoring = {
      metricConfigurations: [{ metricNames: ["CPUUtilization" as const], resolutionSeconds: 20 }],
    };
    await withService(sandbox, { monitoring });
    const service = await readService(sandbox);
    expect(service).not.toHaveProperty("monitoring");
    const { serviceRevisions } = await sandbox.ecs.send(
      new DescribeServiceRevisionsCommand({
        serviceRevisionArns: [service.currentServiceRevisions?.[0]?.arn ?? ""],
      }),
    );
    expect(serviceRevisions?.[0]).toMatchObject({ monitoring, taskDefinition: service.taskDefinition });
  });

  it("refuses what CodeDeploy owns", async () => {
    const sandbox = await start();
    await withService(sandbox, { deploymentController: { type: "CODE_DEPLOY" } });
    const service = await readService(sandbox);
    expect(service.deployments).toEqual([]);
    expect(service.taskSets).toMatchObject([{ status: "PRIMARY", stabilityStatus: "STEADY_STATE" }]);
    await expect(
      sandbox.ecs.send(
        new UpdateServiceCommand({ cluster: "prod", service: "web", taskDefinition: "web:1" }),
      ),
    ).rejects.toMatchObject({
      name: "InvalidParameterException",
      message:
        "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.",
    });
    await sandbox.ecs.send(new UpdateServiceCommand({ cluster: "prod", service: "web", desiredCount: 1 }));
  });

  it("tells a service that isn't there from one that isn't active", async () => {
    const sandbox = await start({ deploymentSeconds: 60 });
    await withService(sandbox);
    const update = (service: string) =>
      sandbox.ecs.send(new UpdateServiceCommand({ cluster: "prod", service, desiredCount: 1 }));
    await expect(update("nope")).rejects.toMatchObject({ name: "ServiceNotFoundException" });
    await expect(
      sandbox.ecs.send(new DeleteServiceCommand({ cluster: "prod", service: "web" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    await sandbox.ecs.send(new DeleteServiceCommand({ cluster: "prod", service: "web", force: true }));
    expect((await readService(sandbox)).status).toBe("DRAINING");
    await expect(update("web")).rejects.toMatchObject({ name: "ServiceNotActiveException" });
    sandbox.control.advance(60_000);
    expect(await readService(sandbox)).toMatchObject({ status: "INACTIVE", runningCount: 0 });
    expect((await sandbox.ecs.send(new ListServicesCommand({ cluster: "prod" }))).serviceArns).toEqual([]);
  });

  it("checks the service against its task definition and load balancers", async () => {
    const sandbox = await start({ seed: "demo" });
    const { ecs, control } = sandbox;
    control.call("ecs", "RegisterTaskDefinition", webDefinition());
    const create = (over: object) =>
      ecs.send(
        new CreateServiceCommand({
          cluster: "prod",
          serviceName: "web",
          taskDefinition: "web",
          desiredCount: 1,
          launchType: "FARGATE",
          networkConfiguration: NETWORK,
          ...over,
        }),
      );
    const invalid = (message: RegExp) => ({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
    await expect(create({ networkConfiguration: undefined })).rejects.toMatchObject(
      invalid(/Network Configuration/),
    );
    await expect(create({ taskDefinition: "nope" })).rejects.toMatchObject({ name: "ClientException" });
    await expect(create({ serviceName: "storefront" })).rejects.toMatchObject(invalid(/idempotent/));
    const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/nope/1";
    await expect(
      create({ loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 8080 }] }),
    ).rejects.toMatchObject(invalid(/does not exist/));
    const groups = control.call("elasticloadbalancing", "DescribeTargetGroups", {})["TargetGroups"] as {
      TargetGroupArn: string;
    }[];
    const known = groups[0]?.TargetGroupArn;
    await expect(
      create({ loadBalancers: [{ targetGroupArn: known, containerName: "other", containerPort: 8080 }] }),
    ).rejects.toMatchObject(invalid(/container other does not exist/));
    await expect(
      create({ loadBalancers: [{ targetGroupArn: known, containerName: "app", containerPort: 1 }] }),
    ).rejects.toMatchObject(invalid(/container port 1/));
  });
});

describe("deployments", () => {
  it("go forward on the sandbox's clock", async () => {
    const sandbox = await start({ deploymentSeconds: 100 });
    await withService(sandbox);
    sandbox.control.advance(100_000);
    expect(await readService(sandbox)).toMatchObject({
      runningCount: 4,
      deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED" }],
    });
    await sandbox.ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    await sandbox.ecs.send(
      new UpdateServiceCommand({ cluster: "prod", service: "web", taskDefinition: "web" }),
    );
    sandbox.control.advance(50_000);
    const half = await readService(sandbox);
    expect(half.deployments).toMatchObject([
      { status: "PRIMARY", rolloutState: "IN_PROGRESS", runningCount: 2, pendingCount: 2 },
      { status: "ACTIVE", rolloutState: "COMPLETED", runningCount: 2 },
    ]);
    expect(half.runningCount).toBe(4);
    sandbox.control.advance(50_000);
    const done = await readService(sandbox);
    expect(done.deployments).toMatchObject([
      { status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 4 },
    ]);
    expect(done.events?.[0]?.message).toBe("(service web) has reached a steady state.");
    const { serviceDeployments } = await sandbox.ecs.send(
      new ListServiceDeploymentsCommand({ cluster: "prod", service: "web" }),
    );
    expect(serviceDeployments?.map((deployment) => deployment.status)).toEqual(["SUCCESSFUL", "SUCCESSFUL"]);
  });

  it("roll back when the circuit breaker trips", async () => {
    const sandbox = await start({ deploymentSeconds: 100 });
    await withService(sandbox, {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    sandbox.control.advance(100_000);
    const { taskDefinition: good } = await readService(sandbox);
    await sandbox.ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    sandbox.control.failDeployments("prod", "web", { mode: "tasks-die" });
    await sandbox.ecs.send(
      new UpdateServiceCommand({ cluster: "prod", service: "web", taskDefinition: "web" }),
    );

    sandbox.control.advance(99_000);
    expect(await readService(sandbox)).toMatchObject({
      runningCount: 4,
      deployments: [{ rolloutState: "IN_PROGRESS", failedTasks: 2, runningCount: 0 }, { runningCount: 4 }],
    });
    sandbox.control.advance(1_000);
    const tripped = await readService(sandbox);
    expect(tripped.taskDefinition).toBe(good);
    expect(tripped.deployments).toMatchObject([
      { status: "PRIMARY", rolloutState: "IN_PROGRESS", taskDefinition: good },
      { status: "ACTIVE", rolloutState: "FAILED", failedTasks: 3 },
      { status: "ACTIVE", taskDefinition: good, runningCount: 4 },
    ]);
    expect(tripped.deployments?.[0]?.rolloutStateReason).toMatch(/circuit breaker: rolling back/);
    const deploymentArn = tripped.currentServiceDeployment ?? "";
    const told = async () =>
      (
        await sandbox.ecs.send(
          new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [deploymentArn] }),
        )
      ).serviceDeployments?.[0];
    expect(await told()).toMatchObject({
      status: "ROLLBACK_IN_PROGRESS",
      deploymentCircuitBreaker: { status: "TRIGGERED", failureCount: 3, threshold: 3 },
    });
    sandbox.control.advance(100_000);
    expect((await readService(sandbox)).deployments).toMatchObject([
      { rolloutState: "COMPLETED", taskDefinition: good, runningCount: 4 },
    ]);
    expect(await told()).toMatchObject({ status: "ROLLBACK_SUCCESSFUL" });
  });

  it("stop where the breaker has nothing to roll back to, and try for ever without one", async () => {
    const sandbox = await start();
    await withService(sandbox, {
      deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    });
    sandbox.control.failDeployments("prod", "web", { mode: "tasks-die" });
    expect((await readService(sandbox)).deployments).toMatchObject([
      { status: "PRIMARY", rolloutState: "FAILED", runningCount: 0 },
    ]);
    await sandbox.ecs.send(
      new UpdateServiceCommand({
        cluster: "prod",
        service: "web",
        forceNewDeployment: true,
        deploymentConfiguration: { deploymentCircuitBreaker: { enable: false, rollback: false } },
      }),
    );
    sandbox.control.advance(3_600_000);
    const stuck = await readService(sandbox);
    expect(stuck.deployments?.[0]).toMatchObject({ rolloutState: "IN_PROGRESS" });
    expect(stuck.deployments?.[0]?.failedTasks).toBeGreaterThan(100);
    sandbox.control.failDeployments("prod", "web", undefined);
    expect((await readService(sandbox)).deployments).toMatchObject([{ rolloutState: "COMPLETED" }]);
  });

  it("show failing tasks for what they are", async () => {
    const sandbox = await start({ deploymentSeconds: 60 });
    await withService(sandbox);
    sandbox.control.failDeployments("prod", "web", { mode: "unhealthy" });
    sandbox.control.advance(10_000);
    await readService(sandbox);
    const { taskArns } = await sandbox.ecs.send(
      new ListTasksCommand({ cluster: "prod", serviceName: "web", desiredStatus: "STOPPED" }),
    );
    const { tasks } = await sandbox.ecs.send(
      new DescribeTasksCommand({ cluster: "prod", tasks: taskArns ?? [] }),
    );
    expect(tasks).toMatchObject([
      { lastStatus: "STOPPED", stoppedReason: "Task failed container health checks" },
    ]);
  });
});

describe("tasks", () => {
  it("follow their service and its health checks", async () => {
    const sandbox = await start();
    sandbox.control.call("ecs", "CreateCluster", { clusterName: "prod" });
    const containerDefinitions = [
      { name: "app", image: "a", healthCheck: { command: ["CMD", "true"] } },
      { name: "helper", image: "b", essential: false },
    ];
    sandbox.control.call("ecs", "RegisterTaskDefinition", webDefinition({ containerDefinitions }));
    await sandbox.ecs.send(
      new CreateServiceCommand({
        cluster: "prod",
        serviceName: "web",
        taskDefinition: "web",
        desiredCount: 2,
        launchType: "FARGATE",
        networkConfiguration: NETWORK,
        propagateTags: "SERVICE",
        tags: [{ key: "team", value: "shop" }],
      }),
    );
    const list = async () =>
      (await sandbox.ecs.send(new ListTasksCommand({ cluster: "prod", serviceName: "web" }))).taskArns ?? [];
    const arns = await list();
    expect(arns).toHaveLength(2);
    const { tasks } = await sandbox.ecs.send(
      new DescribeTasksCommand({ cluster: "prod", tasks: [...arns, "nope"], include: ["TAGS"] }),
    );
    expect(tasks?.[0]).toMatchObject({
      group: "service:web",
      healthStatus: "HEALTHY",
      tags: [{ key: "team", value: "shop" }],
      containers: [
        { name: "app", healthStatus: "HEALTHY" },
        { name: "helper", healthStatus: "UNKNOWN" },
      ],
    });
    await sandbox.ecs.send(new StopTaskCommand({ cluster: "prod", task: arns[0] ?? "" }));
    const later = await list();
    expect(later).toHaveLength(2);
    expect(later).not.toContain(arns[0]);
    const told = async (): Promise<string | undefined> => (await readService(sandbox)).events?.[0]?.message;
    const fresh = later
      .find((arn) => !arns.includes(arn))
      ?.split("/")
      .at(-1);
    expect(await told()).toBe(`(service web) has started 1 tasks: (task ${fresh}).`);
    await sandbox.ecs.send(new UpdateServiceCommand({ cluster: "prod", service: "web", desiredCount: 1 }));
    expect(await told()).toMatch(/^\(service web\) has stopped 1 running tasks: \(task [0-9a-f]+\)\.$/);
  });
});

describe("tags", () => {
  it("are added, replaced and taken away by ARN", async () => {
    const sandbox = await start();
    await withService(sandbox, { tags: [{ key: "a", value: "1" }] });
    const resourceArn = (await readService(sandbox)).serviceArn ?? "";
    const tags = [
      { key: "a", value: "2" },
      { key: "b", value: "3" },
    ];
    await sandbox.ecs.send(new TagResourceCommand({ resourceArn, tags }));
    expect((await sandbox.ecs.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual(tags);
    await sandbox.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    expect((await readService(sandbox)).tags).toEqual([{ key: "b", value: "3" }]);
    const many = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: "" }));
    const refused = { name: "InvalidParameterException" };
    await expect(sandbox.ecs.send(new TagResourceCommand({ resourceArn, tags: many }))).rejects.toMatchObject(
      refused,
    );
    await expect(
      sandbox.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: "aws:x", value: "" }] })),
    ).rejects.toMatchObject(refused);
  });
});

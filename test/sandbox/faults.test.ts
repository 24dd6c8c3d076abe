import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ListServicesCommand,
  RegisterTaskDefinitionCommand,
  UpdateClusterSettingsCommand,
} from "@aws-sdk/client-ecs";
import { DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, it } from "vitest";
import { ecsHeaders, post, readService, start, webDefinition, withService } from "./harness.ts";

const CLUSTERS = new DescribeClustersCommand({ clusters: ["prod"], include: ["SETTINGS"] });

describe("faults", () => {
  it("strike by service, operation and text, after some calls and so many times", async () => {
    const { ecs, control } = await start({ seed: "demo" });
    control.addFault({
      service: "ecs",
      operation: "ListServices",
      match: '"prod"',
      skip: 1,
      times: 1,
      action: "throttle",
    });
    const list = (cluster: string) => ecs.send(new ListServicesCommand({ cluster }));
    await list("staging");
    await list("prod");
    await expect(list("prod")).rejects.toMatchObject({
      name: "ThrottlingException",
      message: "Rate exceeded",
    });
    await list("prod");
    expect(control.counts()).toEqual({ "ecs:ListServices": 4 });
    expect(control.calls({ operation: "ListServices" }).map((call) => call.status)).toEqual([
      200, 200, 400, 200,
    ]);
  });

  it("come as each protocol has them", async () => {
    const { ecs, cloudwatch, elb, control } = await start();
    control.addFault({ action: "denied" });
    const refused = {
      name: "AccessDeniedException",
      message: expect.stringContaining("not authorized to perform"),
    };
    await expect(ecs.send(CLUSTERS)).rejects.toMatchObject(refused);
    await expect(cloudwatch.send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({
      Code: "AccessDenied",
    });
    await expect(elb.send(new DescribeTargetGroupsCommand({}))).rejects.toMatchObject({
      name: "AccessDenied",
    });
    control.clearFaults();
    control.addFault({ action: "error500" });
    await expect(ecs.send(CLUSTERS)).rejects.toMatchObject({
      name: "ServerException",
      $metadata: { httpStatusCode: 500 },
    });
  });

  it("lose the answer to a write that happened", async () => {
    const { ecs, control } = await start();
    control.addFault({ operation: "RegisterTaskDefinition", times: 1, action: "lost" });
    await expect(ecs.send(new RegisterTaskDefinitionCommand(webDefinition()))).rejects.toThrow();
    const again = await ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    expect(again.taskDefinition?.revision).toBe(2);
    expect(control.calls({ write: true }).map((call) => call.status)).toEqual([0, 200]);
  });

  it("hold the socket without doing anything", async () => {
    const { ecs, control } = await start();
    control.addFault({ operation: "RegisterTaskDefinition", times: 1, holdMs: 1, action: "timeout" });
    await expect(ecs.send(new RegisterTaskDefinitionCommand(webDefinition()))).rejects.toThrow();
    const again = await ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    expect(again.taskDefinition?.revision).toBe(1);
  });

  it("cut off pages", async () => {
    const { ecs, control } = await start({ services: 30 });
    control.addFault({ operation: "ListServices", page: "2", action: "truncate" });
    const first = await ecs.send(new ListServicesCommand({ cluster: "prod-a" }));
    expect(first.nextToken).toBeDefined();
    const second = await ecs.send(new ListServicesCommand({ cluster: "prod-a", nextToken: first.nextToken }));
    expect(second.serviceArns).toHaveLength(10);
    expect(second.nextToken).toBeUndefined();
  });

  it("answer with how things were before the last write", async () => {
    const { ecs, control } = await start({ seed: "demo" });
    const insights = async () => (await ecs.send(CLUSTERS)).clusters?.[0]?.settings?.[0]?.value;
    expect(await insights()).toBe("disabled");
    const settings = [{ name: "containerInsights" as const, value: "enhanced" }];
    await ecs.send(new UpdateClusterSettingsCommand({ cluster: "prod", settings }));
    control.addFault({ operation: "DescribeClusters", times: 1, action: "stale" });
    expect(await insights()).toBe("disabled");
    expect(await insights()).toBe("enhanced");
    control.addFault({ operation: "DescribeClusters", times: 1, action: "stale" });
    expect(await insights()).toBe("disabled");
  });

  it("answer with nothing, or with anything", async () => {
    const { ecs, elb, control } = await start({ seed: "demo" });
    control.addFault({ times: 2, action: "empty" });
    expect((await ecs.send(CLUSTERS)).clusters).toBeUndefined();
    expect((await elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups).toBeUndefined();
    const body = '{"__type":"UpdateInProgressException","message":"wait"}';
    control.addFault({ times: 1, action: { respond: { status: 400, body } } });
    await expect(ecs.send(CLUSTERS)).rejects.toMatchObject({ name: "UpdateInProgressException" });
    control.addFault({ times: 1, action: { respond: { status: 200, body: "<html>" } } });
    await expect(ecs.send(CLUSTERS)).rejects.toThrow();
  });

  it("turn lists around, but for those whose order has a meaning", async () => {
    const sandbox = await start();
    await withService(sandbox, {
      tags: [
        { key: "a", value: "1" },
        { key: "b", value: "2" },
      ],
    });
    const containerDefinitions = [
      { name: "one", image: "a", command: ["first", "second"] },
      { name: "two", image: "b" },
    ];
    sandbox.control.call("ecs", "RegisterTaskDefinition", webDefinition({ containerDefinitions }));
    sandbox.control.addFault({ action: { mutate: "reorder" } });
    expect((await readService(sandbox)).tags?.map((tag) => tag.key)).toEqual(["b", "a"]);
    const { taskDefinition } = await sandbox.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "web" }),
    );
    expect(taskDefinition?.containerDefinitions).toMatchObject([
      { name: "two" },
      { name: "one", command: ["first", "second"] },
    ]);
  });

  it("leave out what is empty, but for the list that was asked for and the user's maps", async () => {
    const { endpoint, control } = await start();
    const log = {
      logDriver: "splunk",
      options: { "splunk-url": "u", "splunk-token": "t", "splunk-index": "" },
    } as never;
    const containerDefinitions = [
      { name: "app", image: "a", logConfiguration: log, environment: [], workingDirectory: "" },
    ];
    control.call("ecs", "RegisterTaskDefinition", webDefinition({ containerDefinitions }));
    const read = async (): Promise<Record<string, unknown>> => {
      const { text } = await post(endpoint, '{"taskDefinition":"web"}', ecsHeaders("DescribeTaskDefinition"));
      return JSON.parse(text).taskDefinition.containerDefinitions[0];
    };
    expect(await read()).toMatchObject({ environment: [], mountPoints: [] });
    control.addFault({ action: { mutate: "absent-for-empty" } });
    const container = await read();
    expect(container).toMatchObject({ name: "app", logConfiguration: log });
    for (const field of ["environment", "mountPoints", "workingDirectory"])
      expect(container).not.toHaveProperty(field);
    const list = await post(endpoint, "{}", ecsHeaders("ListClusters"));
    expect(JSON.parse(list.text)).toEqual({ clusterArns: [] });
  });

  it("add unknown fields to structures, not to the user's maps", async () => {
    const { endpoint, control } = await start();
    const logConfiguration = {
      logDriver: "awslogs",
      options: { "awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p" },
    };
    control.call(
      "ecs",
      "RegisterTaskDefinition",
      webDefinition({
        containerDefinitions: [{ name: "app", image: "a", logConfiguration: logConfiguration as never }],
      }),
    );
    control.addFault({ action: { mutate: "extra-fields" } });
    const { text } = await post(endpoint, '{"taskDefinition":"web"}', ecsHeaders("DescribeTaskDefinition"));
    const { taskDefinition } = JSON.parse(text);
    expect(taskDefinition).toHaveProperty("sandboxUnknownField");
    const [container] = taskDefinition.containerDefinitions;
    expect(container.logConfiguration).toHaveProperty("sandboxUnknownField");
    expect(container.logConfiguration.options).toEqual(logConfiguration.options);
  });
});

describe("rates", () => {
  it("throttle as AWS does, on the sandbox's clock", async () => {
    const { ecs, control } = await start({ rates: true });
    const register = () => ecs.send(new RegisterTaskDefinitionCommand(webDefinition()));
    for (let count = 0; count < 20; count++) await register();
    await expect(register()).rejects.toMatchObject({ name: "ThrottlingException" });
    control.advance(1000);
    await register();
    await expect(register()).rejects.toMatchObject({ name: "ThrottlingException" });
    await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: "web" }));
  });
});

describe("control over HTTP", () => {
  it("steers faults, clock, calls, state, deployments and reset", async () => {
    const { endpoint, ecs, control } = await start({ seed: "demo" });
    const ask = async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${endpoint}/_sandbox/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: JSON.parse(await answer.text()) };
    };
    const before = (await ask("GET", "state")).body;
    expect(Object.keys(before)).toEqual(["123456789012/us-east-1"]);
    expect(await ask("GET", "state")).toMatchObject({ body: before });

    expect(
      await ask("POST", "faults", [{ operation: "DescribeClusters", action: "throttle" }]),
    ).toMatchObject({ status: 200 });
    expect((await ask("GET", "faults")).body.faults).toHaveLength(1);
    await expect(ecs.send(CLUSTERS)).rejects.toThrow(/Rate exceeded/);
    await ask("DELETE", "faults");
    await ecs.send(CLUSTERS);
    expect((await ask("GET", "calls")).body).toMatchObject({
      calls: [{ error: "ThrottlingException" }, { status: 200 }],
      counts: { "ecs:DescribeClusters": 2 },
    });
    await ask("DELETE", "calls");
    expect(control.calls()).toEqual([]);

    const { now } = (await ask("GET", "clock")).body;
    expect((await ask("POST", "clock", { advanceMs: 5000 })).body).toEqual({ now: now + 5000 });
    expect(await ask("POST", "clock", { advanceMs: -1 })).toMatchObject({ status: 400 });

    await ask("POST", "deployments", { cluster: "prod", service: "orders-worker", mode: "tasks-die" });
    control.call("ecs", "UpdateService", {
      cluster: "prod",
      service: "orders-worker",
      forceNewDeployment: true,
    });
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: "prod", services: ["orders-worker"] }),
    );
    expect(services?.[0]?.deployments?.[0]).toMatchObject({ rolloutState: "IN_PROGRESS", failedTasks: 1 });

    await ask("POST", "reset");
    const shape = (state: unknown) =>
      JSON.stringify(state).replaceAll(/\d{13}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T");
    expect(shape((await ask("GET", "state")).body)).toBe(shape(before));

    expect(await ask("POST", "faults", { action: "explode" })).toMatchObject({ status: 400 });
    expect(await ask("GET", "nothing")).toMatchObject({ status: 404 });
  });
});

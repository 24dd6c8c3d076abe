// What is said of our containers before AWS is asked, each rule with its words; and how far a task grows.
import { describe, expect, it } from "vitest";
import { findObstacle, growToFit } from "../../../controller/core/task-room.ts";
import { isFargateSize, nextFargateSize } from "../../../controller/core/task-size.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { appContainer, definition } from "./builders.ts";

const side = (over: JsonObject = {}): JsonObject => ({
  name: "side",
  image: "s",
  essential: false,
  memory: 64,
  ...over,
});

function obstacle(before: JsonObject, ...added: readonly JsonObject[]): string | undefined {
  const own = before["containerDefinitions"] as readonly JsonObject[];
  const reason = findObstacle(before, { ...before, containerDefinitions: [...own, ...added] });
  return reason && `${reason.code}: ${reason.message}`;
}

const on = (containerName: string, condition: string) => ({ dependsOn: [{ containerName, condition }] });
const checked = { healthCheck: { command: ["CMD", "x"] } };

describe("dependsOn", () => {
  it.each([
    [
      "a container that is not there",
      side(on("db", "START")),
      "container side depends on db, which is not in the task; it has app, side",
    ],
    [
      "HEALTHY without a check",
      side(on("app", "HEALTHY")),
      "container side depends on app being HEALTHY, which has no health check; give it one, or write START",
    ],
    [
      "the end of an essential container",
      side(on("app", "COMPLETE")),
      "container side depends on app to come to COMPLETE, but it is essential: its end ends the task; set essential: false there, or write START or HEALTHY",
    ],
    [
      "no condition of the API",
      side(on("app", "READY")),
      'container side depends on app with the condition "READY"; write one of START, COMPLETE, SUCCESS, HEALTHY',
    ],
    [
      "itself",
      side(on("side", "START")),
      "containers wait for each other: side → side; take one dependsOn away",
    ],
  ])("on %s", (_, container, message) => {
    expect(obstacle(definition(), container)).toBe(`InvalidDependency: ${message}`);
  });

  it("in a circle, through a container of theirs that waits for ours", () => {
    const waiting = definition([appContainer(on("side", "START"))]);
    expect(obstacle(waiting, side(on("app", "START")))).toBe(
      "InvalidDependency: containers wait for each other: app → side → app; take one dependsOn away",
    );
    expect(obstacle(waiting, side())).toBeUndefined();
  });

  it("that can come true", () => {
    const app = appContainer(checked);
    expect(obstacle(definition([app]), side(on("app", "HEALTHY")))).toBeUndefined();
    const init = appContainer({ name: "init", essential: false });
    expect(obstacle(definition([app, init]), side(on("init", "SUCCESS")))).toBeUndefined();
  });
});

describe("our container", () => {
  it.each([
    [{ memoryReservation: 64 }, "has a memory of 64 MiB; it must be greater than its memoryReservation, 64"],
    [
      { environment: [{ name: "A", value: "1" }], secrets: [{ name: "A", valueFrom: "arn" }] },
      "has the variable A in environment and in secrets; take one out",
    ],
    [{ privileged: true }, "asks for privileged, which Fargate does not have"],
    [{ links: ["app"] }, "asks for links, which Fargate does not have"],
    [
      { linuxParameters: { swappiness: 0 } },
      "asks for linuxParameters.swappiness, which Fargate does not have",
    ],
    [
      { linuxParameters: { capabilities: { add: ["SYS_PTRACE", "NET_ADMIN"] } } },
      "asks for the capability NET_ADMIN, which Fargate does not have",
    ],
    [{ ulimits: [{ name: "core" }] }, "asks for the ulimit core, which Fargate does not have"],
    [{ resourceRequirements: [{ type: "GPU", value: "1" }] }, "asks for a GPU, which Fargate does not have"],
    [
      { logConfiguration: { logDriver: "syslog" } },
      "asks for the log driver syslog, which Fargate does not have",
    ],
    [{ stopTimeout: 150 }, "has a stopTimeout of 150; it goes from 0 to 120"],
    [
      { mountPoints: [{ sourceVolume: "tmp", containerPath: "/tmp" }] },
      "mounts the volume tmp, which the definition does not have",
    ],
    [
      { portMappings: [{ containerPort: 80, hostPort: 8080 }] },
      "maps host port 8080 to 80; with awsvpc they are the same",
    ],
    [
      { healthCheck: { command: ["curl", "x"] } },
      "has a healthCheck.command that does not begin with CMD or CMD-SHELL and go on",
    ],
    [
      { healthCheck: { command: ["CMD", "x"], interval: 1 } },
      "has a healthCheck.interval of 1; it goes from 5 to 300",
    ],
  ])("%j", (over, fault) => {
    expect(obstacle(definition(), side(over))).toBe(`InvalidContainer: container side ${fault}`);
  });

  it("leaves the execution role to its owner and to AWS", () => {
    const { executionRoleArn: _, ...roleless } = definition();
    const awslogs = { logConfiguration: { logDriver: "awslogs", options: { "awslogs-stream-prefix": "s" } } };
    const secret = { secrets: [{ name: "K", valueFrom: "k" }] };
    expect(obstacle(roleless, side({ ...awslogs, ...secret }))).toBeUndefined();
  });

  it("is no second router, and sends to none that is not there", () => {
    const router = { firelensConfiguration: { type: "fluentbit" } };
    const theirs = definition([appContainer(), appContainer({ name: "log_router", ...router })]);
    expect(obstacle(theirs, side(router))).toBe(
      "InvalidContainer: log_router and side are FireLens routers; a task has one",
    );
    expect(obstacle(definition(), side({ logConfiguration: { logDriver: "awsfirelens" } }))).toBe(
      "InvalidDependency: container side logs by awsfirelens, and no container is a FireLens router",
    );
  });

  it("has a size where the task has none", () => {
    const { memory: _, ...open } = definition([appContainer({ memory: 64 })], {
      requiresCompatibilities: ["EC2"],
    });
    const { memory: __, ...bare } = side();
    expect(obstacle(open, bare)).toMatch(
      /^InvalidContainer: container side has neither memory nor memoryReservation/,
    );
  });
});

describe("what the definition breaks without us", () => {
  it.each([
    ["too little memory", definition([appContainer({ memoryReservation: 2000 })])],
    ["a size that Fargate lacks", definition([appContainer()], { cpu: "300" })],
    ["a dependency that is not there", definition([appContainer(on("gone", "START"))])],
    ["an invalid check", definition([appContainer({ healthCheck: { command: [] } })])],
    ["privileged on Fargate", definition([appContainer({ privileged: true })])],
  ])("never blocks: %s", (_, before) => {
    expect(obstacle(before, side())).toBeUndefined();
  });
});

describe("a task grows", () => {
  const grow = (cpu: string, memory: string, over: JsonObject, top: JsonObject = {}) =>
    growToFit(definition([appContainer()], { cpu, memory, ...top }), [side(over)]);

  it.each([
    ["256", "512", { memory: 512 }, undefined],
    ["256", "512", { memory: 513 }, "256/1024"],
    ["256", "2048", { memory: 2049 }, "512/3072"],
    ["256", "512", { cpu: 257 }, "512/1024"],
    ["0.25 vCPU", "0.5 GB", { memory: 600 }, "256/1024"],
    ["4096", "30720", { memory: 30721 }, "8192/32768"],
    ["16384", "122880", { memory: 122881 }, "32768/249856"],
    ["32768", "61440", { memory: 61441 }, "32768/122880"],
    // A limit alone must be within the task, too.
    ["256", "512", { memoryReservation: 100, memory: 900 }, "256/1024"],
  ])("from %s/%s for %j", (cpu, memory, over, expected) => {
    const { task } = grow(cpu, memory, over);
    expect(task && `${task.cpu}/${task.memory}`).toBe(expected);
  });

  it("to no size that Fargate lacks", () => {
    expect(grow("32768", "249856", { memory: 300000 }).reason).toEqual({
      code: "NoRoom",
      message:
        "the containers need 0 CPU units and 300000 MiB of memory; Fargate has no task with 32768 and 300000 or more",
    });
    const windows = { runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" } };
    expect(grow("4096", "30720", { memory: 30721 }, windows).reason?.code).toBe("NoRoom");
    expect(grow("1024", "2048", { memory: 2049 }, windows).task).toEqual({ cpu: "1024", memory: "3072" });
  });

  it("plainly on EC2, in what the definition sets", () => {
    const onEc2 = { requiresCompatibilities: ["EC2"] };
    expect(grow("300", "700", { memory: 900, cpu: 10 }, onEc2).task).toEqual({ cpu: "300", memory: "900" });
    const { cpu: _, ...memoryOnly } = definition([appContainer()], { memory: "700", ...onEc2 });
    expect(growToFit(memoryOnly, [side({ memory: 900, cpu: 500 })]).task).toEqual({ memory: "900" });
  });

  it("by Fargate's sizes where the definition says nothing of where it runs, and Fargate could run it", () => {
    const { requiresCompatibilities: _, ...open } = definition([appContainer()], {
      cpu: "256",
      memory: "512",
    });
    expect(growToFit(open, [side({ memory: 600 })]).task).toEqual({ cpu: "256", memory: "1024" });
    expect(growToFit({ ...open, networkMode: "bridge" }, [side({ memory: 600 })]).task).toEqual({
      cpu: "256",
      memory: "600",
    });
  });

  it("in sizes that there are", () => {
    expect(nextFargateSize({}, { cpu: 1, memory: 1 })).toEqual({ cpu: 256, memory: 512 });
    expect(isFargateSize({ cpu: "1 vcpu", memory: "3GB" })).toBe(true);
    expect(isFargateSize({ cpu: "x", memory: "3GB" })).toBe(false);
    expect(isFargateSize({})).toBe(false);
  });
});

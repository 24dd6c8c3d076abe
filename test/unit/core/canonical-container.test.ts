// A container definition of ours in one form: what ECS fills in, reorders or adds compares equal to what was sent.
import { describe, expect, it } from "vitest";
import { canonicalContainer, canonicalHealthCheck } from "../../../controller/core/canonical-container.ts";
import type { JsonObject } from "../../../controller/model/json.ts";

const base = { name: "side", image: "x" };

describe("canonicalContainer", () => {
  it.each<readonly [string, JsonObject, JsonObject]>([
    ["essential", {}, { essential: true }],
    ["cpu", {}, { cpu: 0 }],
    ["memory", {}, { memory: 0 }],
    [
      "empty lists",
      {},
      {
        environment: [],
        mountPoints: [],
        volumesFrom: [],
        portMappings: [],
        systemControls: [],
        command: [],
        secrets: [],
      },
    ],
    ["nulls", {}, { command: null, user: null, healthCheck: null }],
    ["unknown members", {}, { futureMember: 1 }],
    [
      "protocol and host port",
      { portMappings: [{ containerPort: 80 }] },
      { portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }] },
    ],
    [
      "a dynamic host port",
      { portMappings: [{ containerPort: 80 }] },
      { portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }] },
    ],
    [
      "the order of ports",
      { portMappings: [{ containerPort: 80 }, { containerPort: 443 }] },
      { portMappings: [{ containerPort: 443 }, { containerPort: 80 }] },
    ],
    [
      "the order of one port's protocols",
      { portMappings: [{ containerPort: 80, protocol: "udp" }, { containerPort: 80 }] },
      { portMappings: [{ containerPort: 80 }, { containerPort: 80, protocol: "udp" }] },
    ],
    [
      "the order of variables",
      {
        environment: [
          { name: "B", value: "" },
          { name: "A", value: "1" },
        ],
      },
      {
        environment: [
          { name: "A", value: "1" },
          { name: "B", value: "" },
        ],
      },
    ],
    [
      "unknown members of items",
      { secrets: [{ name: "A", valueFrom: "x" }] },
      { secrets: [{ valueFrom: "x", name: "A", future: 1 }] },
    ],
    [
      "read-only mounts",
      { mountPoints: [{ sourceVolume: "v", containerPath: "/p" }] },
      { mountPoints: [{ readOnly: false, containerPath: "/p", sourceVolume: "v" }] },
    ],
    [
      "a health check's defaults",
      { healthCheck: { command: ["CMD", "x"] } },
      {
        healthCheck: {
          command: ["CMD", "x"],
          interval: 30,
          timeout: 5,
          retries: 3,
          startPeriod: 0,
          future: 1,
        },
      },
    ],
    [
      "a restart policy's default",
      { restartPolicy: { enabled: true } },
      { restartPolicy: { enabled: true, ignoredExitCodes: [], restartAttemptPeriod: 300 } },
    ],
    [
      "a log configuration",
      { logConfiguration: { logDriver: "awslogs", options: { a: "b" } } },
      { logConfiguration: { logDriver: "awslogs", options: { a: "b" }, secretOptions: [], future: 1 } },
    ],
  ])("takes %s for the same", (_, sent, returned) => {
    const canonical = canonicalContainer({ ...base, ...sent });
    expect(canonicalContainer({ ...base, ...sent, ...returned })).toEqual(canonical);
    expect(canonicalContainer(canonical)).toEqual(canonical);
  });

  it.each<readonly [string, JsonObject, JsonObject]>([
    ["the order of a command's words", { command: ["a", "b"] }, { command: ["b", "a"] }],
    ["an empty value and none", { user: "" }, {}],
    [
      "which of two equal variables comes last",
      {
        environment: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      },
      {
        environment: [
          { name: "A", value: "2" },
          { name: "A", value: "1" },
        ],
      },
    ],
    [
      "a fixed host port",
      { portMappings: [{ containerPort: 80, hostPort: 8080 }] },
      { portMappings: [{ containerPort: 80 }] },
    ],
    ["a container that is not essential", { essential: false }, {}],
    ["labels", { dockerLabels: { a: "1" } }, { dockerLabels: { a: "2" } }],
  ])("tells apart %s", (_, one, other) => {
    expect(canonicalContainer({ ...base, ...one })).not.toEqual(canonicalContainer({ ...base, ...other }));
  });

  it("has one form for a health check", () => {
    const check = { command: ["CMD", "x"], interval: 10, timeout: 3, retries: 1, startPeriod: 60 };
    expect(canonicalHealthCheck(check)).toEqual(check);
    expect(canonicalHealthCheck({ ...check, startPeriod: null })).not.toHaveProperty("startPeriod");
  });
});

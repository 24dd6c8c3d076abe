// The layer on definitions that use every field of the API, and on ones written after real tasks: it comes off as it
// went on, a second pass changes nothing, and AWS takes what comes out, or the layer is blocked with a reason.
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { containerMembers } from "../../controller/api/container-schema.ts";
import { findDifferences } from "../../controller/core/differences.ts";
import { containersOf, ejectLayer, hasLayer, injectLayer } from "../../controller/core/layer.ts";
import { selectWorkloads } from "../../controller/core/select.ts";
import { resolveLayer } from "../../controller/core/task-layer.ts";
import { type JsonObject, stableStringify } from "../../controller/model/json.ts";
import { policies, workload } from "../unit/core/builders.ts";
import { anyTaskDefinition, largest, readBack, refusal } from "./task-definitions.ts";

const by = "ecsmon";
const native = (more: string) => `{ container: { name: zz-side, image: "side:1", essential: false${more} } }`;
const mackerel = `{ preset: mackerel-container-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:r:1:parameter/k" } } }`;
const datadog = `{ preset: datadog-agent, with: { apiKey: { valueFrom: "arn:aws:ssm:r:1:parameter/d" } } }`;
const router = "{ preset: fluent-bit, with: { healthCheck: uptime } }";
const secretOptions = `secretOptions: [{ name: apikey, valueFrom: "arn:aws:ssm:r:1:parameter/d" }]`;

/** Policies as users write them, from a single field to everything. */
const policySets = [
  `healthCheck: { command: [CMD-SHELL, "curl -f localhost || exit 1"], interval: 10s }`,
  "logging: { group: /ours, options: { mode: non-blocking, max-buffer-size: 25m } }",
  "logging: { group: /ours, replaceDriver: true }",
  `sidecars: [${native(", memory: 64, cpu: 10")}]`,
  `sidecars: [${mackerel}]\ntaskSize: grow\nlogging: { group: /ours, replaceDriver: true }`,
  `sidecars: [${native(", memory: 6000, cpu: 3000")}]\ntaskSize: grow`,
  `sidecars: [${native(", memoryReservation: 9000")}, ${mackerel}]`,
  `sidecars: [${native(", memory: 64, privileged: true, dnsServers: [10.0.0.2]")}]`,
  `sidecars: [${native(", memory: 64, dependsOn: [{ containerName: app, condition: HEALTHY }]")}]
healthCheck: { container: app, command: [CMD, "true"] }
taskSize: grow`,
  `logging: { group: /ours, secretOptions: [{ name: ours, valueFrom: "arn:aws:ssm:r:1:parameter/s" }] }`,
  "logging: { driver: awsfirelens, group: /ours, replaceDriver: true }\ntaskSize: grow",
  `logging: { driver: awsfirelens, options: { Name: datadog, TLS: "on" }, replaceDriver: true, ${secretOptions} }`,
  `sidecars: [{ preset: cloudwatch-agent }, { preset: adot-collector }, { preset: xray-daemon }, ${datadog}, ${router}]
taskSize: grow
logging: { driver: awsfirelens, group: /ours, replaceDriver: true }`,
].map((body) => policies(body));

interface Pass {
  readonly injected: JsonObject | undefined;
  readonly reason: string;
}

/** One pass of the operator over what stands: our layer off, and on again. */
function pass(live: JsonObject, policySet: number): Pass {
  const base = ejectLayer(live, by);
  const [selected] = selectWorkloads(policySets[policySet] ?? [], [workload({ input: base })], by);
  if (selected === undefined) throw new Error("nothing is selected");
  const layer = resolveLayer(selected, base);
  if (!layer.ok) return { injected: undefined, reason: `${layer.reason.code}: ${layer.reason.message}` };
  return { injected: injectLayer(base, by, layer.value), reason: "" };
}

/** Whether the layer went on; everything that must hold either way is asserted. */
function check(input: JsonObject, policySet: number): boolean {
  expect(refusal(input)).toBeUndefined();
  const { injected, reason } = pass(input, policySet);
  if (injected === undefined) {
    expect(reason).toMatch(/^[A-Z][A-Za-z]+: .{20,}/s);
    return false;
  }
  expect(refusal(injected)).toBeUndefined();
  const ejected = ejectLayer(injected, by);
  expect(hasLayer(ejected, by)).toBe(false);
  expectSame(ejected, input);
  expectSame(pass(injected, policySet).injected, injected);
  // Originals are as they were written, before ECS filled in anything.
  expectSame(readBack(ejectLayer(readBack(injected), by)), readBack(input));
  return true;
}

/** Equal in canonical JSON. A definition of 60 KiB makes no readable diff, so only the paths are told. */
function expectSame(actual: JsonObject | undefined, wanted: JsonObject): void {
  if (stableStringify(actual) === stableStringify(wanted)) return;
  expect(findDifferences(wanted, actual ?? null).map(({ path }) => path)).toEqual([]);
}

describe("1,000 task definitions with every field of the API", () => {
  const inputs = fc.sample(anyTaskDefinition, { seed: 7, numRuns: 1000 });

  it("are that", () => {
    const taskMembers = new Set(inputs.flatMap((input) => Object.keys(input)));
    const members = new Set(inputs.flatMap((input) => containersOf(input).flatMap(Object.keys)));
    expect([...containerMembers].filter((member) => !members.has(member))).toEqual([]);
    for (const member of [
      "taskRoleArn executionRoleArn networkMode volumes placementConstraints requiresCompatibilities cpu memory",
      "pidMode ipcMode proxyConfiguration inferenceAccelerators ephemeralStorage runtimePlatform enableFaultInjection",
    ].flatMap((line) => line.split(" ")))
      expect(taskMembers).toContain(member);
    expect([...members, ...taskMembers].some((member) => member.startsWith("future-"))).toBe(true);
    expect(Math.max(...inputs.map((input) => JSON.stringify(input).length))).toBeGreaterThan(62 * 1024);
  });

  it("get the layer and give it back, or a reason", () => {
    const on = inputs.filter((input, index) => check(input, index % policySets.length));
    expect(on.length).toBeGreaterThan(350);
    expect(on.length).toBeLessThan(1000);
  });
});

describe("a definition after a real one", () => {
  const folder = new URL("definitions/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".json"));

  it("is one of at least twenty", () => {
    expect(files.length).toBeGreaterThanOrEqual(20);
  });

  it.each(files)("%s gets the layer and gives it back, or a reason", (file) => {
    const input = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as JsonObject;
    const on = policySets.filter((_, index) => check(input, index));
    expect(on.length).toBeGreaterThan(0);
  });
});

describe("room", () => {
  it("ends at 64 KiB, our records included", () => {
    const ofSize = (bytes: number): JsonObject => {
      const base = { family: "f", containerDefinitions: [{ name: "app", image: "", memory: 64 }] };
      const [app] = base.containerDefinitions;
      const rest = bytes - JSON.stringify(base).length;
      return { ...base, containerDefinitions: [{ ...app, image: "x".repeat(rest) }] };
    };
    const added = JSON.stringify(pass(ofSize(1000), 3).injected).length - 1000;
    const fits = pass(ofSize(largest - added), 3);
    expect(JSON.stringify(fits.injected).length).toBe(largest);
    expect(pass(ofSize(largest - added + 1), 3).reason).toBe(
      `NoRoom: ${largest - added + 1} bytes + ${added} of ours with their records = ${largest + 1} bytes; a task definition has at most 65536 (64 KiB)`,
    );
  });
});

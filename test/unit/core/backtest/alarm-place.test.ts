// Where the policies ask for an alarm, whichever of its sections and layers it stands in.
import { expect, test } from "vitest";
import { parsePolicies } from "../../../../controller/api/parse.ts";
import { placeOf } from "../../../../controller/core/backtest/alarm-place.ts";
import { ownedName } from "../../../../controller/core/names.ts";
import { change } from "../passes.ts";

const { policies, diagnostics } = parsePolicies([
  {
    file: "policies/web.yaml",
    text: `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: web }
spec:
  selector: { services: ["*"] }
  logging: { driver: awslogs }
  alarms:
    - { name: cpu, preset: ecs-cpu-high, threshold: 80 }
  logMetrics:
    - { name: silent, pattern: "INFO" }
    - { name: fatal, pattern: "FATAL", alarm: { comparison: GreaterThanThreshold, threshold: 1 } }
  overrides:
    - selector: { services: [api] }
      alarms:
        - { name: memory, preset: ecs-memory-high, threshold: 80 }
`,
  },
]);
const service = { cluster: "prod", service: "a".repeat(250) };
const place = (name: string, wanting = "web") =>
  placeOf(
    { ...change({ name: ownedName("ecsmon", { ...service, name }), policies: [wanting] }), ...service },
    "ecsmon",
    policies,
  );

test.each([
  ["cpu", { line: 8, column: 7, path: "spec.alarms[0]" }],
  ["fatal", { line: 11, column: 7, path: "spec.logMetrics[1]" }],
  ["memory", { line: 15, column: 11, path: "spec.overrides[0].alarms[0]" }],
])("%s", (name, expected) => {
  expect(diagnostics).toEqual([]);
  expect(place(name)).toEqual({ file: "policies/web.yaml", ...expected });
});

test.each([
  ["silent", "web"],
  ["disk", "web"],
  ["cpu", "other"],
])("%s of policy %s stands nowhere", (name, wanting) => {
  expect(place(name, wanting)).toEqual({});
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// What is blocked keeps what stands, whatever kind it is of and whatever blocks it: nothing of it is deleted or given back.
import { beforeEach, expect, test } from "vitest";
import { type Any, useWorld } from "./harness.ts";
import { allKinds, flags, policies, seedReference } from "./reference-estate.ts";

const world = useWorld();

beforeEach(async () => {
  seedReference(world);
  expect((await world.apply(policies.first, flags)).code).toBe(0);
  world.sandbox.control.clearCalls();
});

/** @throws if there is nothing to edit */
function edit(text: string, edits: readonly (readonly [from: string, to: string])[]): string {
  return edits.reduce((edited, [from, to]) => {
    if (!edited.includes(from)) throw new Error(`the policy has no ${JSON.stringify(from)}`);
    return edited.replace(from, () => to);
  }, text);
}

const [first = "", exception = ""] = policies.first.split(/^---\n/m);
/** As the reference policy, with another value in each section, for all of its services. */
const other = edit(policies.change.split(/^---\n/m)[0] ?? "", [
  ["name: web-baseline", "name: other"],
  ['"!worker"', '"!none"'],
  ["  events:\n", "  events:\n    - { preset: task-stopped, severity: critical }\n"],
]);

function kindsOf(items: readonly Any[]): string[] {
  return [...new Set<string>(items.map(({ kind }) => kind))].sort();
}

test("by a second policy that says otherwise", async () => {
  const { json, code } = await world.apply([first, other, exception].join("---\n"), flags);
  expect([json.plan.changes, world.writes(), code]).toEqual([[], [], 1]);
  expect(kindsOf(json.plan.blocked)).toEqual(allKinds);
});

test("by a tag that its text is filled from and the service lacks", async () => {
  const lacking = edit(first, [
    ['roles: ["${service.tags.product:-web}:', 'roles: ["${service.tags.nope}:'],
    ["path: /healthz, matcher", 'path: "/${service.tags.nope}", matcher'],
    ["preset: ecs-cpu-high", 'preset: ecs-cpu-high\n      description: "${service.tags.nope}"'],
    [
      'composite: ALARM("http-5xx")',
      'description: "${service.tags.nope}"\n      composite: ALARM("http-5xx")',
    ],
    ["streamPrefix: ecs", 'streamPrefix: "${service.tags.nope}"'],
    ["pattern: '?Fatal ?FATAL'", "pattern: '?Fatal ?${service.tags.nope}'"],
    ["like /Fatal/", "like /${service.tags.nope}/"],
    ["sum(strcontains(@message", "sum(strcontains(@${service.tags.nope}"],
    [
      "dashboard: true",
      'dashboard: { widgets: [{ type: text, properties: { markdown: "${service.tags.nope}" } }] }',
    ],
    ["url: https://${service.name}", "url: https://${service.tags.nope}"],
  ]);
  const { json, code } = await world.apply([lacking, exception].join("---\n"), flags);
  expect([json.plan.changes, world.writes(), code]).toEqual([[], [], 1]);
  expect(kindsOf(json.plan.blocked)).toEqual(
    allKinds.filter((kind) => !["ClusterSettings", "EventRule", "Service"].includes(kind)),
  );
});

test("by an exception, but for alarms, which go silent", async () => {
  const items = [
    "cluster",
    "sidecars.mackerel-container-agent",
    "sidecars.jmx-exporter",
    "healthCheck",
    "targetGroup",
    "deployment",
    "events.task-stopped",
    "events.deployment-failed",
    "alarms.cpu-high",
    "alarms.user-facing",
    "logging",
    "logMetrics.errors",
    "queries.fatal-per-minute",
    "dashboard",
    "mackerel.${service.name} top page",
  ];
  const waiver = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringException
metadata: { name: all }
spec:
  selector: { clusters: ["prod-*"] }
  except: ${JSON.stringify(items)}
  reason: a test
  expires: 2027-01-31
`;
  const changed = edit(other, [["name: other", "name: web-baseline"]]);
  for (const policy of [first, changed, first]) {
    const { json } = await world.apply([policy, exception, waiver].join("---\n"), flags);
    expect(
      json.plan.changes.filter(({ action, deletes }: Any) => action === "delete" || deletes > 0),
    ).toEqual([]);
  }
  expect(world.writes().filter((call) => /Delete|Remove|Untag/.test(call))).toEqual([]);
});

// Unknown is never empty, for every kind at once: each operation that a plan reads with fails, in each way there is.
// Nothing may be planned then that would not be planned without the fault, least of all a delete or a release.
import { beforeEach, expect, test } from "vitest";
import type { FaultAction } from "../../controller/sandbox/faults.ts";
import { type Any, type Ran, useWorld } from "./harness.ts";
import { allKinds, flags, policies, seedReference } from "./reference-estate.ts";

const world = useWorld();

/** What a plan reads with. A test below sees to it that none is left out. */
const reads: readonly (readonly [service: string, operation: string])[] = [
  ["ecs", "ListClusters"],
  ["ecs", "DescribeClusters"],
  ["ecs", "ListServices"],
  ["ecs", "DescribeServices"],
  ["ecs", "DescribeTaskDefinition"],
  ["elasticloadbalancing", "DescribeTags"],
  ["elasticloadbalancing", "DescribeTargetGroups"],
  ["events", "ListRuleNamesByTarget"],
  ["events", "ListRules"],
  ["events", "ListTagsForResource"],
  ["events", "ListTargetsByRule"],
  ["logs", "DescribeLogGroups"],
  ["logs", "DescribeMetricFilters"],
  ["logs", "DescribeQueryDefinitions"],
  ["logs", "ListTagsForResource"],
  ["mackerel", "ListMonitors"],
  ["monitoring", "DescribeAlarms"],
  ["monitoring", "GetDashboard"],
  ["monitoring", "ListDashboards"],
  ["monitoring", "ListTagsForResource"],
  ["scheduler", "ListSchedules"],
  ["tagging", "GetResources"],
];

/** So answers an emulator that has no such operation too: those need no Scheduler, with which they run nothing. */
const proxy = "a page of some proxy";
/** Ways in which a read says nothing. */
const failures: Readonly<Record<string, FaultAction>> = {
  denied: "denied",
  throttled: "throttle",
  "an error of AWS's": "error500",
  "no answer": "lost",
  "an answer without its list": "empty",
  "an answer cut off": { respond: { status: 200, body: '{"' } },
  [proxy]: {
    respond: {
      status: 200,
      body: "<html><body>Sign in</body></html>",
      headers: { "content-type": "text/html" },
    },
  },
  "an empty body": { respond: { status: 200, body: "" } },
};

let sound: Any;
beforeEach(async () => {
  seedReference(world);
  expect((await world.apply(policies.first, flags)).code).toBe(0);
  sound = (await world.plan(policies.change, flags)).json;
  world.sandbox.control.clearCalls();
});

/** A change as it would be written, but for which of ours is meant: its kind, its id and what is to stand there. */
const textOf = ({ action, kind, name, cluster, service, enforcement, after }: Any): string =>
  JSON.stringify([action, kind, name, cluster, service, enforcement, after]);
const takesAway = ({ action, after, before: was, kind }: Any): boolean =>
  action === "delete" ||
  (kind === "LogGroup" && was !== null && after.tags?.["ecsmon.dev/owner"] === undefined);

/** Changes that would not be planned without the fault. */
function beyond({ json, stdout, stderr }: Ran & { readonly json: Any }, allowed: ReadonlySet<string>): Any[] {
  expect(`${stdout}${stderr}`).not.toMatch(/undefined|\[object/);
  return json.changes.filter((change: Any) => !allowed.has(textOf(change)));
}

test("without a fault every kind changes, one service is let go, and these are the reads", async () => {
  expect([...new Set(sound.changes.map(({ kind }: Any) => kind))].sort()).toEqual(allKinds);
  expect(sound.changes.filter(takesAway).length).toBeGreaterThan(10);
  expect(sound.unknown).toEqual([]);
  await world.plan(policies.change, flags);
  const read = world.sandbox.control.calls().map(({ service, operation }) => `${service} ${operation}`);
  expect([...new Set(read)].sort()).toEqual(
    reads.map(([service, operation]) => `${service} ${operation}`).sort(),
  );
});

test.each(reads)("%s %s", async (service, operation) => {
  const gone = new Set<string>((await world.plan(policies.removal, flags)).json.changes.map(textOf));
  for (const [way, action] of Object.entries(failures)) {
    world.sandbox.control.addFault({ service, operation, action });
    const ran = await world.plan(policies.change, flags);
    const isTold = !(operation === "ListSchedules" && way === proxy);
    expect([way, ran.code, ran.json.unknown.length > 0]).toEqual([way, isTold ? 1 : 2, isTold]);
    expect(beyond(ran, new Set<string>(sound.changes.map(textOf))), way).toEqual([]);
    // The same when nobody wants anything any more: what was not read is not taken away.
    const removal = await world.plan(policies.removal, flags);
    expect(beyond(removal, gone), way).toEqual([]);
    world.sandbox.control.clearFaults();
  }
});

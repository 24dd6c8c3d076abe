// Lists that come in many pages, of which some do not come; and lists that are shorter than they should be and look
// whole. The first are known to be no lists. Of the second nothing may go that would not go anyway, and once the world
// has healed, the end is the same, and the owner's own comes back.
import { beforeEach, describe, expect, test } from "vitest";
import type { FaultAction } from "../../controller/sandbox/faults.ts";
import { type Any, useWorld } from "./harness.ts";
import { flags, ownersView, policies, seedReference } from "./reference-estate.ts";

const world = useWorld({ pageSizes: 1 });
const textOf = ({ action, kind, name, cluster, service, enforcement, after }: Any): string =>
  JSON.stringify([action, kind, name, cluster, service, enforcement, after]);

/** Operations of a plan that page. */
const paged: readonly (readonly [service: string, operation: string])[] = [
  ["ecs", "ListClusters"],
  ["ecs", "ListServices"],
  ["elasticloadbalancing", "DescribeTargetGroups"],
  ["events", "ListRules"],
  ["events", "ListTargetsByRule"],
  ["logs", "DescribeLogGroups"],
  ["logs", "DescribeMetricFilters"],
  ["logs", "DescribeQueryDefinitions"],
  ["monitoring", "DescribeAlarms"],
  ["monitoring", "ListDashboards"],
  ["tagging", "GetResources"],
];
/** Operations that a service answers with an empty list, whose JSON is this. */
const empties: readonly (readonly [service: string, operation: string, body: string])[] = [
  ["ecs", "ListClusters", '{"clusterArns":[]}'],
  ["ecs", "DescribeClusters", '{"clusters":[],"failures":[]}'],
  ["ecs", "ListServices", '{"serviceArns":[]}'],
  ["ecs", "DescribeServices", '{"services":[],"failures":[]}'],
  ["events", "ListRules", '{"Rules":[]}'],
  ["events", "ListTagsForResource", '{"Tags":[]}'],
  ["events", "ListTargetsByRule", '{"Targets":[]}'],
  ["logs", "DescribeLogGroups", '{"logGroups":[]}'],
  ["logs", "DescribeMetricFilters", '{"metricFilters":[]}'],
  ["logs", "DescribeQueryDefinitions", '{"queryDefinitions":[]}'],
  ["mackerel", "ListMonitors", '{"monitors":[]}'],
  ["tagging", "GetResources", '{"ResourceTagMappingList":[]}'],
];
const elb = (operation: string, result: string): string =>
  `<${operation}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><${operation}Result>${result}</${operation}Result></${operation}Response>`;
const emptyXml: typeof empties = [
  ["elasticloadbalancing", "DescribeTags", elb("DescribeTags", "<TagDescriptions/>")],
  ["elasticloadbalancing", "DescribeTargetGroups", elb("DescribeTargetGroups", "<TargetGroups/>")],
];

let untouched: Any;
beforeEach(async () => {
  seedReference(world);
  untouched = ownersView(world);
  expect((await world.apply(policies.first, flags)).code).toBe(0);
  world.sandbox.control.clearCalls();
});

/** What is planned to go, or to be given back. */
const leaving = ({ action, kind, after, before }: Any): boolean =>
  action === "delete" ||
  (kind === "LogGroup" && before !== null && after.tags?.["ecsmon.dev/owner"] === undefined);
async function expectNothingMoreGoes(policy: string, fault: () => void): Promise<Any> {
  const sound = (await world.plan(policy, flags)).json;
  fault();
  const { json } = await world.plan(policy, flags);
  world.sandbox.control.clearFaults();
  const allowed = new Set(sound.changes.filter(leaving).map(textOf));
  expect(json.changes.filter(leaving).filter((change: Any) => !allowed.has(textOf(change)))).toEqual([]);
  return { sound, json };
}

/** The world has healed: all is done, nothing is left over, and then all is given back. */
async function expectSound(): Promise<void> {
  world.sandbox.control.clearFaults();
  for (const policy of [policies.change, policies.removal]) {
    expect((await world.apply(policy, flags)).code).toBe(0);
    expect(await world.plan(policy, flags)).toMatchObject({ code: 0, json: { changes: [], unknown: [] } });
  }
  expect(ownersView(world)).toEqual(untouched);
}

test("in pages of one, the reference policy converges and goes again", async () => {
  expect(await world.plan(policies.first, flags)).toMatchObject({ code: 0, json: { changes: [] } });
  const operations = new Set(
    world.sandbox.control
      .calls()
      .filter(({ input }) => /"(nextToken|NextToken|Marker|PaginationToken)":"./.test(JSON.stringify(input)))
      .map(({ service, operation }) => `${service} ${operation}`),
  );
  // One cluster, one target a rule.
  const single = ["ecs ListClusters", "events ListTargetsByRule"];
  expect([...operations, ...single].sort()).toEqual(paged.map((one) => one.join(" ")).sort());
  await expectSound();
});

describe.each<[string, FaultAction]>([
  ["denied", "denied"],
  ["no list", "empty"],
])("page 2: %s", (_, action) => {
  test.each(paged.filter(([, operation]) => !/ListClusters|ListTargetsByRule/.test(operation)))(
    "%s %s",
    async (service, operation) => {
      for (const policy of [policies.change, policies.removal]) {
        const { sound, json } = await expectNothingMoreGoes(policy, () =>
          world.sandbox.control.addFault({ service, operation, page: "2", action }),
        );
        expect(json.unknown).not.toEqual([]);
        const allowed = new Set(sound.changes.map(textOf));
        expect(json.changes.filter((change: Any) => !allowed.has(textOf(change)))).toEqual([]);
      }
    },
  );
});

test.each(paged)("%s %s ends after its first page", async (service, operation) => {
  const cut = (): void => world.sandbox.control.addFault({ service, operation, action: "truncate" });
  for (const policy of [policies.change, policies.removal]) await expectNothingMoreGoes(policy, cut);
  cut();
  await world.apply(policies.change, flags);
  await expectSound();
});

test.each([...empties, ...emptyXml])("%s %s is empty", async (service, operation, body) => {
  const type = body.startsWith("<") ? "text/xml" : "application/x-amz-json-1.1";
  const action: FaultAction = { respond: { status: 200, body, headers: { "content-type": type } } };
  const clear = (): void => world.sandbox.control.addFault({ service, operation, action });
  for (const policy of [policies.change, policies.removal]) await expectNothingMoreGoes(policy, clear);
  clear();
  await world.apply(policies.change, flags);
  await expectSound();
});

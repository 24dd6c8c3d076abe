// A plan that finds nothing to do makes few calls: measured in calls, never in seconds.
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { applyToSandbox } from "../../bench/estate.ts";
import { countFloor, sum } from "../../bench/floor.ts";
import { writeBenchPolicy } from "../../bench/policy.ts";
import { countWithoutService } from "../../bench/results.ts";

afterEach(() => vi.unstubAllEnvs());

test("an empty plan over 60 services makes at most 1.25 times the calls that are needed", async () => {
  for (const name of ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) {
    vi.stubEnv(name, "");
  }
  const estate = await applyToSandbox(await writeBenchPolicy(), 60);
  onTestFinished(estate.close);
  const plan = await estate.plan();
  expect(plan).toMatchObject({ changes: [], unknown: [], blocked: [] });
  expect(plan.unchanged).toBe(60 * 7);

  const calls = countWithoutService(estate.sandbox.control.counts());
  expect(Object.keys(calls).sort()).toEqual(Object.keys(estate.floor).sort());
  expect(sum(Object.values(calls))).toBeLessThanOrEqual(1.25 * sum(Object.values(estate.floor)));
});

test("the floor follows AWS's page and batch sizes", () => {
  const size = {
    services: [250, 1],
    revisions: 251,
    targetGroups: 401,
    alarms: 100,
    metricFilters: 51,
    logGroups: 0,
    taggedLogGroups: 101,
    queryDefinitions: 1001,
    dashboards: 3,
  };
  expect(countFloor(size)).toEqual({
    ListClusters: 1,
    DescribeClusters: 1,
    ListServices: 4,
    DescribeServices: 26,
    DescribeTaskDefinition: 251,
    DescribeTargetGroups: 2,
    DescribeAlarms: 1,
    DescribeMetricFilters: 2,
    DescribeLogGroups: 1,
    GetResources: 3,
    DescribeQueryDefinitions: 2,
    ListRules: 1,
    ListDashboards: 1,
    GetDashboard: 3,
  });
});

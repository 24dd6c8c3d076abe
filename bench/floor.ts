// The fewest calls that can read an estate, by the page and batch sizes of the AWS API references.

export interface EstateSize {
  /** Services of each cluster. */
  readonly services: readonly number[];
  readonly revisions: number;
  readonly targetGroups: number;
  /** Below our name prefix. */
  readonly alarms: number;
  readonly metricFilters: number;
  readonly logGroups: number;
  readonly taggedLogGroups: number;
  readonly queryDefinitions: number;
  /** Below our name prefix; each has to be read to be compared. */
  readonly dashboards: number;
}

export function countFloor(size: EstateSize): Record<string, number> {
  return {
    ListClusters: pages(size.services.length, 100),
    DescribeClusters: batches(size.services.length, 100),
    ListServices: sum(size.services.map((count) => pages(count, 100))),
    DescribeServices: sum(size.services.map((count) => batches(count, 10))),
    DescribeTaskDefinition: size.revisions,
    DescribeTargetGroups: pages(size.targetGroups, 400),
    DescribeAlarms: pages(size.alarms, 100),
    DescribeMetricFilters: pages(size.metricFilters, 50),
    DescribeLogGroups: pages(size.logGroups, 50),
    // One list of tagged log groups, one of tagged target groups.
    GetResources: pages(size.taggedLogGroups, 100) + 1,
    DescribeQueryDefinitions: pages(size.queryDefinitions, 1000),
    ListRules: 1,
    ListDashboards: pages(size.dashboards, 1000),
    ...(size.dashboards === 0 ? {} : { GetDashboard: size.dashboards }),
  };
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A list is asked for once even where nothing stands in it. */
function pages(items: number, perPage: number): number {
  return Math.max(1, batches(items, perPage));
}

function batches(items: number, perBatch: number): number {
  return Math.ceil(items / perBatch);
}

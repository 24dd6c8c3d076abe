// Smaller pages than AWS's, so that a test meets a second page without making hundreds of things.
// Done from outside, by asking the operation for a smaller page.
import type { Input } from "./service.ts";

/** The most items a page may have: for all operations, or by operation. */
export type PageSizes = number | Readonly<Record<string, number>>;

const PARAMETERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ecs: {
    ListClusters: "maxResults",
    ListServices: "maxResults",
    ListTasks: "maxResults",
    ListTaskDefinitions: "maxResults",
    ListTaskDefinitionFamilies: "maxResults",
    ListServiceDeployments: "maxResults",
  },
  monitoring: {
    DescribeAlarms: "MaxRecords",
    DescribeAlarmHistory: "MaxRecords",
    // Not AWS's: it has no such parameter there.
    ListDashboards: "MaxResults",
  },
  logs: {
    DescribeLogGroups: "limit",
    DescribeMetricFilters: "limit",
    DescribeQueryDefinitions: "maxResults",
  },
  events: { ListRules: "Limit", ListTargetsByRule: "Limit", ListRuleNamesByTarget: "Limit" },
  s3: { ListObjectsV2: "MaxKeys", ListObjectVersions: "MaxKeys", ListBuckets: "MaxBuckets" },
  sqs: { ListQueues: "MaxResults" },
  scheduler: { ListSchedules: "MaxResults" },
  elasticloadbalancing: {
    DescribeLoadBalancers: "PageSize",
    DescribeTargetGroups: "PageSize",
    DescribeListeners: "PageSize",
    DescribeRules: "PageSize",
  },
  tagging: { GetResources: "ResourcesPerPage" },
};

export function capPage(
  sizes: PageSizes | undefined,
  service: string,
  operation: string,
  input: Input,
): Input {
  if (sizes === undefined) return input;
  const parameter = PARAMETERS[service]?.[operation];
  const size = typeof sizes === "number" ? sizes : sizes[operation];
  if (parameter === undefined || size === undefined) return input;
  const asked = input[parameter];
  return { ...input, [parameter]: typeof asked === "number" ? Math.min(asked, size) : size };
}

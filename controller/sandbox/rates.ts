// AWS's request rates as token buckets on the sandbox's clock, per account and Region. The numbers
// are AWS's published defaults; calls of one bucket share its tokens.

/** Tokens the bucket holds, tokens it gains a second. */
type Bucket = readonly [burst: number, refill: number, operations: readonly string[]];

const BUCKETS: Readonly<Record<string, readonly Bucket[]>> = {
  ecs: [
    [20, 1, ["CreateCluster", "DeleteCluster", "UpdateCluster", "UpdateClusterSettings"]],
    [50, 20, ["ListClusters", "DescribeClusters"]],
    [20, 1, ["RegisterTaskDefinition", "DeregisterTaskDefinition"]],
    [50, 20, ["DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"]],
    [5, 1, ["DeleteTaskDefinitions"]],
    [50, 5, ["CreateService", "UpdateService", "DeleteService"]],
    [100, 20, ["ListServices", "DescribeServices"]],
    [50, 20, ["ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions"]],
    [100, 20, ["ListTasks", "DescribeTasks"]],
    [100, 40, ["StopTask", "RunTask"]],
    [20, 10, ["TagResource", "UntagResource"]],
    [50, 20, ["ListTagsForResource"]],
    [10, 1, ["PutAccountSetting", "PutAccountSettingDefault"]],
    [50, 20, ["ListAccountSettings"]],
    [10, 1, ["PutClusterCapacityProviders"]],
  ],
  elasticloadbalancing: [
    [
      200,
      50,
      [
        "DescribeLoadBalancers",
        "DescribeTargetGroups",
        "DescribeListeners",
        "DescribeRules",
        "DescribeTags",
        "DescribeTargetHealth",
        "DescribeTargetGroupAttributes",
        "DescribeLoadBalancerAttributes",
      ],
    ],
    [20, 3, ["ModifyTargetGroup", "ModifyTargetGroupAttributes", "AddTags", "RemoveTags"]],
  ],
  monitoring: perSecond({
    PutMetricAlarm: 3,
    PutCompositeAlarm: 3,
    PutLogAlarm: 3,
    DeleteAlarms: 3,
    SetAlarmState: 3,
    EnableAlarmActions: 3,
    DisableAlarmActions: 3,
    DescribeAlarms: 9,
    DescribeAlarmsForMetric: 9,
    DescribeAlarmHistory: 20,
    PutDashboard: 10,
    GetDashboard: 10,
    ListDashboards: 10,
    DeleteDashboards: 10,
    PutAnomalyDetector: 10,
    DeleteAnomalyDetector: 5,
    DescribeAnomalyDetectors: 10,
    GetMetricData: 500,
    GetMetricStatistics: 400,
    ListMetrics: 25,
    PutMetricData: 500,
    TagResource: 20,
    UntagResource: 20,
    ListTagsForResource: 10,
    PutAlarmMuteRule: 3,
    DeleteAlarmMuteRule: 3,
    GetAlarmMuteRule: 20,
    ListAlarmMuteRules: 50,
  }),
  events: perSecond({
    PutRule: 50,
    DescribeRule: 50,
    ListRules: 50,
    DeleteRule: 50,
    EnableRule: 50,
    DisableRule: 50,
    PutTargets: 50,
    RemoveTargets: 50,
    ListTargetsByRule: 50,
    ListRuleNamesByTarget: 50,
    TagResource: 50,
    UntagResource: 50,
    ListTagsForResource: 50,
    TestEventPattern: 50,
  }),
  // Of one prefix, on AWS; here of all objects. SQS's standard queues have no rate.
  s3: [
    [3500, 3500, ["PutObject", "DeleteObject", "DeleteObjects"]],
    [5500, 5500, ["GetObject", "HeadObject", "ListObjectsV2"]],
  ],
  scheduler: perSecond({
    CreateSchedule: 1000,
    GetSchedule: 1000,
    UpdateSchedule: 1000,
    DeleteSchedule: 1000,
    ListSchedules: 50,
  }),
  logs: perSecond({
    CreateLogGroup: 10,
    DeleteLogGroup: 10,
    DescribeLogGroups: 10,
    DescribeLogStreams: 25,
    PutRetentionPolicy: 5,
    DeleteRetentionPolicy: 5,
    PutMetricFilter: 5,
    DescribeMetricFilters: 5,
    DeleteMetricFilter: 5,
    TestMetricFilter: 5,
    PutSubscriptionFilter: 5,
    DescribeSubscriptionFilters: 5,
    DeleteSubscriptionFilter: 5,
    TagResource: 5,
    UntagResource: 5,
    ListTagsForResource: 5,
    PutQueryDefinition: 5,
    DescribeQueryDefinitions: 5,
    DeleteQueryDefinition: 5,
    StartQuery: 10,
    GetQueryResults: 10,
    FilterLogEvents: 5,
    GetLogEvents: 10,
  }),
};

/** A plain rate a second: the bucket holds one second's worth. */
function perSecond(rates: Readonly<Record<string, number>>): Bucket[] {
  return Object.entries(rates).map(([operation, rate]) => [rate, rate, [operation]]);
}

export interface Rates {
  /** Takes one token; false where the call is throttled. */
  take(service: string, operation: string): boolean;
}

export function createRates(now: () => number): Rates {
  const buckets = new Map<string, { burst: number; refill: number; tokens: number; at: number }>();
  for (const [service, list] of Object.entries(BUCKETS)) {
    for (const [burst, refill, operations] of list) {
      const bucket = { burst, refill, tokens: burst, at: now() };
      for (const operation of operations) buckets.set(`${service}:${operation}`, bucket);
    }
  }
  return {
    take(service, operation) {
      const bucket = buckets.get(`${service}:${operation}`);
      if (bucket === undefined) return true;
      const at = now();
      bucket.tokens = Math.min(bucket.burst, bucket.tokens + ((at - bucket.at) / 1000) * bucket.refill);
      bucket.at = at;
      if (bucket.tokens < 1) return false;
      bucket.tokens -= 1;
      return true;
    },
  };
}

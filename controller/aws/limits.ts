// The one table of AWS's request rates that ecsmon keeps to, per account and Region.
// Sources: ECS developer guide (request throttling), CloudWatch and CloudWatch Logs quotas, ELB API throttling.

export interface Bucket {
  readonly name: string;
  /** Requests that may go at once when the bucket is full. */
  readonly burst: number;
  /** Requests that the bucket regains each second. */
  readonly perSecond: number;
}

const clusterModify: Bucket = { name: "ecs cluster modify", burst: 10, perSecond: 1 };
const clusterRead: Bucket = { name: "ecs cluster read", burst: 25, perSecond: 20 };
const taskDefinitionModify: Bucket = { name: "ecs task definition modify", burst: 10, perSecond: 1 };
const taskDefinitionRead: Bucket = { name: "ecs task definition read", burst: 40, perSecond: 20 };
const serviceModify: Bucket = { name: "ecs service modify", burst: 20, perSecond: 5 };
const serviceRead: Bucket = { name: "ecs service read", burst: 60, perSecond: 20 };
const ecsTagModify: Bucket = { name: "ecs tag modify", burst: 10, perSecond: 10 };
const ecsTagRead: Bucket = { name: "ecs tag read", burst: 25, perSecond: 20 };
const elbRead: Bucket = { name: "elb read", burst: 20, perSecond: 10 };
const elbModify: Bucket = { name: "elb modify", burst: 10, perSecond: 3 };
const alarmRead: Bucket = { name: "cloudwatch describe alarms", burst: 3, perSecond: 5 };
const alarmTags: Bucket = { name: "cloudwatch list tags", burst: 5, perSecond: 10 };
const logGroupRead: Bucket = { name: "logs describe log groups", burst: 5, perSecond: 10 };

const eventsRead: Bucket = { name: "events read", burst: 10, perSecond: 25 };
// AWS's own are 50 a second for lists, and more for the rest.
const schedulerRead: Bucket = { name: "scheduler read", burst: 10, perSecond: 25 };
const eventsWrite: Bucket = { name: "events write", burst: 5, perSecond: 5 };

function each(name: string, perSecond: number): Bucket {
  return { name, burst: perSecond, perSecond };
}

/**
 * Operation → bucket. Bursts stay below AWS's, since other tools of the account share them;
 * DescribeAlarms' 9 a second are shared with ECS's own rollback alarms, so we take at most 5.
 */
export const buckets: Readonly<Record<string, Bucket>> = {
  UpdateClusterSettings: clusterModify,
  ListClusters: clusterRead,
  DescribeClusters: clusterRead,
  RegisterTaskDefinition: taskDefinitionModify,
  DescribeTaskDefinition: taskDefinitionRead,
  UpdateService: serviceModify,
  ListServices: serviceRead,
  DescribeServices: serviceRead,
  "ECS.TagResource": ecsTagModify,
  "ECS.UntagResource": ecsTagModify,
  "ECS.ListTagsForResource": ecsTagRead,
  DescribeTargetGroups: elbRead,
  DescribeTags: elbRead,
  ModifyTargetGroup: elbModify,
  AddTags: elbModify,
  RemoveTags: elbModify,
  PutMetricAlarm: each("cloudwatch put metric alarm", 3),
  PutCompositeAlarm: each("cloudwatch put composite alarm", 3),
  PutLogAlarm: each("cloudwatch put log alarm", 3),
  DeleteAlarms: each("cloudwatch delete alarms", 3),
  DescribeAlarms: alarmRead,
  "CloudWatch.ListTagsForResource": alarmTags,
  "CloudWatch.TagResource": each("cloudwatch tag resource", 10),
  PutDashboard: each("cloudwatch put dashboard", 10),
  GetDashboard: each("cloudwatch get dashboard", 10),
  ListDashboards: each("cloudwatch list dashboards", 10),
  DeleteDashboards: each("cloudwatch delete dashboards", 10),
  // AWS's own are 50 (500 since 2026) and 25 a second, and 30 of each of SNS's; a backtest has no haste.
  GetMetricData: each("cloudwatch get metric data", 10),
  ListMetrics: each("cloudwatch list metrics", 10),
  GetTopicAttributes: each("sns get topic attributes", 10),
  ListSubscriptionsByTopic: each("sns list subscriptions", 10),
  DescribeLogGroups: logGroupRead,
  CreateLogGroup: each("logs create log group", 10),
  PutRetentionPolicy: each("logs put retention policy", 5),
  DeleteRetentionPolicy: each("logs delete retention policy", 5),
  PutMetricFilter: each("logs put metric filter", 5),
  DescribeMetricFilters: each("logs describe metric filters", 5),
  DeleteMetricFilter: each("logs delete metric filter", 5),
  PutQueryDefinition: each("logs put query definition", 5),
  DescribeQueryDefinitions: each("logs describe query definitions", 5),
  DeleteQueryDefinition: each("logs delete query definition", 5),
  "CloudWatchLogs.TagResource": each("logs tag resource", 5),
  "CloudWatchLogs.UntagResource": each("logs untag resource", 5),
  "CloudWatchLogs.ListTagsForResource": each("logs list tags", 5),
  ListRuleNamesByTarget: eventsRead,
  ListRules: eventsRead,
  "EventBridge.ListTagsForResource": eventsRead,
  ListTargetsByRule: eventsRead,
  ListSchedules: schedulerRead,
  GetSchedule: schedulerRead,
  PutRule: eventsWrite,
  DeleteRule: eventsWrite,
  PutTargets: eventsWrite,
  RemoveTargets: eventsWrite,
  "EventBridge.TagResource": eventsWrite,
  // AWS's own is 400 a second and more, by Region.
  PutEvents: each("events put events", 10),
  GetResources: each("tagging get resources", 5),
};

/** For operations that stand in no table. */
export const otherBucket: Bucket = { name: "other", burst: 5, perSecond: 5 };

// What `ecsmon snapshot` may call, and the controller for its snapshots: a file of its own, so that who prints it need not
// load what calls it.
import { inventoryReads } from "../../aws/inventory.ts";

/** It serves whatever policies come later, so it is what all kinds read, and what an audit does. */
export const snapshotReads: readonly string[] = [
  ...inventoryReads,
  "cloudwatch:DescribeAlarms",
  "cloudwatch:GetDashboard",
  "cloudwatch:ListDashboards",
  "cloudwatch:ListTagsForResource",
  "ecs:DescribeServiceRevisions",
  "ecs:ListServiceDeployments",
  "elasticloadbalancing:DescribeTags",
  "events:ListRuleNamesByTarget",
  "events:ListRules",
  "events:ListTagsForResource",
  "events:ListTargetsByRule",
  "iam:SimulatePrincipalPolicy",
  "logs:DescribeLogGroups",
  "logs:DescribeMetricFilters",
  "logs:DescribeQueryDefinitions",
  "logs:ListTagsForResource",
  "scheduler:GetSchedule",
  "scheduler:ListSchedules",
  "sns:GetTopicAttributes",
  "sns:ListSubscriptionsByTopic",
  "tag:GetResources",
];

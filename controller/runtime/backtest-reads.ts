// What `plan --backtest` may call, in a file of its own: who prints it need not load what calls it.

/** Some of it is what a plan calls anyway. */
export const backtestReads: readonly string[] = [
  "cloudwatch:DescribeAlarms",
  "cloudwatch:GetMetricData",
  "cloudwatch:ListMetrics",
  "sns:GetTopicAttributes",
  "sns:ListSubscriptionsByTopic",
];

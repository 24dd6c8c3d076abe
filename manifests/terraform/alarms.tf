# Who watches the watchman: CloudWatch, from the log alone. None of it needs the operator to be there.
resource "aws_cloudwatch_log_metric_filter" "heartbeat" {
  name           = "${var.name}-heartbeat"
  log_group_name = aws_cloudwatch_log_group.this.name
  pattern        = "{ ($.event = \"heartbeat\") && ($.healthy IS TRUE) }"

  metric_transformation {
    namespace = "ecsmon-operator/${var.name}"
    name      = "Heartbeat"
    value     = "1"
    unit      = "Count"
  }
}

resource "aws_cloudwatch_metric_alarm" "no_heartbeat" {
  alarm_name          = "${var.name}-no-heartbeat"
  alarm_description   = "No replica of ecsmon has worked for five minutes. Monitoring stands as it is; nothing puts it right. Read the log group of the operator."
  namespace           = "ecsmon-operator/${var.name}"
  metric_name         = "Heartbeat"
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  # Silence is the alarm.
  treat_missing_data = "breaching"
  alarm_actions      = var.alarm_topic_arns
  ok_actions         = var.alarm_topic_arns
  tags               = var.tags
}

resource "aws_cloudwatch_metric_alarm" "dead_events" {
  alarm_name          = "${var.name}-dead-events"
  alarm_description   = "Events that no replica could take in 100 tries. Full passes make up for them; look at a message to see why."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_events.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_topic_arns
  ok_actions          = var.alarm_topic_arns
  tags                = var.tags
}

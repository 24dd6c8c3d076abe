# What wakes it: events of this account and Region. Without any of them it still looks through everything each resync.
resource "aws_sqs_queue" "events" {
  name                       = "${var.name}-events"
  sqs_managed_sse_enabled    = true
  visibility_timeout_seconds = 60
  # Older ones say nothing that a full pass has not seen.
  message_retention_seconds = 86400
  receive_wait_time_seconds = 20
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_events.arn
    maxReceiveCount     = 100
  })
  tags = var.tags
}

resource "aws_sqs_queue" "dead_events" {
  name                      = "${var.name}-dead-events"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 1209600
  tags                      = var.tags
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EventBridge"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.events.arn
      Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.all : rule.arn] } }
    }]
  })
}

locals {
  # The same as in ../cloudformation/ecsmon.yaml; a test compares them.
  rules = {
    ecs-changes = {
      description = "Tasks of services that start and stop, what services do, and deployments."
      pattern     = file("${path.module}/patterns/ecs-changes.json")
    }
    alarm-changes = {
      description = "Alarms of ours that are made, changed and deleted."
      pattern     = templatefile("${path.module}/patterns/alarm-changes.json.tftpl", { owner = var.owner })
    }
    policy-changes = {
      description = "Policies that are written and deleted."
      pattern = templatefile("${path.module}/patterns/policy-changes.json.tftpl", {
        bucket = local.policies_bucket
        prefix = var.policies_prefix
      })
    }
    api-calls = {
      description = "Calls that change what ecsmon keeps. They come only where a trail of CloudTrail records management events."
      pattern     = file("${path.module}/patterns/api-calls.json")
    }
  }
}

resource "aws_cloudwatch_event_rule" "all" {
  for_each      = local.rules
  name          = "${var.name}-operator-${each.key}"
  description   = each.value.description
  event_pattern = each.value.pattern
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "all" {
  for_each  = aws_cloudwatch_event_rule.all
  rule      = each.value.name
  target_id = "ecsmon"
  arn       = aws_sqs_queue.events.arn
}

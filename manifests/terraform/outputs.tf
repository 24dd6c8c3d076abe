output "policies_uri" {
  description = "Where policies go."
  value       = "s3://${local.policies_bucket}/${var.policies_prefix}"
}

output "state_bucket" {
  description = "Leases, status and journal."
  value       = aws_s3_bucket.state.id
}

output "queue_url" {
  description = "For events of other rules."
  value       = aws_sqs_queue.events.url
}

output "cluster" {
  description = "The cluster that it runs in."
  value       = aws_ecs_service.this.cluster
}

output "service" {
  description = "The service that it is."
  value       = aws_ecs_service.this.name
}

output "task_role_arn" {
  description = "What roles of other targets must trust."
  value       = aws_iam_role.task.arn
}

output "log_group" {
  description = "The operator's own log."
  value       = aws_cloudwatch_log_group.this.name
}

output "config" {
  description = "The OperatorConfig, for `ecsmon get` and `ecsmon apply` from elsewhere."
  value       = yamlencode(local.config)
}

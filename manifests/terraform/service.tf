locals {
  config = {
    apiVersion = "ecsmon.dev/v1alpha1"
    kind       = "OperatorConfig"
    metadata   = { name = var.name }
    spec = merge(
      {
        owner   = var.owner
        sources = [{ s3 = { bucket = local.policies_bucket, prefix = var.policies_prefix } }]
        events  = { queueUrl = aws_sqs_queue.events.url }
        lease   = { s3 = { bucket = aws_s3_bucket.state.id, prefix = "leases/" } }
        status  = { s3 = { bucket = aws_s3_bucket.state.id, prefix = "status/" } }
        http = merge(
          { host = "0.0.0.0", port = 8080 },
          # A token that is given is asked for.
          { for name in keys(var.secret_arns) : "auth" => { tokenEnv = name } if name == "STATUS_TOKEN" },
        )
      },
      var.config,
    )
  }
}

resource "aws_ecs_cluster" "this" {
  count = var.cluster_arn == null ? 1 : 0
  name  = var.name
  tags  = var.tags
}

resource "aws_security_group" "this" {
  name_prefix = "${var.name}-"
  description = "ecsmon goes out to the AWS APIs, Git and Mackerel."
  vpc_id      = var.vpc_id
  tags        = var.tags

  egress {
    description      = "HTTPS"
    protocol         = "tcp"
    from_port        = 443
    to_port          = 443
    cidr_blocks      = ["0.0.0.0/0"]
    ipv6_cidr_blocks = ["::/0"]
  }

  egress {
    description = "Git over ssh"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }

  dynamic "ingress" {
    for_each = length(var.ingress_cidr_blocks) == 0 ? [] : [var.ingress_cidr_blocks]
    content {
      description = "Metrics and the status page"
      protocol    = "tcp"
      from_port   = 8080
      to_port     = 8080
      cidr_blocks = ingress.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecsmon-operator/${var.name}"
  retention_in_days = var.log_retention
  tags              = var.tags
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  tags                     = var.tags

  runtime_platform {
    cpu_architecture        = var.architecture
    operating_system_family = "LINUX"
  }

  volume {
    name = "tmp"
  }

  container_definitions = jsonencode([{
    name                   = "ecsmon"
    image                  = var.image
    essential              = true
    command                = ["run", "--config", "env:ECSMON_CONFIG"]
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    linuxParameters = {
      # It collects the processes that git leaves behind.
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }
    # It ends within 30 seconds of SIGTERM.
    stopTimeout  = 40
    portMappings = [{ containerPort = 8080, protocol = "tcp" }]
    healthCheck = {
      command = [
        "CMD", "node", "-e",
        "fetch('http://127.0.0.1:8080/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))",
      ]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
    environment = [{ name = "ECSMON_CONFIG", value = yamlencode(local.config) }]
    secrets     = [for name, arn in local.secrets : { name = name, valueFrom = arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.this.name
        "awslogs-region"        = local.region
        "awslogs-stream-prefix" = "ecsmon"
        # A log that is not taken must not hold up the loop.
        "mode"            = "non-blocking"
        "max-buffer-size" = "4m"
      }
    }
  }])
}

resource "aws_ecs_service" "this" {
  name                               = var.name
  cluster                            = var.cluster_arn == null ? aws_ecs_cluster.this[0].arn : var.cluster_arn
  task_definition                    = aws_ecs_task_definition.this.arn
  desired_count                      = var.replicas
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"
  enable_ecs_managed_tags            = true
  tags                               = var.tags

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = var.assign_public_ip
  }

  # Without them its first calls would be denied.
  depends_on = [
    aws_iam_role_policy.execution,
    aws_iam_role_policy.monitoring,
    aws_iam_role_policy.operator,
    aws_iam_role_policy_attachment.extra,
    aws_sqs_queue_policy.events,
    aws_s3_bucket_policy.all,
  ]
}

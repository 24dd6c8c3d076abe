data "aws_caller_identity" "here" {}
data "aws_partition" "here" {}
data "aws_region" "here" {}

locals {
  account   = data.aws_caller_identity.here.account_id
  partition = data.aws_partition.here.partition
  region    = data.aws_region.here.name

  secrets = merge(
    {
      for name, arn in {
        GIT_TOKEN       = var.git_token_secret_arn
        MACKEREL_APIKEY = var.mackerel_apikey_secret_arn
      } : name => arn if arn != null
    },
    var.secret_arns,
  )

  trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account}:*" }
      }
    }]
  })
}

resource "aws_iam_role" "execution" {
  name_prefix        = "${substr(var.name, 0, 20)}-execution-"
  description        = "What ECS itself does for the tasks of ecsmon."
  assume_role_policy = local.trust
  tags               = var.tags
}

resource "aws_iam_role_policy" "execution" {
  name = "start"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "PullImage"
          Effect   = "Allow"
          Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
          Resource = ["arn:${local.partition}:ecr:*:*:repository/*"]
        },
        {
          Sid      = "LogInToRegistry"
          Effect   = "Allow"
          Action   = ["ecr:GetAuthorizationToken"]
          Resource = ["*"]
        },
        {
          Sid      = "WriteLog"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = ["${aws_cloudwatch_log_group.this.arn}:*"]
        },
      ],
      length(local.secrets) == 0 ? [] : [
        {
          Sid      = "ReadSecrets"
          Effect   = "Allow"
          Action   = ["secretsmanager:GetSecretValue"]
          Resource = values(local.secrets)
        },
      ],
    )
  })
}

resource "aws_iam_role" "task" {
  name_prefix        = "${substr(var.name, 0, 20)}-task-"
  description        = "What ecsmon may do, as ecsmon iam prints it."
  assume_role_policy = local.trust
  tags               = var.tags
}

# The statements of `ecsmon iam`.
resource "aws_iam_role_policy" "monitoring" {
  name = "monitoring"
  role = aws_iam_role.task.id
  policy = templatefile("${path.module}/monitoring-policy.json.tftpl", {
    owner          = var.owner
    passable_roles = jsonencode(var.passable_roles)
  })
}

# The others of `ecsmon iam --config`.
resource "aws_iam_role_policy" "operator" {
  name = "operator"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Snapshot"
          Effect   = "Allow"
          Action   = ["iam:SimulatePrincipalPolicy", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"]
          Resource = "*"
        },
        {
          Sid      = "ReadSource1"
          Effect   = "Allow"
          Action   = ["s3:GetObject"]
          Resource = ["arn:${local.partition}:s3:::${local.policies_bucket}/${var.policies_prefix}*"]
        },
        {
          Sid       = "ListSource1"
          Effect    = "Allow"
          Action    = ["s3:ListBucket"]
          Resource  = ["arn:${local.partition}:s3:::${local.policies_bucket}"]
          Condition = { StringLike = { "s3:prefix" = ["${var.policies_prefix}*"] } }
        },
        {
          Sid      = "KeepState"
          Effect   = "Allow"
          Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
          Resource = ["${aws_s3_bucket.state.arn}/leases/*", "${aws_s3_bucket.state.arn}/status/*"]
        },
        {
          Sid       = "ListState1"
          Effect    = "Allow"
          Action    = ["s3:ListBucket"]
          Resource  = [aws_s3_bucket.state.arn]
          Condition = { StringLikeIfExists = { "s3:prefix" = ["leases/*", "status/*"] } }
        },
        {
          Sid      = "TakeEvents"
          Effect   = "Allow"
          Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"]
          Resource = [aws_sqs_queue.events.arn]
        },
      ],
      length(var.target_role_arns) == 0 ? [] : [
        {
          Sid      = "AssumeTargetRoles"
          Effect   = "Allow"
          Action   = ["sts:AssumeRole"]
          Resource = var.target_role_arns
        },
      ],
    )
  })
}

resource "aws_iam_role_policy_attachment" "extra" {
  count      = length(var.extra_policy_arns)
  role       = aws_iam_role.task.name
  policy_arn = var.extra_policy_arns[count.index]
}

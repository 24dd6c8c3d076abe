# What is kept: leases, status and journal. Nothing here is the only record of what stood before: that is kept in the
# things themselves.
resource "aws_s3_bucket" "state" {
  bucket_prefix = "${lower(var.name)}-state-"
  # What is in it is of use to this operator alone.
  force_destroy = true
  tags          = var.tags
}

# Not versioned: a lease is written every few seconds, and what was overwritten is of no use.
resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id
  rule {
    id     = "journal"
    status = "Enabled"
    filter {
      prefix = "status/journal/"
    }
    expiration {
      days = 400
    }
  }
  # For an account whose rules turn versions on.
  rule {
    id     = "versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 1
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket" "policies" {
  count         = var.policies_bucket == null ? 1 : 0
  bucket_prefix = "${lower(var.name)}-policies-"
  tags          = var.tags
}

# Who changes a policy changes production: what it said before must be there to go back to.
resource "aws_s3_bucket_versioning" "policies" {
  count  = length(aws_s3_bucket.policies)
  bucket = aws_s3_bucket.policies[count.index].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "policies" {
  count  = length(aws_s3_bucket.policies)
  bucket = aws_s3_bucket.policies[count.index].id
  rule {
    id     = "versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 400
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
  depends_on = [aws_s3_bucket_versioning.policies]
}

resource "aws_s3_bucket_notification" "policies" {
  count       = length(aws_s3_bucket.policies)
  bucket      = aws_s3_bucket.policies[count.index].id
  eventbridge = true
}

locals {
  buckets = merge(
    { state = aws_s3_bucket.state },
    { for index, bucket in aws_s3_bucket.policies : "policies" => bucket },
  )
  policies_bucket = var.policies_bucket == null ? aws_s3_bucket.policies[0].id : var.policies_bucket
}

resource "aws_s3_bucket_server_side_encryption_configuration" "all" {
  for_each = local.buckets
  bucket   = each.value.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_ownership_controls" "all" {
  for_each = local.buckets
  bucket   = each.value.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "all" {
  for_each                = local.buckets
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "all" {
  for_each = local.buckets
  bucket   = each.value.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "EncryptedTransportOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [each.value.arn, "${each.value.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.all]
}

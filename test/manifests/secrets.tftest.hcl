# Run by terraform.test.ts in a copy of the module: which secrets the task gets, and what the configuration makes of them.
mock_provider "aws" {}

variables {
  vpc_id          = "vpc-1"
  subnet_ids      = ["subnet-1", "subnet-2"]
  image           = "ecsmon:0.1.0"
  policies_bucket = "ops"
}

run "none" {
  command = plan
  assert {
    condition     = length(local.secrets) == 0 && !contains(keys(local.config.spec.http), "auth")
    error_message = "There is a secret that nobody has given."
  }
}

run "several" {
  command = plan
  variables {
    git_token_secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:git"
    secret_arns = {
      STATUS_TOKEN        = "arn:aws:secretsmanager:us-east-1:123456789012:secret:status"
      ECSMON_SNAPSHOT_KEY = "arn:aws:secretsmanager:us-east-1:123456789012:secret:snapshots"
    }
  }
  assert {
    condition     = join(" ", keys(local.secrets)) == "ECSMON_SNAPSHOT_KEY GIT_TOKEN STATUS_TOKEN"
    error_message = "The task gets ${join(" ", keys(local.secrets))}."
  }
  assert {
    condition     = local.config.spec.http.auth.tokenEnv == "STATUS_TOKEN"
    error_message = "The page does not ask for the token."
  }
}

run "own_http" {
  command = plan
  variables {
    secret_arns = { METRICS_TOKEN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:metrics" }
    config      = { http = { host = "0.0.0.0", auth = { tokenEnv = "METRICS_TOKEN" } } }
  }
  assert {
    condition     = local.config.spec.http.auth.tokenEnv == "METRICS_TOKEN"
    error_message = "The caller's own http does not win."
  }
}

run "configuration_in_a_secret" {
  command = plan
  variables {
    secret_arns = { ECSMON_CONFIG = "arn:aws:secretsmanager:us-east-1:123456789012:secret:config" }
  }
  expect_failures = [var.secret_arns]
}

run "parameter" {
  command = plan
  variables {
    secret_arns = { STATUS_TOKEN = "arn:aws:ssm:us-east-1:123456789012:parameter/status" }
  }
  expect_failures = [var.secret_arns]
}

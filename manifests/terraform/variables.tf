variable "name" {
  description = "What the service, its log and its alarms are called."
  type        = string
  default     = "ecsmon"
  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]{0,40}$", var.name))
    error_message = "Use letters, digits and -, at most 41 of them."
  }
}

variable "vpc_id" {
  description = "The VPC that the tasks run in."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets in at least two Availability Zones, with a way to the AWS APIs (NAT, VPC endpoints, or public ones with assign_public_ip)."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "true in public subnets without NAT. Nothing may connect to it either way."
  type        = bool
  default     = false
}

variable "cluster_arn" {
  description = "The cluster to run in. null makes one."
  type        = string
  default     = null
}

variable "ingress_cidr_blocks" {
  description = "Who may read metrics and the status page on port 8080."
  type        = list(string)
  default     = []
}

variable "image" {
  description = "The image, by tag or digest, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/ecsmon:0.1.0."
  type        = string
  validation {
    condition     = can(regex("^\\S+[:@]\\S+$", var.image))
    error_message = "Give the image a tag or a digest."
  }
}

variable "architecture" {
  description = "What the image was built for: X86_64 or ARM64."
  type        = string
  default     = "X86_64"
  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "Use X86_64 or ARM64."
  }
}

variable "cpu" {
  description = "CPU units of a replica."
  type        = number
  default     = 256
}

variable "memory" {
  description = "MiB of a replica. 512 is for up to 10,000 services; the size must go with cpu."
  type        = number
  default     = 512
}

variable "replicas" {
  description = "Replicas share the targets, and take over from each other."
  type        = number
  default     = 2
}

variable "log_retention" {
  description = "Days that the operator's own log is kept."
  type        = number
  default     = 30
}

variable "owner" {
  description = "Whose monitoring this is; it stands in every name. Changing it later is no rename (docs/install.md)."
  type        = string
  default     = "ecsmon"
  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,32}$", var.owner))
    error_message = "Use letters, digits and -, at most 32 of them."
  }
}

variable "passable_roles" {
  description = "Roles that a new revision of a task definition, or an alarm on a query, may hand over. Narrow it to those that your tasks have."
  type        = list(string)
  default     = ["arn:*:iam::*:role/*"]
}

variable "extra_policy_arns" {
  description = "Managed policies that the task role has too, such as one that reads another bucket of policies."
  type        = list(string)
  default     = []
}

variable "target_role_arns" {
  description = "Roles of targets in the configuration, which the task role may assume."
  type        = list(string)
  default     = []
}

variable "policies_bucket" {
  description = "The bucket of the policies, in this Region, with notifications to EventBridge on. null makes one."
  type        = string
  default     = null
}

variable "policies_prefix" {
  description = "What the keys of the policies begin with."
  type        = string
  default     = "policies/"
  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]*/$", var.policies_prefix))
    error_message = "Give a prefix that ends in /."
  }
}

variable "config" {
  description = "Fields of the OperatorConfig's spec, laid over those that the module writes: sources, targets, allow, maxDeletes …"
  type        = any
  default     = {}
}

variable "git_token_secret_arn" {
  description = "The secret of Secrets Manager whose text is a token for Git; it is GIT_TOKEN in the task."
  type        = string
  default     = null
}

variable "mackerel_apikey_secret_arn" {
  description = "The secret of Secrets Manager whose text is the API key of Mackerel; it is MACKEREL_APIKEY in the task."
  type        = string
  default     = null
}

variable "secret_arns" {
  description = "Further secrets of Secrets Manager, by the environment variable of the task that has their text: STATUS_TOKEN, WEBHOOK_SECRET, ECSMON_SNAPSHOT_KEY, tokens of more Git servers …"
  type        = map(string)
  default     = {}
  validation {
    condition     = alltrue([for name in keys(var.secret_arns) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name)) && name != "ECSMON_CONFIG"])
    error_message = "Give names of environment variables, and not ECSMON_CONFIG, which the module writes."
  }
  validation {
    condition     = alltrue([for arn in values(var.secret_arns) : can(regex("^arn:aws[a-z-]*:secretsmanager:", arn))])
    error_message = "Give ARNs of secrets of Secrets Manager."
  }
}

variable "alarm_topic_arns" {
  description = "Where the alarms on the operator itself go."
  type        = list(string)
  default     = []
}

variable "tags" {
  description = "Tags of everything that is made."
  type        = map(string)
  default     = {}
}

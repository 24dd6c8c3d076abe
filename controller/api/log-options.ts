// What the options of a log driver mean: those of awslogs (Docker), and those of awsfirelens, which become one output of
// Fluent Bit. Fluent Bit does not tell the case of option names apart.
// Sources: ECS API reference (LogConfiguration), Docker's awslogs driver, Fluent Bit's manual (outputs).

/** The outputs that write to a CloudWatch log group: Fluent Bit's own, and the older plugin of AWS. */
const cloudWatchOutputs: ReadonlySet<string | undefined> = new Set(["cloudwatch_logs", "cloudwatch"]);

const awslogsOption =
  /^(awslogs-[a-z-]+|mode|max-buffer-size|cache-[a-z-]+|labels(-regex)?|env(-regex)?|tag)$/;

/** The key and value of an option that is given, however it is spelt. */
export function findOption(
  options: Readonly<Record<string, unknown>> | null | undefined,
  name: string,
): readonly [key: string, value: string] | undefined {
  for (const [key, value] of Object.entries(options ?? {}))
    if (typeof value === "string" && key.toLowerCase() === name.toLowerCase()) return [key, value];
  return undefined;
}

/** The Fluent Bit output that options of awsfirelens name, in lower case: `cloudwatch_logs`, `datadog`. */
export function outputOf(options: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  return findOption(options, "Name")?.[1].toLowerCase();
}

export function isCloudWatchOutput(output: string | undefined): boolean {
  return cloudWatchOutputs.has(output);
}

export function isAwslogsOption(option: string): boolean {
  return awslogsOption.test(option);
}

/** Whether the value of an option is likely to be a secret, by the option's name. */
export function mayHoldSecret(option: string): boolean {
  return (
    /token|secret|passw|key|auth|credential|header|cookie|sas|connection/i.test(option) &&
    !notSecret.test(option)
  );
}

/** Options of Fluent Bit that are called keys and hold none: fields of a log record, and whether to sign requests. */
const notSecret =
  /^(log_key|.*_key_format|.*message_key|json_date_key|time_key.*|tag_key|data_keys|aws_auth|.*_key_name|include_tag_key|partition_key|s3_key_.*|log_format_key)$/i;

/** Whether an option says where logs go, or what runs to send them there. */
export function choosesDestination(option: string): boolean {
  return /^(name|alias|match.*|.*host.*|port|ur[il]|.*endpoint.*|.*prox(y|ies).*|.*arn|bucket|topics?|brokers?|workspace.*|tls.*|path|.*_path|awslogs-(group|region|create-group)|region|log_group_.*|config-file-.*)$/is.test(
    option,
  );
}

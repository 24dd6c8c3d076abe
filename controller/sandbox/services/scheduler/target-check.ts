// The target of a schedule: a resource of a service whose call is known by its ARN, or any call of any service ("universal"),
// whose parameters are the input's JSON. What Scheduler checks of it, and what it keeps.
import { present } from "../../checks.ts";
import type { Input } from "../../service.ts";
import { readEcsParameters } from "./ecs-parameters.ts";
import { checks } from "./errors.ts";

const AT = "target";
const ARN = { min: 1, max: 1600, at: AT };
const ROLE = { ...ARN, pattern: /^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@/-]+$/ };
const QUEUE = { min: 1, max: 1600, pattern: /^arn:aws(-[a-z]+)?:sqs:[a-z0-9-]+:\d{12}:[a-zA-Z0-9\-_]+$/ };
const UNIVERSAL = /^arn:aws(-[a-z]+)*:scheduler:::aws-sdk:([^:]+):([^:]+)$/;
/** Calls that only read can't be scheduled (user guide, universal targets). */
const READS =
  /^(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet|batchDescribe|batchRead|transactGet|adminGet|adminList|testMigration|retrieve|testConnection|translateDocument|isAuthorized|invokeModel)/;
/** Services that take nothing but JSON. */
const TAKES_JSON = ["lambda", "states", "events"];
/** Members that are kept as they come, each with the service it is for and what it must have. */
const PARAMETERS: Readonly<Record<string, readonly [service: string, ...members: string[]]>> = {
  EventBridgeParameters: ["events", "DetailType", "Source"],
  KinesisParameters: ["kinesis", "PartitionKey"],
  SageMakerPipelineParameters: ["sagemaker"],
  SqsParameters: ["sqs"],
};
/** Services that can't be called without theirs. */
const NEEDED = ["EventBridgeParameters", "KinesisParameters"];

/** As read back. */
export function readTarget(input: Input): Readonly<Record<string, unknown>> {
  const given = checks.object(input, "Target");
  if (given === undefined)
    throw checks.fail(
      "1 validation error detected: Value null at 'target' failed to satisfy constraint: Member must not be null",
    );
  const arn = checks.requiredText(given, "Arn", ARN);
  const role = checks.requiredText(given, "RoleArn", ROLE);
  const service = serviceOf(arn);
  const payload = checks.text(given, "Input", { min: 1, at: AT });
  if (!isJson(payload) && (UNIVERSAL.test(arn) || TAKES_JSON.includes(service)))
    throw checks.fail("The Input of this target must be well-formed JSON.");
  return present({
    Arn: arn,
    RoleArn: role,
    Input: payload,
    EcsParameters: readEcsParameters(given, {
      at: AT,
      isCluster: /:ecs:[^:]+:\d{12}:cluster\/.+$/.test(arn),
    }),
    ...readParameters(given, service),
    DeadLetterConfig: readDeadLetters(given),
    RetryPolicy: readRetries(given),
  });
}

/** `ecs` for a cluster; nothing for a universal target, which has no parameters. */
function serviceOf(arn: string): string {
  const universal = UNIVERSAL.exec(arn);
  if (universal !== null) {
    const action = universal[3] ?? "";
    if (READS.test(action)) throw checks.fail(`${action} only reads: it is not supported as a target.`);
    return "";
  }
  const service = /^arn:aws[\w-]*:([a-z0-9-]+):[a-z0-9-]*:(\d{12})?:\S+$/.exec(arn)?.[1];
  if (service === undefined || service === "scheduler")
    throw checks.fail("Provided Arn is not in correct format.");
  return service;
}

function readParameters(given: Input, service: string): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [field, [owner, ...members]] of Object.entries(PARAMETERS)) {
    const value = checks.object(given, field, AT);
    const small = field.charAt(0).toLowerCase() + field.slice(1);
    if (value === undefined && owner === service && NEEDED.includes(field))
      throw checks.fail(`${field} must be specified for this target.`);
    if (value === undefined) continue;
    if (owner !== service) throw checks.fail(`${field} must not be specified for this target.`);
    for (const member of members)
      checks.requiredText(value, member, { min: 1, max: 256, at: `${AT}.${small}` });
    read[field] = value;
  }
  return read;
}

function readDeadLetters(given: Input): Record<string, unknown> | undefined {
  const config = checks.object(given, "DeadLetterConfig", AT);
  return config && present({ Arn: checks.text(config, "Arn", { ...QUEUE, at: `${AT}.deadLetterConfig` }) });
}

/** A day, and as many attempts as go into it, unless something else is said. */
function readRetries(given: Input): Record<string, unknown> {
  const policy = checks.object(given, "RetryPolicy", AT) ?? {};
  const at = `${AT}.retryPolicy`;
  return {
    MaximumEventAgeInSeconds:
      checks.integer(policy, "MaximumEventAgeInSeconds", { min: 60, max: 86_400, at }) ?? 86_400,
    MaximumRetryAttempts: checks.integer(policy, "MaximumRetryAttempts", { min: 0, max: 185, at }) ?? 185,
  };
}

function isJson(text: string | undefined): boolean {
  if (text === undefined) return true;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

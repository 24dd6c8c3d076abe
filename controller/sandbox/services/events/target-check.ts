// One target of a rule: what EventBridge checks of it, and what it keeps.
import { present } from "../../checks.ts";
import type { AwsError, Input } from "../../service.ts";
import { checks } from "./errors.ts";

export const TARGET_ID = { min: 1, max: 64, pattern: /^[.\-_A-Za-z0-9]+$/ };

const ARN = { min: 1, max: 1600 };
/** Services whose targets EventBridge calls with a role of the rule's owner. */
const NEEDS_ROLE = ["ecs", "kinesis", "states"];
/** Members that are kept as they come, each with what it must have. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  KinesisParameters: ["PartitionKeyPath"],
  RunCommandParameters: ["RunCommandTargets"],
  BatchParameters: ["JobDefinition", "JobName"],
  SqsParameters: [],
  HttpParameters: [],
  RedshiftDataParameters: ["Database"],
  SageMakerPipelineParameters: [],
  AppSyncParameters: [],
};

export interface ReadTarget {
  readonly id: string;
  readonly arn: string;
  /** As read back. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** Throws for what AWS refuses the whole call for. */
export function readTarget(input: Input, at: string): ReadTarget {
  const id = checks.requiredText(input, "Id", { ...TARGET_ID, at });
  const arn = checks.requiredText(input, "Arn", { ...ARN, at });
  const parameters = Object.entries(PARAMETERS).map(([field, members]) => {
    const value = checks.object(input, field, at);
    for (const member of members)
      if (value !== undefined && (value[member] ?? undefined) === undefined)
        throw checks.fail(
          `1 validation error detected: Value null at '${at}.${small(field)}.${small(member)}' failed to satisfy constraint: Member must not be null`,
        );
    return [field, value];
  });
  const configuration = present({
    Id: id,
    Arn: arn,
    RoleArn: checks.text(input, "RoleArn", { ...ARN, at }),
    ...readPayload(input, id, at),
    EcsParameters: readEcs(input, at),
    ...Object.fromEntries(parameters),
    DeadLetterConfig: readDeadLetters(input, at),
    RetryPolicy: readRetries(input, at),
  });
  checkService(id, arn, configuration);
  return { id, arn, configuration };
}

/** What fails this target alone, while the others of the call are put. */
export function targetFailure({ arn }: ReadTarget): AwsError | undefined {
  if (/^arn:aws[\w-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:\S+$/.test(arn)) return undefined;
  return checks.fail(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
}

function readPayload(input: Input, id: string, at: string): Record<string, unknown> {
  const constant = checks.text(input, "Input", { max: 8192, at });
  const path = checks.text(input, "InputPath", { max: 256, at });
  const transformer = checks.object(input, "InputTransformer", at);
  if ([constant, path, transformer].filter((each) => each !== undefined).length > 1)
    throw checks.fail(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  if (constant !== undefined && !isJson(constant))
    throw checks.fail(`JSON syntax error in input for target ${id}.`);
  if (path !== undefined && !path.startsWith("$"))
    throw checks.fail(`Invalid InputPath for target ${id}: it must start with $.`);
  return {
    Input: constant,
    InputPath: path,
    InputTransformer: transformer && readTransformer(transformer, id, `${at}.inputTransformer`),
  };
}

function readTransformer(input: Input, id: string, at: string): Record<string, unknown> {
  const paths = checks.textMap(input, "InputPathsMap", { max: 100, at });
  const template = checks.requiredText(input, "InputTemplate", { min: 1, max: 8192, at });
  for (const [name, path] of Object.entries(paths ?? {}))
    if (!/^[\w-]{1,256}$/.test(name) || !path.startsWith("$") || path.length > 256)
      throw checks.fail(`Invalid InputPathsMap for target ${id}: ${name} = ${path}.`);
  for (const [, name = ""] of template.matchAll(/<([\w.-]+)>/g))
    if (!name.startsWith("aws.events.") && !Object.hasOwn(paths ?? {}, name))
      throw checks.fail(`InputTemplate for target ${id} contains invalid placeholder ${name}.`);
  return present({ InputPathsMap: paths, InputTemplate: template });
}

function readEcs(input: Input, target: string): Record<string, unknown> | undefined {
  const given = checks.object(input, "EcsParameters", target);
  if (given === undefined) return undefined;
  const at = `${target}.ecsParameters`;
  checks.requiredText(given, "TaskDefinitionArn", { ...ARN, at });
  const launchType = checks.text(given, "LaunchType", { oneOf: ["EC2", "FARGATE", "EXTERNAL"], at });
  const strategy = checks.list(given, "CapacityProviderStrategy", { max: 6, at });
  if (launchType !== undefined && (strategy ?? []).length > 0)
    throw checks.fail("LaunchType and CapacityProviderStrategy must not be specified together");
  return { ...given, TaskCount: checks.integer(given, "TaskCount", { min: 1, at }) ?? 1 };
}

function readDeadLetters(input: Input, target: string): Record<string, unknown> | undefined {
  const given = checks.object(input, "DeadLetterConfig", target);
  if (given === undefined) return undefined;
  const arn = checks.text(given, "Arn", { ...ARN, at: `${target}.deadLetterConfig` });
  if (arn !== undefined && (!/^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+$/.test(arn) || arn.endsWith(".fifo")))
    throw checks.fail(`Parameter ${arn} is not valid. Reason: a dead-letter queue is a standard SQS queue.`);
  return present({ Arn: arn });
}

function readRetries(input: Input, target: string): Record<string, unknown> | undefined {
  const given = checks.object(input, "RetryPolicy", target);
  const at = `${target}.retryPolicy`;
  return (
    given &&
    present({
      MaximumRetryAttempts: checks.integer(given, "MaximumRetryAttempts", { min: 0, max: 185, at }),
      MaximumEventAgeInSeconds: checks.integer(given, "MaximumEventAgeInSeconds", {
        min: 60,
        max: 86_400,
        at,
      }),
    })
  );
}

/** Some services' targets need their own parameters. */
function checkService(id: string, arn: string, configuration: Input): void {
  const [, , service = "", , , resource = ""] = arn.split(":");
  if (NEEDS_ROLE.includes(service) && configuration.RoleArn === undefined)
    throw checks.fail(`RoleArn is required for target ${id}.`);
  if (service === "ecs" && resource.startsWith("cluster/") && configuration.EcsParameters === undefined)
    throw checks.fail(`Parameter(s) EcsParameters must be specified for target: ${id}.`);
  const group = checks.text(configuration.SqsParameters ?? {}, "MessageGroupId", { max: 100 });
  if (service === "sqs" && resource.endsWith(".fifo") && group === undefined)
    throw checks.fail(`Parameter(s) SqsParameters must be specified for target: ${id}.`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function small(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

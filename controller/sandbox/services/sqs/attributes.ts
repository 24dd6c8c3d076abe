// What a queue can be told: its attributes, which travel as texts, their ranges and defaults.
import type { Input, OperationContext } from "../../service.ts";
import { checks, invalidAttributeName, invalidAttributeValue, unsupported } from "./errors.ts";

/** Lowest, highest and default, in seconds or bytes. */
const NUMBERS: Readonly<Record<string, readonly [min: number, max: number, standard: number]>> = {
  DelaySeconds: [0, 900, 0],
  KmsDataKeyReusePeriodSeconds: [60, 86_400, 300],
  MaximumMessageSize: [1024, 1_048_576, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  VisibilityTimeout: [0, 43_200, 30],
};
/** The default of the key's is shown only beside a key. */
const SHOWN_NUMBERS = Object.keys(NUMBERS).filter((name) => name !== "KmsDataKeyReusePeriodSeconds");
const TEXTS = ["KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled"];
const FIFO = ["FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"];
const COMPUTED = [
  "ApproximateNumberOfMessages",
  "ApproximateNumberOfMessagesDelayed",
  "ApproximateNumberOfMessagesNotVisible",
  "CreatedTimestamp",
  "LastModifiedTimestamp",
  "QueueArn",
];
const MAX_RECEIVES = 1000;
const STANDARD_RECEIVES = 10;

export type Attributes = Readonly<Record<string, string>>;

export interface Redrive {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** Those of the input, checked; none of SQS's own, and nothing that only FIFO queues have. */
export function readAttributes(input: Input, context: OperationContext): Attributes {
  const given = checks.textMap(input, "Attributes") ?? {};
  for (const [name, value] of Object.entries(given)) checkAttribute(name, value, context);
  return given;
}

function checkAttribute(name: string, value: string, context: OperationContext): void {
  if (FIFO.includes(name)) throw unsupported("FIFO queues aren't there in the sandbox.");
  if (COMPUTED.includes(name) || !(name in NUMBERS || TEXTS.includes(name))) throw invalidAttributeName(name);
  const range = NUMBERS[name];
  if (range !== undefined) {
    const [min, max] = range;
    if (!/^\d{1,9}$/.test(value) || Number(value) < min || Number(value) > max)
      throw invalidAttributeValue(name);
  }
  // An empty text takes a policy away.
  if (name === "SqsManagedSseEnabled" && !["true", "false"].includes(value))
    throw invalidAttributeValue(name);
  if (name === "Policy" && value !== "" && parseObject(value) === undefined)
    throw invalidAttributeValue(name);
  if (name === "RedriveAllowPolicy" && value !== "" && parseObject(value) === undefined)
    throw invalidAttributeValue(name);
  if (name === "RedrivePolicy" && value !== "") checkRedrive(value, context);
}

function checkRedrive(text: string, { region, account }: OperationContext): void {
  const given = parseObject(text);
  if (given === undefined)
    throw invalidAttributeValue("RedrivePolicy", "Redrive policy is not a valid JSON map.");
  const { deadLetterTargetArn: arn, maxReceiveCount: count = STANDARD_RECEIVES } = given;
  if (typeof arn !== "string" || !arn.startsWith(`arn:aws:sqs:${region}:${account}:`))
    throw invalidAttributeValue(
      "RedrivePolicy",
      "Dead letter target must be a queue of the same account and Region.",
    );
  // AWS takes the number as a text too.
  if (!/^\d+$/.test(String(count)) || Number(count) < 1 || Number(count) > MAX_RECEIVES)
    throw invalidAttributeValue(
      "RedrivePolicy",
      `maxReceiveCount must be from 1 to ${MAX_RECEIVES}: ${count}`,
    );
}

/** Undefined where messages are received for ever. */
export function redriveOf({ RedrivePolicy = "" }: Attributes): Redrive | undefined {
  const given = parseObject(RedrivePolicy);
  if (given === undefined) return undefined;
  return {
    deadLetterTargetArn: String(given["deadLetterTargetArn"]),
    maxReceiveCount: Number(given["maxReceiveCount"] ?? STANDARD_RECEIVES),
  };
}

export function numberOf(attributes: Attributes, name: string): number {
  const given = attributes[name];
  return given === undefined ? (NUMBERS[name]?.[2] ?? 0) : Number(given);
}

/** As GetQueueAttributes shows them: defaults filled in, what was emptied left out. */
export function shownAttributes(attributes: Attributes): Record<string, string> {
  const numbers = SHOWN_NUMBERS.map((name) => [name, String(numberOf(attributes, name))]);
  const managed = attributes["KmsMasterKeyId"] ? "false" : "true";
  return Object.fromEntries([
    ...numbers,
    ["SqsManagedSseEnabled", managed],
    ...Object.entries(attributes).filter(([, value]) => value !== ""),
  ]);
}

/** The names a reader asks for; every other one is refused. */
export function askedNames(input: Input): string[] {
  const asked = checks.texts(input, "AttributeNames") ?? [];
  for (const name of asked)
    if (
      name !== "All" &&
      !(name in NUMBERS || TEXTS.includes(name) || COMPUTED.includes(name) || FIFO.includes(name))
    )
      throw invalidAttributeName(name);
  return asked;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

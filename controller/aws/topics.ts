// What stands behind the ARN of an SNS topic that alarms tell: whether it is there, takes messages of CloudWatch, and
// has anyone who hears them. The client is loaded when there is a topic to ask for, which few runs have.
import { known, type Read, unknown } from "../model/read.ts";
import { allowsCloudWatch, type Publisher } from "../model/topic-policy.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, errorName } from "./errors.ts";

export interface Topic {
  readonly exists: boolean;
  /**
   * Of another Region than the alarms, and not asked for: CloudWatch takes no alarm that tells one. Its answer, as users
   * have met it, is "Invalid region ca-central-1 specified. Only us-west-2 is supported."
   */
  readonly isElsewhere: boolean;
  /** `undefined`: its policy does not say it for certain, or is not shown. */
  readonly allowsCloudWatch: boolean | undefined;
  /** `undefined`: not shown, or it does not exist. */
  readonly confirmedSubscriptions: number | undefined;
  /**
   * Encrypted with the key `alias/aws/sns`, which alarms may not use and whose policy nobody can change (AWS re:Post
   * knowledge center, "cloudwatch-configure-alarm-sns").
   */
  readonly hasManagedKey: boolean;
}

const missing: Topic = {
  exists: false,
  isElsewhere: false,
  allowsCloudWatch: undefined,
  confirmedSubscriptions: undefined,
  hasManagedKey: false,
};

/** `arn:PARTITION:sns:…`, of which alarms may have others beside. */
export function isTopicArn(arn: string): boolean {
  return /^arn:[^:]+:sns:[^:]+:\d{12}:[^:]+$/.test(arn);
}

/** By ARN, one GetTopicAttributes each; `publisher` is whose alarms tell them. What is no topic's ARN is left out. */
export async function readTopics(
  aws: AwsClients,
  arns: Iterable<string>,
  publisher: Publisher,
): Promise<ReadonlyMap<string, Read<Topic>>> {
  const asked = [...new Set(arns)].filter(isTopicArn);
  const read = asked.map(async (arn) => [arn, await readTopic(aws, arn, publisher)] as const);
  return new Map(await Promise.all(read));
}

async function readTopic(aws: AwsClients, arn: string, publisher: Publisher): Promise<Read<Topic>> {
  if (arn.split(":")[3] !== publisher.region) return known({ ...missing, isElsewhere: true });
  const { GetTopicAttributesCommand } = await import("@aws-sdk/client-sns");
  try {
    const sns = await aws.sns();
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    if (Attributes === undefined)
      return unknown({
        code: "MalformedAnswer",
        message: "sns:GetTopicAttributes gave an answer without its attributes; nothing is concluded from it",
      });
    const confirmed = Attributes["SubscriptionsConfirmed"];
    return known({
      exists: true,
      isElsewhere: false,
      allowsCloudWatch: allowsCloudWatch(arn, Attributes["Policy"], publisher),
      confirmedSubscriptions: confirmed === undefined ? undefined : Number(confirmed),
      hasManagedKey: Attributes["KmsMasterKeyId"] === "alias/aws/sns",
    });
  } catch (error) {
    if (/^NotFound(Exception)?$/.test(errorName(error))) return known(missing);
    return unknown(describeAwsError(error, "sns:GetTopicAttributes"));
  }
}

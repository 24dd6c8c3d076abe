// What stands behind the ARN of an SNS topic that alarms tell: whether it is there, takes messages of CloudWatch, and
// has anyone who hears them. The client is loaded when there is a topic to ask for, which few runs have.
import { known, type Read, unknown } from "../model/read.ts";
import type { Topic } from "../model/topic.ts";
import { allowsCloudWatch, allowsEventBridge, type Publisher } from "../model/topic-policy.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, errorName } from "./errors.ts";
import { readAllPages } from "./pages.ts";

const missing: Topic = {
  exists: false,
  isElsewhere: false,
  allowsCloudWatch: undefined,
  allowsEventBridge: undefined,
  confirmedSubscriptions: known(0),
  hasManagedKey: false,
};

/** `arn:PARTITION:sns:…`, of which alarms may have others beside. */
export function isTopicArn(arn: string): boolean {
  return /^arn:[^:]+:sns:[^:]+:\d{12}:[^:]+$/.test(arn);
}

/**
 * By ARN, one GetTopicAttributes each; `publisher` is whose alarms and rules tell them. What is no topic's ARN is left out.
 */
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
  const [, , , region, account] = arn.split(":");
  if (region !== publisher.region) return known({ ...missing, isElsewhere: true });
  const { GetTopicAttributesCommand } = await import("@aws-sdk/client-sns");
  try {
    const sns = await aws.sns();
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    if (Attributes === undefined)
      return unknown({
        code: "MalformedAnswer",
        message: "sns:GetTopicAttributes gave an answer without its attributes; nothing is concluded from it",
      });
    return known({
      exists: true,
      isElsewhere: false,
      allowsCloudWatch: allowsCloudWatch(arn, Attributes["Policy"], publisher),
      allowsEventBridge: allowsEventBridge(arn, Attributes["Policy"], publisher),
      confirmedSubscriptions: await countConfirmed(aws, arn, Attributes["SubscriptionsConfirmed"]),
      hasManagedKey: Attributes["KmsMasterKeyId"] === "alias/aws/sns",
    });
  } catch (error) {
    const isMissing = /^NotFound(Exception)?$/.test(errorName(error));
    // Whoever may not look at a topic of another account need not be told that it is there.
    if (isMissing && account !== publisher.account)
      return unknown({
        code: "OtherAccount",
        message: `topic ${arn} is of another account, which shows this one no such topic`,
      });
    return isMissing ? known(missing) : unknown(describeAwsError(error, "sns:GetTopicAttributes"));
  }
}

/** @param confirmed the attribute `SubscriptionsConfirmed` */
export function showsSubscribers(confirmed: string | undefined): boolean {
  return Number(confirmed ?? 0) > 0;
}

/** SNS's count comes late, and that of emulators never: where it says none, the subscriptions themselves are asked for. */
async function countConfirmed(
  aws: AwsClients,
  arn: string,
  shown: string | undefined,
): Promise<Read<number>> {
  if (showsSubscribers(shown)) return known(Number(shown));
  try {
    const all = await listSubscriptions(aws, arn);
    return known(all.filter(isConfirmed).length);
  } catch (error) {
    return unknown(describeAwsError(error, listing));
  }
}

const listing = "sns:ListSubscriptionsByTopic";

/** One that waits for its answer has `PendingConfirmation` in place of an ARN (SNS API reference, Subscription). */
function isConfirmed(subscriptionArn: string): boolean {
  return subscriptionArn.startsWith("arn:");
}

/** Their ARNs, or what stands in place of these; whom they tell is nobody's concern. @throws what the SDK does */
export async function listSubscriptions(aws: AwsClients, TopicArn: string): Promise<string[]> {
  const { ListSubscriptionsByTopicCommand } = await import("@aws-sdk/client-sns");
  const sns = await aws.sns();
  const all = await readAllPages(listing, async (NextToken) => {
    const answer = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn, NextToken }));
    return { items: answer.Subscriptions, next: answer.NextToken };
  });
  return all.map(({ SubscriptionArn = "" }) => SubscriptionArn);
}

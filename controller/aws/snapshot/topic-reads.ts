// Reads of SNS topics what tells whether they are heard, and who may publish to them.
import type { Tags } from "../../model/workload.ts";
import type { AwsClients } from "../clients.ts";
import { malformed } from "../errors.ts";

const attributes = ["KmsMasterKeyId", "Policy", "SubscriptionsConfirmed"] as const;

export async function readTopicAttributes(aws: AwsClients, TopicArn: string): Promise<Tags> {
  const { GetTopicAttributesCommand } = await import("@aws-sdk/client-sns");
  const { Attributes } = await (await aws.sns()).send(new GetTopicAttributesCommand({ TopicArn }));
  if (Attributes === undefined) throw malformed("sns:GetTopicAttributes", "its attributes");
  return Object.fromEntries(
    attributes.flatMap((name) => (Attributes[name] === undefined ? [] : [[name, Attributes[name]]])),
  );
}

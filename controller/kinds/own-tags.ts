// The tags that say whose a thing is, and which policies want it. CloudWatch and EventBridge take them with what is new
// (PutMetricAlarm, PutDashboard, PutRule: of what stands they ignore them), so what stands is tagged by a call of its own.
import { type Tag, TagResourceCommand } from "@aws-sdk/client-cloudwatch";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError } from "../aws/errors.ts";
import { ownerTag, policyTag } from "../core/names.ts";
import { EcsmonError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";

/** AWS takes 256 characters of a value. */
export function ownTags(owner: string, policies: readonly string[]): readonly JsonObject[] {
  return [
    { Key: ownerTag, Value: owner },
    { Key: policyTag, Value: policies.join(" ").slice(0, 256) },
  ];
}

/**
 * Brings the tags of an alarm or a dashboard up to date, right after it was written.
 * @param after as it was written, with `Tags`
 * @throws what AWS says, and that all else is written
 */
export async function tagWritten(
  { cloudwatch }: AwsClients,
  ResourceARN: string,
  after: JsonObject | null,
): Promise<void> {
  const Tags = (after?.["Tags"] ?? []) as unknown as Tag[];
  try {
    await cloudwatch.send(new TagResourceCommand({ ResourceARN, Tags }));
  } catch (error) {
    const { code, message } = describeAwsError(error, "cloudwatch:TagResource");
    const rest = `all but the tags ${Tags.map(({ Key }) => Key).join(" and ")} is written`;
    throw new EcsmonError(code, `${message}; ${rest}`, { fault: "aws", remedy: "retry", cause: error });
  }
}

// What CloudTrail tells EventBridge of a call that changes something, where the account has a trail. CloudTrail user
// guide, "CloudTrail record contents for management events".
import { createHash } from "node:crypto";
import type { Happening } from "../../happening.ts";
import type { AwsError, Input, OperationContext } from "../../service.ts";

/** Services whose calls the trail has, by the sandbox's id; the names of their endpoints and of the sources are alike. */
const TRAILED = ["ecs", "monitoring", "logs", "elasticloadbalancing", "events", "scheduler"];

export interface ApiCall {
  /** The sandbox's id of the service. */
  readonly service: string;
  readonly operation: string;
  readonly input: Input;
  /** Of a call that was refused. */
  readonly error?: AwsError;
}

/** Undefined where the trail has no such calls. What the call answered isn't repeated: `responseElements` is null. */
export function apiCallHappening(
  { service, operation, input, error }: ApiCall,
  { now, account, region }: OperationContext,
): Happening | undefined {
  if (!TRAILED.includes(service)) return undefined;
  const at = now();
  const eventID = createHash("sha256")
    .update(JSON.stringify([service, operation, input, at]))
    .digest("hex");
  return {
    source: `aws.${service}`,
    detailType: "AWS API Call via CloudTrail",
    time: at,
    detail: {
      eventVersion: "1.11",
      userIdentity: {
        type: "AssumedRole",
        principalId: "AROAEXAMPLE:somebody",
        arn: `arn:aws:sts::${account}:assumed-role/somebody/somebody`,
        accountId: account,
      },
      eventTime: new Date(at).toISOString().replace(/\.\d+Z$/, "Z"),
      eventSource: `${service}.amazonaws.com`,
      eventName: operation,
      awsRegion: region,
      sourceIPAddress: "127.0.0.1",
      userAgent: "sandbox",
      ...(error === undefined ? {} : { errorCode: error.code, errorMessage: error.message }),
      requestParameters: smallKeys(input),
      responseElements: null,
      eventID: eventID.slice(0, 32),
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      eventCategory: "Management",
    },
  };
}

/** CloudTrail writes every member with a small first letter, whatever the service's own API does. */
function smallKeys(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(smallKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.charAt(0).toLowerCase() + key.slice(1), smallKeys(item)]),
  );
}

// Brings events to the targets of the rules they match. Queues get theirs; other targets are only kept
// with the rule.

import { compareText } from "../../checks.ts";
import type { OperationContext } from "../../service.ts";
import type { JsonObject } from "./pattern.ts";
import { targetBody } from "./payload.ts";
import type { Deliver } from "./put-events.ts";
import type { StoredRule } from "./rule-store.ts";

export interface QueueMessage {
  readonly body: string;
  /** Texts beside the body, of a dead letter. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** False where there is no such queue. */
export type SendToQueue = (queueArn: string, message: QueueMessage, context: OperationContext) => boolean;

export function createDelivery(sendToQueue: SendToQueue): Deliver {
  return (rule, event, context) => {
    const targets = [...rule.targets].sort(([a], [b]) => compareText(a, b)).map(([, target]) => target);
    for (const target of targets) {
      const arn = String(target["Arn"]);
      if (!isQueue(arn)) continue;
      const body = targetBody(target, event, { rule, now: context.now() });
      if (!sendToQueue(arn, { body }, context)) giveUp(sendToQueue, rule, target, event, context);
    }
  };
}

/** A queue that is gone is no matter of retries: the event is a dead letter at once, or lost. */
function giveUp(
  sendToQueue: SendToQueue,
  rule: StoredRule,
  target: JsonObject,
  event: JsonObject,
  context: OperationContext,
): void {
  const letters = (target["DeadLetterConfig"] as { Arn?: string } | undefined)?.Arn;
  if (letters === undefined) return;
  const attributes = {
    RULE_ARN: rule.arn,
    TARGET_ARN: String(target["Arn"]),
    ERROR_CODE: "NO_RESOURCE",
    ERROR_MESSAGE: "The specified queue does not exist.",
    RETRY_ATTEMPTS: "0",
  };
  sendToQueue(letters, { body: JSON.stringify(event), attributes }, context);
}

function isQueue(arn: string): boolean {
  return arn.split(":")[2] === "sqs";
}

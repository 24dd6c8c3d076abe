// Operations on messages: send, receive, hide for longer, delete, one by one and in batches.
import { present } from "../../checks.ts";
import type { Input, Operation, OperationContext, Output } from "../../service.ts";
import { numberOf } from "./attributes.ts";
import { inBatch } from "./batches.ts";
import { checks, goneMessage, invalidHandle, missingParameter, notInFlight } from "./errors.ts";
import {
  attributesMd5,
  attributesSize,
  pickAttributes,
  readMessageAttributes,
} from "./message-attributes.ts";
import { addMessage, type Message, type NewMessage, type Queue, type QueueStore } from "./queue-store.ts";
import { readReceipt, receiptHandle } from "./receipts.ts";

const MAX_VISIBILITY = 43_200;
/** What SQS takes for text; the rest is InvalidMessageContents. */
const UNWANTED = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

export function messageOperations(store: QueueStore): Record<string, Operation> {
  return {
    SendMessage(input, context) {
      const queue = store.ofUrl(input, context);
      const message = readMessage(input, queue, context);
      return sent(addMessage(queue, message, context.now()));
    },
    SendMessageBatch(input, context) {
      const queue = store.ofUrl(input, context);
      return inBatch(input, numberOf(queue.attributes, "MaximumMessageSize"), (entry) =>
        sent(addMessage(queue, readMessage(entry, queue, context), context.now())),
      );
    },

    ReceiveMessage(input, context) {
      const queue = store.ofUrl(input, context);
      const { count, hiddenMs } = readReception(input, queue);
      const asked = askedOf(input);
      const messages = store.receive(queue, count, hiddenMs, context.now());
      // An empty list is left out, as by AWS.
      return messages.length === 0 ? {} : { Messages: messages.map((each) => shown(queue, each, asked)) };
    },

    ChangeMessageVisibility(input, context) {
      changeVisibility(store.ofUrl(input, context), input, context);
      return {};
    },
    ChangeMessageVisibilityBatch(input, context) {
      const queue = store.ofUrl(input, context);
      return inBatch(input, undefined, (entry) => {
        changeVisibility(queue, entry, context);
        return {};
      });
    },

    DeleteMessage(input, context) {
      deleteMessage(store.ofUrl(input, context), input);
      return {};
    },
    DeleteMessageBatch(input, context) {
      const queue = store.ofUrl(input, context);
      return inBatch(input, undefined, (entry) => {
        deleteMessage(queue, entry);
        return {};
      });
    },
  };
}

/**
 * When ReceiveMessage has something to answer, on the sandbox's clock: `asked` without a wait; else when a message can
 * be received, at the latest at the end of the wait.
 */
export function receptionTime(
  store: QueueStore,
  input: Input,
  context: OperationContext,
  asked: number,
): number {
  const queue = store.ofUrl(input, context);
  const { waitMs } = readReception(input, queue);
  if (waitMs === 0) return asked;
  const visible = store.messagesOf(queue, context.now()).map(({ visibleAt }) => visibleAt);
  return Math.min(asked + waitMs, ...visible);
}

function readReception(input: Input, queue: Queue): { count: number; hiddenMs: number; waitMs: number } {
  const hidden = checks.integer(input, "VisibilityTimeout", { min: 0, max: MAX_VISIBILITY });
  const wait = checks.integer(input, "WaitTimeSeconds", { min: 0, max: 20 });
  return {
    count: checks.integer(input, "MaxNumberOfMessages", { min: 1, max: 10 }) ?? 1,
    hiddenMs: (hidden ?? numberOf(queue.attributes, "VisibilityTimeout")) * 1000,
    waitMs: (wait ?? numberOf(queue.attributes, "ReceiveMessageWaitTimeSeconds")) * 1000,
  };
}

function readMessage(input: Input, queue: Queue, { account }: OperationContext): NewMessage {
  const body = checks.text(input, "MessageBody");
  if (!body) throw missingParameter("MessageBody");
  if (UNWANTED.test(body))
    throw checks.fail(
      "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF.",
    );
  const attributes = readMessageAttributes(input);
  const limit = numberOf(queue.attributes, "MaximumMessageSize");
  if (Buffer.byteLength(body) + attributesSize(attributes) > limit)
    throw checks.fail(
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    );
  const delaySeconds = checks.integer(input, "DelaySeconds", { min: 0, max: 900 });
  return { body, attributes, delaySeconds, senderId: account };
}

function sent({ id, md5, attributes }: Message): Output {
  return present({ MessageId: id, MD5OfMessageBody: md5, MD5OfMessageAttributes: attributesMd5(attributes) });
}

interface Asked {
  readonly system: readonly string[];
  readonly own: readonly string[];
}

function askedOf(input: Input): Asked {
  // AttributeNames is the older name of the two.
  const system = [
    ...(checks.texts(input, "AttributeNames") ?? []),
    ...(checks.texts(input, "MessageSystemAttributeNames") ?? []),
  ];
  return { system, own: checks.texts(input, "MessageAttributeNames") ?? [] };
}

function shown(queue: Queue, message: Message, { system, own }: Asked): Output {
  const all = present({
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? 0),
    ApproximateReceiveCount: String(message.receiveCount),
    DeadLetterQueueSourceArn: message.source,
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
  });
  const picked = Object.entries(all).filter(([name]) => system.includes("All") || system.includes(name));
  const attributes = pickAttributes(message.attributes, own);
  return present({
    MessageId: message.id,
    ReceiptHandle: receiptHandle(queue, message),
    MD5OfBody: message.md5,
    Body: message.body,
    Attributes: picked.length === 0 ? undefined : Object.fromEntries(picked),
    MD5OfMessageAttributes: attributesMd5(attributes),
    MessageAttributes: Object.keys(attributes).length === 0 ? undefined : attributes,
  });
}

function changeVisibility(queue: Queue, input: Input, { now }: OperationContext): void {
  const handle = checks.text(input, "ReceiptHandle");
  if (!handle) throw missingParameter("ReceiptHandle");
  const seconds = checks.requiredInteger(input, "VisibilityTimeout", { min: 0, max: MAX_VISIBILITY });
  const receipt = readReceipt(queue, handle);
  if (receipt === undefined) throw invalidHandle(handle);
  const message = queue.messages.get(receipt.id);
  if (message === undefined) throw goneMessage(handle);
  if (message.visibleAt <= now() || message.receiveCount !== receipt.receiveCount) throw notInFlight();
  message.visibleAt = now() + seconds * 1000;
}

/** A message that was received again since stays: only its newest handle deletes it. SQS calls that a success. */
function deleteMessage(queue: Queue, input: Input): void {
  const handle = checks.text(input, "ReceiptHandle");
  if (!handle) throw missingParameter("ReceiptHandle");
  const receipt = readReceipt(queue, handle);
  if (receipt === undefined) throw invalidHandle(handle);
  if (queue.messages.get(receipt.id)?.receiveCount === receipt.receiveCount)
    queue.messages.delete(receipt.id);
}

// The queues of one account and Region, and what lies in them. Nothing runs in the background: whoever
// looks into a queue first drops what is too old.
import { createHash } from "node:crypto";
import { compareText } from "../../checks.ts";
import type { Input, OperationContext } from "../../service.ts";
import { uuidOf } from "../made-ids.ts";
import { type Attributes, numberOf, redriveOf } from "./attributes.ts";
import { checks, missingParameter, queueDoesNotExist } from "./errors.ts";
import type { MessageAttributes } from "./message-attributes.ts";

export interface Message {
  readonly id: string;
  readonly body: string;
  readonly md5: string;
  readonly attributes: MessageAttributes;
  readonly senderId: string;
  /** Epoch milliseconds, as all times here. */
  readonly sentAt: number;
  /** When it can be received; ahead of now while it is delayed or in flight. */
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
  /** The queue it came from, of a dead letter. */
  source: string | undefined;
}

export interface Queue {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  modifiedAt: number;
  attributes: Attributes;
  tags: Record<string, string>;
  /** By id, oldest first. */
  readonly messages: Map<string, Message>;
  purgedAt: number | undefined;
  sent: number;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly delaySeconds?: number | undefined;
  readonly senderId: string;
}

export class QueueStore {
  readonly #queues = new Map<string, Queue>();
  /** When queues of these names were deleted. */
  readonly deletedAt = new Map<string, number>();

  /** By name. */
  all(): Queue[] {
    return [...this.#queues.values()].sort((a, b) => compareText(a.name, b.name));
  }

  find(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  byArn(arn: string): Queue | undefined {
    const queue = this.#queues.get(arn.split(":")[5] ?? "");
    return queue?.arn === arn ? queue : undefined;
  }

  /** The queue whose URL the input has; the host doesn't matter, account and name do. */
  ofUrl(input: Input, { account }: OperationContext): Queue {
    const url = checks.text(input, "QueueUrl");
    if (!url) throw missingParameter("QueueUrl");
    const [name = "", owner] = url.replace(/\/+$/, "").split("/").reverse();
    const queue = owner === undefined || owner === account ? this.#queues.get(name) : undefined;
    if (queue === undefined) throw queueDoesNotExist();
    return queue;
  }

  add(queue: Queue): void {
    this.#queues.set(queue.name, queue);
  }

  delete(queue: Queue, at: number): void {
    this.#queues.delete(queue.name);
    this.deletedAt.set(queue.name, at);
  }

  /** Without what lies there longer than the queue keeps it. */
  messagesOf(queue: Queue, now: number): Message[] {
    const oldest = now - numberOf(queue.attributes, "MessageRetentionPeriod") * 1000;
    for (const message of queue.messages.values())
      if (message.sentAt <= oldest) queue.messages.delete(message.id);
    return [...queue.messages.values()];
  }

  /**
   * Up to so many that are visible, each hidden and counted off; one that was received too often goes to the dead
   * letters instead.
   */
  receive(queue: Queue, count: number, hiddenMs: number, now: number): Message[] {
    const redrive = redriveOf(queue.attributes);
    const letters = redrive && this.byArn(redrive.deadLetterTargetArn);
    const received: Message[] = [];
    for (const message of this.messagesOf(queue, now)) {
      if (received.length === count) break;
      if (message.visibleAt > now) continue;
      if (
        letters !== undefined &&
        letters !== queue &&
        message.receiveCount >= (redrive?.maxReceiveCount ?? 0)
      ) {
        queue.messages.delete(message.id);
        letters.messages.set(message.id, { ...message, visibleAt: now, source: queue.arn });
        continue;
      }
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + hiddenMs;
      received.push(message);
    }
    return received;
  }
}

export function addMessage(
  queue: Queue,
  { body, attributes = {}, delaySeconds, senderId }: NewMessage,
  now: number,
): Message {
  queue.sent += 1;
  const message: Message = {
    id: uuidOf(`${queue.arn}/${queue.createdAt}/${queue.sent}`),
    body,
    md5: createHash("md5").update(body).digest("hex"),
    attributes,
    senderId,
    sentAt: now,
    visibleAt: now + (delaySeconds ?? numberOf(queue.attributes, "DelaySeconds")) * 1000,
    receiveCount: 0,
    firstReceivedAt: undefined,
    source: undefined,
  };
  queue.messages.set(message.id, message);
  return message;
}

// Receipt handles: which message, and which of its receptions. Only the newest deletes.
import type { Message, Queue } from "./queue-store.ts";

export function receiptHandle(queue: Queue, { id, receiveCount }: Message): string {
  return Buffer.from(JSON.stringify([queue.arn, id, receiveCount])).toString("base64url");
}

export interface Receipt {
  readonly id: string;
  readonly receiveCount: number;
}

/** Undefined for a text that is no handle of this queue. */
export function readReceipt(queue: Queue, handle: string): Receipt | undefined {
  try {
    const [arn, id, receiveCount] = JSON.parse(Buffer.from(handle, "base64url").toString("utf8"));
    return arn === queue.arn && typeof id === "string" && typeof receiveCount === "number"
      ? { id, receiveCount }
      : undefined;
  } catch {
    return undefined;
  }
}

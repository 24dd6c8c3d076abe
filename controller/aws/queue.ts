// The queue that EventBridge writes to: received by long polling, and what was dealt with taken off.
import type { SQSClient } from "@aws-sdk/client-sqs";
import { EcsmonError, type Failure } from "../model/errors.ts";
import { describeAwsError, errorName } from "./errors.ts";
import { outcomeOf, type RequestOutcome } from "./request-outcome.ts";

export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** Of this reception: the message is removed or released by it. */
  readonly receipt: string;
  /** How often it was received, this time included. */
  readonly receives: number;
}

/** What SQS did not do of a batch: harmless, since the message comes again when its visibility timeout is over. */
export interface RefusedReceipt {
  readonly receipt: string;
  readonly failure: Failure;
}

export interface Release {
  readonly receipt: string;
  /** Until it can be received again, by anyone. */
  readonly seconds: number;
}

export interface EventQueue {
  /**
   * Waits up to 20 s for messages and gives at most ten. Gives none, at once, when `signal` is aborted.
   * @throws EcsmonError when SQS refuses or cannot be reached
   */
  receive(signal: AbortSignal): Promise<readonly QueueMessage[]>;
  /** Takes messages off the queue. @throws EcsmonError when a call failed: none or some of them are off then */
  remove(receipts: readonly string[]): Promise<readonly RefusedReceipt[]>;
  /** Gives messages back to the queue. @throws EcsmonError as `remove` does */
  release(messages: readonly Release[]): Promise<readonly RefusedReceipt[]>;
  /** Ends its connections. */
  close(): void;
}

export interface QueueOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Told of every attempt, when it has ended; not of a poll that was given up. */
  readonly onAnswer?: (service: string, operation: string, outcome: RequestOutcome) => void;
}

/** SQS's limits for one call. */
const maxBatch = 10;
const maxWaitSeconds = 20;

/**
 * Connects nowhere until it is asked. The Region is that of the URL, else that of the SDK's own chain; the endpoint is
 * AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL, else the URL's host.
 * @throws EcsmonError `InvalidQueueUrl`
 */
export function openQueue(url: string, options: QueueOptions): EventQueue {
  const place = readQueueUrl(url, options.env);
  let opened: Promise<SQSClient> | undefined;
  const open = (): Promise<SQSClient> => {
    opened ??= openClient(place, options);
    return opened;
  };

  async function call<T>(operation: string, run: (client: SQSClient) => Promise<T>): Promise<T> {
    try {
      return await run(await open());
    } catch (error) {
      const { code, message } = describeAwsError(error, `sqs:${operation}`);
      throw new EcsmonError(code, message, { fault: "aws", remedy: "retry", cause: error });
    }
  }

  /** One call for each ten; `run` gives what SQS did not do. */
  async function inBatches<T extends { readonly receipt: string }>(
    operation: string,
    items: readonly T[],
    run: (client: SQSClient, batch: readonly (T & { readonly Id: string })[]) => Promise<FailedEntries>,
  ): Promise<readonly RefusedReceipt[]> {
    const refused: RefusedReceipt[] = [];
    for (let start = 0; start < items.length; start += maxBatch) {
      const batch = items
        .slice(start, start + maxBatch)
        .map((item, index) => ({ ...item, Id: String(index) }));
      const failed = await call(operation, (client) => run(client, batch));
      for (const { Id, Code, Message } of failed) {
        const entry = batch.find((one) => one.Id === Id);
        const failure = {
          code: Code ?? "Unknown",
          message: `sqs:${operation} failed for a message: ${Message ?? Code}`,
        };
        if (entry !== undefined) refused.push({ receipt: entry.receipt, failure });
      }
    }
    return refused;
  }

  return {
    async receive(signal) {
      if (signal.aborted) return [];
      const received = call("ReceiveMessage", async (client) => {
        const { ReceiveMessageCommand } = await import("@aws-sdk/client-sqs");
        const command = new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: maxBatch,
          WaitTimeSeconds: maxWaitSeconds,
          MessageSystemAttributeNames: ["ApproximateReceiveCount"],
        });
        const { Messages = [] } = await client.send(command, { abortSignal: signal });
        return Messages.flatMap(toMessage);
      });
      // The SDK ends the request by itself, but between two attempts it sleeps on.
      return untilAborted(received, signal, []);
    },

    remove(receipts) {
      const items = receipts.map((receipt) => ({ receipt }));
      return inBatches("DeleteMessageBatch", items, async (client, batch) => {
        const { DeleteMessageBatchCommand } = await import("@aws-sdk/client-sqs");
        const Entries = batch.map(({ Id, receipt }) => ({ Id, ReceiptHandle: receipt }));
        return (await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries }))).Failed ?? [];
      });
    },

    release(messages) {
      return inBatches("ChangeMessageVisibilityBatch", messages, async (client, batch) => {
        const { ChangeMessageVisibilityBatchCommand } = await import("@aws-sdk/client-sqs");
        const Entries = batch.map(({ Id, receipt, seconds }) => ({
          Id,
          ReceiptHandle: receipt,
          VisibilityTimeout: seconds,
        }));
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries });
        return (await client.send(command)).Failed ?? [];
      });
    },

    close() {
      void opened?.then(
        (client) => client.destroy(),
        () => undefined,
      );
    },
  };
}

/** What `promise` gives, or `otherwise` as soon as `signal` is aborted; then it does not fail any more. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, otherwise: T): Promise<T> {
  return new Promise((resolve, reject) => {
    const hangUp = (): void => resolve(otherwise);
    signal.addEventListener("abort", hangUp, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", hangUp));
  });
}

type FailedEntries = readonly {
  readonly Id: string | undefined;
  readonly Code: string | undefined;
  readonly Message?: string | undefined;
}[];

function toMessage(message: {
  readonly MessageId?: string | undefined;
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
  readonly Attributes?: Partial<Record<string, string>> | undefined;
}): QueueMessage[] {
  const { MessageId: id = "", ReceiptHandle: receipt, Body: body = "", Attributes = {} } = message;
  if (receipt === undefined) return [];
  return [{ id, body, receipt, receives: Math.max(1, Number(Attributes["ApproximateReceiveCount"]) || 1) }];
}

interface QueuePlace {
  readonly endpoint: string;
  /** Undefined: the SDK's own chain knows. */
  readonly region: string | undefined;
}

async function openClient(
  { endpoint, region }: QueuePlace,
  { env, onAnswer }: QueueOptions,
): Promise<SQSClient> {
  const { SQSClient } = await import("@aws-sdk/client-sqs");
  const client = new SQSClient({
    // Said here, or the SDK warns on the console at every call where the URL's host is another than its own.
    endpoint,
    ...(region === undefined ? {} : { region }),
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: (maxWaitSeconds + 10) * 1000,
      throwOnRequestTimeout: true,
    },
    ...(env["AWS_MAX_ATTEMPTS"] === undefined ? { maxAttempts: 3 } : {}),
  });
  if (onAnswer !== undefined)
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const operation = String(context.commandName).replace(/Command$/, "");
        try {
          const answer = await next(args);
          onAnswer("SQS", operation, outcomeOf());
          return answer;
        } catch (error) {
          if (errorName(error) !== "AbortError") onAnswer("SQS", operation, outcomeOf(error));
          throw error;
        }
      },
      { step: "finalizeRequest", priority: "low", name: "ecsmonOnAnswer" },
    );
  return client;
}

/** `sqs.REGION.amazonaws.com`, also dual stack, FIPS, in China and over an interface endpoint; and the older `REGION.queue.`. */
const regionOfHost =
  /^(?:[\w-]+\.)?sqs(?:-fips)?\.([a-z]{2}[a-z-]*-\d)\.|^([a-z]{2}[a-z-]*-\d)\.queue\.amazonaws\.com/;

export function readQueueUrl(url: string, env: NodeJS.ProcessEnv): QueuePlace {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isUrl = parsed !== undefined && /^https?:$/.test(parsed.protocol);
  if (!isUrl || parsed.pathname.split("/").filter(Boolean).length < 2)
    throw new EcsmonError(
      "InvalidQueueUrl",
      `no URL of an SQS queue: ${url}; give it as sqs:GetQueueUrl does, like https://sqs.eu-west-1.amazonaws.com/123456789012/events`,
    );
  const [, region, older] = regionOfHost.exec(parsed.hostname) ?? [];
  return {
    endpoint: env["AWS_ENDPOINT_URL_SQS"] || env["AWS_ENDPOINT_URL"] || parsed.origin,
    region: region ?? older ?? (parsed.hostname === "queue.amazonaws.com" ? "us-east-1" : undefined),
  };
}

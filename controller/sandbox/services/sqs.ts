// Amazon SQS as the sandbox plays it: standard queues with long polls, visibility, redrive and dead
// letters. FIFO queues aren't there.
import type { Input, OperationContext, SandboxService } from "../service.ts";
import { isolated, plainState } from "./isolated.ts";
import { messageOperations, receptionTime } from "./sqs/messages.ts";
import { addMessage, type NewMessage, QueueStore } from "./sqs/queue-store.ts";
import { queueOperations } from "./sqs/queues.ts";

export interface SqsService extends SandboxService {
  /** A message from another service, EventBridge say; false where there is no such queue. */
  deliver(arn: string, message: NewMessage, now: number): boolean;
  state(context: OperationContext): unknown;
}

export interface SqsOptions {
  /** Where the sandbox is reached; the URLs of queues begin with it. */
  endpoint(): string;
}

export function createSqs({ endpoint }: SqsOptions): SqsService {
  const store = new QueueStore();
  return {
    id: "sqs",
    targetPrefix: "AmazonSQS",
    jsonVersion: "1.0",
    queryErrors: true,
    operations: isolated({ ...queueOperations(store, endpoint), ...messageOperations(store) }),
    answersAt: (operation: string, input: Input, context: OperationContext, asked: number) =>
      operation === "ReceiveMessage" ? receptionTime(store, input, context, asked) : asked,
    taggedResources: () =>
      store
        .all()
        .flatMap(({ arn, tags }) =>
          Object.keys(tags).length === 0 ? [] : [{ arn, type: "sqs", tags: { ...tags } }],
        ),
    deliver(arn, message, now) {
      const queue = store.byArn(arn);
      if (queue !== undefined) addMessage(queue, message, now);
      return queue !== undefined;
    },
    state: ({ now }) =>
      plainState({
        queues: store.all().map((queue) => ({ ...queue, messages: store.messagesOf(queue, now()) })),
      }),
  };
}

// Operations on queues themselves: making them, their attributes and tags, emptying and deleting them.
import { checkTags, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, OperationContext } from "../../service.ts";
import { askedNames, readAttributes, shownAttributes } from "./attributes.ts";
import {
  checks,
  missingParameter,
  purgeInProgress,
  queueDeletedRecently,
  queueDoesNotExist,
  queueNameExists,
  unsupported,
} from "./errors.ts";
import type { Queue, QueueStore } from "./queue-store.ts";

const NAME = /^[\w-]{1,80}$/;
const MINUTE = 60_000;
const MAX_PAGE = 1000;

export function queueOperations(store: QueueStore, endpoint: () => string): Record<string, Operation> {
  const urlOf = (name: string, { account }: OperationContext): string => `${endpoint()}/${account}/${name}`;

  return {
    CreateQueue(input, context) {
      const name = readName(input);
      const attributes = readAttributes(input, context);
      const tags = checks.textMap(input, "tags") ?? {};
      checkTags(checks, tags);
      const now = context.now();
      const existing = store.find(name);
      if (existing !== undefined) {
        const shown = shownAttributes(existing.attributes);
        const other = Object.keys(attributes).find((key) => attributes[key] !== (shown[key] ?? ""));
        if (other !== undefined) throw queueNameExists(other);
        return { QueueUrl: urlOf(name, context) };
      }
      if (now < (store.deletedAt.get(name) ?? Number.NEGATIVE_INFINITY) + MINUTE)
        throw queueDeletedRecently();
      store.add({
        name,
        arn: `arn:aws:sqs:${context.region}:${context.account}:${name}`,
        createdAt: now,
        modifiedAt: now,
        attributes,
        tags,
        messages: new Map(),
        purgedAt: undefined,
        sent: 0,
      });
      return { QueueUrl: urlOf(name, context) };
    },

    GetQueueUrl(input, context) {
      const name = readName(input);
      const owner = checks.text(input, "QueueOwnerAWSAccountId") ?? context.account;
      if (owner !== context.account || store.find(name) === undefined) throw queueDoesNotExist();
      return { QueueUrl: urlOf(name, context) };
    },

    ListQueues(input, context) {
      const prefix = checks.text(input, "QueueNamePrefix") ?? "";
      const size = checks.integer(input, "MaxResults", { min: 1, max: MAX_PAGE });
      const names = store
        .all()
        .map(({ name }) => name)
        .filter((name) => name.startsWith(prefix));
      const page = takePage(names, (name) => name, {
        limit: size ?? MAX_PAGE,
        token: input.NextToken,
        scope: ["ListQueues", prefix],
        invalidToken: () => checks.fail("Invalid or expired next token."),
      });
      // SQS pages only for those who name a size.
      const token = size === undefined ? undefined : page.nextToken;
      const urls = page.items.map((name) => urlOf(name, context));
      return present({ QueueUrls: urls.length === 0 ? undefined : urls, NextToken: token });
    },

    GetQueueAttributes(input, context) {
      const queue = store.ofUrl(input, context);
      const asked = askedNames(input);
      const all = { ...shownAttributes(queue.attributes), ...counted(store, queue, context.now()) };
      const picked = Object.entries(all).filter(([name]) => asked.includes("All") || asked.includes(name));
      return picked.length === 0 ? {} : { Attributes: Object.fromEntries(picked) };
    },

    SetQueueAttributes(input, context) {
      const queue = store.ofUrl(input, context);
      if (checks.object(input, "Attributes") === undefined) throw missingParameter("Attributes");
      queue.attributes = { ...queue.attributes, ...readAttributes(input, context) };
      queue.modifiedAt = context.now();
      return {};
    },

    DeleteQueue(input, context) {
      store.delete(store.ofUrl(input, context), context.now());
      return {};
    },

    PurgeQueue(input, context) {
      const queue = store.ofUrl(input, context);
      const now = context.now();
      if (now < (queue.purgedAt ?? Number.NEGATIVE_INFINITY) + MINUTE) throw purgeInProgress(queue.name);
      queue.purgedAt = now;
      queue.messages.clear();
      return {};
    },

    TagQueue(input, context) {
      const queue = store.ofUrl(input, context);
      const tags = { ...queue.tags, ...checks.textMap(input, "Tags") };
      checkTags(checks, tags);
      queue.tags = tags;
      return {};
    },
    UntagQueue(input, context) {
      const queue = store.ofUrl(input, context);
      const keys = checks.texts(input, "TagKeys") ?? [];
      queue.tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !keys.includes(key)));
      return {};
    },
    ListQueueTags(input, context) {
      const { tags } = store.ofUrl(input, context);
      return Object.keys(tags).length === 0 ? {} : { Tags: tags };
    },
  };
}

function readName(input: Input): string {
  const name = checks.text(input, "QueueName");
  if (!name) throw missingParameter("QueueName");
  if (name.endsWith(".fifo")) throw unsupported("FIFO queues aren't there in the sandbox.");
  if (!NAME.test(name))
    throw checks.fail("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
  return name;
}

/** What SQS knows of a queue beside what it was told. */
function counted(store: QueueStore, queue: Queue, now: number): Record<string, string> {
  const messages = store.messagesOf(queue, now);
  const hidden = messages.filter(({ visibleAt }) => visibleAt > now);
  const delayed = hidden.filter(({ receiveCount }) => receiveCount === 0);
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(messages.length - hidden.length),
    ApproximateNumberOfMessagesNotVisible: String(hidden.length - delayed.length),
    ApproximateNumberOfMessagesDelayed: String(delayed.length),
    CreatedTimestamp: String(Math.floor(queue.createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(queue.modifiedAt / 1000)),
  };
}

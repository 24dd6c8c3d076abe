// Operations on topics: making them, their attributes and tags.
import { checkTags, compareText, present, tagList, tagMap } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, OperationContext } from "../../service.ts";
import { checks, resourceNotFound } from "./errors.ts";
import type { Topic, TopicStore } from "./topic-store.ts";

const NAME = /^[\w-]{1,256}$/;
const PAGE = 100;
/** What can be set and comes back as it was. */
const SETTABLE = ["DisplayName", "KmsMasterKeyId", "Policy", "DeliveryPolicy", "TracingConfig"];
const JSON_TEXTS = ["Policy", "DeliveryPolicy"];

export function topicOperations(store: TopicStore): Record<string, Operation> {
  return {
    CreateTopic(input, context) {
      const name = checks.text(input, "Name") ?? "";
      if (name.endsWith(".fifo")) throw checks.fail("FIFO topics aren't there in the sandbox");
      if (!NAME.test(name)) throw checks.fail("Topic Name");
      const attributes = readAttributes(checks.textMap(input, "Attributes") ?? {});
      const tags = tagMap(checks, input, "Tags") ?? {};
      checkTags(checks, tags);
      const arn = `arn:aws:sns:${context.region}:${context.account}:${name}`;
      const existing = store.find(arn);
      if (existing !== undefined) {
        const shown = shownAttributes(existing, context);
        if (Object.entries(attributes).some(([key, value]) => shown[key] !== value))
          throw checks.fail("Attributes Reason: Topic already exists with different attributes");
        if (input.Tags !== undefined && !isSame(tags, existing.tags))
          throw checks.fail("Tags Reason: Topic already exists with different tags");
        return { TopicArn: arn };
      }
      store.add({ arn, name, attributes, tags, subscriptions: new Map(), made: 0, deleted: 0 });
      return { TopicArn: arn };
    },

    /** A topic that isn't there is deleted without an error. */
    DeleteTopic(input) {
      const arn = checks.requiredText(input, "TopicArn");
      store.delete(arn);
      return {};
    },

    ListTopics(input) {
      const page = takePage(store.all(), ({ arn }) => arn, {
        limit: PAGE,
        token: input.NextToken,
        scope: ["ListTopics"],
        invalidToken: () => checks.fail("NextToken"),
      });
      return {
        Topics: page.items.map(({ arn }) => ({ TopicArn: arn })),
        ...present({ NextToken: page.nextToken }),
      };
    },

    GetTopicAttributes: (input, context) => ({ Attributes: shownAttributes(store.of(input), context) }),

    SetTopicAttributes(input) {
      const topic = store.of(input);
      const name = checks.text(input, "AttributeName");
      if (!name) throw checks.fail("AttributeName");
      const value = checks.text(input, "AttributeValue") ?? "";
      topic.attributes = { ...topic.attributes, ...readAttributes({ [name]: value }) };
      return {};
    },

    TagResource(input) {
      const topic = ofResource(store, input);
      const tags = { ...topic.tags, ...tagMap(checks, input, "Tags") };
      checkTags(checks, tags);
      topic.tags = tags;
      return {};
    },
    UntagResource(input) {
      const topic = ofResource(store, input);
      const keys = checks.texts(input, "TagKeys") ?? [];
      topic.tags = Object.fromEntries(Object.entries(topic.tags).filter(([key]) => !keys.includes(key)));
      return {};
    },
    ListTagsForResource: (input) => ({ Tags: tagList(ofResource(store, input).tags) }),
  };
}

function ofResource(store: TopicStore, input: Input): Topic {
  const topic = store.find(checks.requiredText(input, "ResourceArn"));
  if (topic === undefined) throw resourceNotFound();
  return topic;
}

function readAttributes(given: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(given)) {
    if (!SETTABLE.includes(name)) throw checks.fail("AttributeName");
    if (JSON_TEXTS.includes(name) && value !== "" && !isJsonObject(value))
      throw checks.fail(`Attributes Reason: ${name}: is not a valid JSON document`);
  }
  return { ...given };
}

/** As GetTopicAttributes shows them: an emptied policy is the one that every topic begins with. */
function shownAttributes(topic: Topic, { account }: OperationContext): Record<string, string> {
  const subscriptions = [...topic.subscriptions.values()];
  const confirmed = subscriptions.filter((subscription) => subscription.confirmed).length;
  const set = Object.entries(topic.attributes).filter(([, value]) => value !== "");
  return {
    TopicArn: topic.arn,
    Owner: account,
    DisplayName: "",
    Policy: firstPolicy(topic.arn, account),
    EffectiveDeliveryPolicy: JSON.stringify({
      http: {
        defaultHealthyRetryPolicy: {
          minDelayTarget: 20,
          maxDelayTarget: 20,
          numRetries: 3,
          numMaxDelayRetries: 0,
          numNoDelayRetries: 0,
          numMinDelayRetries: 0,
          backoffFunction: "linear",
        },
        disableSubscriptionOverrides: false,
      },
    }),
    SubscriptionsConfirmed: String(confirmed),
    SubscriptionsPending: String(subscriptions.length - confirmed),
    SubscriptionsDeleted: String(topic.deleted),
    ...Object.fromEntries(set),
  };
}

/** Everyone may, for the account that owns it: its own users, and AWS's services that act for it. */
function firstPolicy(arn: string, account: string): string {
  const actions = [
    ...["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"],
    ...["Subscribe", "ListSubscriptionsByTopic", "Publish"],
  ];
  return JSON.stringify({
    Version: "2008-10-17",
    Id: "__default_policy_ID",
    Statement: [
      {
        Sid: "__default_statement_ID",
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: actions.map((action) => `SNS:${action}`),
        Resource: arn,
        Condition: { StringEquals: { "AWS:SourceOwner": account } },
      },
    ],
  });
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const sorted = (tags: typeof a) =>
    JSON.stringify(Object.entries(tags).sort(([x], [y]) => compareText(x, y)));
  return sorted(a) === sorted(b);
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

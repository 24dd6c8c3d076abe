// Who has subscribed to a topic. Machines of the account are confirmed at once; people and web servers must answer first.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Input, Operation, OperationContext } from "../../service.ts";
import { uuidOf, wordOf } from "../made-ids.ts";
import { checks, subscriptionNotFound } from "./errors.ts";
import type { Subscription, Topic, TopicStore } from "./topic-store.ts";

const PAGE = 100;
const ASKED_FIRST = ["http", "https", "email", "email-json"];
const AT_ONCE = ["sms", "sqs", "application", "lambda", "firehose"];
const ENDPOINTS: Readonly<Record<string, RegExp>> = {
  http: /^http:\/\/.+/,
  https: /^https:\/\/.+/,
  email: /^\S+@\S+$/,
  "email-json": /^\S+@\S+$/,
  sms: /^\+?[\d -]{5,}$/,
  sqs: /^arn:[^:]+:sqs:[^:]+:\d{12}:.+$/,
  lambda: /^arn:[^:]+:lambda:[^:]+:\d{12}:.+$/,
  application: /^arn:[^:]+:sns:[^:]+:\d{12}:.+$/,
  firehose: /^arn:[^:]+:firehose:[^:]+:\d{12}:.+$/,
};

export function subscriptionOperations(store: TopicStore): Record<string, Operation> {
  return {
    Subscribe(input) {
      const topic = store.of(input);
      const protocol = checks.text(input, "Protocol") ?? "";
      if (![...ASKED_FIRST, ...AT_ONCE].includes(protocol))
        throw checks.fail(`Does not support this protocol string: ${protocol}`);
      const endpoint = checks.text(input, "Endpoint") ?? "";
      if (!ENDPOINTS[protocol]?.test(endpoint)) throw checks.fail(`${protocol} endpoint: ${endpoint}`);
      const existing = [...topic.subscriptions.values()].find(
        (each) => each.protocol === protocol && each.endpoint === endpoint,
      );
      const subscription = existing ?? add(topic, protocol, endpoint);
      const isShown = subscription.confirmed || checks.boolean(input, "ReturnSubscriptionArn") === true;
      return { SubscriptionArn: isShown ? subscription.arn : "pending confirmation" };
    },

    ConfirmSubscription(input) {
      const topic = store.of(input);
      const token = checks.text(input, "Token");
      const subscription = [...topic.subscriptions.values()].find((each) => each.token === token);
      if (subscription === undefined) throw checks.fail("Token");
      subscription.confirmed = true;
      return { SubscriptionArn: subscription.arn };
    },

    /** One that isn't there is gone without an error. */
    Unsubscribe(input) {
      const arn = checks.text(input, "SubscriptionArn");
      if (!arn) throw checks.fail("SubscriptionArn");
      for (const topic of store.all()) {
        const subscription = topic.subscriptions.get(arn);
        if (subscription === undefined) continue;
        if (!subscription.confirmed)
          throw checks.fail("This operation is not allowed on a pending subscription");
        topic.subscriptions.delete(arn);
        topic.deleted += 1;
      }
      return {};
    },

    ListSubscriptionsByTopic(input, context) {
      const topic = store.of(input);
      return listed(["ListSubscriptionsByTopic", topic.arn], [topic], input, context);
    },

    ListSubscriptions: (input, context) => listed(["ListSubscriptions"], store.all(), input, context),

    GetSubscriptionAttributes(input, { account }) {
      const arn = checks.requiredText(input, "SubscriptionArn");
      const topic = store.all().find(({ subscriptions }) => subscriptions.has(arn));
      const subscription = topic?.subscriptions.get(arn);
      if (topic === undefined || subscription === undefined) throw subscriptionNotFound();
      return {
        Attributes: {
          SubscriptionArn: arn,
          TopicArn: topic.arn,
          Owner: account,
          Protocol: subscription.protocol,
          Endpoint: subscription.endpoint,
          PendingConfirmation: String(!subscription.confirmed),
          RawMessageDelivery: "false",
        },
      };
    },
  };
}

function add(topic: Topic, protocol: string, endpoint: string): Subscription {
  topic.made += 1;
  const seed = `${topic.arn}/${topic.made}`;
  const subscription: Subscription = {
    arn: `${topic.arn}:${uuidOf(seed)}`,
    protocol,
    endpoint,
    token: wordOf(`${seed}/token`, 32),
    confirmed: AT_ONCE.includes(protocol),
  };
  topic.subscriptions.set(subscription.arn, subscription);
  return subscription;
}

function listed(
  scope: readonly string[],
  topics: readonly Topic[],
  input: Input,
  { account }: OperationContext,
): Record<string, unknown> {
  const all = topics
    .flatMap((topic) => [...topic.subscriptions.values()].map((each) => ({ ...each, topic: topic.arn })))
    .sort((a, b) => compareText(a.arn, b.arn));
  const page = takePage(all, ({ arn }) => arn, {
    limit: PAGE,
    token: input.NextToken,
    scope,
    invalidToken: () => checks.fail("NextToken"),
  });
  return {
    Subscriptions: page.items.map(({ arn, protocol, endpoint, confirmed, topic }) => ({
      SubscriptionArn: confirmed ? arn : "PendingConfirmation",
      Owner: account,
      Protocol: protocol,
      Endpoint: endpoint,
      TopicArn: topic,
    })),
    ...present({ NextToken: page.nextToken }),
  };
}

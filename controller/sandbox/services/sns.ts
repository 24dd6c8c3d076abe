// Amazon SNS as the sandbox plays it: topics, their policies and who has subscribed. Nothing is
// published.
import type { SandboxService } from "../service.ts";
import { isolated, plainState } from "./isolated.ts";
import { subscriptionOperations } from "./sns/subscriptions.ts";
import { TopicStore } from "./sns/topic-store.ts";
import { topicOperations } from "./sns/topics.ts";

export function createSns(): SandboxService & { state(): unknown } {
  const store = new TopicStore();
  return {
    id: "sns",
    query: {
      version: "2010-03-31",
      xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
      numbers: [],
      booleans: ["ReturnSubscriptionArn"],
      maps: ["Attributes"],
    },
    operations: isolated({ ...topicOperations(store), ...subscriptionOperations(store) }),
    taggedResources: () =>
      store
        .all()
        .flatMap(({ arn, tags }) =>
          Object.keys(tags).length === 0 ? [] : [{ arn, type: "sns", tags: { ...tags } }],
        ),
    state: () =>
      plainState({
        topics: store.all().map((topic) => ({ ...topic, subscriptions: [...topic.subscriptions.values()] })),
      }),
  };
}

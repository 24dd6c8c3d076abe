// The topics of one account and Region, and who has subscribed to them.
import { compareText } from "../../checks.ts";
import type { Input } from "../../service.ts";
import { checks, topicNotFound } from "./errors.ts";

export interface Topic {
  readonly arn: string;
  readonly name: string;
  /** What was set, as texts. */
  attributes: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
  /** By ARN, those that wait for their confirmation among them. */
  readonly subscriptions: Map<string, Subscription>;
  /** How many there have been, for the next one's id. */
  made: number;
  /** How many of those that were confirmed are gone. */
  deleted: number;
}

export interface Subscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** What confirms it; on AWS it goes to the endpoint, here it stands in the state. */
  readonly token: string;
  confirmed: boolean;
}

export class TopicStore {
  readonly #topics = new Map<string, Topic>();

  all(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => compareText(a.arn, b.arn));
  }

  find(arn: string): Topic | undefined {
    return this.#topics.get(arn);
  }

  /** The topic that the input names. */
  of(input: Input): Topic {
    const arn = checks.text(input, "TopicArn");
    if (!arn) throw checks.fail("TopicArn");
    if (!/^arn:[^:]+:sns:[^:]+:\d{12}:[^:]+$/.test(arn))
      throw checks.fail("TopicArn Reason: An ARN must have at least 6 elements");
    const topic = this.#topics.get(arn);
    if (topic === undefined) throw topicNotFound();
    return topic;
  }

  add(topic: Topic): void {
    this.#topics.set(topic.arn, topic);
  }

  delete(arn: string): void {
    this.#topics.delete(arn);
  }
}

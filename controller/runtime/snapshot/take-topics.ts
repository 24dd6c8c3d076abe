// The part of a snapshot that tells of the SNS topics that alarms and rules tell: for audits; no plan looks at them.
import { readFact } from "../../aws/snapshot/facts.ts";
import { readTopicAttributes } from "../../aws/snapshot/topic-reads.ts";
import { isTopicArn, listSubscriptions, showsSubscribers } from "../../aws/topics.ts";
import type { Fact, SnapshotFacts } from "../../model/snapshot.ts";
import { breathing } from "../breathe.ts";
import type { Taking } from "./take-snapshot.ts";

type Telling = Pick<SnapshotFacts, "alarms" | "ruleTargets">;

export async function takeTopics(
  { aws, queue, progress }: Taking,
  told: Telling,
): Promise<Pick<SnapshotFacts, "topics" | "topicSubscriptions">> {
  const arns = [...(await listTold(told))].filter(isTopicArn).sort();
  const topicSubscriptions: Record<string, Fact<readonly string[]>> = {};
  let done = 0;
  const read = await queue.addAll(
    arns.map((arn) => async () => {
      const fact = await readFact(() => readTopicAttributes(aws, arn));
      if ("value" in fact && !showsSubscribers(fact.value["SubscriptionsConfirmed"]))
        topicSubscriptions[arn] = await readFact(() => listSubscriptions(aws, arn));
      done += 1;
      progress("topics", done, arns.length);
      return [arn, fact] as const;
    }),
  );
  return { topics: Object.fromEntries(read), topicSubscriptions };
}

async function listTold({ alarms, ruleTargets }: Telling): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  const add = (arn: unknown): void => void (typeof arn === "string" && told.add(arn));
  const all = "value" in alarms ? Object.values(alarms.value).flat() : [];
  for await (const { AlarmActions, OKActions, InsufficientDataActions } of breathing(all))
    for (const list of [AlarmActions, OKActions, InsufficientDataActions])
      if (Array.isArray(list)) for (const arn of list) add(arn);
  for (const fact of Object.values(ruleTargets))
    if ("value" in fact) for (const { Arn } of fact.value) add(Arn);
  return told;
}

// The part of a snapshot that tells of the SNS topics that alarms and rules tell: for audits; no plan looks at them.
import { readFact } from "../../aws/snapshot/facts.ts";
import { readTopicAttributes } from "../../aws/snapshot/topic-reads.ts";
import { isTopicArn } from "../../aws/topics.ts";
import type { SnapshotFacts } from "../../model/snapshot.ts";
import type { Taking } from "./take-snapshot.ts";

type Telling = Pick<SnapshotFacts, "alarms" | "ruleTargets">;

export async function takeTopics(
  { aws, queue, progress }: Taking,
  told: Telling,
): Promise<Pick<SnapshotFacts, "topics">> {
  const arns = [...new Set(listTold(told))].filter(isTopicArn).sort();
  let done = 0;
  const read = await queue.addAll(
    arns.map((arn) => async () => {
      const fact = await readFact(() => readTopicAttributes(aws, arn));
      done += 1;
      progress("topics", done, arns.length);
      return [arn, fact] as const;
    }),
  );
  return { topics: Object.fromEntries(read) };
}

function listTold({ alarms, ruleTargets }: Telling): string[] {
  const all = "value" in alarms ? Object.values(alarms.value).flat() : [];
  const actions = all.flatMap(({ AlarmActions, OKActions, InsufficientDataActions }) =>
    [AlarmActions, OKActions, InsufficientDataActions].flatMap((list) => (Array.isArray(list) ? list : [])),
  );
  const targets = Object.values(ruleTargets).flatMap((fact) => ("value" in fact ? fact.value : []));
  return [...actions, ...targets.map(({ Arn }) => Arn)].filter((arn) => typeof arn === "string");
}

// The part of a snapshot that tells of target groups, with the tags of those that services use or that have been ours.
import { inBatches } from "../../aws/pages.ts";
import { joinFacts, readFact } from "../../aws/snapshot/facts.ts";
import { listTagged } from "../../aws/snapshot/signal-reads.ts";
import {
  listTargetGroups,
  readTargetGroup,
  readTargetGroupTagFacts,
} from "../../aws/snapshot/target-group-reads.ts";
import { ownerTag } from "../../core/names.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Fact, SnapshotFacts } from "../../model/snapshot.ts";
import { keepOurs, keepOursIn } from "./keep-ours.ts";
import type { Running } from "./take-services.ts";
import type { Taking } from "./take-snapshot.ts";

type TargetGroups = Pick<
  SnapshotFacts,
  "targetGroups" | "unlistedTargetGroups" | "targetGroupTags" | "taggedTargetGroups"
>;

export async function takeTargetGroups(taking: Taking, { described }: Running): Promise<TargetGroups> {
  const { aws, queue, progress } = taking;
  const [targetGroups, taggedTargetGroups] = await Promise.all([
    readFact(() => listTargetGroups(aws)),
    readFact(async () =>
      (await listTagged(aws, "elasticloadbalancing:targetgroup", ownerTag)).map(keepOursIn),
    ),
  ]);
  const used = new Set(described.flatMap((service) => service.targetGroupArns));
  const listed =
    "value" in targetGroups ? targetGroups.value.map((group) => String(group["TargetGroupArn"])) : [];
  const isListed = new Set(listed);
  const unlistedTargetGroups: Record<string, Fact<JsonObject>> = {};
  if ("value" in targetGroups)
    await queue.addAll(
      [...used]
        .filter((arn) => !isListed.has(arn))
        .map((arn) => async () => {
          unlistedTargetGroups[arn] = await readFact(() => readTargetGroup(aws, arn));
        }),
    );
  const indexed = "value" in taggedTargetGroups ? taggedTargetGroups.value.map(({ arn }) => arn) : [];
  const concerned = new Set([...used, ...indexed]);
  const asked = listed.filter((arn) => concerned.has(arn));
  let done = 0;
  const tags = await queue.addAll(
    inBatches(asked, 20).map((batch) => async () => {
      const facts = await readTargetGroupTagFacts(aws, batch, keepOurs);
      done += batch.length;
      progress("target groups", done, asked.length);
      return facts;
    }),
  );
  const targetGroupTags = joinFacts(tags);
  return { targetGroups, unlistedTargetGroups, targetGroupTags, taggedTargetGroups };
}

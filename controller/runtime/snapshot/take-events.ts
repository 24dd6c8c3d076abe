// The part of a snapshot that tells of EventBridge: its rules, with the targets of ours, and the tasks that rules and
// schedules run.
import { listRulesOf } from "../../aws/scheduled-tasks.ts";
import {
  listRules,
  listTaskSchedules,
  readRuleTags,
  readRuleTargets,
  readScheduleTarget,
} from "../../aws/snapshot/event-reads.ts";
import { readFact } from "../../aws/snapshot/facts.ts";
import { readPattern, serviceOf } from "../../core/event-pattern.ts";
import { clusterTag, ownerTag } from "../../core/names.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Fact, Facts, SnapshotFacts } from "../../model/snapshot.ts";
import type { Tags } from "../../model/workload.ts";
import { keepOurs } from "./keep-ours.ts";
import type { Place } from "./take-services.ts";
import type { Taking } from "./take-snapshot.ts";

type Events = Pick<
  SnapshotFacts,
  "rules" | "ruleTags" | "ruleTargets" | "clusterRules" | "schedules" | "scheduleTargets"
>;

export async function takeEvents(taking: Taking, clusters: readonly string[]): Promise<Events> {
  const { aws, queue } = taking;
  const [rules, clusterRules, schedules] = await Promise.all([
    readFact(() => listRules(aws)),
    readEach(taking, "rules of clusters", clusters, (arn) => listRulesOf(aws, arn)),
    aws.isEmulated("SCHEDULER") ? { value: [] } : readFact(() => listTaskSchedules(aws)),
  ]);
  const listed = "value" in rules ? rules.value : [];
  const arns = listed.map(({ Arn }) => String(Arn));
  const ruleTags = await readEach(taking, "rules", arns, async (arn) =>
    keepOurs(await readRuleTags(aws, arn)),
  );
  const ours = new Set(
    listed.filter(({ Arn }) => isOwned(ruleTags[String(Arn)])).map(({ Name }) => String(Name)),
  );
  const running = Object.values(clusterRules).flatMap((fact) => ("value" in fact ? fact.value : []));
  // An audit looks whom rules of anybody tell of events; schedules run tasks at most.
  const telling = listed.flatMap(({ Name, EventPattern }) => (EventPattern ? [String(Name)] : []));
  const asked = [...new Set([...ours, ...running, ...telling])].sort();
  const ruleTargets = await readEach(taking, "targets of rules", asked, (name) =>
    readRuleTargets(aws, name, ours.has(name)),
  );
  const scheduleTargets: Record<string, Fact<JsonObject>> = {};
  await queue.addAll(
    ("value" in schedules ? schedules.value : []).map(({ GroupName, Name }) => async () => {
      const [group, name] = [String(GroupName), String(Name)];
      scheduleTargets[`${group}/${name}`] = await readFact(() => readScheduleTarget(aws, { group, name }));
    }),
  );
  const told = listed.map((rule) => (ours.has(String(rule["Name"])) ? rule : withoutDescription(rule)));
  return {
    rules: "value" in rules ? { value: told } : rules,
    ruleTags,
    ruleTargets,
    clusterRules,
    schedules,
    scheduleTargets,
  };
}

async function readEach<T>(
  { queue, progress }: Taking,
  what: string,
  keys: readonly string[],
  read: (key: string) => Promise<T>,
): Promise<Facts<T>> {
  let done = 0;
  const facts = await queue.addAll(
    keys.map((key) => async () => {
      const fact = await readFact(() => read(key));
      done += 1;
      progress(what, done, keys.length);
      return [key, fact] as const;
    }),
  );
  return Object.fromEntries(facts);
}

function isOwned(tags: Fact<Tags> | undefined): boolean {
  return tags !== undefined && "value" in tags && tags.value[ownerTag] !== undefined;
}

function withoutDescription({ Description: _, ...rule }: JsonObject): JsonObject {
  return rule;
}

/** Services that rules of ours tell of. */
export function placesOfRules({ rules, ruleTags }: Events): Place[] {
  return ("value" in rules ? rules.value : []).flatMap(({ Arn, EventPattern }) => {
    const tags = ruleTags[String(Arn)];
    if (tags === undefined || !("value" in tags) || tags.value[ownerTag] === undefined) return [];
    const members = (readPattern(EventPattern) ?? []).flatMap((told) => told.members);
    return members.flatMap((member) => {
      // The tag may have been taken away by hand; ARNs of services have the cluster too.
      const cluster = tags.value[clusterTag] ?? /:service\/([^/]+)\/[^/]+$/.exec(member)?.[1];
      return cluster === undefined ? [] : [{ cluster, service: serviceOf(member) }];
    });
  });
}

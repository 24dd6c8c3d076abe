// Whether anybody is told when a task of the service crashes, or its deployment fails: the patterns of all rules held
// against the events that ECS would send.
import type { RuleFacts, TopicFacts } from "../../model/audit-facts.ts";
import type { Failure } from "../../model/errors.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import type { Read } from "../../model/read.ts";
import type { Workload } from "../../model/workload.ts";
import { alarmHead } from "./alarm-events.ts";
import { isEssential, nameOf, readContainers } from "./containers.ts";
import { crashEvents, failedDeploymentEvents } from "./ecs-events.ts";
import { fitsPattern } from "./event-pattern-match.ts";
import type { FindingCode } from "./findings.ts";
import type { AuditIndex, ReadRule } from "./index-facts.ts";
import { fine, found, foundIn, untold, type Verdict } from "./verdicts.ts";

export function judgeTold(workload: Workload, index: AuditIndex): Verdict[] {
  const { rules } = index;
  const crash = crashesOf(workload);
  const deployment = workload.deploymentController === "ECS" ? failedDeploymentEvents(workload) : undefined;
  if (!rules.known)
    return [
      untold("TaskStoppedUntold", rules.failure),
      ...(deployment === undefined ? [] : [untold("DeploymentFailedUntold", rules.failure)]),
    ];
  const own = rules.value(workload);
  const tellCrash = findTelling(own, crash);
  const tellFailure = deployment && findTelling(own, deployment);
  return [
    judge("TaskStoppedUntold", tellCrash, "no enabled rule with a target matches a task that crashes"),
    ...(tellFailure === undefined
      ? []
      : [
          judge(
            "DeploymentFailedUntold",
            tellFailure,
            "no enabled rule with a target matches a failed deployment",
          ),
        ]),
    ...judgeTopics([tellCrash, ...(tellFailure === undefined ? [] : [tellFailure])], index),
  ];
}

/** Without its containers' names an event is as good to most patterns. */
function crashesOf(workload: Workload): JsonObject[] {
  const containers = readContainers(workload);
  const apps = containers?.known === true ? containers.value.apps.filter(isEssential).map(nameOf) : [];
  return crashEvents(workload, apps.length === 0 ? ["app"] : apps);
}

interface Telling {
  /** ARNs of the targets of each rule that matches. */
  readonly targets: readonly string[];
  /** Of a rule that matches and whose targets could not be read. */
  readonly failure: Failure | undefined;
}

function findTelling(rules: readonly ReadRule[], events: readonly JsonObject[]): Telling {
  const matching = rules.filter(({ pattern }) => events.some((event) => fitsPattern(pattern, event)));
  return {
    targets: matching.flatMap(({ targets }) => (targets.known ? targets.value : [])),
    failure: matching.flatMap(({ targets }) => (targets.known ? [] : [targets.failure]))[0],
  };
}

function judge(code: FindingCode, { targets, failure }: Telling, message: string): Verdict {
  if (targets.length > 0) return fine(code);
  return failure === undefined ? found(code, message) : untold(code, failure);
}

/** Each kind of event must reach somebody: a topic that is heard, or anything that is no topic. */
function judgeTopics(tellings: readonly Telling[], { topics }: AuditIndex): Verdict[] {
  const code = "EventTopicDead";
  const told = tellings.filter(({ targets }) => targets.length > 0);
  if (told.length === 0) return [];
  const dead = new Set<string>();
  let failure: Failure | undefined;
  for (const { targets } of told) {
    const states = targets.map((arn) => topics(arn));
    if (states.some((state) => state === undefined || (state.known && isHeard(state.value)))) continue;
    const unread = states.flatMap((state) => (state === undefined ? [] : (unreadOf(state) ?? [])))[0];
    if (unread !== undefined) failure ??= unread;
    else for (const arn of targets) dead.add(arn);
  }
  if (dead.size > 0)
    return [
      foundIn(code, [...dead].sort(), (list) => `rules of the service tell only ${list}, which nobody hears`),
    ];
  return [failure === undefined ? fine(code) : untold(code, failure)];
}

/** Known to be heard by nobody. */
export function isDead(topic: Read<TopicFacts> | undefined): boolean {
  return topic?.known === true && unreadOf(topic) === undefined && !isHeard(topic.value);
}

function isHeard({ exists, confirmedSubscriptions: confirmed }: TopicFacts): boolean {
  return exists && confirmed.known && confirmed.value > 0;
}

/** Why it is not known whether anybody hears it. */
function unreadOf(topic: Read<TopicFacts>): Failure | undefined {
  if (!topic.known) return topic.failure;
  const { exists, confirmedSubscriptions: confirmed } = topic.value;
  return exists && !confirmed.known ? confirmed.failure : undefined;
}

type Head = Pick<RuleFacts, "enabled"> & { readonly pattern: JsonObject };

const ecsHeads = ["ECS Task State Change", "ECS Deployment State Change", "ECS Service Action"].map(
  (type): JsonObject => ({ source: "aws.ecs", "detail-type": type }),
);

/** Whether a rule takes events of ECS at all, of whatever service: only those are worth reading their targets. */
export function takesEcsEvents({ enabled, pattern }: Head): boolean {
  return enabled && ecsHeads.some((head) => fitsPattern(headOf(pattern), head));
}

/** Whether it takes events of alarms that go off. */
export function takesAlarmEvents({ enabled, pattern }: Head): boolean {
  return enabled && fitsPattern(headOf(pattern), alarmHead);
}

/** By source and detail type alone, alternatives one by one. */
function headOf({ source, "detail-type": type, $or: choice }: JsonObject): JsonObject {
  const isChoice = Array.isArray(choice) && choice.every(isObject);
  const alternatives = isChoice ? choice.map(headOf) : undefined;
  // An alternative that says nothing of either may be anything.
  const open = alternatives?.some((each) => Object.keys(each).length === 0) ?? true;
  return {
    ...(source === undefined ? {} : { source }),
    ...(type === undefined ? {} : { "detail-type": type }),
    ...(open || alternatives === undefined ? {} : { $or: alternatives }),
  };
}

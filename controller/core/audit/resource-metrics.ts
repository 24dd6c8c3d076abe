// The third pillar: is what the service uses and answers watched, by alarms that can fire and that somebody hears?
import type { AlarmFacts } from "../../model/alarm-facts.ts";
import type { ServiceFacts } from "../../model/audit-facts.ts";
import type { Failure } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { judgeAlarmTopics } from "./alarm-topics.ts";
import {
  type Area,
  type AreaWatch,
  areas,
  type Balanced,
  balancedGroups,
  findAreas,
  watchesOfService,
  watchesOfTargets,
} from "./areas.ts";
import { errorAlarms } from "./error-signal.ts";
import type { FindingCode } from "./findings.ts";
import type { AlarmIndex, AuditIndex } from "./index-facts.ts";
import { findMissing } from "./known-metrics.ts";
import { judgeMissingData } from "./missing-data.ts";
import { fine, found, foundIn, listNames, namesOf, untold, type Verdict } from "./verdicts.ts";

export const areaCodes: Readonly<Record<Area, FindingCode>> = {
  cpu: "NoCpuAlarm",
  memory: "NoMemoryAlarm",
  tasks: "NoTaskAlarm",
  unhealthy: "NoUnhealthyAlarm",
  "5xx": "No5xxAlarm",
  latency: "NoLatencyAlarm",
};

/** What a service that is scaled to zero is to be watched for, nobody can say. */
export function judgeResourceMetrics({ workload, life }: ServiceFacts, index: AuditIndex): Verdict[] {
  if (workload.desiredCount === 0 && life.schedulingStrategy !== "DAEMON") return [];
  return [judgeInsights(workload, index), ...judgeAlarms(workload, index)];
}

function judgeInsights({ cluster }: Workload, { insights }: AuditIndex): Verdict {
  const setting = insights(cluster);
  if (!setting.known) return untold("InsightsOff", setting.failure);
  return setting.value === "disabled"
    ? found("InsightsOff", `Container Insights is off for cluster ${cluster}`)
    : fine("InsightsOff");
}

function judgeAlarms(workload: Workload, index: AuditIndex): Verdict[] {
  const { targetGroups, balanced: isBalanced = false } = workload;
  const ofTargets = targetCodes(workload);
  if (!index.alarms.known) {
    const { failure } = index.alarms;
    return [...serviceCodes, ...ofTargets].map((code) => untold(code, failure));
  }
  const alarms = index.alarms.value;
  const groups = targetGroups.known ? balancedGroups(targetGroups.value, index) : [];
  const watched = findAreas(workload, groups, alarms);
  // A whole area may be hidden: its checks cannot be made, those of the service's own metrics can.
  const hidden =
    isBalanced && !targetGroups.known ? ofTargets.map((code) => untold(code, targetGroups.failure)) : [];
  return [
    ...watched.map((area) => judgeArea(area, alarms)),
    ...hidden,
    ...judgeMetrics(workload, groups, alarms, index),
    ...judgeMissingData(watched),
    ...judgeTelling(workload, watched, alarms, index),
  ];
}

const serviceCodes: readonly FindingCode[] = ["NoCpuAlarm", "NoMemoryAlarm", "NoTaskAlarm"];

/** The areas that may apply, as far as that can be told without target groups. */
function targetCodes({ targetGroups, balanced = false }: Workload): readonly FindingCode[] {
  if (!balanced) return [];
  if (targetGroups.known && targetGroups.value.every(({ loadBalancerArn }) => loadBalancerArn === undefined))
    return [];
  const isHttp =
    !targetGroups.known ||
    targetGroups.value.some(({ loadBalancerArn = "" }) => loadBalancerArn.includes("loadbalancer/app/"));
  return isHttp ? ["NoUnhealthyAlarm", "No5xxAlarm", "NoLatencyAlarm"] : ["NoUnhealthyAlarm"];
}

const areaWords: Readonly<Record<Area, string>> = {
  cpu: "the service's CPU",
  memory: "the service's memory",
  tasks: "how many tasks run",
  unhealthy: "healthy or unhealthy targets",
  "5xx": "HTTP 5xx of the service's targets",
  latency: "the response time of the service's targets",
};

const queriedNames: Readonly<Record<Area, RegExp>> = {
  cpu: /cpu/i,
  memory: /memory/i,
  tasks: /TaskCount/i,
  unhealthy: /HostCount/i,
  "5xx": /5XX/i,
  latency: /TargetResponseTime/i,
};

/** Of others' metrics, such as CPUUtilization of AWS/EC2, none is a service's. */
const queriedNamespaces = /AWS\/ECS|ECS\/ContainerInsights|AWS\/(Application|Network)ELB/i;

function judgeArea({ area, alarms, contrary, unwatched }: AreaWatch, { queries }: AlarmIndex): Verdict {
  const code = areaCodes[area];
  if (alarms.length > 0 && unwatched.length === 0) return fine(code);
  const query = queries.find(({ expressions }) =>
    expressions.some((text) => queriedNames[area].test(text) && queriedNamespaces.test(text)),
  );
  if (query !== undefined)
    return untold(code, {
      code: "MetricsInsightsQuery",
      message: `the alarm ${query.name} watches what a Metrics Insights query finds, which may be this service`,
    });
  const names = namesOf(contrary);
  const verb = names.length > 1 ? "go" : "goes";
  const but = names.length === 0 ? "" : `; ${listNames(names)} ${verb} off in the other direction`;
  return unwatched.length > 0 && alarms.length > 0
    ? found(code, `no alarm watches ${areaWords[area]} at ${listNames(unwatched)}${but}`, unwatched)
    : found(code, `no alarm watches ${areaWords[area]}, by its exact dimensions${but}`);
}

/** Also of metrics that are in no area: a name with a slip in it is in none. */
function judgeMetrics(
  workload: Workload,
  groups: readonly Balanced[],
  alarms: AlarmIndex,
  { insights }: AuditIndex,
): Verdict[] {
  const code = "AlarmMetricMissing";
  const watches = [
    ...watchesOfService(workload, alarms),
    ...groups.flatMap((group) => watchesOfTargets(group, alarms, true)),
  ];
  if (watches.length === 0) return [];
  const missing = new Map<string, string>();
  let failure: Failure | undefined;
  for (const { alarm, metric } of watches) {
    const why = findMissing(metric, insights(workload.cluster));
    if (!why.known) failure ??= why.failure;
    else if (why.value !== undefined) missing.set(alarm.name, why.value);
  }
  const names = [...missing.keys()].sort(compareText);
  const [first] = names;
  if (first !== undefined) return [found(code, `${listNames(names)}: ${missing.get(first)}`, names)];
  return [failure === undefined ? fine(code) : untold(code, failure)];
}

/** Whether the alarms on errors in the logs tell nobody. */
export function areErrorsSilent(workload: Workload, index: AuditIndex): boolean {
  if (!index.alarms.known) return false;
  const alarms = errorAlarms(workload, index, index.alarms.value);
  return alarms.length > 0 && areSilent(alarms, index.alarms.value);
}

/** For certain. */
function areSilent(alarms: readonly AlarmFacts[], { isSilent }: AlarmIndex): boolean {
  return alarms.every((alarm) => {
    const silent = isSilent(alarm);
    return silent.known && silent.value;
  });
}

/** Why it cannot be said of alarms that nobody is known to be told of. */
function silenceUnread(alarms: readonly AlarmFacts[], { isSilent }: AlarmIndex): Failure | undefined {
  const answers = alarms.map((alarm) => isSilent(alarm));
  if (answers.some((answer) => answer.known && !answer.value)) return undefined;
  return answers.flatMap((answer) => (answer.known ? [] : [answer.failure]))[0];
}

/** What is watched at all must be told of by one alarm of its area. */
function judgeTelling(
  workload: Workload,
  watched: readonly AreaWatch[],
  alarms: AlarmIndex,
  index: AuditIndex,
): Verdict[] {
  const all = [...watched.map(({ alarms: ofArea }) => ofArea), errorAlarms(workload, index, alarms)].filter(
    (ofArea) => ofArea.length > 0,
  );
  if (all.length === 0) return [];
  const code = "AlarmWithoutActions";
  const silent = all.filter((ofArea) => areSilent(ofArea, alarms)).flat();
  const failure = all.flatMap((ofArea) => silenceUnread(ofArea, alarms) ?? [])[0];
  const arns = all.flat().flatMap((alarm) => alarms.tells(alarm));
  return [
    silent.length === 0 && failure !== undefined
      ? untold(code, failure)
      : foundIn(code, namesOf(silent), (list) => `${list} ${silent.length > 1 ? "tell" : "tells"} nobody`),
    ...judgeAlarmTopics(arns, index),
  ];
}

/** The areas of metrics that are watched by alarms that tell nobody. */
export function silentAreas(workload: Workload, index: AuditIndex): readonly Area[] {
  if (!index.alarms.known || !workload.targetGroups.known) return [];
  const alarms = index.alarms.value;
  const watched = findAreas(workload, balancedGroups(workload.targetGroups.value, index), alarms);
  return areas.filter((area) =>
    watched.some((one) => one.area === area && one.alarms.length > 0 && areSilent(one.alarms, alarms)),
  );
}

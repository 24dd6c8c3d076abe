// Calls that CloudTrail tells of: who changed by hand what we keep. The names are those of the calls' own members, with a
// small first letter (CloudTrail user guide, "CloudTrail record contents", requestParameters).
import type { Json, JsonObject } from "../model/json.ts";
import { parseDashboardName } from "./dashboard-name.ts";
import { type EventPlace, type EventReading, type EventSubject, ignored } from "./event-meaning.ts";
import {
  checkPlace,
  distinctPlaces,
  isTargetGroupArn,
  listAt,
  objectAt,
  readAlarmArn,
  readCluster,
  readDeploymentArn,
  readLogGroup,
  readOwned,
  readService,
  readServiceArn,
} from "./event-places.ts";

/** What a call's parameters name; undefined: nothing that we know. */
type Reader = (parameters: JsonObject, owner: string, region: string) => EventReading | undefined;

/** `detail` of an event `AWS API Call via CloudTrail`. A call that failed changed nothing. */
export function readApiCall(detail: JsonObject, owner: string, region: string): EventReading {
  const { eventSource, eventName, errorCode } = detail;
  if (typeof eventSource !== "string" || typeof eventName !== "string")
    return { is: "junk", reason: "a call by CloudTrail without eventSource or eventName" };
  const read = readers.get(`${eventSource} ${eventName}`);
  if (read === undefined) return ignored("a call that changes nothing we keep");
  if (errorCode !== undefined && errorCode !== null) return ignored("a call that failed");
  return (
    read(objectAt(detail, "requestParameters"), owner, region) ?? ignored("a call that names nothing of ours")
  );
}

function services(
  places: readonly (EventPlace | undefined)[],
): Extract<EventSubject, { readonly is: "services" }> | undefined {
  const found = distinctPlaces(places);
  return found.length === 0 ? undefined : { is: "services", services: found, urgency: "now" };
}

function cluster(name: string | undefined): EventReading | undefined {
  return name === undefined ? undefined : { is: "cluster", cluster: name };
}

const serviceCall: Reader = ({ service, cluster }) => services([readService(service, cluster)]);
const namedServiceCall: Reader = ({ serviceName, cluster }) => services([readService(serviceName, cluster)]);
const serviceArnCall: Reader = ({ serviceArn }) => services([readServiceArn(serviceArn)]);
const clusterCall: Reader = ({ cluster: name }) => cluster(readCluster(name));
const ecsTagCall: Reader = ({ resourceArn }) => {
  const place = readServiceArn(resourceArn);
  if (place !== undefined) return services([place]);
  return typeof resourceArn === "string" && resourceArn.includes(":cluster/")
    ? cluster(readCluster(resourceArn))
    : undefined;
};

const alarmCall: Reader = ({ alarmName }, owner) => services([readOwned(owner, alarmName)]);
const alarmsCall: Reader = (parameters, owner) =>
  services(listAt(parameters, "alarmNames").map((name) => readOwned(owner, name)));
const alarmTagCall: Reader = ({ resourceARN, resourceArn = resourceARN }, owner) =>
  services([readAlarmArn(owner, resourceArn)]);

/** A dashboard's Region is that of its name: dashboards themselves have none. */
function dashboards(names: readonly Json[], owner: string, region: string): EventReading | undefined {
  const ours = names.flatMap((name) => {
    const parsed =
      typeof name === "string" && name.length <= 255 ? parseDashboardName(owner, name) : undefined;
    const place = parsed && checkPlace(parsed);
    return parsed === undefined || place === undefined ? [] : [{ place, region: parsed.region }];
  });
  // One call may name several Regions' dashboards. An event is about one Region: the others wait for their full pass.
  const at = ours.some((one) => one.region === region) ? region : ours[0]?.region;
  const found = services(ours.filter((one) => one.region === at).map(({ place }) => place));
  return found === undefined || at === undefined ? undefined : { ...found, region: at };
}

const logGroupCall: Reader = (parameters) => {
  const { logGroupName, logGroupIdentifier, resourceArn } = parameters;
  const name = readLogGroup(logGroupName ?? logGroupIdentifier ?? resourceArn);
  return name === undefined ? undefined : { is: "log-group", name };
};
const metricFilterCall: Reader = ({ filterName }, owner) => services([readOwned(owner, filterName)]);
const queryCall: Reader = ({ name }, owner) => services([readOwned(owner, name)]);

function targetGroups(arns: readonly (Json | undefined)[]): EventReading | undefined {
  const found = [...new Set(arns.filter(isTargetGroupArn))];
  return found.length === 0 ? undefined : { is: "target-groups", arns: found };
}
const targetGroupCall: Reader = ({ targetGroupArn }) => targetGroups([targetGroupArn]);

/**
 * Not here, since they change nothing that we keep: task definitions (a service runs one by UpdateService), capacity
 * providers, mute rules, SetAlarmState. DeleteQueryDefinition names the definition by an id, which tells no service:
 * the next full pass sees it.
 */
const calls: Readonly<Record<string, Readonly<Record<string, Reader>>>> = {
  "ecs.amazonaws.com": {
    CreateService: namedServiceCall,
    UpdateService: serviceCall,
    DeleteService: serviceCall,
    CreateTaskSet: serviceCall,
    UpdateTaskSet: serviceCall,
    DeleteTaskSet: serviceCall,
    UpdateServicePrimaryTaskSet: serviceCall,
    CreateExpressGatewayService: namedServiceCall,
    UpdateExpressGatewayService: serviceArnCall,
    DeleteExpressGatewayService: serviceArnCall,
    StopServiceDeployment: ({ serviceDeploymentArn }) => services([readDeploymentArn(serviceDeploymentArn)]),
    CreateCluster: ({ clusterName }) => cluster(readCluster(clusterName)),
    UpdateCluster: clusterCall,
    UpdateClusterSettings: clusterCall,
    DeleteCluster: clusterCall,
    TagResource: ecsTagCall,
    UntagResource: ecsTagCall,
  },
  "monitoring.amazonaws.com": {
    PutMetricAlarm: alarmCall,
    PutCompositeAlarm: alarmCall,
    PutLogAlarm: alarmCall,
    DeleteAlarms: alarmsCall,
    EnableAlarmActions: alarmsCall,
    DisableAlarmActions: alarmsCall,
    TagResource: alarmTagCall,
    UntagResource: alarmTagCall,
    PutDashboard: ({ dashboardName = null }, owner, region) => dashboards([dashboardName], owner, region),
    DeleteDashboards: (parameters, owner, region) =>
      dashboards(listAt(parameters, "dashboardNames"), owner, region),
  },
  "logs.amazonaws.com": {
    CreateLogGroup: logGroupCall,
    DeleteLogGroup: logGroupCall,
    PutRetentionPolicy: logGroupCall,
    DeleteRetentionPolicy: logGroupCall,
    TagLogGroup: logGroupCall,
    UntagLogGroup: logGroupCall,
    TagResource: logGroupCall,
    UntagResource: logGroupCall,
    PutMetricFilter: metricFilterCall,
    DeleteMetricFilter: metricFilterCall,
    PutQueryDefinition: queryCall,
  },
  "elasticloadbalancing.amazonaws.com": {
    ModifyTargetGroup: targetGroupCall,
    ModifyTargetGroupAttributes: targetGroupCall,
    DeleteTargetGroup: targetGroupCall,
    AddTags: (parameters) => targetGroups(listAt(parameters, "resourceArns")),
    RemoveTags: (parameters) => targetGroups(listAt(parameters, "resourceArns")),
  },
};
const readers = new Map(
  Object.entries(calls).flatMap(([source, byName]) =>
    Object.entries(byName).map(([name, read]) => [`${source} ${name}`, read] as const),
  ),
);

// The names and ARNs that events hold, read strictly: what has not the shape that AWS gives it is not taken.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import type { EventPlace } from "./event-meaning.ts";
import { isShortened, parseOwnedName } from "./names.ts";

/** ECS: letters, digits, hyphens and underscores. */
const ecsName = /^[\w-]{1,255}$/;
/** Shortened by names.ts. */
const shortName = /^[\w-]{1,60}#[0-9a-f]{12}$/;
/** CloudWatch Logs, CreateLogGroup. */
const groupName = /^[.\-_/#A-Za-z0-9]{1,512}$/;
/** A partition, a Region and an account: what ARNs of ECS and of load balancers begin with. */
const arnHead = "arn:aws[a-z-]*";
const clusterArn = new RegExp(`^${arnHead}:ecs:[a-z0-9-]+:\\d{12}:cluster/([\\w-]{1,255})$`);
const serviceArn = new RegExp(
  `^${arnHead}:ecs:[a-z0-9-]+:\\d{12}:service/(?:([\\w-]{1,255})/)?([\\w-]{1,255})$`,
);
const deploymentArn = new RegExp(
  `^${arnHead}:ecs:[a-z0-9-]+:\\d{12}:service-deployment/([\\w-]{1,255})/([\\w-]{1,255})/[\\w-]+$`,
);
const alarmArn = new RegExp(`^${arnHead}:cloudwatch:[a-z0-9-]+:\\d{12}:alarm:(.{1,255})$`, "s");
const groupArn = new RegExp(`^${arnHead}:logs:[a-z0-9-]+:\\d{12}:log-group:([^:]+)(?::\\*)?$`);
const targetGroupArn = new RegExp(
  `^${arnHead}:elasticloadbalancing:[a-z0-9-]+:\\d{12}:targetgroup/[\\w-]{1,32}/[0-9a-f]{1,32}$`,
);

/** The cluster of a name or an ARN; left out, it is ECS's default cluster. */
export function readCluster(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return "default";
  if (typeof value !== "string") return undefined;
  return ecsName.test(value) ? value : clusterArn.exec(value)?.[1];
}

/** Of a service's name or ARN beside its cluster. ARNs of the old format name no cluster; then what stands beside counts. */
export function readService(service: Json | undefined, cluster: Json | undefined): EventPlace | undefined {
  if (typeof service !== "string") return undefined;
  const [, ofArn, name = ecsName.test(service) ? service : undefined] = serviceArn.exec(service) ?? [];
  const place = ofArn ?? readCluster(cluster);
  return name === undefined || place === undefined ? undefined : { cluster: place, service: name };
}

/** Of an ARN alone; undefined for one of the old format, which names no cluster. */
export function readServiceArn(value: Json | undefined): EventPlace | undefined {
  const [, cluster, service] = (typeof value === "string" && serviceArn.exec(value)) || [];
  return cluster === undefined || service === undefined ? undefined : { cluster, service };
}

export function isServiceArn(value: Json | undefined): boolean {
  return typeof value === "string" && serviceArn.test(value);
}

export function readDeploymentArn(value: Json | undefined): EventPlace | undefined {
  const [, cluster, service] = (typeof value === "string" && deploymentArn.exec(value)) || [];
  return cluster === undefined || service === undefined ? undefined : { cluster, service };
}

/** Whose it is, of the name of something of ours: an alarm, a metric filter, a query definition. */
export function readOwned(owner: string, name: Json | undefined): EventPlace | undefined {
  const parsed = typeof name === "string" && name.length <= 255 ? parseOwnedName(owner, name) : undefined;
  return parsed && checkPlace(parsed);
}

export function readAlarmArn(owner: string, value: Json | undefined): EventPlace | undefined {
  return readOwned(owner, typeof value === "string" ? alarmArn.exec(value)?.[1] : undefined);
}

/** Undefined where a part is no name that ECS has, shortened or not. */
export function checkPlace({ cluster, service }: EventPlace): EventPlace | undefined {
  return [cluster, service].every((part) => (isShortened(part) ? shortName : ecsName).test(part))
    ? { cluster, service }
    : undefined;
}

/** Of a log group's name or ARN, with or without `:*`. */
export function readLogGroup(value: Json | undefined): string | undefined {
  if (typeof value !== "string") return undefined;
  const name = value.startsWith("arn:") ? (groupArn.exec(value)?.[1] ?? "") : value;
  return groupName.test(name) ? name : undefined;
}

export function isTargetGroupArn(value: Json | undefined): value is string {
  return typeof value === "string" && targetGroupArn.test(value);
}

/** None twice. */
export function distinctPlaces(places: readonly (EventPlace | undefined)[]): EventPlace[] {
  const byKey = new Map<string, EventPlace>();
  for (const place of places) if (place !== undefined) byKey.set(`${place.cluster}/${place.service}`, place);
  return [...byKey.values()];
}

/** A member that holds an object; an empty one where it does not. */
export function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = value[key];
  return isObject(inner) ? inner : {};
}

/** A member that holds a list; an empty one where it does not. At most so many: no API takes more at once. */
export function listAt(value: JsonObject, key: string, max = 1000): readonly Json[] {
  const inner = value[key];
  return Array.isArray(inner) ? inner.slice(0, max) : [];
}

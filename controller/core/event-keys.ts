// What an event means to us: what is to be looked at again. An event only says where to look; what is there is always
// read anew, so doubled, late and false events do no harm.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { type EventMeaning, type EventReading, ignored, junk } from "./event-meaning.ts";
import {
  isServiceArn,
  listAt,
  objectAt,
  readCluster,
  readOwned,
  readService,
  readServiceArn,
} from "./event-places.ts";
import { readApiCall } from "./trail-events.ts";

/** Characters; SQS takes 1 MiB, and an event of EventBridge's has at most 256 KiB. */
const maxBody = 1024 * 1024;
const shape = { id: /^[\w-]{1,128}$/, account: /^\d{12}$/, region: /^[a-z]{2}[a-z0-9-]{1,30}$/ };

/**
 * Reads a message of the queue: an event as EventBridge writes it (user guide, "AWS service event metadata"), or one
 * that SNS wrapped. Never throws, whatever the text is.
 * @param context.owner whose alarms, filters and dashboards count as ours
 */
export function readEvent(body: string, { owner }: { readonly owner: string }): EventMeaning {
  const event = parseBody(body);
  if (typeof event === "string") return { is: "junk", reason: event };
  const { id, account, region, source, time, "detail-type": type } = event;
  if (typeof source !== "string" || typeof type !== "string")
    return { is: "junk", reason: notAnEvent(event) };
  // What begins with `aws.` only AWS can send.
  if (!source.startsWith("aws.")) return { is: "ignored", reason: "an event of nobody we listen to" };
  if (!hasShape(id, "id") || !hasShape(account, "account") || !hasShape(region, "region"))
    return { is: "junk", reason: "an event without id, account or region" };
  const reading = readOfType(`${source} ${type}`, event, owner, region);
  if (reading.is === "ignored" || reading.is === "junk") return reading;
  const at = typeof time === "string" ? new Date(time) : undefined;
  return {
    id,
    account,
    region,
    at: at === undefined || Number.isNaN(at.getTime()) ? undefined : at,
    ...reading,
  };
}

/** A text says why it is no event. */
function parseBody(body: string): JsonObject | string {
  if (body.length > maxBody) return "a message that is too long";
  const outer = parseObject(body);
  if (outer === undefined) return "a message that is no JSON object";
  // SNS, without raw message delivery.
  if (outer["Type"] !== "Notification" || typeof outer["Message"] !== "string") return outer;
  return parseObject(outer["Message"]) ?? "a notification of SNS's that is no JSON object";
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function notAnEvent(message: JsonObject): string {
  if (Array.isArray(message["Records"]) || message["Event"] === "s3:TestEvent")
    return "a notification of S3's own: let the bucket send to EventBridge, and a rule to this queue";
  return "a message that is no event: leave the input of the rule's target as it is";
}

function hasShape(value: unknown, field: keyof typeof shape): value is string {
  return typeof value === "string" && shape[field].test(value);
}

function readOfType(type: string, event: JsonObject, owner: string, region: string): EventReading {
  const detail = objectAt(event, "detail");
  if (type.endsWith(" AWS API Call via CloudTrail")) return readApiCall(detail, owner, region);
  switch (type) {
    case "aws.ecs ECS Task State Change":
      return readTask(detail);
    case "aws.ecs ECS Service Action":
      return readServiceAction(detail, listAt(event, "resources")[0]);
    case "aws.ecs ECS Deployment State Change":
      return readDeployment(listAt(event, "resources")[0]);
    case "aws.cloudwatch CloudWatch Alarm Configuration Change":
      return readAlarmChange(detail, owner);
    case "aws.s3 Object Created":
    case "aws.s3 Object Deleted":
      return readObject(detail);
    default:
      // CloudWatch Alarm State Change and ECS Container Instance State Change, above all.
      return ignored("an event that tells of no configuration");
  }
}

/** A task configures nothing: what it tells is only how its service fares. */
function readTask({ group, clusterArn, taskArn, version }: JsonObject): EventReading {
  if (typeof group !== "string") return junk("a task without group");
  if (!group.startsWith("service:")) return ignored("a task of no service");
  const place =
    clusterArn === undefined ? undefined : readService(group.slice("service:".length), clusterArn);
  if (place === undefined) return junk("a task without cluster or service");
  const task =
    typeof taskArn === "string" && taskArn.length <= 2048 && typeof version === "number"
      ? { task: { arn: taskArn, version } }
      : {};
  return { is: "services", services: [place], urgency: "later", ...task };
}

/** Deployments that begin or end may come with another configuration; the rest is how the service fares. */
function readServiceAction({ clusterArn, eventName }: JsonObject, arn: Json | undefined): EventReading {
  const cluster = clusterArn === undefined ? undefined : readCluster(clusterArn);
  const place =
    readServiceArn(arn) ??
    (cluster === undefined || !isServiceArn(arn) ? undefined : readService(arn, cluster));
  if (place === undefined) return junk("an action of a service without its ARN");
  const deploys = typeof eventName === "string" && eventName.startsWith("SERVICE_DEPLOYMENT_");
  return { is: "services", services: [place], urgency: deploys ? "now" : "later" };
}

/** These name no cluster but in the service's ARN. */
function readDeployment(arn: Json | undefined): EventReading {
  const place = readServiceArn(arn);
  if (place !== undefined) return { is: "services", services: [place], urgency: "now" };
  return isServiceArn(arn)
    ? ignored("a deployment of a service whose ARN, of the old format, names no cluster")
    : junk("a deployment without its service's ARN");
}

function readAlarmChange({ alarmName }: JsonObject, owner: string): EventReading {
  if (typeof alarmName !== "string") return junk("a change of an alarm without its name");
  const place = readOwned(owner, alarmName);
  return place === undefined
    ? ignored("an alarm that is not ours")
    : { is: "services", services: [place], urgency: "now" };
}

function readObject(detail: JsonObject): EventReading {
  const { name } = objectAt(detail, "bucket");
  const { key } = objectAt(detail, "object");
  const isBucket = typeof name === "string" && name.length > 0 && name.length <= 255;
  if (!isBucket || typeof key !== "string" || key === "" || key.length > 1024)
    return junk("an object without bucket or key");
  return { is: "object", bucket: name, key };
}

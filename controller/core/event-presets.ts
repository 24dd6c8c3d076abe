// What is told of: the presets as parts of event patterns, and how a pattern of the owner's is narrowed to services.
// Sources: ECS developer guide, "Amazon ECS events" (shapes, names, reasons), and Task.stopCode of the ECS API reference.
import type { EventSpec } from "../api/schema.ts";
import { isObject, type JsonObject, jsonEqual } from "../model/json.ts";
import { alternatives, type Clause } from "./event-pattern.ts";

export type EventPresetName = NonNullable<EventSpec["preset"]>;

const taskEvent = "ECS Task State Change";
const deploymentEvent = "ECS Deployment State Change";
const actionEvent = "ECS Service Action";

/** The events that name the service they are about, and where they do. */
const axes: Readonly<Record<string, Clause["axis"]>> = {
  [taskEvent]: "task",
  [deploymentEvent]: "service",
  [actionEvent]: "service",
};

function event(detailType: string, detail: JsonObject): JsonObject {
  return { source: ["aws.ecs"], "detail-type": [detailType], detail };
}

export const presetClauses: Readonly<Record<EventPresetName, Clause>> = {
  "task-stopped": {
    axis: "task",
    body: event(taskEvent, {
      lastStatus: ["STOPPED"],
      $or: [
        {
          stopCode: [
            "EssentialContainerExited",
            "InfrastructureHealth",
            "SpotInterruption",
            "TaskFailedToStart",
            "TerminationNotice",
          ],
        },
        // The scheduler stops tasks for deployments and scale-ins ("Scaling activity initiated by …"), and also those
        // that fail health checks: these alone are told of ("Task failed ELB health checks in …").
        { stopCode: ["ServiceSchedulerInitiated"], stoppedReason: [{ prefix: "Task failed " }] },
      ],
    }),
  },
  "container-oom": {
    axis: "task",
    // Not by exit code 137: that is any SIGKILL, also of a container that ignores SIGTERM while it is scaled in.
    body: event(taskEvent, {
      lastStatus: ["STOPPED"],
      containers: { reason: [{ prefix: "OutOfMemoryError" }] },
    }),
  },
  "deployment-failed": {
    axis: "service",
    // A rollback is a deployment like any other but for the text of its reason.
    body: event(deploymentEvent, {
      $or: [
        { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
        { reason: [{ wildcard: "*rolling back*" }, { wildcard: "*rollback*" }] },
      ],
    }),
  },
  "service-impaired": {
    axis: "service",
    // All that ECS warns of; a failed deployment is told of by the preset of that name.
    body: event(actionEvent, {
      eventType: ["ERROR", "WARN"],
      eventName: [{ "anything-but": "SERVICE_DEPLOYMENT_FAILED" }],
    }),
  },
};

/** The preset that a clause is, for people. */
export function presetOf(body: JsonObject): EventPresetName | undefined {
  const names = Object.keys(presetClauses) as EventPresetName[];
  return names.find((name) => jsonEqual(presetClauses[name].body, body));
}

/**
 * A pattern of the owner's as clauses that take a list of services; undefined where it stands as it is written:
 * because it says itself what it is about (`resources`, `detail.clusterArn` or `detail.group`, anywhere in it), or
 * because it asks for events that name no service. Without a detail type it may be either kind of event.
 */
export function narrowPattern(pattern: JsonObject): readonly Clause[] | undefined {
  const parts = flatten(pattern);
  if (parts.some(namesItsSubject)) return undefined;
  const clauses = parts.map((body) => axesOf(body)?.map((axis): Clause => ({ axis, body })));
  return clauses.every((list) => list !== undefined) ? clauses.flat() : undefined;
}

function flatten(pattern: JsonObject): readonly JsonObject[] {
  return alternatives(pattern)?.flatMap(flatten) ?? [pattern];
}

/** Whether a pattern says which service, cluster or resource it is about. */
export function namesItsSubject(pattern: JsonObject): boolean {
  return Object.entries(pattern).some(([key, value]) => {
    if (key === "resources") return true;
    if (key === "$or" && Array.isArray(value)) return value.filter(isObject).some(namesItsSubject);
    return key === "detail" && isObject(value) && namesService(value as JsonObject);
  });
}

function namesService(detail: JsonObject): boolean {
  return Object.entries(detail).some(
    ([key, value]) =>
      key === "clusterArn" ||
      key === "group" ||
      (key === "$or" && Array.isArray(value) && value.filter(isObject).some(namesService)),
  );
}

function axesOf(pattern: JsonObject): readonly Clause["axis"][] | undefined {
  const { source, "detail-type": types } = pattern;
  const texts = (list: unknown): readonly string[] | undefined =>
    Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  if (texts(source)?.includes("aws.ecs") === false) return undefined;
  const given = texts(types);
  if (given === undefined) return ["task", "service"];
  if (given.some((type) => axes[type] === undefined)) return undefined;
  return [...new Set(given.map((type) => axes[type] as Clause["axis"]))];
}

// What will most likely go wrong with task definitions that are about to be written, told while it is still a plan.
// Only what the change brings is judged: what the owner has without us is the owner's business. Always warnings. Pure.
import type { FieldPath } from "../api/issues.ts";
import type { Policy } from "../api/policy.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareText, isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import { type RefusedActions, roleNeedKey, type UnaskedRoles } from "../model/role-need.ts";
import type { Workload } from "../model/workload.ts";
import { canonicalHealthCheck } from "./canonical-container.ts";
import { readDeployment } from "./deployment.ts";
import { findLack } from "./health-command.ts";
import { containersOf } from "./layer.ts";
import { findPolicyPlace } from "./policy-place.ts";
import { findRoleNeeds, isOnFargate, routedToCloudWatch } from "./role-needs.ts";
import { findGrowth, findLittleMemory } from "./task-growth.ts";

/** A task definition that is written, with the service that runs it. */
export interface Flight {
  readonly workload: Workload;
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** Seconds that the same plan sets; left out: the service's own stays. */
  readonly gracePeriod?: number;
}

/** Something that may go wrong; services that share it are told of together. */
interface Finding {
  readonly code: string;
  readonly message: string;
  /** The fields of `spec` that it comes of, the likeliest first. */
  readonly fields?: readonly FieldPath[];
}

/** Changes in Audit are not written, and releases only bring back what stood there. */
export function findFlights(changes: readonly Change[], workloads: readonly Workload[]): Flight[] {
  const byArn = new Map(workloads.map((workload) => [workload.serviceArn, workload]));
  const gracePeriods = new Map(
    changes.flatMap(({ kind, id, enforcement, after }): [string, number][] =>
      kind === "Service" && enforcement === "Enforce" && after !== null
        ? [[id, readDeployment(after).gracePeriod]]
        : [],
    ),
  );
  return changes.flatMap(({ kind, id, enforcement, release, before, after }): Flight[] => {
    const workload = byArn.get(id);
    const isWritten = kind === "TaskDefinition" && enforcement === "Enforce" && !release;
    const gracePeriod = gracePeriods.get(id);
    return isWritten && workload !== undefined && after !== null
      ? [{ workload, before: before ?? {}, after, ...(gracePeriod === undefined ? {} : { gracePeriod }) }]
      : [];
  });
}

/** What IAM says that roles may not do, and why it could not be asked about others. */
export function findWarnings(
  flights: readonly Flight[],
  refused: RefusedActions,
  unasked: UnaskedRoles = new Map(),
  policiesOf: (workload: Workload) => readonly Policy[] = () => [],
): Diagnostic[] {
  return toDiagnostics(
    flights.map((flight) => ({
      ...flight,
      findings: [
        ...findCommandsThatCannotRun(flight),
        ...findShortGracePeriod(flight),
        ...findMissingRole(flight),
        ...findMissingTaskRole(flight),
        ...findLackingRole(flight, refused),
        ...findUnaskedRole(flight, unasked),
        ...findGrowth(flight),
        ...findLittleMemory(flight),
      ],
    })),
    policiesOf,
  );
}

interface Group extends Finding {
  readonly place: object;
  readonly services: string[];
}

/** One warning for each cause, however many services share it: 200 services are not 200 lines. */
function toDiagnostics(
  found: readonly { readonly workload: Workload; readonly findings: readonly Finding[] }[],
  policiesOf: (workload: Workload) => readonly Policy[],
): Diagnostic[] {
  const groups = new Map<string, Group>();
  for (const { workload, findings } of found) {
    const policies = policiesOf(workload);
    for (const finding of findings) {
      const place = findPolicyPlace(policies, finding.fields ?? []) ?? {};
      const key = [finding.code, finding.message, ...Object.values(place)].join("\n");
      const group: Group = groups.get(key) ?? { ...finding, place, services: [] };
      group.services.push(`${workload.cluster}/${workload.service}`);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .map(({ code, message, place, services }): Diagnostic => {
      const names = services.sort(compareText);
      return { severity: "warning", code, message: `${listSome(names)}: ${message}`, ...place };
    })
    .sort((a, b) => compareText(a.code, b.code) || compareText(a.message, b.message));
}

const maxNames = 10;

function listSome(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(", ");
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}

/** Containers whose check is new, or runs in another image than before. */
function withNewCheck({ before, after }: Flight): JsonObject[] {
  const former = new Map(containersOf(before).map((container) => [container["name"], container]));
  return containersOf(after).filter((container) => {
    const old = former.get(container["name"]);
    const isSame =
      jsonEqual(canonicalCheck(old), canonicalCheck(container)) && old?.["image"] === container["image"];
    return isObject(container["healthCheck"]) && !isSame;
  });
}

function canonicalCheck(container: JsonObject | undefined): Json {
  const check = container?.["healthCheck"];
  return isObject(check) ? canonicalHealthCheck(check) : null;
}

function findCommandsThatCannotRun(flight: Flight): Finding[] {
  return withNewCheck(flight).flatMap((container): Finding[] => {
    const lack = findLack(container);
    if (lack === undefined) return [];
    const { name, image } = container;
    const result = isEssential(container)
      ? "its tasks would be replaced again and again"
      : "it would never be healthy";
    const advice = lack.hint ?? "use a program that the image has, by CMD, or leave the check out";
    return [
      {
        code: "HealthCheckCannotRun",
        message: `the health check of container ${name} needs ${lack.what}, which the image ${image} does not have (${lack.built}): ${result}; ${advice}`,
      },
    ];
  });
}

/** ECS's defaults for what a check leaves out. */
const defaults = { startPeriod: 0, interval: 30, retries: 3 } as const;

/** Behind a load balancer the grace period is what keeps a slow start alive, for both kinds of checks. */
function findShortGracePeriod(flight: Flight): Finding[] {
  const { targetGroups, healthCheckGracePeriod } = flight.workload;
  const grace = flight.gracePeriod ?? healthCheckGracePeriod;
  // Target groups that could not be read are there.
  if (targetGroups.known && targetGroups.value.length === 0) return [];
  const [slowest] = withNewCheck(flight)
    .filter(isEssential)
    .map((container) => {
      const check = container["healthCheck"] as JsonObject;
      const [startPeriod, interval, retries] = [
        settingOf(check, "startPeriod"),
        settingOf(check, "interval"),
        settingOf(check, "retries"),
      ];
      const total = startPeriod + interval * retries;
      const sum = `startPeriod ${startPeriod}s + interval ${interval}s × retries ${retries} = ${total}s`;
      return { name: container["name"], total, sum };
    })
    .sort((a, b) => b.total - a.total);
  if (slowest === undefined || grace >= slowest.total) return [];
  return [
    {
      code: "GracePeriodTooShort",
      message: `the service's health check grace period, ${grace}s, is shorter than what the check of container ${slowest.name} takes: ${slowest.sum}; a slow start may be stopped early. Set healthCheckGracePeriodSeconds to ${slowest.total} or more (no deployment)`,
      fields: [["deployment", "healthCheckGracePeriod"], ["healthCheck"]],
    },
  ];
}

function settingOf(check: JsonObject, field: keyof typeof defaults): number {
  const value = check[field];
  return typeof value === "number" ? value : defaults[field];
}

/** The agent reads secrets by the execution role, and on Fargate writes logs by it too. AWS may refuse what lacks it. */
function findMissingRole(flight: Flight): Finding[] {
  const { after } = flight;
  if (after["executionRoleArn"]) return [];
  const already = new Set(needsOfRole(flight, flight.before).map(({ text }) => text));
  const needs = needsOfRole(flight, after).filter(({ text }) => !already.has(text));
  if (needs.length === 0) return [];
  const byWhat = [...new Set(needs.map(({ what }) => what))].map((what) => {
    const names = needs.filter((need) => need.what === what).map(({ name }) => name);
    return `to ${what} (${names.join(", ")})`;
  });
  return [
    {
      code: "NoExecutionRole",
      message: `the task definition has no executionRoleArn, which ECS needs ${byWhat.join(" and ")}; give it one, or no task will start`,
    },
  ];
}

/** A FireLens router writes by the task role. On EC2 the instance's own may do. */
function findMissingTaskRole({ workload, before, after }: Flight): Finding[] {
  if (after["taskRoleArn"] || !isOnFargate(workload, after)) return [];
  const already = new Set(routedToCloudWatch(before).map(({ name }) => name));
  const names = routedToCloudWatch(after).flatMap(({ name }) => (already.has(name) ? [] : [name]));
  if (names.length === 0) return [];
  return [
    {
      code: "NoTaskRole",
      message: `the task definition has no taskRoleArn, by which the FireLens router writes the logs of ${names.join(", ")} to CloudWatch; give it one, or their logs are lost`,
    },
  ];
}

interface RoleUse {
  readonly name: string;
  readonly what: string;
  readonly text: string;
}

function needsOfRole({ workload }: Flight, definition: JsonObject): RoleUse[] {
  const onFargate = isOnFargate(workload, definition);
  return containersOf(definition).flatMap((container) => {
    const name = String(container["name"]);
    const log = isObject(container["logConfiguration"]) ? container["logConfiguration"] : {};
    const uses = [
      ...(isFilled(container["secrets"]) || isFilled(log["secretOptions"]) ? ["read secrets"] : []),
      ...(onFargate && log["logDriver"] === "awslogs" ? ["write logs by awslogs on Fargate"] : []),
    ];
    return uses.map((what) => ({ name, what, text: `${name} ${what}` }));
  });
}

function findLackingRole(flight: Flight, refused: RefusedActions): Finding[] {
  return findRoleNeeds([flight]).flatMap((need): Finding[] => {
    const actions = refused.get(roleNeedKey(need)) ?? [];
    if (actions.length === 0) return [];
    const role = need.role.slice(need.role.lastIndexOf("/") + 1);
    const unless = need.hasOwnPolicy ? "; allow it there or in the secret's own policy" : "; allow it";
    const otherwise = need.use === "task" ? "or logs are lost" : "or no task will start";
    return [
      {
        code: "RoleLacksPermission",
        message: `by IAM's simulation the ${need.use} role ${role} may not ${actions.join(" and ")} on ${need.resource}${unless}, ${otherwise}`,
      },
    ];
  });
}

/** One for each role and cause, whatever it is needed for: what is not known need not be told piece by piece. */
function findUnaskedRole(flight: Flight, unasked: UnaskedRoles): Finding[] {
  const byCause = new Map<string, Set<string>>();
  for (const need of findRoleNeeds([flight])) {
    const cause = unasked.get(roleNeedKey(need));
    if (cause === undefined) continue;
    const role = need.role.slice(need.role.lastIndexOf("/") + 1);
    const key = `the ${need.use} role ${role} may do is unknown: ${cause}`;
    const actions = byCause.get(key) ?? new Set();
    for (const action of need.actions) actions.add(action);
    byCause.set(key, actions);
  }
  return [...byCause].map(([text, actions]) => ({
    code: "RoleNotChecked",
    message: `what ${text}; this change needs ${[...actions].sort(compareText).join(", ")}`,
  }));
}

function isEssential(container: JsonObject): boolean {
  return container["essential"] !== false;
}

function isFilled(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

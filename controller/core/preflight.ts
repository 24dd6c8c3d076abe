// What will most likely go wrong with task definitions that are about to be written, told while it is still a plan.
// Only what the change brings is judged: what the owner has without us is the owner's business. Always warnings. Pure.
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareText, isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import { type RefusedActions, roleNeedKey } from "../model/role-need.ts";
import type { Workload } from "../model/workload.ts";
import { canonicalHealthCheck } from "./canonical-container.ts";
import { findLack } from "./health-command.ts";
import { containersOf } from "./layer.ts";
import { findRoleNeeds, isOnFargate } from "./role-needs.ts";

/** A task definition that is written, with the service that runs it. */
export interface Flight {
  readonly workload: Workload;
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/** Something that may go wrong; services that share it are told of together. */
interface Finding {
  readonly code: string;
  readonly message: string;
}

/** Changes in Audit are not written, and releases only bring back what stood there. */
export function findFlights(changes: readonly Change[], workloads: readonly Workload[]): Flight[] {
  const byArn = new Map(workloads.map((workload) => [workload.serviceArn, workload]));
  return changes.flatMap(({ kind, id, enforcement, release, before, after }): Flight[] => {
    const workload = byArn.get(id);
    const isWritten = kind === "TaskDefinition" && enforcement === "Enforce" && !release;
    return isWritten && workload !== undefined && after !== null
      ? [{ workload, before: before ?? {}, after }]
      : [];
  });
}

/** `refused` is what IAM says that execution roles may not do; what it does not say is not known. */
export function findWarnings(flights: readonly Flight[], refused: RefusedActions): Diagnostic[] {
  return toDiagnostics(
    flights.map((flight) => ({
      ...flight,
      findings: [
        ...findCommandsThatCannotRun(flight),
        ...findShortGracePeriod(flight),
        ...findMissingRole(flight),
        ...findLackingRole(flight, refused),
      ],
    })),
  );
}

/** One warning for each cause, however many services share it: 200 services are not 200 lines. */
function toDiagnostics(
  found: readonly { readonly workload: Workload; readonly findings: readonly Finding[] }[],
): Diagnostic[] {
  const groups = new Map<string, { readonly finding: Finding; readonly services: string[] }>();
  for (const { workload, findings } of found) {
    for (const finding of findings) {
      const key = `${finding.code}\n${finding.message}`;
      const group = groups.get(key) ?? { finding, services: [] };
      group.services.push(`${workload.cluster}/${workload.service}`);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .map(({ finding: { code, message }, services }): Diagnostic => {
      const names = services.sort(compareText);
      return { severity: "warning", code, message: `${listSome(names)}: ${message}` };
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
  const { targetGroups, healthCheckGracePeriod: grace } = flight.workload;
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
    return [
      {
        code: "RoleLacksPermission",
        message: `by IAM's simulation the execution role ${role} may not ${actions.join(" and ")} on ${need.resource}${unless}, or no task will start`,
      },
    ];
  });
}

function isEssential(container: JsonObject): boolean {
  return container["essential"] !== false;
}

function isFilled(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

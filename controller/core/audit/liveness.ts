// The second pillar: does anything notice that the application hangs, crashes or cannot be deployed, and is it told?
import type { ServiceFacts } from "../../model/audit-facts.ts";
import { isObject, type Json, type JsonObject } from "../../model/json.ts";
import type { TargetGroup, Workload } from "../../model/workload.ts";
import { findLack } from "../health-command.ts";
import { isEssential, nameOf, readContainers } from "./containers.ts";
import type { AuditIndex } from "./index-facts.ts";
import { judgeLife } from "./liveness-life.ts";
import { judgeTold } from "./told-events.ts";
import { fine, found, foundIn, untold, type Verdict } from "./verdicts.ts";

export function judgeLiveness(facts: ServiceFacts, index: AuditIndex): Verdict[] {
  const { workload, life } = facts;
  const runs = workload.desiredCount > 0 || life.schedulingStrategy === "DAEMON";
  return [
    ...judgeHealthChecks(workload),
    ...judgeTargetGroups(workload),
    ...judgeGracePeriod(workload),
    ...judgeCircuitBreaker(workload),
    ...(runs ? judgeTold(workload, index) : []),
    ...(runs ? judgeLife(facts) : []),
  ];
}

function judgeHealthChecks(workload: Workload): Verdict[] {
  const containers = readContainers(workload);
  if (containers === undefined) return [];
  if (!containers.known)
    return [untold("NoHealthCheck", containers.failure), untold("HealthCheckCannotRun", containers.failure)];
  const essential = containers.value.apps.filter(isEssential);
  const checked = essential.filter(({ healthCheck }) => commandOf(healthCheck).length > 0);
  const lacking = checked.flatMap((container) => {
    const lack = findLack(container);
    return lack === undefined ? [] : [{ name: nameOf(container), what: lack.what }];
  });
  return [
    foundIn(
      "NoHealthCheck",
      essential.filter((container) => !checked.includes(container)).map(nameOf),
      (list) => `no health check in the task definition for ${list}`,
    ),
    ...(checked.length === 0
      ? []
      : [
          foundIn(
            "HealthCheckCannotRun",
            lacking.map(({ name }) => name),
            (list) => `the check of ${list} needs ${lacking[0]?.what ?? ""}, which the image does not have`,
          ),
        ]),
  ];
}

/** `["NONE"]` takes an image's own check away. */
function commandOf(check: Json | undefined): readonly Json[] {
  const command = isObject(check) ? check["command"] : undefined;
  return Array.isArray(command) && command[0] !== "NONE" ? command : [];
}

/** Longer than this until a target counts as unhealthy is slow; seconds. */
const slowest = 120;

function judgeTargetGroups({ targetGroups, balanced = false }: Workload): Verdict[] {
  if (!targetGroups.known)
    return balanced
      ? [
          untold("TargetGroupAcceptsErrors", targetGroups.failure),
          untold("TargetGroupSlow", targetGroups.failure),
        ]
      : [];
  const checked = targetGroups.value.filter(({ healthCheck }) => healthCheck !== undefined);
  if (checked.length === 0) return [];
  const byHttp = checked.filter(({ healthCheck }) =>
    /^HTTPS?$/.test(String(healthCheck?.["HealthCheckProtocol"])),
  );
  return [
    ...(byHttp.length === 0
      ? []
      : [
          foundIn(
            "TargetGroupAcceptsErrors",
            byHttp.filter(acceptsErrors).map(groupName),
            (list) => `the health check of ${list} takes HTTP 4xx or 5xx for healthy`,
          ),
        ]),
    foundIn(
      "TargetGroupSlow",
      checked.filter((group) => secondsToUnhealthy(group) > slowest).map(groupName),
      (list) => `${list} takes more than ${slowest} s to give a target up`,
    ),
  ];
}

function acceptsErrors({ healthCheck }: TargetGroup): boolean {
  const matcher = healthCheck?.["Matcher"];
  const codes = isObject(matcher) ? matcher["HttpCode"] : undefined;
  if (typeof codes !== "string") return false;
  return codes.split(",").some((part) => Number(part.trim().split("-").at(-1)) >= 400);
}

export function secondsToUnhealthy({ healthCheck = {} }: TargetGroup): number {
  return (
    Number(healthCheck["HealthCheckIntervalSeconds"] ?? 0) *
    Number(healthCheck["UnhealthyThresholdCount"] ?? 0)
  );
}

/** `NAME` of `…:targetgroup/NAME/ID`. */
export function groupName({ arn }: TargetGroup): string {
  return arn.split("/").at(-2) ?? arn;
}

/**
 * Behind a load balancer ECS stops a task that fails its checks once the grace period is over: not even one failing check
 * of a slow start is forgiven by a shorter one than this. Undefined: it cannot be said, or there is nothing to compare.
 */
function judgeGracePeriod(workload: Workload): Verdict[] {
  if (workload.balanced !== true || workload.deploymentController === "EXTERNAL") return [];
  const least = leastGracePeriod(workload);
  if (least.failure !== undefined) return [untold("GracePeriodShort", least.failure)];
  if (least.seconds === 0) return [];
  const { healthCheckGracePeriod: grace } = workload;
  if (grace >= least.seconds) return [fine("GracePeriodShort")];
  return [
    found(
      "GracePeriodShort",
      `the grace period is ${grace} s, and the first checks take ${least.seconds} s (${least.why})`,
    ),
  ];
}

interface LeastGrace {
  readonly seconds: number;
  readonly why: string;
  readonly failure?: { readonly code: string; readonly message: string };
}

function leastGracePeriod(workload: Workload): LeastGrace {
  const containers = readContainers(workload);
  if (containers?.known === false) return { seconds: 0, why: "", failure: containers.failure };
  const { targetGroups } = workload;
  if (!targetGroups.known) return { seconds: 0, why: "", failure: targetGroups.failure };
  const ofContainers = (containers?.value.apps ?? []).filter(isEssential).map(({ healthCheck }) => {
    if (commandOf(healthCheck).length === 0 || !isObject(healthCheck)) return 0;
    return secondsOf(healthCheck, "startPeriod", 0) + secondsOf(healthCheck, "interval", 30);
  });
  const container = Math.max(0, ...ofContainers);
  const group = Math.max(0, ...targetGroups.value.map(secondsToUnhealthy));
  return container > group
    ? { seconds: container, why: "the container's startPeriod and one interval" }
    : { seconds: group, why: "the target group's interval × unhealthyThreshold" };
}

/** What to set it to: every check that a start may fail. */
export function enoughGrace(workload: Workload): number {
  const containers = readContainers(workload);
  const sums = (containers?.known === true ? containers.value.apps : []).map(({ healthCheck }) =>
    commandOf(healthCheck).length === 0 || !isObject(healthCheck)
      ? 0
      : secondsOf(healthCheck, "startPeriod", 0) +
        secondsOf(healthCheck, "interval", 30) * secondsOf(healthCheck, "retries", 3),
  );
  const most = Math.max(leastGracePeriod(workload).seconds, ...sums);
  return Math.ceil(most / 30) * 30;
}

function secondsOf(check: JsonObject, field: string, otherwise: number): number {
  const value = check[field];
  return typeof value === "number" ? value : otherwise;
}

/** It is for rolling deployments of ECS's own; blue/green goes back by itself. */
function judgeCircuitBreaker({
  deploymentController,
  deploymentConfiguration: config = {},
}: Workload): Verdict[] {
  const strategy = config["strategy"] ?? "ROLLING";
  if (deploymentController !== "ECS" || strategy !== "ROLLING") return [];
  const breaker = isObject(config["deploymentCircuitBreaker"]) ? config["deploymentCircuitBreaker"] : {};
  if (breaker["enable"] !== true) return [found("NoCircuitBreaker", "the deployment circuit breaker is off")];
  return [
    fine("NoCircuitBreaker"),
    breaker["rollback"] === true
      ? fine("CircuitBreakerKeepsBroken")
      : found("CircuitBreakerKeepsBroken", "the deployment circuit breaker is on, without rollback"),
  ];
}

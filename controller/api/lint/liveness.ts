// Checks of target groups and settings of deployments that AWS would refuse, or that say nothing.
import { isObject } from "../../model/json.ts";
import { formatDuration } from "../duration.ts";
import { suggest } from "../nearest.ts";
import { isMatcher, isTargetPort, targetGroupSeconds } from "../target-group-limits.ts";
import { type Check, effective, type Found, isGiven, oncePerWorld, type World } from "./check.ts";

const targetGroupPath = ["spec", "targetGroup", "healthCheck"] as const;

const checkTargetGroupRanges: Check = ({ spec }) =>
  Object.entries(targetGroupSeconds).flatMap(([field, [least, most]]): Found[] => {
    const value = spec.targetGroup?.healthCheck?.[field as keyof typeof targetGroupSeconds];
    if (typeof value !== "number" || (value >= least && value <= most)) return [];
    const message = `${field} ${formatDuration(value)} is not between ${least}s and ${most}s`;
    return [{ code: "InvalidValue", message, path: [...targetGroupPath, field] }];
  });

const checkTargetGroupTiming: Check = ({ spec }, world) => {
  const check = spec.targetGroup?.healthCheck;
  if (!isGiven(check?.timeout) && !isGiven(check?.interval)) return [];
  // What no policy says stands in AWS, and is judged there.
  const given = targetGroupChecks(world);
  const timeout = effective(check, "timeout", given, undefined);
  const interval = effective(check, "interval", given, undefined);
  if (typeof timeout !== "number" || typeof interval !== "number" || timeout < interval) return [];
  // Values out of range are told of already.
  if (timeout > targetGroupSeconds.timeout[1] || interval < targetGroupSeconds.interval[0]) return [];
  return [
    {
      code: "InvalidValue",
      message: `timeout ${formatDuration(timeout)} is not shorter than interval ${formatDuration(interval)}, which AWS refuses; make it shorter, or the interval longer`,
      path: [...targetGroupPath, isGiven(check?.timeout) ? "timeout" : "interval"],
    },
  ];
};

const checkTargetGroupWords: Check = ({ spec }, world) => {
  const check = spec.targetGroup?.healthCheck;
  const found: Found[] = [];
  const refuse = (field: string, message: string): void => {
    found.push({ code: "InvalidValue", message, path: [...targetGroupPath, field] });
  };
  const { path, port, matcher } = check ?? {};
  if (isLiteral(path) && !path.startsWith("/"))
    refuse("path", `path ${JSON.stringify(path)} does not begin with /; write ${JSON.stringify(`/${path}`)}`);
  if (isLiteral(port) && !isTargetPort(port))
    refuse("port", `port ${JSON.stringify(port)} is neither a port from 1 to 65535 nor traffic-port`);
  // gRPC codes go from 0 to 99, HTTP codes from 200 to 599: of which kind the group is, a plan tells.
  if (isLiteral(matcher) && !isMatcher(matcher, 0, 99) && !isMatcher(matcher, 200, 599))
    refuse(
      "matcher",
      `matcher ${JSON.stringify(matcher)} is no list of codes; write HTTP codes from 200 to 599 such as "200" or "200-299,302", or gRPC codes from 0 to 99`,
    );
  if (effective(check, "protocol", targetGroupChecks(world), undefined) === "TCP") {
    for (const field of ["path", "matcher"] as const)
      if (isGiven(check?.[field]))
        refuse(field, `a check by TCP has no ${field}; take it out, or use protocol: HTTP`);
  }
  return found;
};

function targetGroupChecks({ specs }: World): { readonly [key: string]: never }[] {
  return specs.flatMap(({ targetGroup }) =>
    isObject(targetGroup) && isObject(targetGroup["healthCheck"])
      ? [targetGroup["healthCheck"] as { readonly [key: string]: never }]
      : [],
  );
}

/** Text that no template fills in. */
function isLiteral(value: unknown): value is string {
  return typeof value === "string" && !value.includes("${");
}

/** UpdateService API reference. */
const longestGracePeriod = 2_147_483_647;

const checkGracePeriod: Check = ({ spec }, world) => {
  const grace = spec.deployment?.healthCheckGracePeriod;
  const path = ["spec", "deployment", "healthCheckGracePeriod"];
  if (typeof grace !== "number") return [];
  if (grace > longestGracePeriod)
    return [{ code: "InvalidValue", message: `ECS takes at most ${longestGracePeriod} seconds`, path }];
  const check = spec.healthCheck;
  // Another policy's check may be for other services: only what stands beside it is judged here, and the rest in a plan.
  if (!isObject(check) || !isGiven(check.command)) return [];
  const checks = world.specs.map(({ healthCheck }) => healthCheck).filter(isObject);
  const [startPeriod, interval, retries] = [
    effective(check, "startPeriod", checks, 0),
    effective(check, "interval", checks, 30),
    effective(check, "retries", checks, 3),
  ];
  if (typeof startPeriod !== "number" || typeof interval !== "number" || typeof retries !== "number")
    return [];
  // Not even one check of a slow start would be forgiven. What lies between this and the whole sum depends on the
  // service: the plan warns of it.
  if (grace >= startPeriod + interval) return [];
  const total = startPeriod + interval * retries;
  const sum = `startPeriod ${formatDuration(startPeriod)} + interval ${formatDuration(interval)} × retries ${retries}`;
  const message = `healthCheckGracePeriod ${formatDuration(grace)} is shorter than what the health check takes, ${sum} = ${formatDuration(total)}: a slow start may be stopped early; make it ${formatDuration(total)} or more`;
  return [{ severity: "warning", code: "GracePeriodTooShort", message, path }];
};

const checkCircuitBreaker: Check = ({ spec }, world) => {
  const breaker = spec.deployment?.circuitBreaker;
  if (breaker?.rollback !== true) return [];
  const all = world.specs.flatMap(({ deployment }) =>
    isObject(deployment) && isObject(deployment["circuitBreaker"]) ? [deployment["circuitBreaker"]] : [],
  );
  const enable = effective(breaker, "enable", all, false);
  if (enable !== false) return [];
  return [
    {
      severity: "warning",
      code: "Unused",
      message: "circuitBreaker.rollback has no effect while the circuit breaker is off; add enable: true",
      path: ["spec", "deployment", "circuitBreaker", "rollback"],
    },
  ];
};

const checkRollbackAlarms: Check = ({ spec }, world) => {
  const known = alarmNames(world);
  return (spec.deployment?.rollbackOnAlarms ?? []).flatMap((name, i): Found[] => {
    if (!isLiteral(name) || known.includes(name)) return [];
    const message = `no policy has an alarm named ${JSON.stringify(name)}; ${suggest(name, known)}`;
    return [{ code: "MissingReference", message, path: ["spec", "deployment", "rollbackOnAlarms", i] }];
  });
};

/** Of alarms, and of log metrics and queries that have one. */
const alarmNames = oncePerWorld(({ specs }: World): string[] => {
  const named = (spec: World["specs"][number], list: string, has: string | undefined): string[] => {
    const entries = spec[list];
    return (Array.isArray(entries) ? entries : []).flatMap((entry) =>
      isObject(entry) && typeof entry["name"] === "string" && (has === undefined || isGiven(entry[has]))
        ? [entry["name"]]
        : [],
    );
  };
  const own = specs.flatMap((spec) => [
    ...named(spec, "alarms", undefined),
    ...named(spec, "logMetrics", "alarm"),
    ...named(spec, "queries", "alarm"),
  ]);
  return [...new Set(own)].sort();
});

export const livenessChecks: readonly Check[] = [
  checkTargetGroupRanges,
  checkTargetGroupTiming,
  checkTargetGroupWords,
  checkGracePeriod,
  checkCircuitBreaker,
  checkRollbackAlarms,
];

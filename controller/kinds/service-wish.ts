// What policies want of a service's deployments, part by part: what does not apply there, or is not theirs to say.
import { suggest } from "../api/nearest.ts";
import type { DeploymentSpec } from "../api/schema.ts";
import { retainOf } from "../core/deletion-policy.ts";
import type { DeploymentWish } from "../core/deployment.ts";
import { containersOf } from "../core/layer.ts";
import type { DesiredContext, Wanted } from "../core/managed.ts";
import { ownedName, serviceKey } from "../core/names.ts";
import { enforcementOf, type Reason, type Selected } from "../core/select.ts";
import type { Failure } from "../model/errors.ts";
import { compareText, isObject } from "../model/json.ts";
import type { Workload } from "../model/workload.ts";
import { compositeAlarm } from "./composite-alarm.ts";
import type { Kind } from "./kind.ts";
import { logAlarm } from "./log-alarm.ts";
import { metricAlarm } from "./metric-alarm.ts";

/** Kinds whose items a deployment can be judged by. */
const alarmKinds: readonly Kind[] = [metricAlarm, compositeAlarm, logAlarm];

/** A part of the section, as it holds for one service. */
type Part<T> =
  | { readonly is: "wanted"; readonly value: T }
  | { readonly is: "blocked"; readonly reason: Reason }
  | { readonly is: "unknown"; readonly failure: Failure };

export function wantServices(selection: readonly Selected[], context: DesiredContext): Wanted[] {
  const asks = selection.some(({ deployment }) =>
    deployment?.result.ok ? deployment.result.value.rollbackOnAlarms != null : false,
  );
  // Of the whole selection: what one service's policies say of the cluster decides what the alarms of another can be.
  const alarms = asks ? findAllAlarms(selection, context) : new Map();
  return selection.flatMap((selected) => wantService(selected, alarms, context));
}

/** Wanted alarms of all types, by service ARN. */
type Alarms = ReadonlyMap<string, readonly Wanted[]>;

function findAllAlarms(selection: readonly Selected[], context: DesiredContext): Alarms {
  const arns = new Map(
    selection.map(({ workload: { cluster, service, serviceArn } }) => [
      serviceKey(cluster, service),
      serviceArn,
    ]),
  );
  const found = new Map<string, Wanted[]>();
  for (const alarm of alarmKinds.flatMap((kind) => kind.desired(selection, context))) {
    const arn = arns.get(serviceKey(alarm.cluster ?? "", alarm.service ?? ""));
    if (arn !== undefined) found.set(arn, [...(found.get(arn) ?? []), alarm]);
  }
  return found;
}

/** One item for the service, and one for each part of it that cannot be had there. */
function wantService(selected: Selected, all: Alarms, context: DesiredContext): Wanted[] {
  const { deployment, workload } = selected;
  if (deployment === undefined) return [];
  const { cluster, service: name, serviceArn: id } = workload;
  const { contributors, result } = deployment;
  const base = {
    kind: "Service",
    id,
    name,
    cluster,
    service: name,
    policies: contributors.map((policy) => policy.name),
    enforcement: enforcementOf(contributors, "Service"),
    ...retainOf(contributors),
  } as const;
  if (!result.ok) return [{ ...base, state: { is: "blocked", reason: result.reason } }];
  const { healthCheckGracePeriod: grace, circuitBreaker, rollbackOnAlarms } = result.value;
  const alarms =
    rollbackOnAlarms == null ? undefined : findAlarms(rollbackOnAlarms, selected, all.get(id) ?? [], context);
  const parts = {
    gracePeriod: grace == null ? undefined : wantGracePeriod(grace as number, selected),
    breaker: circuitBreaker == null ? undefined : wantBreaker(circuitBreaker, workload),
    alarms: alarms && withController(workload, alarms),
  };
  const given = Object.values(parts).filter((part) => part !== undefined);
  for (const part of given)
    if (part.is === "unknown") return [{ ...base, state: { is: "unknown", failure: part.failure } }];
  // What holds for two parts is told once.
  const reasons = new Map(
    given.flatMap((part) => (part.is === "blocked" ? [[part.reason.message, part.reason] as const] : [])),
  );
  const blocked = [...reasons.values()].map(
    (reason, index): Wanted => ({ ...base, id: `${id} ${index}`, state: { is: "blocked", reason } }),
  );
  if (!given.some((part) => part.is === "wanted")) return blocked;
  const wish: DeploymentWish = {
    ...toWish("gracePeriod", parts.gracePeriod),
    ...toWish("breaker", parts.breaker),
    ...toWish(
      "alarms",
      parts.alarms?.is === "wanted"
        ? { is: "wanted", value: parts.alarms.value.map((alarm) => alarm.id) }
        : parts.alarms,
    ),
  };
  const needs =
    parts.alarms?.is === "wanted" ? parts.alarms.value.map((alarm) => `${alarm.kind}/${alarm.id}`) : [];
  const spec = { cluster, service: name };
  return [{ ...base, state: { is: "wanted", spec, needs, detail: wish } }, ...blocked];
}

/** What does not apply is given back; what is blocked for another reason stays as it stands. */
function toWish<Name extends keyof DeploymentWish>(
  name: Name,
  part: Part<DeploymentWish[Name]> | undefined,
): DeploymentWish {
  if (part?.is === "wanted") return { [name]: part.value };
  if (part?.is === "blocked" && part.reason.code !== "NotApplicable") return { [name]: "kept" };
  return {};
}

/** UpdateService API reference: it covers the checks of ELB, VPC Lattice and containers, and is unused without any. */
function wantGracePeriod(seconds: number, { workload, healthCheck }: Selected): Part<number> {
  const { targetGroups, taskDefinition, balanced } = workload;
  // Target groups that could not be read are there.
  const isChecked =
    balanced || !targetGroups.known || targetGroups.value.length > 0 || healthCheck?.result.ok;
  if (isChecked) return { is: "wanted", value: seconds };
  // Task sets have definitions of their own, and what they check is not known by the service.
  const isExternal = workload.deploymentController === "EXTERNAL";
  if (!taskDefinition.known && !isExternal) return { is: "unknown", failure: taskDefinition.failure };
  const containers = taskDefinition.known ? containersOf(taskDefinition.value.input) : [];
  if (containers.some((container) => isObject(container["healthCheck"])))
    return { is: "wanted", value: seconds };
  const message =
    "healthCheckGracePeriod: nothing checks the service's tasks: it is behind no load balancer, and no container has a health check";
  return { is: "blocked", reason: { code: "NotApplicable", message } };
}

type Breaker = Exclude<DeploymentWish["breaker"], "kept" | undefined>;

function wantBreaker(
  { enable, rollback }: NonNullable<DeploymentSpec["circuitBreaker"]>,
  workload: Workload,
): Part<Breaker> {
  const value: Breaker = {
    ...(enable == null ? {} : { enable }),
    ...(rollback == null ? {} : { rollback }),
  };
  const strategy = workload.deploymentConfiguration?.["strategy"] ?? "ROLLING";
  if (workload.deploymentController === "ECS" && strategy !== "ROLLING") {
    const message = `circuitBreaker: the service deploys by ${String(strategy)}, and ECS has a circuit breaker for ROLLING only`;
    return { is: "blocked", reason: { code: "NotApplicable", message } };
  }
  return withController(workload, { is: "wanted", value });
}

function withController<T>({ deploymentController }: Workload, part: Part<T>): Part<T> {
  if (deploymentController === "ECS") return part;
  const message = `the service is deployed by ${deploymentController}; circuitBreaker and rollbackOnAlarms are for deployments by ECS`;
  return { is: "blocked", reason: { code: "UnsupportedDeploymentController", message } };
}

/** The alarms by their full names. One that is waived, or not applicable here, counts as if it never fired. */
function findAlarms(
  names: readonly string[],
  selected: Selected,
  wanted: readonly Wanted[],
  context: DesiredContext,
): Part<readonly Wanted[]> {
  const { cluster, service: name } = selected.workload;
  const alarms = new Map(wanted.map((alarm) => [alarm.id, alarm]));
  const found: Wanted[] = [];
  for (const short of new Set(names)) {
    const alarm = alarms.get(ownedName(context.owner, { cluster, service: name, name: short }));
    if (alarm === undefined) {
      const prefix = ownedName(context.owner, { cluster, service: name, name: "" });
      const near = suggest(
        short,
        [...alarms.keys()].filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length)),
      );
      const message = `rollbackOnAlarms: no policy that selects this service has an alarm ${JSON.stringify(short)}; ${near}`;
      return { is: "blocked", reason: { code: "MissingReference", message } };
    }
    if (selected.waivedAlarms.has(short)) continue;
    if (alarm.state.is === "unknown") return { is: "unknown", failure: alarm.state.failure };
    if (alarm.state.is === "blocked" && alarm.state.reason.code === "NotApplicable") continue;
    found.push(alarm);
  }
  return { is: "wanted", value: found.sort((a, b) => compareText(a.id, b.id)) };
}

// An alarm that a service's deployments are judged by is deleted after the service has let go of it, and never before:
// ECS fails a deployment whose alarm is gone. Nor is it replaced by one of another type, for which it goes too.
import type { Blocked, Change } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { type DeploymentState, readDeployment } from "./deployment.ts";

interface Deletes {
  readonly changes: readonly Change[];
  readonly blocked: readonly Blocked[];
}

interface Kept extends Deletes {
  /** Of what is blocked, the deletes that wait here. */
  readonly staying: ReadonlyMap<Blocked, Change>;
}

/** Each delete of such an alarm needs the service's change, or waits where there is none. */
export function keepNamedAlarms({ changes, blocked }: Deletes, workloads: readonly Workload[]): Kept {
  const naming = new Map<string, Workload[]>();
  for (const workload of workloads) {
    const { names, enable } = alarmsOf(workload);
    // A list that is off is not looked at by ECS.
    for (const name of enable ? names : []) naming.set(name, [...(naming.get(name) ?? []), workload]);
  }
  if (naming.size === 0) return { changes, blocked, staying: new Map() };
  const releasing = new Map(
    changes.flatMap((change) =>
      change.kind === "Service" && change.enforcement === "Enforce" ? [[change.id, change]] : [],
    ),
  );
  const staying = new Map<Blocked, Change>();
  const kept = changes.flatMap((change): Change[] => {
    const named = change.deletes > 0 && /Alarm$/.test(change.kind) ? naming.get(change.id) : undefined;
    if (named === undefined || change.enforcement === "Audit") return [change];
    const holding = named.find(({ serviceArn }) => {
      const after = releasing.get(serviceArn)?.after;
      return after == null || readDeployment(after).alarms.names.includes(change.id);
    });
    if (holding === undefined && change.action === "delete")
      return [
        { ...change, needs: [...change.needs, ...named.map(({ serviceArn }) => `Service/${serviceArn}`)] },
      ];
    const told = holding === undefined ? toWaiting(change) : toBlocked(change, holding, blocked);
    staying.set(told, { ...change, differences: [] });
    return [];
  });
  return { changes: kept, blocked: [...blocked, ...staying.keys()], staying };
}

function alarmsOf({ deploymentConfiguration }: Workload): DeploymentState["alarms"] {
  return readDeployment({ deploymentConfiguration }).alarms;
}

/** Alarms are written before services: one that is replaced comes in the run after that in which it is let go of. */
function toWaiting(change: Change): Blocked {
  const message = `a service names it in its deployment alarms, and lets go of it in this run; the next run replaces it`;
  return { ...refOf(change), code: "DeploymentInProgress", message };
}

function toBlocked(change: Change, { cluster, service }: Workload, blocked: readonly Blocked[]): Blocked {
  const waits = blocked.some(
    (one) =>
      one.kind === "Service" &&
      one.cluster === cluster &&
      one.service === service &&
      one.code === "DeploymentInProgress",
  );
  const message = waits
    ? `the service ${cluster}/${service} lets go of it once the deployment there has settled`
    : `the service ${cluster}/${service} names it in its deployment alarms, and a deployment would fail without it; take it out there first`;
  return { ...refOf(change), code: waits ? "DeploymentInProgress" : "StillNamed", message };
}

function refOf({ kind, name, cluster, service, policies }: Change): Omit<Blocked, "code" | "message"> {
  const place = {
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
  };
  return { kind, name, ...place, policies };
}

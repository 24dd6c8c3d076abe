// Looks at every call that the sandbox saw: what must never be, whatever happens.
import type { Call as Seen } from "../../controller/sandbox/calls.ts";
import type { SandboxControl } from "../../controller/sandbox/control.ts";
import type { Any } from "../scenarios/harness.ts";
import { extraNames } from "./policies.ts";

/** Of what the world is like, as far as it excuses what the controller does. Instants are of the sandbox's clock. */
export interface Excuses {
  readonly pausedAt: number | undefined;
  readonly extraWantedAt: number | undefined;
  /** `CLUSTER/SERVICE` → since when it is gone. */
  readonly goneAt: ReadonlyMap<string, number>;
}

export interface TargetWrite {
  readonly at: number;
  readonly operation: string;
  readonly input: Any;
  readonly isDone: boolean;
}

export interface Watch {
  /** To be called before anything changes that excuses something, and often enough. */
  look(): void;
  readonly violations: readonly string[];
  readonly writes: readonly TargetWrite[];
  /** Deletes that count: of services that are there. */
  readonly deletes: number;
  /** Of all kinds, by `service:Operation`. */
  readonly counts: ReadonlyMap<string, number>;
}

const hour = 3_600_000;
/** From the command to the last write (contract: pause). */
const pauseWithin = 5_000;
/** A policy that is there again is read within so many milliseconds. */
const readWithin = 180_000;
const ofState = new Set(["s3", "sqs", "sts"]);

const allowed =
  /^(Put(MetricAlarm|CompositeAlarm|LogAlarm|Dashboard|MetricFilter|QueryDefinition|RetentionPolicy|Rule|Targets)|Delete(Alarms|Dashboards|MetricFilter|QueryDefinition|RetentionPolicy|Rule)|RemoveTargets|EnableRule|CreateLogGroup|RegisterTaskDefinition|Update(Service|ClusterSettings)|ModifyTargetGroup|TagResource|UntagResource|AddTags|RemoveTags|(Enable|Disable)AlarmActions)$/;

export function createWatch(control: SandboxControl, excuses: Excuses): Watch {
  const violations: string[] = [];
  const writes: TargetWrite[] = [];
  const counts = new Map<string, number>();
  let deletes = 0;
  const transitions = createTransitions((text) => violations.push(text));

  const say = ({ at, operation, input }: Seen, text: string): void => {
    violations.push(`${new Date(at).toISOString()} ${operation} ${JSON.stringify(input)}: ${text}`);
  };

  function judge(call: Seen): void {
    const input = call.input as Any;
    if (!allowed.test(call.operation)) say(call, "no write of ours");
    const isDone = call.status > 0 && call.status < 300;
    const { pausedAt } = excuses;
    if (pausedAt !== undefined && call.at > pausedAt + pauseWithin) say(call, "written while paused");
    for (const name of namesDeleted(call.operation, input)) {
      const why = whyNotDelete(name, call.at, excuses);
      if (why !== undefined) say(call, why);
      if (isDone && !isOfGone(name, excuses)) deletes += 1;
    }
    writes.push({ at: call.at, operation: call.operation, input, isDone });
  }

  return {
    violations,
    writes,
    counts,
    get deletes() {
      return deletes;
    },
    look() {
      for (const call of control.calls()) {
        const name = `${call.service}:${call.operation}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        if (call.write && !ofState.has(call.service)) judge(call);
        const { Key, Body } = (call.input ?? {}) as Any;
        if (call.operation === "PutObject" && call.status === 200 && /^status\/targets\//.test(Key))
          transitions.take(JSON.parse(Buffer.from(Body).toString("utf8")));
      }
      control.clearCalls();
    },
  };
}

function namesDeleted(operation: string, input: Any): readonly string[] {
  if (operation === "DeleteAlarms") return input.AlarmNames;
  if (operation === "DeleteDashboards") return input.DashboardNames;
  if (operation === "DeleteMetricFilter") return [input.filterName];
  return operation === "DeleteRule" ? [input.Name] : [];
}

function isOfGone(name: string, { goneAt }: Excuses): boolean {
  const [, cluster, service] = name.split(/\/|__/);
  return service === undefined || goneAt.has(`${cluster}/${service}`);
}

function whyNotDelete(name: string, at: number, { goneAt, extraWantedAt }: Excuses): string | undefined {
  if (!/^ecsmon[/_-]/.test(name)) return "deletes what is not ours";
  const [, cluster, service, ...rest] = name.split(/\/|__/);
  if (cluster === undefined || service === undefined) {
    const [, inCluster] = name.split("-");
    const isLeft = [...goneAt].some(([key, since]) => key.startsWith(`${inCluster}/`) && at - since >= hour);
    return isLeft ? undefined : "deletes a rule whose services are there";
  }
  const since = goneAt.get(`${cluster}/${service}`);
  if (since !== undefined)
    return at - since >= hour ? undefined : "deletes what is of a service gone for less than an hour";
  const isExtra = extraNames.includes(rest.join("/"));
  if (!isExtra) return "deletes what is wanted";
  return extraWantedAt === undefined || at - extraWantedAt < readWithin
    ? undefined
    : "deletes what is wanted again";
}

/** Each status that was kept, beside the one before it: an instant of transition moves with the status alone. */
function createTransitions(say: (text: string) => void): { take(envelope: Any): void } {
  const seen = new Map<string, { readonly status: string; readonly at: string }>();
  return {
    take(envelope) {
      const status = envelope.value;
      // A policy that is gone and comes back begins anew.
      const names = new Set(["target", ...status.policies.map(({ name }: Any) => name)]);
      for (const key of seen.keys()) if (!names.has(key.split("/")[0])) seen.delete(key);
      const owners = [
        ["target", status.conditions],
        ...status.policies.map((one: Any) => [one.name, one.conditions]),
      ];
      for (const [owner, conditions] of owners)
        for (const { type, status: value, lastTransitionTime: at } of conditions as Any[]) {
          const key = `${owner}/${type}`;
          const before = seen.get(key);
          if (before !== undefined && before.status === value && before.at !== at)
            if (type === "Ready")
              // Conditions other than Ready are there while they are true: they may have been gone in between.
              say(`${key} stayed ${value}, and its time went from ${before.at} to ${at}`);
          if (before !== undefined && before.status !== value && before.at === at)
            say(`${key} went from ${before.status} to ${value}, and its time stayed ${at}`);
          seen.set(key, { status: value, at });
        }
    },
  };
}

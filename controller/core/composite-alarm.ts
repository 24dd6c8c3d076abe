// Composite alarms: a rule over other alarms of the same service, whose short names become their full ones.
// An alarm that is waived, or that the service cannot have, counts as FALSE whatever state the rule asks of it.
import {
  type AlarmRule,
  isForeignName,
  namesIn,
  reaches,
  readAlarmRule,
  ruleLimits,
  writeAlarmRule,
} from "../api/alarm-rule.ts";
import { suggest } from "../api/nearest.ts";
import type { Failure } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { KindName } from "../model/plan.ts";
import { asksForAlarm, findNameClash } from "./alarm-names.ts";
import { describeTelling } from "./alarm-telling.ts";
import { buildLogAlarm } from "./log-alarm.ts";
import type { Wanted } from "./managed.ts";
import { ownedName } from "./names.ts";
import type { Item, MergedAlarm, MergedQuery, Reason, Selected } from "./select.ts";
import { withoutWaiver } from "./waivers.ts";
import { type AlarmContext, alarmBase, alarmTypes, wantMetricAlarms } from "./wanted-alarms.ts";

/** An alarm of the service that a rule, or a deployment, may name by its short name. */
type NamedAlarm =
  /** `id`: its full name. It may be blocked for now, and stand all the same. */
  | { readonly is: "alarm"; readonly kind: KindName; readonly id: string }
  /** Waived or not applicable: FALSE. */
  | { readonly is: "false" }
  | { readonly is: "unknown"; readonly failure: Failure };

/** Every alarm of the service by its short name: of `alarms`, of log metrics, of queries. */
function listAlarms(selected: Selected, context: AlarmContext): ReadonlyMap<string, NamedAlarm> {
  const { cluster, service } = selected.workload;
  const idOf = (name: string): string => ownedName(context.owner, { cluster, service, name });
  const found = new Map<string, NamedAlarm>();
  for (const [name, item] of selected.queries) {
    if (asksForAlarm(item, "queries", name))
      found.set(name, queryAlarm(name, idOf(name), withoutWaiver(item), selected, context.owner));
  }
  const metricAlarms = new Map(wantMetricAlarms(selected, context).map((wanted) => [wanted.id, wanted]));
  for (const name of [...selected.logMetrics.keys(), ...selected.alarms.keys()]) {
    const wanted = metricAlarms.get(idOf(name));
    if (wanted !== undefined) found.set(name, toNamed(wanted));
  }
  for (const [name, item] of selected.alarms) {
    if (alarmTypes(name, item).includes("CompositeAlarm"))
      found.set(name, { is: "alarm", kind: "CompositeAlarm", id: idOf(name) });
  }
  for (const name of selected.waivedAlarms.keys()) if (found.has(name)) found.set(name, { is: "false" });
  return found;
}

export function wantCompositeAlarms(selected: Selected, context: AlarmContext): Wanted[] {
  const composites = [...selected.alarms].filter(([name, item]) =>
    alarmTypes(name, item).includes("CompositeAlarm"),
  );
  if (composites.length === 0) return [];
  const alarms = listAlarms(selected, context);
  const circle = findCircle(composites);
  return composites.map(([name, item]): Wanted => {
    const base = alarmBase("CompositeAlarm", name, item, selected, context.owner);
    const block = (reason: Reason): Wanted => ({ ...base, state: { is: "blocked", reason } });
    const clash = findNameClash(name, selected);
    if (clash !== undefined) return block(clash);
    if (!item.result.ok) return block(item.result.reason);
    if (circle.has(name))
      return block({
        code: "InvalidValue",
        message: `the rules of ${[...circle].join(", ")} name each other in a circle, which CloudWatch never evaluates`,
      });
    const rule = resolveRule(item.result.value.source?.composite ?? "", alarms);
    if (rule.state === "blocked") return block(rule.reason);
    if (rule.state === "unknown") return { ...base, state: { is: "unknown", failure: rule.failure } };
    const telling = describeTelling(name, item.result.value, selected, context.owner, "composite");
    if (!telling.ok) return block(telling.reason);
    const spec: JsonObject = { ...telling.input, AlarmRule: rule.text };
    return { ...base, state: { is: "wanted", spec, needs: rule.needs } };
  });
}

type ResolvedRule =
  | { readonly state: "resolved"; readonly text: string; readonly needs: readonly string[] }
  | { readonly state: "blocked"; readonly reason: Reason }
  | { readonly state: "unknown"; readonly failure: Failure };

function resolveRule(text: string, alarms: ReadonlyMap<string, NamedAlarm>): ResolvedRule {
  const read = readAlarmRule(text);
  if (!read.ok)
    return {
      state: "blocked",
      reason: { code: "InvalidValue", message: `the rule is not valid: ${read.problem}` },
    };
  const ids = new Map<string, string | undefined>();
  const needs: string[] = [];
  for (const name of namesIn(read.rule)) {
    const alarm = alarms.get(name);
    if (alarm === undefined) {
      if (!isForeignName(name))
        return {
          state: "blocked",
          reason: {
            code: "MissingReference",
            message: `the rule names ${JSON.stringify(name)}, and no policy gives this service an alarm of that name; ${suggest(name, [...alarms.keys()])}`,
          },
        };
      ids.set(name, name);
    } else if (alarm.is === "unknown") return { state: "unknown", failure: alarm.failure };
    else if (alarm.is === "false") ids.set(name, undefined);
    else {
      ids.set(name, alarm.id);
      needs.push(`${alarm.kind}/${alarm.id}`);
    }
  }
  const written = writeAlarmRule(replaceAlarms(read.rule, (name) => ids.get(name)));
  if (written.length > ruleLimits.characters)
    return {
      state: "blocked",
      reason: {
        code: "InvalidValue",
        message: `with full alarm names the rule has ${written.length} characters; CloudWatch takes ${ruleLimits.characters}`,
      },
    };
  return { state: "resolved", text: written, needs };
}

/** `undefined` for a name: whatever is said of that alarm is FALSE. */
export function replaceAlarms(rule: AlarmRule, idOf: (name: string) => string | undefined): AlarmRule {
  switch (rule.is) {
    case "constant":
      return rule;
    case "state": {
      const alarm = idOf(rule.alarm);
      return alarm === undefined ? { is: "constant", value: false } : { ...rule, alarm };
    }
    case "not":
      return { is: "not", of: replaceAlarms(rule.of, idOf) };
    case "and":
    case "or":
      return { is: rule.is, of: rule.of.map((part) => replaceAlarms(part, idOf)) };
    case "atLeast": {
      const alarms = rule.alarms.flatMap((name) => idOf(name) ?? []);
      if (alarms.length === rule.alarms.length) return { ...rule, alarms };
      // The list takes no constants: those that are FALSE leave it, and a share stays the share of all.
      const gone = rule.alarms.length - alarms.length;
      const wanted = rule.percent ? Math.ceil((rule.count * rule.alarms.length) / 100) : rule.count;
      // NOT of what is FALSE holds already.
      const count = rule.negated ? wanted - gone : wanted;
      if (count <= 0) return { is: "constant", value: true };
      if (count > alarms.length) return { is: "constant", value: false };
      return { ...rule, percent: false, count, alarms };
    }
  }
}

/** Composites that lead back to themselves. */
function findCircle(composites: readonly (readonly [string, Item<MergedAlarm>])[]): ReadonlySet<string> {
  const rules = new Map(
    composites.flatMap(([name, { result }]) => {
      const read = readAlarmRule(result.ok ? (result.value.source?.composite ?? "") : "");
      return read.ok ? [[name, namesIn(read.rule)] as const] : [];
    }),
  );
  return new Set([...rules.keys()].filter((name) => reaches(rules, name)));
}

function toNamed({ id, state }: Wanted): NamedAlarm {
  if (state.is === "unknown") return { is: "unknown", failure: state.failure };
  if (state.is === "blocked" && state.reason.code === "NotApplicable") return { is: "false" };
  return { is: "alarm", kind: "MetricAlarm", id };
}

function queryAlarm(
  name: string,
  id: string,
  { result }: Item<MergedQuery>,
  selected: Selected,
  owner: string,
): NamedAlarm {
  const alarm: NamedAlarm = { is: "alarm", kind: "LogAlarm", id };
  const built = result.ok
    ? buildLogAlarm(name, result.value as Parameters<typeof buildLogAlarm>[1], selected, owner)
    : ({ state: "blocked", reason: result.reason } as const);
  if (built.state === "unknown") return { is: "unknown", failure: built.failure };
  return built.state === "blocked" && built.reason.code === "NotApplicable" ? { is: "false" } : alarm;
}

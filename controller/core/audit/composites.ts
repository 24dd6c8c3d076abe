// Which composite alarms stand over an alarm: whom they tell, it tells.
import { type AlarmRule, readAlarmRule } from "../../api/alarm-rule.ts";
import type { AlarmFacts } from "../../model/alarm-facts.ts";

/** Scaling policies and EC2's own actions do something, and tell nobody. */
export function isTelling(arn: string): boolean {
  return !/^arn:[^:]+:(autoscaling|application-autoscaling|automate|swf):/.test(arn);
}

/** Child → the composite alarms that may go off because it does. */
export function indexComposites(alarms: readonly AlarmFacts[]): ReadonlyMap<string, readonly AlarmFacts[]> {
  const parents = new Map<string, AlarmFacts[]>();
  for (const alarm of alarms) {
    if (alarm.rule === undefined) continue;
    const read = readAlarmRule(alarm.rule);
    for (const child of read.ok ? causesIn(read.rule) : []) {
      // `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`
      const name = child.startsWith("arn:") ? child.split(":").slice(6).join(":") : child;
      parents.set(name, [...(parents.get(name) ?? []), alarm]);
    }
  }
  return parents;
}

/** Composite alarms can name each other in a circle. */
export function ancestorsOf(
  alarm: AlarmFacts,
  parents: ReadonlyMap<string, readonly AlarmFacts[]>,
): ReadonlySet<AlarmFacts> {
  const found = new Set<AlarmFacts>();
  const open = [...(parents.get(alarm.name) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(parents.get(next.name) ?? []));
  }
  return found;
}

/** The names that make the rule true by going off: what stands under NOT only keeps it quiet. */
function causesIn(rule: AlarmRule, isDenied = false): readonly string[] {
  switch (rule.is) {
    case "constant":
      return [];
    case "state":
      return (rule.state === "ALARM") === isDenied ? [] : [rule.alarm];
    case "atLeast":
      return (rule.state === "ALARM") === (isDenied !== rule.negated) ? [] : rule.alarms;
    case "not":
      return causesIn(rule.of, !isDenied);
    default:
      return rule.of.flatMap((part) => causesIn(part, isDenied));
  }
}

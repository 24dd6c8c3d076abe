// Alarms whose past holds no datapoint: whether their metrics exist at all, or are yet to come.
import type { AwsClients } from "../aws/clients.ts";
import { isMetricSeen } from "../aws/seen-metrics.ts";
import { bringsMetric, leaveOut, metricKey, type TestableAlarm } from "../core/backtest/plan-alarms.ts";
import { warnOfMetric, warnOfUnread } from "../core/backtest/warnings.ts";
import type { WatchedMetric } from "../model/alarm-facts.ts";
import type { UntestedAlarm } from "../model/backtest.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareText } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";
import type { Read } from "../model/read.ts";

export interface Lacking {
  readonly untested: readonly UntestedAlarm[];
  readonly warnings: readonly Diagnostic[];
}

/** `days`: the time without data, in words. */
export async function lookAtSilent(
  aws: AwsClients,
  plan: Plan,
  alarms: readonly TestableAlarm[],
  days: string,
): Promise<Lacking> {
  const brings = bringsMetric(plan);
  const asked = new Map<string, Promise<Read<boolean>>>();
  const ask = (metric: WatchedMetric): Promise<Read<boolean>> => {
    const key = metricKey(metric);
    const answer = asked.get(key) ?? isMetricSeen(aws, metric);
    asked.set(key, answer);
    return answer;
  };
  const untested: UntestedAlarm[] = [];
  const warnings: Diagnostic[] = [];
  for (const alarm of [...alarms].sort((a, b) => compareText(a.change.id, b.change.id))) {
    if (alarm.facts.metrics.some(brings)) {
      untested.push(
        leaveOut(alarm.change, "MadeByPlan", "this plan brings about the metric that it watches"),
      );
      continue;
    }
    const seen = await Promise.all(alarm.facts.metrics.map(ask));
    const failed = seen.find((one) => !one.known);
    const missing = alarm.facts.metrics.filter((_, index) => {
      const one = seen[index];
      return one?.known === true && !one.value;
    });
    const warning =
      failed !== undefined && !failed.known && missing.length === 0
        ? warnOfUnread("metrics of alarm", [alarm.facts.name], failed.failure)
        : warnOfMetric(alarm, missing, days);
    warnings.push(warning);
    untested.push(leaveOut(alarm.change, warning.code, warning.message));
  }
  return { untested, warnings };
}

// Alarms whose past holds no datapoint, or none of some of their metrics: whether these exist at all, or are yet to come.
import { readSeenMetrics } from "../aws/seen-metrics.ts";
import { bringsMetric, leaveOut } from "../core/backtest/plan-alarms.ts";
import { type SilentAlarm, warnOfMetrics, warnOfUnread } from "../core/backtest/warnings.ts";
import { metricKey } from "../model/alarm-facts.ts";
import type { UntestedAlarm } from "../model/backtest.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareText } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";
import type { ReconcileDeps } from "./reconcile.ts";

export interface Lacking {
  readonly untested: readonly UntestedAlarm[];
  readonly warnings: readonly Diagnostic[];
}

/** `days`: the time without data, in words. */
export async function lookAtSilent(
  { aws, progress }: Pick<ReconcileDeps, "aws" | "progress">,
  plan: Plan,
  alarms: readonly SilentAlarm[],
  days: string,
): Promise<Lacking> {
  const brings = bringsMetric(plan);
  const inOrder = [...alarms].sort((a, b) => compareText(a.change.id, b.change.id));
  const isMade = ({ silent, isTested }: SilentAlarm): boolean => !isTested && silent.some(brings);
  const asked = inOrder.flatMap((alarm) => {
    const silent = alarm.silent.filter((metric) => !brings(metric));
    return isMade(alarm) || (alarm.isTested && silent.length === 0) ? [] : [{ ...alarm, silent }];
  });
  const answers = await readSeenMetrics(
    aws,
    asked.flatMap(({ silent }) => silent),
    (done, total) => progress({ phase: "read", what: "metrics without data", done, total }),
  );
  const untested = inOrder
    .filter(isMade)
    .map(({ change }) => leaveOut(change, "MadeByPlan", "this plan brings about the metric that it watches"));
  const warnings: Diagnostic[] = [];
  for (const alarm of asked) {
    const seen = alarm.silent.map((metric) => answers.get(metricKey(metric)));
    const failed = seen.find((one) => one?.known === false);
    const missing = alarm.silent.filter((_, index) => {
      const one = seen[index];
      return one?.known === true && !one.value;
    });
    const warning =
      failed?.known === false && missing.length === 0
        ? { ...warnOfUnread("metrics of alarm", [alarm.facts.name], failed.failure), ...alarm.place }
        : warnOfMetrics(alarm, missing, days);
    warnings.push(warning);
    if (!alarm.isTested) untested.push(leaveOut(alarm.change, warning.code, warning.message));
  }
  return { untested, warnings };
}

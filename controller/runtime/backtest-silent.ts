// Alarms whose past holds no datapoint: whether their metrics exist at all, or are yet to come.
import { readSeenMetrics } from "../aws/seen-metrics.ts";
import { bringsMetric, leaveOut, type TestableAlarm } from "../core/backtest/plan-alarms.ts";
import { warnOfMetric, warnOfUnread } from "../core/backtest/warnings.ts";
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
  alarms: readonly TestableAlarm[],
  days: string,
): Promise<Lacking> {
  const brings = bringsMetric(plan);
  const asked = alarms.filter(({ facts }) => !facts.metrics.some(brings));
  const answers = await readSeenMetrics(
    aws,
    asked.flatMap(({ facts }) => facts.metrics),
    (done, total) => progress({ phase: "read", what: "metrics without data", done, total }),
  );
  const untested: UntestedAlarm[] = [];
  const warnings: Diagnostic[] = [];
  for (const alarm of [...alarms].sort((a, b) => compareText(a.change.id, b.change.id))) {
    if (alarm.facts.metrics.some(brings)) {
      untested.push(
        leaveOut(alarm.change, "MadeByPlan", "this plan brings about the metric that it watches"),
      );
      continue;
    }
    const seen = alarm.facts.metrics.map((metric) => answers.get(metricKey(metric)));
    const failed = seen.find((one) => one?.known === false);
    const missing = alarm.facts.metrics.filter((_, index) => {
      const one = seen[index];
      return one?.known === true && !one.value;
    });
    const warning =
      failed?.known === false && missing.length === 0
        ? warnOfUnread("metrics of alarm", [alarm.facts.name], failed.failure)
        : warnOfMetric(alarm, missing, days);
    warnings.push(warning);
    untested.push(leaveOut(alarm.change, warning.code, warning.message));
  }
  return { untested, warnings };
}

// What the metric math of an alarm is made of. SUM, MAX, IF and FILL give values where one of their metrics is dead, so the
// metrics are looked at for themselves; in hours, since only whether there is any data is asked.
import type { WatchedMetric } from "../../model/alarm-facts.ts";
import type { MetricQuery } from "../../model/backtest.ts";
import type { AlarmRule } from "./alarm-rule.ts";

/** Seconds of a datapoint of theirs. */
export const inputPeriod = 3600;

export interface MathInput {
  readonly metric: WatchedMetric;
  /** Gives a datapoint for each hour in which there is data. */
  readonly query: MetricQuery;
}

/** None for an alarm that watches a metric: without data that has no datapoints. */
export function mathInputsOf({ queries, watched }: AlarmRule): readonly MathInput[] {
  const isMath = queries.some(({ Id, Expression }) => Id === watched && Expression !== undefined);
  if (!isMath) return [];
  return queries.flatMap(({ MetricStat: stat, AccountId }) => {
    if (stat === undefined) return [];
    const { Namespace: namespace, MetricName: name, Dimensions = [] } = stat.Metric;
    const [account, owner] = AccountId === undefined ? [{}, {}] : [{ AccountId }, { account: AccountId }];
    return [
      {
        metric: { namespace, name, dimensions: Dimensions, statistic: stat.Stat, ...owner },
        query: {
          Id: "input",
          MetricStat: { ...stat, Period: inputPeriod, Stat: "SampleCount" },
          ...account,
          ReturnData: true,
        },
      },
    ];
  });
}

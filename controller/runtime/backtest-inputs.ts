// Alarms on metric math that were tested, and yet do without some of their metrics: SUM, MAX, IF and FILL hide a dead one.
import type { AwsClients } from "../aws/clients.ts";
import { type HistoryRequest, readMetricHistory } from "../aws/metric-history.ts";
import { inputPeriod, mathInputsOf } from "../core/backtest/math-inputs.ts";
import type { TestableAlarm } from "../core/backtest/plan-alarms.ts";
import type { AlarmSpan } from "../core/backtest/span.ts";
import { type SilentAlarm, warnOfUnread } from "../core/backtest/warnings.ts";
import type { MetricQuery, Series } from "../model/backtest.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { compareText } from "../model/json.ts";
import type { Read } from "../model/read.ts";

const hour = inputPeriod * 1000;

interface Spanned extends TestableAlarm {
  readonly span: AlarmSpan;
}

export interface DeadInputs {
  /** Those that have some. */
  readonly alarms: readonly SilentAlarm[];
  /** On what could not be read. */
  readonly warnings: readonly Diagnostic[];
}

export async function findDeadInputs(aws: AwsClients, tested: readonly Spanned[]): Promise<DeadInputs> {
  const inOrder = [...tested].sort((a, b) => compareText(a.change.id, b.change.id));
  const onMath = inOrder.flatMap((alarm) => {
    const inputs = mathInputsOf(alarm.rule);
    return inputs.length === 0 ? [] : [{ alarm, inputs }];
  });
  const histories = await readInputs(
    aws,
    onMath.map(({ alarm, inputs }) => ({ span: alarm.span, queries: inputs.map(({ query }) => query) })),
  );
  const alarms: SilentAlarm[] = [];
  const warnings: Diagnostic[] = [];
  for (const { alarm, inputs } of onMath) {
    const read = inputs.map(({ metric, query }) => ({ metric, history: histories(query, alarm.span) }));
    const silent = read.filter(({ history }) => history?.known && history.value.every(isEmpty));
    const failed = read.find(({ history }) => history?.known === false)?.history;
    if (silent.length > 0)
      alarms.push({ ...alarm, silent: silent.map(({ metric }) => metric), isTested: true });
    else if (failed?.known === false)
      warnings.push({
        ...warnOfUnread("metrics of alarm", [alarm.facts.name], failed.failure),
        ...alarm.place,
      });
  }
  return { alarms, warnings };
}

function isEmpty({ times }: Series): boolean {
  return times.length === 0;
}

type Histories = (query: MetricQuery, span: AlarmSpan) => Read<readonly Series[]> | undefined;

/** Each metric once for a time, however many alarms are made of it. */
async function readInputs(
  aws: AwsClients,
  wanted: readonly { readonly span: AlarmSpan; readonly queries: readonly MetricQuery[] }[],
): Promise<Histories> {
  const times = new Map<string, { readonly from: number; readonly until: number }>();
  const requests = new Map<string, Map<string, HistoryRequest>>();
  for (const { span, queries } of wanted) {
    const time = hoursOf(span);
    const timeKey = JSON.stringify(time);
    times.set(timeKey, time);
    const group = requests.get(timeKey) ?? new Map<string, HistoryRequest>();
    requests.set(timeKey, group);
    for (const query of queries) {
      const key = JSON.stringify(query);
      group.set(key, { key, queries: [query] });
    }
  }
  const histories = new Map<string, Read<readonly Series[]>>();
  for (const [timeKey, time] of times) {
    const group = [...(requests.get(timeKey)?.values() ?? [])];
    await readMetricHistory(aws, { ...time, step: inputPeriod }, group, (key, history) =>
      histories.set(`${timeKey} ${key}`, history),
    );
  }
  return (query, span) => histories.get(`${JSON.stringify(hoursOf(span))} ${JSON.stringify(query)}`);
}

/** Whole hours that hold what an alarm is tested on. */
function hoursOf({ from, grid }: AlarmSpan): { readonly from: number; readonly until: number } {
  const end = grid.start + grid.length * grid.step * 1000;
  return { from: Math.floor(from / hour) * hour, until: Math.ceil(end / hour) * hour };
}

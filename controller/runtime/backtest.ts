// `plan --backtest`: reads the past of what a plan's new and changed alarms watch, runs them through it, and looks at who
// would have been told. Reads that fail leave their alarm untested, and never fail the plan.

import { formatDuration } from "../api/duration.ts";
import type { Policy } from "../api/policy.ts";
import type { AwsClients } from "../aws/clients.ts";
import { type HistoryRequest, readMetricHistory } from "../aws/metric-history.ts";
import { leaveOut, planAlarms, refOf, type TestableAlarm } from "../core/backtest/plan-alarms.ts";
import { leadOf } from "../core/backtest/range.ts";
import { runAlarm } from "../core/backtest/run-alarm.ts";
import { type AlarmSpan, retentionOf, spanOf } from "../core/backtest/span.ts";
import type { SilentAlarm } from "../core/backtest/warnings.ts";
import { week } from "../core/backtest/weekly-threshold.ts";
import type { Backtest, Series, TestedAlarm, UntestedAlarm } from "../model/backtest.ts";
import { compareText } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";
import type { Read } from "../model/read.ts";
import { findDeadInputs } from "./backtest-inputs.ts";
import { lookAtSilent } from "./backtest-silent.ts";
import { lookAtTelling } from "./backtest-telling.ts";
import type { ReconcileDeps } from "./reconcile.ts";

const minute = 60_000;
/** Milliseconds: metrics come late, and of the last minutes most would seem to be missing. */
const settling = 5 * minute;

interface Spanned extends TestableAlarm {
  readonly span: AlarmSpan;
}

/**
 * @param seconds how far back from the instant that the plan is made as of
 * @param policies that the plan is of: warnings on an alarm stand where they ask for it
 */
export async function runBacktest(
  plan: Plan,
  seconds: number,
  policies: readonly Policy[],
  { aws, now, progress }: Pick<ReconcileDeps, "aws" | "now" | "progress">,
): Promise<Backtest> {
  const today = now().getTime();
  const until = lastMinute(plan, today);
  const { all, testable, untested: notTestable } = planAlarms(plan, seconds, policies);
  const tested: TestedAlarm[] = [];
  const untested: UntestedAlarm[] = [...notTestable];
  const silent: SilentAlarm[] = [];
  /** Of which there are datapoints. */
  const heard: Spanned[] = [];
  const spanned: Spanned[] = [];
  for (const alarm of testable) {
    const span = spanOf(alarm.rule, until, seconds, today);
    if (span !== undefined) spanned.push({ ...alarm, span });
    else untested.push(leaveOut(alarm.change, "NotTestable", whyTooShort(alarm, seconds, until)));
  }
  let done = 0;
  const report = () => progress({ phase: "read", what: "metrics", done, total: spanned.length });
  const use = (alarm: Spanned, history: Read<readonly Series[]>): void => {
    done += 1;
    report();
    if (!history.known)
      return void untested.push(leaveOut(alarm.change, history.failure.code, history.failure.message));
    const run = runAlarm(alarm.rule, history.value, alarm.span.grid);
    if (run === undefined)
      return void silent.push({ ...alarm, silent: alarm.facts.metrics, isTested: false });
    heard.push(alarm);
    const { first, last, ...figures } = run;
    tested.push({
      ...refOf(alarm.change),
      from: toText(alarm.span.from),
      period: alarm.rule.period,
      ...figures,
      ...(first === undefined ? {} : { first: toText(first) }),
      ...(last === undefined ? {} : { last: toText(last) }),
      comparison: alarm.rule.comparison,
      ...(alarm.rule.threshold === undefined ? {} : { threshold: alarm.rule.threshold }),
      notes: notesOf(alarm, run.weekly),
    });
  };
  if (spanned.length > 0) report();
  await readAll(aws, spanned, use);
  const days = `the last ${formatDuration(seconds)}`;
  const dead = await findDeadInputs(aws, heard);
  const lacking = await lookAtSilent({ aws, progress }, plan, [...silent, ...dead.alarms], days);
  untested.push(...lacking.untested);
  const telling = await lookAtTelling(aws, plan, all);
  return {
    seconds,
    from: toText(until - seconds * 1000),
    until: toText(until),
    tested: inOrder(tested),
    untested: inOrder(untested),
    warnings: [...lacking.warnings, ...dead.warnings, ...telling],
  };
}

/** As the plan's own instant has it, so that a plan made again with the same `--as-of` has the same figures. */
function lastMinute({ metadata: { asOf } }: Plan, today: number): number {
  // What is to come has no past yet.
  const end = Math.min(Date.parse(asOf), today) - settling;
  return Math.floor(end / minute) * minute;
}

/** Alarms of one step have their grid in common, and so requests. */
async function readAll(
  aws: AwsClients,
  alarms: readonly Spanned[],
  use: (alarm: Spanned, history: Read<readonly Series[]>) => void,
): Promise<void> {
  const byKey = new Map(alarms.map((alarm) => [alarm.change.id, alarm]));
  for (const step of new Set(alarms.map(({ rule }) => rule.step))) {
    const group = alarms.filter(({ rule }) => rule.step === step);
    const [any] = group;
    if (any === undefined) continue;
    const from = group.reduce((least, { span }) => Math.min(least, span.grid.start), any.span.grid.start);
    const until = any.span.grid.start + any.span.grid.length * step * 1000;
    const requests: HistoryRequest[] = group.map(({ change, rule }) => ({
      key: change.id,
      queries: rule.queries,
    }));
    await readMetricHistory(aws, { from, until, step }, requests, (key, history) => {
      const alarm = byKey.get(key);
      if (alarm !== undefined) use(alarm, history);
    });
  }
}

function notesOf({ rule, span }: Spanned, weekly: number | undefined): string[] {
  const seconds = (span.grid.length - leadOf(rule)) * rule.step;
  const short =
    weekly !== undefined && seconds < week
      ? [
          "tested for less than a week, so the threshold for at most once a week is one with which it would not have fired at all",
        ]
      : [];
  const cut = span.isCut
    ? [
        `tested for as long as CloudWatch keeps datapoints of ${formatDuration(rule.step)}, ${formatDuration(retentionOf(rule.step))}`,
      ]
    : [];
  return [...cut, ...short, ...rule.notes];
}

function whyTooShort({ rule }: TestableAlarm, seconds: number, until: number): string {
  if (seconds < rule.period)
    return `${formatDuration(seconds)} is less than one of its periods, ${formatDuration(rule.period)}`;
  const kept = formatDuration(retentionOf(rule.step));
  return `CloudWatch keeps datapoints of ${formatDuration(rule.step)} for ${kept}, and of those before ${toText(until)} it has fewer left than the alarm evaluates`;
}

function inOrder<T extends { readonly id: string }>(alarms: readonly T[]): readonly T[] {
  return [...alarms].sort((a, b) => compareText(a.id, b.id));
}

function toText(time: number): string {
  return new Date(time).toISOString();
}

// What alarms of a plan would have done in a time that has passed, and who would have heard them (`plan --backtest`).
import type { Diagnostic } from "./diagnostic.ts";
import type { ItemRef } from "./plan.ts";

/** One element of GetMetricData's `MetricDataQueries`, as an alarm's `Metrics` holds it. */
export interface MetricQuery {
  readonly Id: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
    };
    /** Seconds. */
    readonly Period: number;
    readonly Stat: string;
    readonly Unit?: string;
  };
  readonly Expression?: string;
  readonly Period?: number;
  readonly AccountId?: string;
  readonly ReturnData: boolean;
}

/** One time series of an answer; of an anomaly band there are two under one id. */
export interface Series {
  readonly id: string;
  /** Epoch milliseconds of the beginnings of its periods. */
  readonly times: readonly number[];
  /** One for each time. */
  readonly values: readonly number[];
}

export interface TestedAlarm extends ItemRef {
  readonly id: string;
  /** ISO 8601, UTC: from when on it was tested; later than was asked where its data does not reach that far. */
  readonly from: string;
  /** Of a datapoint, in seconds. */
  readonly period: number;
  /** How often it would have gone to ALARM. */
  readonly fired: number;
  /** Seconds in ALARM, all in all and at a stretch. */
  readonly inAlarm: number;
  readonly longest: number;
  /** ISO 8601, UTC: when it would have fired first and last. */
  readonly first?: string;
  readonly last?: string;
  /** Share of the periods without a datapoint, 0 to 1. */
  readonly missing: number;
  readonly comparison: string;
  /** Left out for an anomaly band. */
  readonly threshold?: number;
  /**
   * The threshold nearest to the common values that would have fired at most once a week (of less than a week: not at
   * all), and been exceeded for at most a tenth of the time. Left out: for an anomaly band, and where there is none.
   */
  readonly weekly?: number;
  /** What differs from how CloudWatch would have evaluated it. */
  readonly notes: readonly string[];
}

/** An alarm that could not be tested, and why. */
export interface UntestedAlarm extends ItemRef {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

export interface Backtest {
  /** How far back was asked for. */
  readonly seconds: number;
  /** ISO 8601, UTC: the time that this is. */
  readonly from: string;
  readonly until: string;
  readonly tested: readonly TestedAlarm[];
  readonly untested: readonly UntestedAlarm[];
  /** On metrics, on alarms of others, and on the topics that are told. They are among the plan's findings, too. */
  readonly warnings: readonly Diagnostic[];
}

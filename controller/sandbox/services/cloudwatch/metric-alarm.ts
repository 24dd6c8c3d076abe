// PutMetricAlarm's input turned into the configuration that is stored and read back, or refused.
// The three forms (one metric, metric math, PromQL) exclude each other.
import { present } from "../../checks.ts";
import type { Input, OperationContext } from "../../service.ts";
import { type ActionLists, readActions } from "./actions.ts";
import { readDimensions } from "./dimensions.ts";
import { alarmChecks as checks } from "./errors.ts";
import { readExtras } from "./metric-alarm-extras.ts";
import { readMetrics } from "./metric-queries.ts";
import { isExtendedStatistic, isPeriod, STATISTICS, UNITS } from "./statistic.ts";

/** A configuration as DescribeAlarms shows it: absent fields stay absent, except those that AWS fills in. */
export type AlarmConfiguration = Record<string, unknown>;

export const PLAIN_OPERATORS = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
];
const BAND_OPERATORS = [
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
];
export const MISSING_DATA = ["breaching", "notBreaching", "ignore", "missing"];
const SINGLE_METRIC_FIELDS = ["Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic"];
const DAY = 86_400;
const WEEK = 604_800;

/** Text without ASCII control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is refused
const NAME = /^[^\x00-\x1f\x7f]+$/;
export const ALARM_NAME = { min: 1, max: 255, pattern: NAME };

export function readMetricAlarm(input: Input, context: OperationContext): AlarmConfiguration {
  const forms = ["MetricName", "Metrics", "EvaluationCriteria"].filter((form) => given(input, form));
  if (forms.length !== 1)
    throw checks.fail("Exactly one of MetricName, Metrics and EvaluationCriteria must be specified");
  const common = {
    AlarmName: checks.requiredText(input, "AlarmName", ALARM_NAME),
    ...present({ AlarmDescription: checks.text(input, "AlarmDescription", { max: 1024 }) }),
    ActionsEnabled: checks.boolean(input, "ActionsEnabled") ?? true,
    ...readActions(input, "metric", context),
    Dimensions: [] as unknown,
    ...readMissingData(input),
    ...readExtras(input),
  };
  if (forms[0] === "EvaluationCriteria") return { ...common, ...readPromQl(input) };
  refuse(input, ["EvaluationInterval"], forms[0] ?? "");
  if (forms[0] === "Metrics") {
    refuse(input, SINGLE_METRIC_FIELDS, "Metrics");
    const { metrics, longestPeriod, bandId } = readMetrics(input, context);
    if (bandId !== undefined && actionsOf(common).some((arn) => /^arn:[^:]+:autoscaling:/.test(arn)))
      throw checks.fail("An alarm on an anomaly detection band can't have Auto Scaling actions");
    return { ...common, ...readComparison(input, longestPeriod, bandId), Metrics: metrics };
  }
  const metric = readSingleMetric(input);
  return { ...common, ...readComparison(input, metric.Period, undefined), ...metric };
}

function readSingleMetric(input: Input): { Period: number } & AlarmConfiguration {
  const Statistic = checks.text(input, "Statistic", { oneOf: STATISTICS });
  const ExtendedStatistic = checks.text(input, "ExtendedStatistic");
  if ((Statistic === undefined) === (ExtendedStatistic === undefined))
    throw checks.fail("Exactly one of Statistic and ExtendedStatistic must be specified with MetricName");
  if (ExtendedStatistic !== undefined && !isExtendedStatistic(ExtendedStatistic))
    throw checks.fail(`The value ${ExtendedStatistic} for parameter ExtendedStatistic is not supported.`);
  const Period = checks.requiredInteger(input, "Period", { min: 1 });
  if (!isPeriod(Period)) throw checks.fail(`Period must be 10, 20, 30 or a multiple of 60, not ${Period}`);
  return {
    MetricName: checks.requiredText(input, "MetricName", { min: 1, max: 255 }),
    Namespace: checks.requiredText(input, "Namespace", { min: 1, max: 255, pattern: /^[^:]/ }),
    Dimensions: readDimensions(checks, input) ?? [],
    Period,
    ...present({ Statistic, ExtendedStatistic, Unit: checks.text(input, "Unit", { oneOf: UNITS }) }),
  };
}

function readComparison(input: Input, period: number, bandId: string | undefined): AlarmConfiguration {
  const ComparisonOperator = checks.requiredText(input, "ComparisonOperator", {
    oneOf: [...PLAIN_OPERATORS, ...BAND_OPERATORS],
  });
  const EvaluationPeriods = checks.requiredInteger(input, "EvaluationPeriods", { min: 1 });
  const DatapointsToAlarm = checks.integer(input, "DatapointsToAlarm", { min: 1 });
  const Threshold = checks.number(input, "Threshold");
  const ThresholdMetricId = checks.text(input, "ThresholdMetricId", { min: 1, max: 255 });
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods)
    throw checks.fail("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  const window = period * EvaluationPeriods;
  if (window > WEEK || (period < 3600 && window > DAY))
    throw checks.fail(
      `Metrics cannot be checked across more than ${period < 3600 ? "a day" : "seven days"} ` +
        `(EvaluationPeriods * Period must be <= ${period < 3600 ? DAY : WEEK}), got ${window}`,
    );
  if (Threshold !== undefined && ThresholdMetricId !== undefined)
    throw checks.fail("Threshold and ThresholdMetricId must not be specified together");
  if (Threshold === undefined && ThresholdMetricId === undefined)
    throw checks.fail("Either Threshold or ThresholdMetricId must be specified");
  if (BAND_OPERATORS.includes(ComparisonOperator) !== (ThresholdMetricId !== undefined))
    throw checks.fail(
      `ComparisonOperator ${ComparisonOperator} does not fit ${ThresholdMetricId === undefined ? "a static threshold" : "an anomaly detection band"}`,
    );
  if (ThresholdMetricId !== bandId)
    throw checks.fail("ThresholdMetricId must be the Id of the ANOMALY_DETECTION_BAND expression in Metrics");
  return {
    EvaluationPeriods,
    ...present({ DatapointsToAlarm, Threshold, ThresholdMetricId }),
    ComparisonOperator,
  };
}

function readPromQl(input: Input): AlarmConfiguration {
  refuse(
    input,
    [
      ...SINGLE_METRIC_FIELDS,
      ...["Threshold", "ComparisonOperator", "ThresholdMetricId", "EvaluationPeriods"],
      ...["DatapointsToAlarm", "EvaluationWindow"],
    ],
    "EvaluationCriteria",
  );
  const criteria = checks.object(checks.object(input, "EvaluationCriteria"), "PromQLCriteria");
  if (criteria === undefined) throw checks.fail("EvaluationCriteria must hold PromQLCriteria");
  const EvaluationInterval = checks.requiredInteger(input, "EvaluationInterval", { min: 10, max: 3600 });
  if (!isPeriod(EvaluationInterval))
    throw checks.fail(`EvaluationInterval must be 10, 20, 30 or a multiple of 60, not ${EvaluationInterval}`);
  const at = "evaluationCriteria.promQLCriteria";
  const seconds = { min: 0, max: DAY, at };
  return {
    EvaluationCriteria: {
      PromQLCriteria: {
        Query: checks.requiredText(criteria, "Query", { min: 1, max: 10_000, at }),
        ...present({
          PendingPeriod: checks.integer(criteria, "PendingPeriod", seconds),
          RecoveryPeriod: checks.integer(criteria, "RecoveryPeriod", seconds),
        }),
      },
    },
    EvaluationInterval,
  };
}

function readMissingData(input: Input): AlarmConfiguration {
  return present({
    TreatMissingData: checks.text(input, "TreatMissingData", { oneOf: MISSING_DATA }),
    EvaluateLowSampleCountPercentile: checks.text(input, "EvaluateLowSampleCountPercentile", {
      oneOf: ["evaluate", "ignore"],
    }),
  });
}

function actionsOf({ OKActions, AlarmActions, InsufficientDataActions }: ActionLists): string[] {
  return [...OKActions, ...AlarmActions, ...InsufficientDataActions];
}

function refuse(input: Input, fields: readonly string[], form: string): void {
  for (const field of fields)
    if (given(input, field)) throw checks.fail(`${field} must not be specified together with ${form}`);
}

/** An empty list counts as left out, for a client may send all lists that it has. */
function given(input: Input, field: string): boolean {
  const value = input[field] ?? undefined;
  return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
}

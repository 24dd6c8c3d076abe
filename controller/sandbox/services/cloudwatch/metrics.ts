// Custom metrics: taken in by PutMetricData, listed by ListMetrics, read back by GetMetricData.
// A sandbox has no metrics of its own; nothing here moves an alarm.
import { present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import { AwsError, type Input, type Operation } from "../../service.ts";
import { readDimensions } from "./dimensions.ts";
import { metricChecks as checks } from "./errors.ts";
import { getMetricData } from "./metric-data.ts";
import { type Metric, MetricStore } from "./metric-store.ts";
import { UNITS } from "./statistic.ts";
import { numberOf, timeOf } from "./times.ts";

const NAMESPACE = { min: 1, max: 255, pattern: /^[^:]/ };
const NAME = { min: 1, max: 255 };
const LIST_METRICS_PAGE = 500;
const HOUR = 3_600_000;
const TWO_WEEKS = 14 * 24 * HOUR;

export interface Metrics {
  readonly operations: Record<string, Operation>;
  /** As PutMetricData, but of any namespace and age: what AWS itself puts. */
  plant(input: Input, now: number): void;
  state(): unknown;
}

export function createMetrics(): Metrics {
  const store = new MetricStore();
  const put = (namespace: string, input: Input, now: number, isOld: boolean): void => {
    const data = checks.list(input, "MetricData", isOld ? {} : { max: 1000 }) ?? [];
    if (data.length === 0)
      throw new AwsError("MissingRequiredParameterException", "The parameter MetricData is required.", {
        queryCode: "MissingParameter",
      });
    // Everything is checked before anything is kept: a refused call leaves nothing behind.
    const read = data.map((datum, index) => {
      const at = `metricData.${index + 1}.member`;
      const time = timeOf(datum.Timestamp) ?? now;
      if (!isOld && (time < now - TWO_WEEKS || time > now + 2 * HOUR))
        throw checks.fail(
          `The parameter ${at}.Timestamp must specify a time within the past two weeks, and at most two hours ahead`,
        );
      return readDatum(namespace, datum, at, time);
    });
    for (const metric of read) store.add(metric);
  };

  const operations: Record<string, Operation> = {
    PutMetricData(input, context) {
      const namespace = checks.requiredText(input, "Namespace", NAMESPACE);
      if (namespace.startsWith("AWS/"))
        throw checks.fail("The value AWS/ for parameter Namespace is invalid: it is reserved");
      put(namespace, input, context.now(), false);
      return {};
    },

    ListMetrics(input, context) {
      const namespace = checks.text(input, "Namespace", NAMESPACE);
      const name = checks.text(input, "MetricName", NAME);
      const active = checks.text(input, "RecentlyActive", { oneOf: ["PT3H"] });
      const filters = checks.list(input, "Dimensions", { max: 10 }) ?? [];
      for (const [index, filter] of filters.entries())
        checks.requiredText(filter, "Name", { ...NAME, at: `dimensions.${index + 1}.member` });
      // Those without data for two weeks are no longer listed.
      const oldest = context.now() - (active === undefined ? TWO_WEEKS : 3 * HOUR);
      const matching = store
        .all()
        .filter(
          (metric) =>
            (namespace === undefined || metric.namespace === namespace) &&
            (name === undefined || metric.name === name) &&
            filters.every((filter) =>
              metric.dimensions.some(
                ({ Name, Value }) => Name === filter.Name && (filter.Value ?? Value) === Value,
              ),
            ) &&
            metric.datapoints.some(({ at }) => at >= oldest),
        );
      const { NextToken, ...asked } = input;
      const page = takePage(matching, (metric) => metric.key, {
        limit: LIST_METRICS_PAGE,
        token: NextToken,
        scope: ["ListMetrics", asked],
        invalidToken: () => checks.fail("Invalid NextToken"),
      });
      return {
        Metrics: page.items.map((metric) => ({
          Namespace: metric.namespace,
          MetricName: metric.name,
          Dimensions: metric.dimensions,
        })),
        ...present({ NextToken: page.nextToken }),
      };
    },

    GetMetricData: (input, context) => getMetricData(store, input, context.now()),
  };
  return {
    operations,
    plant: (input, now) => put(checks.requiredText(input, "Namespace", NAMESPACE), input, now, true),
    state: () => store.all().map(({ key: _, ...metric }) => metric),
  };
}

function readDatum(namespace: string, datum: Input, at: string, time: number): Metric {
  const name = checks.requiredText(datum, "MetricName", { ...NAME, at });
  const dimensions = readDimensions(checks, datum, at) ?? [];
  const unit = checks.text(datum, "Unit", { oneOf: UNITS, at }) ?? "None";
  const resolution = numberOf(datum.StorageResolution ?? 60);
  if (resolution !== 1 && resolution !== 60)
    throw checks.fail(`The parameter ${at}.StorageResolution must be 1 or 60`);
  const isHighResolution = resolution === 1;
  const step = isHighResolution ? 1000 : 60_000;
  const base = { at: Math.floor(time / step) * step, unit, isHighResolution };
  const forms = ["Value", "Values", "StatisticValues"].filter(
    (form) => (datum[form] ?? undefined) !== undefined,
  );
  if (forms.length !== 1)
    throw new AwsError(
      "InvalidParameterCombinationException",
      `Exactly one of Value, Values and StatisticValues must be given for ${name}`,
      { queryCode: "InvalidParameterCombination" },
    );
  if (forms[0] === "StatisticValues") {
    const { SampleCount, Sum, Minimum, Maximum } = datum.StatisticValues;
    const datapoint = {
      ...base,
      count: numberOf(SampleCount),
      sum: numberOf(Sum),
      minimum: numberOf(Minimum),
      maximum: numberOf(Maximum),
    };
    return { namespace, name, dimensions, datapoints: [datapoint] };
  }
  const values: number[] = (forms[0] === "Value" ? [datum.Value] : datum.Values).map(numberOf);
  const counts: number[] = (datum.Counts ?? []).map(numberOf);
  const datapoints = values.map((value, index) => {
    const count = counts[index] ?? 1;
    return { ...base, count, sum: value * count, minimum: value, maximum: value };
  });
  return { namespace, name, dimensions, datapoints };
}

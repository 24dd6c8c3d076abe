// What CloudWatch takes for a statistic, a unit and a period.

export const STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;

const SIZES = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"];
const BITS = ["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"];
export const UNITS: readonly string[] = [
  ...["Seconds", "Microseconds", "Milliseconds"],
  ...SIZES,
  ...BITS,
  ...["Percent", "Count"],
  ...[...SIZES, ...BITS, "Count"].map((unit) => `${unit}/Second`),
  "None",
];

const PERCENT = String.raw`(?:100(?:\.0{1,10})?|\d{1,2}(?:\.\d{1,10})?)`;
const VALUE = String.raw`-?\d+(?:\.\d+)?`;
const EXTENDED = [
  new RegExp(`^(?:p|tm|tc|ts|wm)${PERCENT}$`),
  /^IQM$/,
  // A range of values; one end may be left open, not both.
  new RegExp(`^(?:PR|TC|TM|TS|WM)\\((?!:\\))(?:${VALUE})?:(?:${VALUE})?\\)$`),
  new RegExp(`^(?:TC|TM|TS|WM)\\((?!:\\))(?:${PERCENT}%)?:(?:${PERCENT}%)?\\)$`),
];

export function isExtendedStatistic(text: string): boolean {
  return EXTENDED.some((form) => form.test(text));
}

/** What stands in `MetricStat.Stat`: a plain or an extended one. */
export function isStatistic(text: string): boolean {
  return (STATISTICS as readonly string[]).includes(text) || isExtendedStatistic(text);
}

export function isPeriod(seconds: number): boolean {
  return seconds === 10 || seconds === 20 || seconds === 30 || (seconds > 0 && seconds % 60 === 0);
}

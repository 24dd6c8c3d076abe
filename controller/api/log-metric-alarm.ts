// Why a log metric has an alarm or dimensions, and not both; said by validate, and by plan where policies meet.

/** CloudWatch user guide, "Dimensions": each combination of values is a metric of its own, and none is there without. */
export const neverFires =
  "with dimensions CloudWatch keeps one metric for each combination of their values, so the alarm would never have data; leave the dimensions out here, and count by them in a second log metric without an alarm";

// Alarms that AWS would refuse, or that could never fire.
import { compositeChecks } from "./alarms/composite.ts";
import { alarmEvaluationChecks } from "./alarms/evaluation.ts";
import { alarmMetricChecks } from "./alarms/metrics.ts";
import { alarmNameChecks } from "./alarms/names.ts";
import { alarmSourceChecks } from "./alarms/source.ts";
import type { Check } from "./check.ts";

export const alarmChecks: readonly Check[] = [
  ...alarmNameChecks,
  ...alarmSourceChecks,
  ...compositeChecks,
  ...alarmMetricChecks,
  ...alarmEvaluationChecks,
];

// Periods, M of N, warm-up: what CloudWatch takes, presets' values considered.
import { formatDuration } from "../../duration.ts";
import { type Check, effective, type Found, isGiven } from "../check.ts";
import { each, presetOf, sourceOf } from "./view.ts";

const checkEvaluation: Check = each((view) => {
  const { own, all, path } = view;
  const source = sourceOf(view);
  if (source === "composite") return [];
  const preset = presetOf(view);
  const { period: ownPeriod, evaluationPeriods: ownPeriods, datapointsToAlarm: ownDatapoints } = own;
  if (typeof ownPeriod === "number" && ![10, 20, 30].includes(ownPeriod) && ownPeriod % 60 !== 0) {
    const fix = formatDuration(Math.max(60, Math.round(ownPeriod / 60) * 60));
    return [
      {
        code: "InvalidValue",
        message: `period ${formatDuration(ownPeriod)} is not one of 10s, 20s, 30s or a multiple of 60s; try ${fix}`,
        path: [...path, "period"],
      },
    ];
  }
  const found: Found[] = [];
  if (source === "anomaly" && typeof ownPeriod === "number" && ownPeriod < 60) {
    found.push({
      code: "InvalidValue",
      message: `period ${formatDuration(ownPeriod)} is too short for an anomaly band; use 1m or more`,
      path: [...path, "period"],
    });
  }
  const period = effective(own, "period", all, preset?.period ?? 60);
  const datapoints = effective(own, "datapointsToAlarm", all, undefined);
  // Beside a preset, M given alone moves N along.
  const least = typeof datapoints === "number" ? datapoints : 1;
  const fallback = preset === undefined ? 1 : Math.max(preset.evaluationPeriods ?? 1, least);
  const periods = effective(own, "evaluationPeriods", all, fallback);
  if (
    typeof period === "number" &&
    typeof periods === "number" &&
    (isGiven(ownPeriod) || isGiven(ownPeriods))
  ) {
    const limit = period < 3600 ? 86_400 : 604_800;
    if (period * periods > limit) {
      found.push({
        code: "InvalidValue",
        message: `${periods} periods of ${formatDuration(period)} are more than ${formatDuration(limit)}${limit === 86_400 ? " (7d with periods of an hour or more)" : ""}; look at fewer`,
        path: [...path, isGiven(ownPeriods) ? "evaluationPeriods" : "period"],
      });
    }
  }
  if (
    typeof datapoints === "number" &&
    typeof periods === "number" &&
    (isGiven(ownDatapoints) || isGiven(ownPeriods)) &&
    datapoints > periods
  ) {
    found.push({
      code: "InvalidValue",
      message: `datapointsToAlarm ${datapoints} is more than evaluationPeriods ${periods}: it could never fire; raise evaluationPeriods`,
      path: [...path, isGiven(ownDatapoints) ? "datapointsToAlarm" : "evaluationPeriods"],
    });
  }
  return found;
});

/** WarmUpPeriodDurationInMinutes: 1 to 2880. */
const checkWarmUp: Check = each(({ own, path }) => {
  const { warmUp } = own;
  if (typeof warmUp !== "number") return [];
  const say = (message: string): Found[] => [{ code: "InvalidValue", message, path: [...path, "warmUp"] }];
  if (warmUp > 172_800) return say(`warmUp ${formatDuration(warmUp)} is too long; use 48h or less`);
  if (warmUp % 60 !== 0) {
    const fix = formatDuration(Math.ceil(warmUp / 60) * 60);
    return say(`warmUp ${formatDuration(warmUp)} is not whole minutes; try ${fix}`);
  }
  return [];
});

export const alarmEvaluationChecks: readonly Check[] = [checkEvaluation, checkWarmUp];

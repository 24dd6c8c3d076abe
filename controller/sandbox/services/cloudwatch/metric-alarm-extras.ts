// The newer blocks of PutMetricAlarm (2026): evaluation window, warm-up, tags in notifications.
import type { Input } from "../../service.ts";
import { alarmChecks as checks } from "./errors.ts";

const WALL_CLOCK_PERIODS = [60, 300, 3600, 86_400, 604_800];

export function readExtras(input: Input): Record<string, unknown> {
  return {
    ...readEvaluationWindow(input),
    ...readWarmUp(input),
    ...readActionConfiguration(input),
  };
}

function readEvaluationWindow(input: Input): Record<string, unknown> {
  const window = checks.object(input, "EvaluationWindow");
  if (window === undefined) return {};
  const wallClock = checks.object(window, "WallClockWindow", "evaluationWindow");
  const sliding = checks.object(window, "SlidingWindow", "evaluationWindow");
  if ((wallClock === undefined) === (sliding === undefined))
    throw checks.fail("EvaluationWindow must hold exactly one of SlidingWindow and WallClockWindow");
  if (wallClock === undefined) return { EvaluationWindow: { SlidingWindow: {} } };
  const periods = [input.Period, ...(Array.isArray(input.Metrics) ? input.Metrics : []).map(periodOf)];
  for (const period of periods)
    if (period !== undefined && period !== null && !WALL_CLOCK_PERIODS.includes(period))
      throw checks.fail(
        `A wall clock window needs a Period of ${WALL_CLOCK_PERIODS.join(", ")}, not ${period}`,
      );
  const Timezone = checks.text(wallClock, "Timezone", { at: "evaluationWindow.wallClockWindow" });
  return { EvaluationWindow: { WallClockWindow: Timezone === undefined ? {} : { Timezone } } };
}

export function readWarmUp(input: Input): Record<string, unknown> {
  const warmUp = checks.object(input, "WarmUpConfiguration");
  if (warmUp === undefined) return {};
  const at = "warmUpConfiguration";
  return {
    WarmUpConfiguration: {
      WarmUpPeriodDurationInMinutes: checks.requiredInteger(warmUp, "WarmUpPeriodDurationInMinutes", {
        min: 1,
        max: 2880,
        at,
      }),
      OnlyStartEvaluatingAfterWarmUpPeriodEnds:
        checks.boolean(warmUp, "OnlyStartEvaluatingAfterWarmUpPeriodEnds", at) ?? false,
    },
  };
}

export function readActionConfiguration(input: Input): Record<string, unknown> {
  const at = "actionConfiguration.alarmTagsPropagation";
  const configuration = checks.object(input, "ActionConfiguration");
  if (configuration === undefined) return {};
  const tags = checks.object(configuration, "AlarmTagsPropagation", "actionConfiguration");
  if (tags === undefined) return { ActionConfiguration: {} };
  const Enabled = checks.boolean(tags, "Enabled", at);
  if (Enabled === undefined) throw checks.fail(`${at}.enabled must not be null`);
  const keys = { min: 1, max: 50, at };
  const IncludedTagKeys = checks.texts(tags, "IncludedTagKeys", keys, { min: 1, max: 128 });
  const ExcludedTagKeys = checks.texts(tags, "ExcludedTagKeys", keys, { min: 1, max: 128 });
  if (IncludedTagKeys !== undefined && ExcludedTagKeys !== undefined)
    throw checks.fail("IncludedTagKeys and ExcludedTagKeys must not be specified together");
  return {
    ActionConfiguration: {
      AlarmTagsPropagation: {
        Enabled,
        ...(IncludedTagKeys === undefined ? {} : { IncludedTagKeys }),
        ...(ExcludedTagKeys === undefined ? {} : { ExcludedTagKeys }),
      },
    },
  };
}

function periodOf(query: Input): unknown {
  return query?.MetricStat?.Period ?? query?.Period;
}

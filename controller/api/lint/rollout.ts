// Rollout windows that could never open, or that no clock knows.
import { Cron } from "croner";
import type { Check, Found } from "./check.ts";

const checkWindows: Check = ({ spec }) =>
  (spec.rollout?.windows ?? []).flatMap(({ cron, timeZone = "UTC" }, index): Found[] => {
    const path = ["spec", "rollout", "windows", index];
    const found = (field: string, message: string): Found => ({
      code: "InvalidValue",
      message,
      path: [...path, field],
    });
    const problem = findCronProblem(cron);
    return [
      ...(problem === undefined ? [] : [found("cron", `cron "${cron}" ${problem}`)]),
      ...(isTimeZone(timeZone)
        ? []
        : [found("timeZone", `"${timeZone}" is no time zone; use an IANA name such as Asia/Tokyo`)]),
    ];
  });

export const rolloutChecks: readonly Check[] = [checkWindows];

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function findCronProblem(cron: string): string | undefined {
  if (cron.trim().split(/\s+/).length !== 5) {
    return "must have five fields: minute, hour, day of month, month, day of week, such as 0 10 * * 1-5";
  }
  try {
    // Any start will do: what never fires, never fires from then on either.
    return new Cron(cron, { paused: true, timezone: "UTC" }).nextRun(new Date(0)) === null
      ? "never fires"
      : undefined;
  } catch (error) {
    return `is not valid: ${error instanceof Error ? error.message.replace(/^CronPattern:\s*/, "") : error}`;
  }
}

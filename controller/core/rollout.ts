// How a service's deployments are rolled out, and when. Windows are cron expressions with a duration and a time zone.
import { Cron } from "croner";
import type { RolloutSpec } from "../api/schema.ts";
import type { RolloutSettings } from "../model/plan.ts";
import type { Reason } from "./select.ts";

export function rolloutSettings(spec: RolloutSpec | undefined): RolloutSettings {
  return {
    maxConcurrent: spec?.maxConcurrent ?? 1,
    timeout: (spec?.timeout ?? 900) as number,
    pauseOnFailure: spec?.pauseOnFailure ?? true,
  };
}

/** Why a rollout must not begin now: `asOf` lies in none of the windows. No windows: any time is right. */
export function findClosedWindow(spec: RolloutSpec | undefined, asOf: Date): Reason | undefined {
  const windows = spec?.windows ?? [];
  if (windows.length === 0 || windows.some((window) => isOpen(window, asOf))) return undefined;
  const next = windows
    .map(({ cron, timeZone }) => nextOpening(cron, timeZone, asOf))
    .filter((date) => date !== null);
  const soonest = next.sort((a, b) => a.getTime() - b.getTime())[0];
  const when =
    soonest === undefined ? "there is no next one" : `the next one opens at ${soonest.toISOString()}`;
  return { code: "OutsideWindow", message: `no rollout window is open at ${asOf.toISOString()}; ${when}` };
}

type Window = NonNullable<NonNullable<RolloutSpec["windows"]>[number]>;

/** Open while the last firing of the cron is less than the duration ago. */
function isOpen({ cron, duration, timeZone }: Window, asOf: Date): boolean {
  const opened = nextOpening(cron, timeZone, new Date(asOf.getTime() - (duration as number) * 1000));
  return opened !== null && opened <= asOf;
}

/** The first firing after an instant; croner knows time zones and their changes of clock. */
function nextOpening(cron: string, timeZone: string | undefined, after: Date): Date | null {
  return new Cron(cron, { timezone: timeZone ?? "UTC", paused: true }).nextRun(after);
}

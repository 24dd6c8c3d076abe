// When a schedule runs: `at(…)` once, `rate(…)` or six-field `cron(…)` again and again, in a time zone. Checked, never run.
import type { Input } from "../../service.ts";
import { isCron } from "../events/schedule.ts";
import { checks } from "./errors.ts";

/** The expression as given, and its time zone. */
export function readExpression(input: Input): {
  ScheduleExpression: string;
  ScheduleExpressionTimezone: string;
} {
  const expression = checks.requiredText(input, "ScheduleExpression", { min: 1, max: 256 });
  if (!isExpression(expression)) throw checks.fail(`Invalid Schedule Expression ${expression}.`);
  const zone = checks.text(input, "ScheduleExpressionTimezone", { min: 1, max: 50 }) ?? "UTC";
  if (!isTimeZone(zone)) throw checks.fail(`The ScheduleExpressionTimezone ${zone} is not valid.`);
  return { ScheduleExpression: expression, ScheduleExpressionTimezone: zone };
}

function isExpression(expression: string): boolean {
  const [, kind, inner = ""] = /^(at|rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === "at") return isTime(inner);
  // Unlike a rule's rate, one may be "1 minutes".
  if (kind === "rate") return /^0*[1-9]\d* (minutes?|hours?|days?)$/.test(inner);
  return kind === "cron" && isCron(inner);
}

/** A day that there is, in seconds: the 30th of February would come back as another. */
function isTime(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return false;
  const time = new Date(`${text}Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

// Schedules of rules: `rate(5 minutes)` and six-field `cron(…)`. They are checked, and never run.
import { checks } from "./errors.ts";

const MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC";
const DAYS = "SUN|MON|TUE|WED|THU|FRI|SAT";

interface CronField {
  readonly low: number;
  readonly high: number;
  readonly names?: string;
  /** Marks beside numbers, names, `*`, `,`, `-` and `/`. */
  readonly marks?: RegExp;
}

/** Minutes, hours, day of month, month, day of week, year. */
const FIELDS: readonly CronField[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31, marks: /^(\?|L|LW|\d+W)$/ },
  { low: 1, high: 12, names: MONTHS },
  { low: 1, high: 7, names: DAYS, marks: new RegExp(`^(\\?|L|([1-7]|${DAYS})L|([1-7]|${DAYS})#[1-5])$`) },
  { low: 1970, high: 2199 },
];

export function checkSchedule(expression: string): void {
  const [, kind, inner = ""] = /^(rate|cron)\((.*)\)$/.exec(expression) ?? [];
  if (kind === "rate" ? isRate(inner) : kind === "cron" && isCron(inner)) return;
  throw checks.fail("Parameter ScheduleExpression is not valid.");
}

/** One minute, hour or day; two or more minutes, hours or days. */
function isRate(text: string): boolean {
  const [, amount = "0", unit = ""] = /^(\d+) (minutes?|hours?|days?)$/.exec(text) ?? [];
  return Number(amount) > 0 && (Number(amount) === 1) !== unit.endsWith("s");
}

export function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return false;
  // The two ways to name a day exclude each other: the one not used is `?`.
  if ((fields[2] === "?") === (fields[4] === "?")) return false;
  return FIELDS.every((field, index) =>
    (fields[index] ?? "").split(",").every((part) => isCronPart(part, field)),
  );
}

function isCronPart(part: string, { low, high, names, marks }: CronField): boolean {
  if (marks?.test(part) === true) return true;
  const match = /^([^/]+)(?:\/([1-9]\d*))?$/.exec(part);
  if (match === null) return false;
  const ends = (match[1] ?? "").split("-");
  if (ends.length > 2) return false;
  if (ends.length === 1 && ends[0] === "*") return true;
  return ends.every((end) =>
    /^\d+$/.test(end)
      ? Number(end) >= low && Number(end) <= high
      : names !== undefined && new RegExp(`^(${names})$`).test(end),
  );
}

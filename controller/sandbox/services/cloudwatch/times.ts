// Timestamps and numbers as the protocols hand them over.
import { metricChecks as checks } from "./errors.ts";

/** The query protocol sends numbers as texts, and `Value` is a text elsewhere, so it isn't converted on the way in. */
export function numberOf(value: unknown): number {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number))
    throw checks.fail(`The value ${String(value)} is not a finite number`);
  return number;
}

/** A timestamp as any protocol hands it over: a Date, epoch seconds, or a text. Gives epoch milliseconds. */
export function timeOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const time =
    value instanceof Date
      ? value.getTime()
      : typeof value === "number"
        ? value * 1000
        : /^\d+(\.\d+)?$/.test(String(value))
          ? Number(value) * 1000
          : Date.parse(String(value));
  if (Number.isNaN(time)) throw checks.fail(`The value ${String(value)} is not a timestamp`);
  return time;
}

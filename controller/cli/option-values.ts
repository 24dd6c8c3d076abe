// What an option's value must look like. Each parser gives the value or says what was wrong and what would be right.

import { InvalidArgumentError } from "commander";
import { durationPattern, parseDuration } from "../api/duration.ts";
import { regionPattern } from "../api/region.ts";
import type { PlanCopy } from "./options.ts";

/** Deletes or redeployments that one run may do. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  }
  return count;
}

export function parseLimit(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new InvalidArgumentError("It must be 1 or more.");
  return count;
}

/** As many as a machine holds: the sandbox keeps all in memory. */
export function parseEstate(text: string): number {
  const count = parseCount(text);
  if (count > 50_000) throw new InvalidArgumentError("It must be at most 50000.");
  return count;
}

/** 0 to 100. */
export function parseScore(text: string): number {
  const score = parseCount(text);
  if (score > 100) throw new InvalidArgumentError("It must be from 0 to 100.");
  return score;
}

export function parsePort(text: string): number {
  const port = parseCount(text);
  if (port > 65_535)
    throw new InvalidArgumentError("It must be a port: 0 to 65535, where 0 takes any free one.");
  return port;
}

export function parseOwner(text: string): string {
  if (!/^[A-Za-z0-9-]{1,32}$/.test(text)) {
    throw new InvalidArgumentError("An owner is made of letters, digits and `-`, at most 32 of them.");
  }
  return text;
}

export function parseRegion(text: string): string {
  if (!regionPattern.test(text)) {
    throw new InvalidArgumentError("It must be the name of an AWS Region, such as eu-central-1.");
  }
  return text;
}

const instant = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Needs its offset: a plan must not depend on the time zone of the machine. */
export function parseInstant(text: string): Date {
  const [, year, month, day] = instant.exec(text) ?? [];
  const date = new Date(text);
  // `Date` takes 30 February for 2 March.
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  if (year === undefined || Number.isNaN(date.getTime()) || Number(day) > daysInMonth) {
    throw new InvalidArgumentError(
      "It must be an instant in ISO 8601 with its offset, such as 2026-11-22T09:00:00Z.",
    );
  }
  return date;
}

/** Seconds of `14d`, as far back as CloudWatch keeps anything. */
export function parsePast(text: string): number {
  const seconds = durationPattern.test(text) ? parseDuration(text) : 0;
  if (seconds < 3600 || seconds > 455 * 86_400)
    throw new InvalidArgumentError("It must be a duration from 1h to 455d, such as 14d.");
  return seconds;
}

/** As policies write durations; gives seconds. */
export function parseAge(text: string): number {
  const [, count, unit = ""] = /^([1-9][0-9]{0,5})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError("It must be a duration: 90s, 30m, 6h or 7d.");
  return Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? 0);
}

/** For an option that may be given several times. */
export function collect(text: string, previous: readonly string[] | undefined): readonly string[] {
  if (text === "") throw new InvalidArgumentError("It must not be empty.");
  return [...(previous ?? []), text];
}

/** For an option that may be given several times: FORMAT=FILE. */
export function collectCopy(formats: readonly string[]) {
  return (text: string, previous: readonly PlanCopy[] | undefined): readonly PlanCopy[] => {
    const [, format = "", file] = /^([a-z]+)=(.+)$/s.exec(text) ?? [];
    if (file === undefined || !formats.includes(format))
      throw new InvalidArgumentError(
        `It must be FORMAT=FILE, such as json=plan.json; formats are ${formats.join(", ")}.`,
      );
    return [...(previous ?? []), { format, file }];
  };
}

export function parseFormat(formats: readonly string[]): (text: string) => string {
  return (text) => {
    if (formats.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed choices are ${formats.join(", ")}.`);
  };
}

// What an option's value must look like. Each parser gives the value or says what was wrong and what would be right.
import { InvalidArgumentError } from "commander";

/** Deletes or redeployments that one run may do. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError("It must be a whole number, 0 or more.");
  }
  return count;
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
  if (!/^[a-z]{2,}(-[a-z0-9]+)+$/.test(text)) {
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

/** For an option that may be given several times. */
export function collect(text: string, previous: readonly string[] | undefined): readonly string[] {
  if (text === "") throw new InvalidArgumentError("It must not be empty.");
  return [...(previous ?? []), text];
}

export function parseFormat(formats: readonly string[]): (text: string) => string {
  return (text) => {
    if (formats.includes(text)) return text;
    throw new InvalidArgumentError(`Allowed choices are ${formats.join(", ")}.`);
  };
}

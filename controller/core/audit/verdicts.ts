// What a check says of a service: that all is well, what was found, or that it cannot be told. A check that does not apply
// says nothing at all.
import type { Failure } from "../../model/errors.ts";
import { compareText } from "../../model/json.ts";
import type { FindingCode } from "./findings.ts";

export type Verdict =
  | { readonly code: FindingCode; readonly is: "fine" }
  | {
      readonly code: FindingCode;
      readonly is: "found";
      readonly message: string;
      readonly subjects: readonly string[];
    }
  | { readonly code: FindingCode; readonly is: "unknown"; readonly failure: Failure };

export function fine(code: FindingCode): Verdict {
  return { code, is: "fine" };
}

export function found(code: FindingCode, message: string, subjects: readonly string[] = []): Verdict {
  return { code, is: "found", message, subjects };
}

export function untold(code: FindingCode, failure: Failure): Verdict {
  return { code, is: "unknown", failure };
}

/** Found where there is anything that it is about. */
export function foundIn(
  code: FindingCode,
  subjects: readonly string[],
  describe: (names: string) => string,
): Verdict {
  return subjects.length === 0 ? fine(code) : found(code, describe(listNames(subjects)), subjects);
}

/** Of alarms: each name once, in order. */
export function namesOf(alarms: readonly { readonly name: string }[]): string[] {
  return [...new Set(alarms.map(({ name }) => name))].sort(compareText);
}

/** `a`, `a and b`, `a, b and 3 more`: long lists are read by nobody. */
export function listNames(names: readonly string[]): string {
  const [first = "", second] = names;
  if (second === undefined) return first;
  if (names.length === 2) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${names[2]}`;
  return `${first}, ${second} and ${names.length - 2} more`;
}

// Calls that fail in part: some entries of a list are not done, and the answer, a 200, says which.
import type { Input, Output } from "./service.ts";

/** Operations that answer so, `service:operation`, with the list in their input. */
const LISTS: Readonly<Record<string, string>> = {
  "events:PutTargets": "Targets",
  "events:RemoveTargets": "Ids",
};

export interface EntryFailure {
  readonly code: string;
  /** A piece of text the entry has, as JSON; absent: every entry fails. */
  readonly match?: string | undefined;
}

export interface PartialCall {
  /** The input with the entries that are done; undefined where none is left. */
  readonly input: Input | undefined;
  /** The operation's own answer, with the entries that failed. */
  report(output: Output): Output;
}

/** Without its service: a rule may leave that out. */
export function answersEntries(operation: string | undefined): boolean {
  return Object.keys(LISTS).some((name) => name.split(":")[1] === operation);
}

/** Undefined where the call has no such list. */
export function failEntries(
  service: string,
  operation: string,
  input: Input,
  { code, match = "" }: EntryFailure,
): PartialCall | undefined {
  const field = LISTS[`${service}:${operation}`];
  if (field === undefined || !Array.isArray(input[field])) return undefined;
  const entries: Input[] = input[field];
  const failed = entries.filter((entry) => JSON.stringify(entry).includes(match));
  const done = entries.filter((entry) => !failed.includes(entry));
  const reported = failed.map((entry) => ({
    TargetId: typeof entry === "string" ? entry : entry?.Id,
    ErrorCode: code,
    ErrorMessage: "The request processing of this entry has failed.",
  }));
  return {
    input: done.length === 0 ? undefined : { ...input, [field]: done },
    report: ({ FailedEntryCount = 0, FailedEntries = [], ...rest }) => ({
      ...rest,
      FailedEntryCount: Number(FailedEntryCount) + reported.length,
      FailedEntries: [...(FailedEntries as unknown[]), ...reported],
    }),
  };
}

// Calls that fail in part: some entries of a list are not done, and the answer, a 200, says which.
import type { Input, Output } from "./service.ts";

interface Partial {
  /** The list in the input. */
  readonly list: string;
  /** Adds the entries that failed to the answer. `entries`: all that were sent, in their order. */
  report(output: Output, failed: readonly Input[], code: string, entries: readonly Input[]): Output;
}

const MESSAGE = "The request processing of this entry has failed.";

function reportTargets(output: Output, failed: readonly Input[], code: string): Output {
  const { FailedEntryCount = 0, FailedEntries = [], ...rest } = output;
  const entries = failed.map((entry) => ({
    TargetId: typeof entry === "string" ? entry : entry?.Id,
    ErrorCode: code,
    ErrorMessage: MESSAGE,
  }));
  return {
    ...rest,
    FailedEntryCount: Number(FailedEntryCount) + entries.length,
    FailedEntries: [...(FailedEntries as unknown[]), ...entries],
  };
}

function reportBatch(
  { Successful = [], Failed = [] }: Output,
  failed: readonly Input[],
  code: string,
): Output {
  const entries = failed.map((entry) => ({
    Id: entry?.Id,
    SenderFault: false,
    Code: code,
    Message: MESSAGE,
  }));
  return { Successful, Failed: [...(Failed as unknown[]), ...entries] };
}

/** PutEvents tells of its entries by their places. */
function reportEvents(
  { FailedEntryCount = 0, Entries = [] }: Output,
  failed: readonly Input[],
  code: string,
  entries: readonly Input[],
): Output {
  const answers = [...(Entries as unknown[])];
  return {
    FailedEntryCount: Number(FailedEntryCount) + failed.length,
    Entries: entries.map((entry) =>
      failed.includes(entry) ? { ErrorCode: code, ErrorMessage: MESSAGE } : answers.shift(),
    ),
  };
}

/** Operations that answer so, `service:operation`. */
const PARTIAL: Readonly<Record<string, Partial>> = {
  "events:PutTargets": { list: "Targets", report: reportTargets },
  "events:RemoveTargets": { list: "Ids", report: reportTargets },
  "sqs:SendMessageBatch": { list: "Entries", report: reportBatch },
  "sqs:DeleteMessageBatch": { list: "Entries", report: reportBatch },
  "sqs:ChangeMessageVisibilityBatch": { list: "Entries", report: reportBatch },
  "events:PutEvents": { list: "Entries", report: reportEvents },
};

/** Their names, for a message. */
export const ENTRY_OPERATIONS = Object.keys(PARTIAL)
  .map((name) => name.split(":")[1])
  .join(", ")
  .replace(/, (\w+)$/, " or $1");

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
  return Object.keys(PARTIAL).some((name) => name.split(":")[1] === operation);
}

/** Undefined where the call has no such list. */
export function failEntries(
  service: string,
  operation: string,
  input: Input,
  { code, match = "" }: EntryFailure,
): PartialCall | undefined {
  const partial = PARTIAL[`${service}:${operation}`];
  if (partial === undefined || !Array.isArray(input[partial.list])) return undefined;
  const entries: Input[] = input[partial.list];
  const failed = entries.filter((entry) => JSON.stringify(entry).includes(match));
  const done = entries.filter((entry) => !failed.includes(entry));
  return {
    input: done.length === 0 ? undefined : { ...input, [partial.list]: done },
    report: (output) => partial.report(output, failed, code, entries),
  };
}

// What a person sees of an error: one line that says what happened, one that says how to go on. Never a stack,
// unless they ask for it with `--log-level debug`.
import { EcsmonError } from "../model/errors.ts";
import type { LogLevel } from "./io.ts";
import { hintFor } from "./render/hints.ts";
import { safeText } from "./render/safe-text.ts";

export function describeFailure(error: unknown, logLevel: LogLevel): string {
  const lines = error instanceof EcsmonError ? describeExpected(error) : describeUnexpected(error, logLevel);
  if (logLevel === "debug" && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return `${lines.map((line) => safeText(line, { keepNewlines: true })).join("\n")}\n`;
}

function describeExpected(error: EcsmonError): string[] {
  const hint =
    hintFor(error.code) ?? (error.remedy === "retry" ? "this may pass by itself: run it again" : undefined);
  return [`ecsmon: ${error.message}`, ...(hint === undefined ? [] : [`  ${hint}`])];
}

function describeUnexpected(error: unknown, logLevel: LogLevel): string[] {
  if (isMissingRegion(error)) {
    return ["ecsmon: no AWS Region is set", "  give --region, AWS_REGION, or a profile that has one"];
  }
  const again = logLevel === "debug" ? "" : " (run it again with --log-level debug to see where)";
  return [`ecsmon: unexpected error: ${oneLine(error)}${again}`];
}

/** The SDK has no name for this one. */
function isMissingRegion(error: unknown): boolean {
  return error instanceof Error && error.message === "Region is missing";
}

function oneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A refused connection is an AggregateError without a message.
  const inner = error instanceof AggregateError ? error.errors.map(oneLine).join("; ") : "";
  const text = (error.message || inner).replaceAll(/\s+/g, " ").trim();
  return text === "" ? error.name : `${error.name}: ${text}`;
}

// What a wire protocol is to the server: how an answer or an error of an operation becomes bytes.
import type { AwsError, Input, Output } from "../service.ts";

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Protocol {
  decode(body: Buffer): Input;
  answer(operation: string, output: Output, requestId: string): WireAnswer;
  error(error: AwsError, requestId: string): WireAnswer;
}

/** Carries the query protocol's error code in the others, for services that once spoke awsQuery. */
export function queryErrorHeader(error: AwsError): Record<string, string> {
  const code = error.queryCode ?? error.code;
  return { "x-amzn-query-error": `${code};${error.status >= 500 ? "Receiver" : "Sender"}` };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

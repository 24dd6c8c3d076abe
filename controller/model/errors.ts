// Errors that carry a code, whose fault it is, and what to do with them.

export type Fault = "user" | "aws" | "operator";
/** `retry` with back-off; `wait` for the world to change; `stall` until a person acts. */
export type Remedy = "retry" | "wait" | "stall";

export class EcsmonError extends Error {
  override readonly name = "EcsmonError";
  readonly code: string;
  readonly fault: Fault;
  readonly remedy: Remedy;

  constructor(
    code: string,
    message: string,
    options: { fault?: Fault; remedy?: Remedy; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.fault = options.fault ?? "user";
    this.remedy = options.remedy ?? "stall";
  }
}

/** Why something could not be read or written: enough to show, and to decide on. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof EcsmonError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: error.name, message: error.message };
  return { code: "Unknown", message: String(error) };
}

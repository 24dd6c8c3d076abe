// The log of every call the sandbox answered: what tests and benchmarks count.

export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly input: unknown;
  /** HTTP status, or 0 where the socket was destroyed before an answer. */
  readonly status: number;
  /** The error's code, where the answer was an error. */
  readonly error?: string;
  /** Epoch milliseconds on the sandbox's clock. */
  readonly at: number;
  /** Whether the operation is one that changes something (answered with success or not). */
  readonly write: boolean;
}

const READS =
  /^(Describe|List|Get|Head|Receive|BatchGet|Search|Lookup|Test|Filter|StartQuery|StopQuery|AssumeRole)/;

export function isWrite(operation: string): boolean {
  return !READS.test(operation);
}

/** Calls per `service:Operation`, in alphabetical order. */
export function countCalls(calls: readonly Call[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const call of calls) {
    const name = `${call.service}:${call.operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

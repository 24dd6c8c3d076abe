// Long work of the processor in short pieces: between them leases are renewed and probes answered.

/** Everything else that waits has its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a generator gives in the end, with a breath at each of its steps. */
export async function breatheThrough<T>(steps: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    await breathe();
  }
}

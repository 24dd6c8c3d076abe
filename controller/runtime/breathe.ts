// Long work of the processor in short pieces: between them leases are renewed and probes answered.

/** Everything else that waits has its turn. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** What a generator gives in the end, with a breath after so many of its steps. */
export async function breatheThrough<T>(steps: Generator<undefined, T>, every = 1): Promise<T> {
  for (let count = 1; ; count++) {
    const { done, value } = steps.next();
    if (done) return value;
    if (count % every === 0) await breathe();
  }
}

/** Items one by one, with a breath after so many of them. */
export async function* breathing<T>(items: Iterable<T>, every = 200): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    count += 1;
    if (count % every === 0) await breathe();
  }
}

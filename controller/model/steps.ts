// Long work as a generator: each step is a point at which whoever runs it may do something else first. Here, nothing else.

/** What the steps give in the end, all of them run at once. */
export function finishSteps<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

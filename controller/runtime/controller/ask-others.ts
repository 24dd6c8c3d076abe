// News in one source may be half of a move to another one, as where two sources are folders of one repository. The others
// are asked before it is judged: else what has moved would be gone for a while, and deleted.
import type { Clock } from "../../model/clock.ts";
import type { KeptSource } from "./kept-source.ts";

/** Milliseconds. A source that does not answer must not hold the others up for long. */
const patience = 10_000;

/** Until each of them has been read by a read that began after this call, or cannot be read now. */
export async function askOthers(
  others: readonly KeptSource[],
  clock: Pick<Clock, "monotonic" | "sleep">,
  signal: AbortSignal,
): Promise<void> {
  const since = clock.monotonic();
  const isBehind = (one: KeptSource): boolean => one.askedAt < since && one.failure === undefined;
  const waiting = new AbortController();
  const look = (): void => {
    if (signal.aborted || !others.some(isBehind)) waiting.abort();
  };
  for (const one of others.filter(isBehind)) {
    one.onRead.add(look);
    one.bell.ring();
  }
  signal.addEventListener("abort", look, { once: true });
  look();
  await clock.sleep(patience, waiting.signal);
  signal.removeEventListener("abort", look);
  for (const one of others) one.onRead.delete(look);
}

// One read of a source by the controller: bounded in time whatever the source does, and of a folder only as it stands
// still.
import type { Clock } from "../../model/clock.ts";
import { EcsmonError } from "../../model/errors.ts";
import type { ReadOptions, SourceResult } from "../../sources/source.ts";
import type { KeptSource } from "./kept-source.ts";

/** Milliseconds in which nothing of a folder changes before it is taken. */
const stillness = 300;
const maxReads = 10;

/** @throws EcsmonError, or the reason of `signal` */
export async function readSource(
  kept: KeptSource,
  clock: Clock,
  deadline: number,
  signal: AbortSignal,
): Promise<SourceResult> {
  const { name } = kept;
  if (kept.hanging !== undefined) throw tookTooLong(name, deadline);
  // Not `AbortSignal.any`: of a signal that lives as long as the process, each one made from it would stay.
  const ended = new AbortController();
  const stop = (): void => ended.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const inTime = new AbortController();
  void clock.sleep(deadline, inTime.signal).then(() => {
    if (!inTime.signal.aborted) ended.abort(tookTooLong(name, deadline));
  });
  const held = (kept.next ?? kept.good)?.revision;
  const options = {
    ...(held === undefined ? {} : { held }),
    ...(kept.good === undefined ? {} : { lastGood: kept.good.revision }),
    signal: ended.signal,
  };
  const read = readStill(kept, options, clock);
  const over = read.then(
    () => undefined,
    () => undefined,
  );
  try {
    return await orAborted(read, ended.signal);
  } catch (error) {
    // It ends soon, or never; meanwhile there is no second one beside it.
    kept.hanging = over;
    void over.then(() => {
      kept.hanging = undefined;
    });
    throw error;
  } finally {
    inTime.abort();
    signal.removeEventListener("abort", stop);
  }
}

/** A folder has no commits: a checkout under way looks as if policies had been deleted. */
async function readStill(
  { configured: { source, watch }, name }: KeptSource,
  options: ReadOptions & { readonly signal: AbortSignal },
  clock: Clock,
): Promise<SourceResult> {
  let result = await source.read(options);
  if (watch === undefined) return result;
  for (let reads = 1; !result.unchanged; reads++) {
    if (reads === maxReads)
      throw new EcsmonError(
        "SourceUnreadable",
        `${name} did not stand still for ${stillness} ms in ${maxReads} reads; check what keeps writing there`,
        { remedy: "retry" },
      );
    await clock.sleep(stillness, options.signal);
    options.signal.throwIfAborted();
    const again = await source.read({ ...options, held: result.revision });
    if (again.unchanged) return result;
    result = again;
  }
  return result;
}

/** What a promise gives, or the signal's reason as soon as it is aborted. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

function tookTooLong(name: string, deadline: number): EcsmonError {
  return new EcsmonError(
    "SourceUnreachable",
    `${name} was not read within ${deadline / 1000} seconds; check the network, or the disk it is on`,
    { remedy: "retry" },
  );
}

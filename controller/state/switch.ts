// The freeze switch: one object of the status store, which every replica reads every two seconds. While it is on, or
// cannot be read, nothing is written.
import type { Clock } from "../model/clock.ts";
import { EcsmonError, type Failure, toFailure } from "../model/errors.ts";
import { isObject } from "../model/json.ts";
import type { Pause } from "../model/status.ts";
import type { StateLog } from "./log.ts";
import type { ObjectStore } from "./object-store.ts";

export interface SwitchWatch {
  /** Why nothing may be written at this moment: `Paused`, or `SwitchUnread` when that is not known. */
  refuse(): Failure | undefined;
  /** As it was last read. */
  paused(): Pause | undefined;
  /** Resolves after the first try to read it, however it ended. */
  readonly looked: Promise<void>;
}

const key = "switch.json";
const pollEvery = 2_000;
const retryAfter = 500;
const timeout = 1_500;
/** How long an answer is good for, from when it was asked for. */
const goodFor = 5_000;

export interface SwitchOptions {
  readonly clock: Clock;
  readonly log: StateLog;
  readonly signal: AbortSignal;
  /** Called when it is another than before; the first time only if it is on. */
  readonly onChange?: (pause: Pause | undefined) => void;
  /** It could not be read for so long that nothing was written, and now it can. */
  readonly onReadAgain?: () => void;
}

/** Reads the switch until `signal` is aborted. */
export function watchSwitch(
  store: ObjectStore,
  { clock, log, signal, onChange, onReadAgain }: SwitchOptions,
): SwitchWatch {
  let known: { readonly pause: Pause | undefined; readonly etag?: string } | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let failure: Failure | undefined;
  const read = async (): Promise<boolean> => {
    const sent = clock.monotonic();
    try {
      const etag = known?.etag;
      const found = await store.get(key, {
        signal,
        timeout,
        ...(etag === undefined ? {} : { ifNoneMatch: etag }),
      });
      if (found !== "unchanged") {
        const pause = found === undefined ? undefined : parsePause(found.text, store);
        if (JSON.stringify(pause) !== JSON.stringify(known?.pause)) {
          tellChange(known?.pause, pause, log);
          onChange?.(pause);
        }
        known = { pause, ...(found === undefined ? {} : { etag: found.etag }) };
      }
      const isFirst = askedAt === Number.NEGATIVE_INFINITY;
      const wasUnread = isFirst ? failure !== undefined : sent - askedAt > goodFor;
      if (failure !== undefined) log("info", "switch-read-again");
      failure = undefined;
      askedAt = sent;
      if (wasUnread) onReadAgain?.();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      if (failure === undefined) log("warn", "switch-unread", { ...toFailure(error) });
      failure = toFailure(error);
      return false;
    }
  };
  const first = read();
  void (async () => {
    let isRead = await first;
    while (!signal.aborted) {
      await clock.sleep(isRead ? pollEvery : retryAfter, signal);
      if (!signal.aborted) isRead = await read();
    }
  })();
  return {
    refuse() {
      if (clock.monotonic() - askedAt > goodFor) {
        const why = failure === undefined ? "it was not read yet" : failure.message;
        return {
          code: "SwitchUnread",
          message: `whether writes are paused is not known, so nothing is written: ${why}`,
        };
      }
      return known?.pause === undefined ? undefined : describePause(known.pause);
    },
    paused: () => known?.pause,
    looked: first.then(() => undefined),
  };
}

/** `undefined`: writes are not paused. */
export async function readSwitch(store: ObjectStore): Promise<Pause | undefined> {
  const found = await store.get(key);
  return found === undefined || found === "unchanged" ? undefined : parsePause(found.text, store);
}

/** Every controller and `apply` over this store writes nothing more within 5 seconds. */
export async function pauseWrites(store: ObjectStore, { reason, by, at }: Pause): Promise<void> {
  await store.put(key, `${JSON.stringify({ reason, by, at })}\n`);
}

/** Writes go on. Also where what stood there could not be read. */
export async function resumeWrites(store: ObjectStore): Promise<void> {
  await store.put(key, "{}\n");
}

export function describePause({ reason, by, at }: Pause): Failure {
  return { code: "Paused", message: `writes are paused by ${by} since ${at}: ${reason}` };
}

function tellChange(before: Pause | undefined, after: Pause | undefined, log: StateLog): void {
  if (after !== undefined) log("warn", "writes-paused", { ...after });
  if (after === undefined && before !== undefined) log("info", "writes-resumed", { pausedBy: before.by });
}

function parsePause(text: string, store: ObjectStore): Pause | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    data = undefined;
  }
  if (isObject(data)) {
    const { reason, by, at } = data;
    if (typeof reason === "string" && typeof by === "string" && typeof at === "string")
      return { reason, by, at };
    if (Object.keys(data).length === 0) return undefined;
  }
  // As paused: somebody meant something by it.
  throw new EcsmonError(
    "SwitchUnread",
    `${key} in ${store.name} is no switch of ecsmon's; write it anew with ecsmon pause or ecsmon resume`,
  );
}

// Keeps a target's status in the store. One that says the same as what stands there is written now and then only, so
// that readers see that somebody still looks. It is written over what this holder wrote last and over nothing else: a
// write that was sent before the lease was lost, and comes late, must not hide what the next holder says.
import { isSameStatus } from "../../core/status.ts";
import { toFailure } from "../../model/errors.ts";
import type { TargetStatus } from "../../model/status.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { readTargetVersion, writeTarget } from "../../state/status-store.ts";
import type { Log } from "./log.ts";

type Publish = (status: TargetStatus, previous: TargetStatus | undefined) => Promise<void>;

/** Another than this holder's last may stand there so many times in a row: its own whose answer was lost, a late one. */
const maxTries = 3;

/** It never rejects: what could not be written is written with the next status. */
export function publisherTo(store: ObjectStore, log: Log): Publish {
  const call = { timeout: 30_000 };
  let isBehind = false;
  /** Of one time of holding. */
  let last: { readonly epoch: number; readonly etag: string } | undefined;
  /** Of the status that stood before ours. Epochs begin anew where somebody took the lease's object away. */
  let formerEpoch: number | undefined;
  /** One is written after the other, and of those that wait the newest. */
  let turn = Promise.resolve();
  let newest: TargetStatus | undefined;
  /** What was told before the first of those that wait. */
  let overtaken: { readonly previous: TargetStatus | undefined } | undefined;

  /** `newer`: the status of a later holder stands there. */
  async function write(status: TargetStatus): Promise<"written" | "newer" | "moving"> {
    const { epoch, target } = status;
    let over = last?.epoch === epoch ? last : undefined;
    last = undefined;
    for (let tries = 0; tries < maxTries; tries += 1) {
      const standing = over === undefined ? await readTargetVersion(store, target, call) : undefined;
      const stands = standing?.status.epoch ?? epoch;
      if (stands > epoch && stands !== formerEpoch) {
        // Should we be called again, then we still hold the lease, and it was none of a later holder.
        formerEpoch = stands;
        return "newer";
      }
      const done = await writeTarget(store, status, { ...call, over: over ?? standing ?? "none" });
      if (done !== "conflict") {
        last = { epoch, etag: done.etag };
        return "written";
      }
      over = undefined;
    }
    return "moving";
  }

  async function keep(status: TargetStatus, previous: TargetStatus | undefined): Promise<void> {
    const isFullPass = status.pass?.endedAt !== previous?.pass?.endedAt;
    if (!isBehind && !isFullPass && previous !== undefined && isSameStatus(status, previous)) return;
    const { target, epoch } = status;
    if (previous !== undefined && previous.epoch !== epoch) formerEpoch = previous.epoch;
    try {
      const ended = await write(status);
      if (ended === "newer") log("info", "status-left", { target, epoch });
      else if (ended === "moving" && !isBehind)
        log("error", "status-unwritten", {
          target,
          code: "StatusMoving",
          message: `others wrote the status of ${target} ${maxTries} times meanwhile; let only one controller act on it`,
        });
      else if (ended === "written" && isBehind) log("info", "status-written-again", { target });
      isBehind = ended !== "written";
    } catch (error) {
      if (!isBehind) log("error", "status-unwritten", { target, ...toFailure(error) });
      isBehind = true;
    }
  }

  return (status, previous) => {
    newest = status;
    overtaken ??= { previous };
    turn = turn.then(async () => {
      // What was told since says all of it.
      if (newest !== status || overtaken === undefined) return;
      const before = overtaken.previous;
      overtaken = undefined;
      await keep(status, before);
    });
    return turn;
  };
}

// Keeps a target's status in the store. One that says the same as what stands there is written now and then only, so
// that readers see that somebody still looks.
import { isSameStatus } from "../../core/status.ts";
import { toFailure } from "../../model/errors.ts";
import type { TargetStatus } from "../../model/status.ts";
import type { ObjectStore } from "../../state/object-store.ts";
import { writeTarget } from "../../state/status-store.ts";
import type { Log } from "./log.ts";

type Publish = (status: TargetStatus, previous: TargetStatus | undefined) => Promise<void>;

/** It never rejects: what could not be written is written with the next status. */
export function publisherTo(store: ObjectStore, log: Log): Publish {
  let isBehind = false;
  return async (status, previous) => {
    const isFullPass = status.pass?.endedAt !== previous?.pass?.endedAt;
    if (!isBehind && !isFullPass && previous !== undefined && isSameStatus(status, previous)) return;
    try {
      await writeTarget(store, status, { timeout: 30_000 });
      if (isBehind) log("info", "status-written-again", { target: status.target });
      isBehind = false;
    } catch (error) {
      if (!isBehind) log("error", "status-unwritten", { target: status.target, ...toFailure(error) });
      isBehind = true;
    }
  };
}

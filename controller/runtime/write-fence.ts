// What keeps requests of one target from being sent: a lease that is not held any more, and writes that people paused.
import type { Fence } from "../aws/fence.ts";
import type { Failure } from "../model/errors.ts";
import type { Lease } from "../state/lease.ts";
import type { SwitchWatch } from "../state/switch.ts";

export interface WriteFence extends Fence {
  /** Why no write may be started at this moment. */
  forbids(): Failure | undefined;
}

/** What is left out is not asked. */
export function createWriteFence(guards: {
  readonly lease?: Pick<Lease, "isHeld" | "key"> | undefined;
  readonly pause?: Pick<SwitchWatch, "refuse"> | undefined;
}): WriteFence {
  const { lease, pause } = guards;
  const refuse = (isWrite: boolean): Failure | undefined => {
    if (lease !== undefined && !lease.isHeld())
      return { code: "LeaseLost", message: `the lease ${lease.key} is not held any more` };
    return isWrite ? pause?.refuse() : undefined;
  };
  return { refuse: ({ isWrite }) => refuse(isWrite), forbids: () => refuse(true) };
}

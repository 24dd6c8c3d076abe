// What `apply` with a configuration keeps to beside a running controller: the freeze switch, and the lease of each target.
import { hostname } from "node:os";
import type { OperatorConfig } from "../api/config.ts";
import { EcsmonError, type Failure } from "../model/errors.ts";
import { systemClock } from "../runtime/controller/system-clock.ts";
import { targetId } from "../runtime/controller/target.ts";
import type { OpenTarget } from "../runtime/open-target.ts";
import { leaseKey, openLeases, openStatusStore } from "../runtime/state-places.ts";
import { createWriteFence } from "../runtime/write-fence.ts";
import { createLease, withLease } from "../state/lease.ts";
import { type SwitchWatch, watchSwitch } from "../state/switch.ts";
import type { Io } from "./io.ts";

export interface WriteGuards {
  /** Runs `use` under the target's lease, where there are leases. */
  under<T>(opened: OpenTarget, owner: string, use: (forbids: Forbids) => Promise<T>): Promise<T>;
  close(): void;
}

/** Why no write may be started at this moment. */
export type Forbids = () => Failure | undefined;

/** Milliseconds to wait for a lease: a pass and what rolls in it end within it, as a rule. */
const patience = 10 * 60_000;

/** @throws EcsmonError `Paused`, or what keeps the switch from being read */
export async function openWriteGuards(
  config: OperatorConfig | undefined,
  io: Io,
  clock = systemClock,
): Promise<WriteGuards> {
  const closing = new AbortController();
  const pause = config === undefined ? undefined : await heedSwitch(config, closing, clock);
  const leases = config === undefined ? undefined : openLeases(config, process.env);
  return {
    async under(opened, owner, use) {
      if (leases === undefined) {
        const fence = createWriteFence({ pause });
        opened.fence(fence);
        return use(fence.forbids);
      }
      const { account, region } = await opened.caller();
      const lease = createLease(leases.store, leaseKey(targetId(owner, account, region)), {
        holder: `apply on ${hostname()}, process ${process.pid}`,
        duration: leases.duration,
        clock,
        log: () => undefined,
      });
      const onWaiting = (holder: string, reason: string): void => {
        const who = holder === "" ? reason : `${holder}: ${reason}`;
        io.stderr(`ecsmon: waiting for the lease ${lease.key} (${who}). Ctrl-C ends it\n`);
      };
      const release = io.onInterrupt(() => undefined);
      return withLease(lease, { signal: io.signal, patience, onWaiting }, async () => {
        release();
        const fence = createWriteFence({ lease, pause });
        opened.fence(fence);
        return use(fence.forbids);
      }).finally(release);
    },
    close: () => closing.abort(),
  };
}

async function heedSwitch(
  config: OperatorConfig,
  closing: AbortController,
  clock: typeof systemClock,
): Promise<SwitchWatch | undefined> {
  const store = openStatusStore(config, process.env);
  if (store === undefined) return undefined;
  const watch = watchSwitch(store, { clock, log: () => undefined, signal: closing.signal });
  await watch.looked;
  const refused = watch.refuse();
  if (refused === undefined) return watch;
  closing.abort();
  const fix = refused.code === "Paused" ? `; ecsmon resume --config ${config.file} lets them go on` : "";
  throw new EcsmonError(refused.code, `${refused.message}${fix}`, { remedy: "wait" });
}

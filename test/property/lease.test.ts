// Several keepers of one lease, each with a clock, a way to the store and troubles of its own: never do two of them hold
// it at one instant, and when all is quiet again, one does.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../../controller/model/clock.ts";
import { createLease, type Lease, withLease } from "../../controller/state/lease.ts";
import { createMemoryStore } from "../../controller/state/memory.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { createStoreDouble, type Fate } from "../unit/state/store-double.ts";

const key = "lease.json";
const duration = 10;

/** One thing that happens to one keeper, after a while. */
interface Event {
  readonly after: number;
  readonly who: number;
  readonly what:
    | { readonly kind: "fate"; readonly fates: readonly Fate[] }
    /** Stopped for so long, and then going on as if nothing had been. */
    | { readonly kind: "stop"; readonly milliseconds: number }
    | { readonly kind: "leave" }
    | { readonly kind: "apply"; readonly milliseconds: number };
}

const delay = fc.oneof(fc.constant(0), fc.nat(400), fc.nat(6_000));
const fate: fc.Arbitrary<Fate> = fc.record(
  { there: delay, back: delay, lost: fc.constantFrom("request", "answer", "error") },
  { requiredKeys: [] },
);
const event: fc.Arbitrary<Event> = fc.record({
  after: fc.nat(8_000),
  who: fc.nat(2),
  what: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant("fate" as const), fates: fc.array(fate, { maxLength: 8 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("stop" as const), milliseconds: fc.nat(25_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("apply" as const), milliseconds: fc.nat(15_000) }),
    },
  ),
});

/** A process that can be stopped: its timers and answers come when it goes on; its monotonic clock has gone on all along. */
function createMachine(clock: Clock, rate: number) {
  let stoppedUntil = 0;
  const own: Clock = {
    now: clock.now,
    monotonic: () => clock.monotonic() * rate,
    async sleep(milliseconds, signal) {
      await clock.sleep(milliseconds / rate, signal);
      while (clock.monotonic() < stoppedUntil)
        await clock.sleep(Math.max(1, stoppedUntil - clock.monotonic()));
    },
  };
  return {
    clock: own,
    isStopped: () => clock.monotonic() < stoppedUntil,
    stop: (milliseconds: number) => {
      stoppedUntil = Math.max(stoppedUntil, clock.monotonic() + milliseconds);
    },
  };
}

test("never two at once, and one when all is quiet", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 5, maxLength: 30 }),
      fc.array(fc.double({ min: 0.98, max: 1.02, noNaN: true }), { minLength: 3, maxLength: 3 }),
      async (events, rates) => {
        const clock = createVirtualClock();
        const memory = createMemoryStore();
        const leases: { readonly name: string; readonly lease: Lease }[] = [];
        const epochs: number[] = [];
        const stopping = new AbortController();
        const done: Promise<unknown>[] = [];
        const open = (name: string, own: Clock, way: { fates: Fate[] }) => {
          const store = createStoreDouble(own, memory);
          store.fate = () => way.fates.shift() ?? {};
          const lease = createLease(store, key, { holder: name, duration, clock: own, log: () => undefined });
          leases.push({ name, lease });
          return lease;
        };
        const check = (): void => {
          const held = leases.filter(({ lease }) => lease.isHeld()).map(({ name }) => name);
          expect(held.length, `held by ${held.join(" and ")} at ${clock.monotonic()}`).toBeLessThanOrEqual(1);
        };
        const keepers = rates.map((rate, index) => {
          const way = { fates: [] as Fate[] };
          const machine = createMachine(clock, rate);
          const lease = open(`keeper ${index}`, machine.clock, way);
          let leaving = new AbortController();
          const start = (): void => {
            leaving = new AbortController();
            const keeping = lease.keep({
              signal: AbortSignal.any([stopping.signal, leaving.signal]),
              whileHeld: ({ epoch, signal }) => {
                epochs.push(epoch);
                return new Promise((resolve) => {
                  if (signal.aborted) resolve();
                  else signal.addEventListener("abort", () => resolve());
                });
              },
            });
            done.push(keeping.then(() => (stopping.signal.aborted ? undefined : start())));
          };
          start();
          return { machine, way, leave: () => leaving.abort() };
        });
        for (const { after, who, what } of events) {
          // In small steps: what is true between two events is looked at, too.
          for (let left = after; left > 0; left -= 500) {
            await clock.advance(Math.min(500, left));
            check();
          }
          const keeper = keepers[who];
          if (keeper === undefined) continue;
          if (what.kind === "fate") keeper.way.fates.push(...what.fates);
          else if (what.kind === "stop") keeper.machine.stop(what.milliseconds);
          else if (what.kind === "leave") keeper.leave();
          else {
            const lease = open(`apply ${leases.length}`, clock, { fates: [] });
            const use = () => clock.sleep(what.milliseconds);
            done.push(
              withLease(lease, { signal: stopping.signal, patience: 20_000 }, use).catch(() => undefined),
            );
          }
          check();
        }
        for (const { way } of keepers) way.fates.length = 0;
        for (let step = 0; step < 80; step++) {
          await clock.advance(1_000);
          check();
        }
        expect(leases.filter(({ lease }) => lease.isHeld())).toHaveLength(1);
        expect(new Set(epochs).size).toBe(epochs.length);
        stopping.abort();
        await clock.advance(30_000);
        await Promise.all(done);
        expect(leases.some(({ lease }) => lease.isHeld())).toBe(false);
      },
    ),
    { numRuns: 60 },
  );
});

// A lease, move by move, on a clock of the test's own.
import { describe, expect, it } from "vitest";
import { EcsmonError } from "../../../controller/model/errors.ts";
import {
  createLease,
  type Held,
  type Lease,
  type LeaseOptions,
  withLease,
} from "../../../controller/state/lease.ts";
import { parseLease } from "../../../controller/state/lease-record.ts";
import { isUneven } from "../../../controller/state/lease-rules.ts";
import { createMemoryStore } from "../../../controller/state/memory.ts";
import { createVirtualClock, type VirtualClock } from "../../support/virtual-clock.ts";
import { createStoreDouble, type StoreDouble } from "./store-double.ts";

const key = "ecsmon-123456789012-us-east-1.json";

function createScene() {
  const clock = createVirtualClock();
  const memory = createMemoryStore();
  const read = async () => {
    const found = await memory.get(key);
    return found === undefined || found === "unchanged" ? undefined : parseLease(found.text);
  };
  return {
    clock,
    memory,
    read,
    keeper: (name: string, over: Partial<LeaseOptions> = {}) => createKeeper(name, clock, memory, over),
  };
}

interface Keeper {
  readonly lease: Lease;
  readonly store: StoreDouble;
  readonly events: string[];
  /** Keeps it until it is stopped; what is done under it ends when it is told to. */
  start(): void;
  stop(): Promise<void>;
  /** Why each time of holding ended. */
  readonly ends: string[];
  held: Held | undefined;
}

function createKeeper(
  holder: string,
  clock: VirtualClock,
  memory: ReturnType<typeof createMemoryStore>,
  over: Partial<LeaseOptions>,
): Keeper {
  const store = createStoreDouble(clock, memory);
  const events: string[] = [];
  const lease = createLease(store, key, {
    holder,
    duration: 15,
    clock,
    log: (_, event) => void events.push(event),
    ...over,
  });
  const stopping = new AbortController();
  let keeping = Promise.resolve();
  const keeper: Keeper = {
    lease,
    store,
    events,
    ends: [],
    held: undefined,
    start() {
      keeping = lease.keep({
        signal: stopping.signal,
        async whileHeld(held) {
          keeper.held = held;
          await new Promise((resolve) => held.signal.addEventListener("abort", resolve));
          keeper.ends.push((held.signal.reason as EcsmonError).code);
          keeper.held = undefined;
        },
      });
    },
    async stop() {
      stopping.abort();
      await clock.advance(0);
      await keeping;
    },
  };
  return keeper;
}

describe("a lease that nobody contends for", () => {
  it("is taken at once, renewed every third of its time, and given back", async () => {
    const { clock, keeper, read } = createScene();
    const a = keeper("a", { facts: () => ({ lastPassAt: "now" }) });
    expect(a.lease.isHeld()).toBe(false);
    a.start();
    await clock.advance(0);
    expect(a.lease.isHeld()).toBe(true);
    expect(a.held?.epoch).toBe(1);
    expect(await read()).toMatchObject({ holder: "a", epoch: 1, duration: 15, facts: { lastPassAt: "now" } });
    await clock.advance(60_000);
    expect(a.lease.isHeld()).toBe(true);
    expect(a.store.calls.filter(({ operation }) => operation === "put")).toHaveLength(13);
    expect(a.lease.seen()).toMatchObject({ record: { holder: "a", epoch: 1 }, age: 0 });
    await a.stop();
    expect(a.lease.isHeld()).toBe(false);
    expect(a.ends).toEqual(["Stopped"]);
    expect(await read()).toMatchObject({ holder: "", epoch: 1 });
    expect(clock.sleepers).toBe(0);
  });

  it("is kept until what is done under it has ended, and renewed meanwhile", async () => {
    const { clock, keeper, read } = createScene();
    const { lease } = keeper("a");
    const stop = new AbortController();
    const done = lease.keep({
      signal: stop.signal,
      whileHeld: async () => {
        await clock.sleep(60_000);
        expect(lease.isHeld()).toBe(true);
      },
    });
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(58_000);
    expect(await read()).toMatchObject({ holder: "a" });
    await clock.advance(1_000);
    await done;
    expect(await read()).toMatchObject({ holder: "" });
  });

  it("is given back when what is done under it fails", async () => {
    const { clock, keeper, read } = createScene();
    const { lease } = keeper("a");
    const kept = lease.keep({
      signal: new AbortController().signal,
      whileHeld: () => Promise.reject(new Error("broken")),
    });
    await expect(kept).rejects.toThrow("broken");
    expect(lease.isHeld()).toBe(false);
    expect(await read()).toMatchObject({ holder: "" });
    expect(clock.sleepers).toBe(0);
  });
});

describe("two keepers", () => {
  it("only one holds it; the other takes over when that dies, within its time and two seconds", async () => {
    const { clock, keeper } = createScene();
    const [a, b] = [keeper("a"), keeper("b")];
    a.start();
    await clock.advance(0);
    b.start();
    await clock.advance(20_000);
    expect([a.lease.isHeld(), b.lease.isHeld()]).toEqual([true, false]);
    expect(b.lease.seen()?.record.holder).toBe("a");
    expect(b.events).toContain("lease-waiting");
    // Dead: nothing of it reaches the store any more.
    a.store.fate = () => ({ lost: "request" });
    await clock.advance(13_400);
    expect([a.lease.isHeld(), b.lease.isHeld()]).toEqual([true, false]);
    await clock.advance(200);
    expect([a.lease.isHeld(), b.lease.isHeld()]).toEqual([false, false]);
    expect(a.ends).toEqual(["LeaseLost"]);
    await clock.advance(3_400);
    expect(b.lease.isHeld()).toBe(true);
    expect(b.held?.epoch).toBe(2);
  });

  it("one that is stopped in order hands over within two seconds", async () => {
    const { clock, keeper } = createScene();
    const [a, b] = [keeper("a"), keeper("b")];
    a.start();
    await clock.advance(0);
    b.start();
    await clock.advance(7_000);
    await a.stop();
    await clock.advance(2_000);
    expect(b.lease.isHeld()).toBe(true);
  });

  it("one that was stopped for longer than its lease holds nothing when it wakes", async () => {
    const { clock, memory } = createScene();
    let asleep = 0;
    const own = {
      ...clock,
      monotonic: () => clock.monotonic() + asleep,
      now: () => new Date(clock.now().getTime() + asleep),
    };
    const a = createKeeper("a", { ...own, advance: clock.advance, sleepers: 0 }, memory, {});
    a.start();
    await clock.advance(1_000);
    expect(a.lease.isHeld()).toBe(true);
    asleep = 14_000;
    // Before any of its timers has run.
    expect(a.lease.isHeld()).toBe(false);
    await clock.advance(15_000);
    expect(a.ends).toEqual(["LeaseLost"]);
    // Nobody else wanted it: a new time of holding.
    expect(a.held?.epoch).toBe(2);
  });

  it("a machine that slept, and its monotonic clock with it, holds nothing when it wakes", async () => {
    const { clock, memory } = createScene();
    let slept = 0;
    const own = {
      ...clock,
      now: () => new Date(clock.now().getTime() + slept),
      advance: clock.advance,
      sleepers: 0,
    };
    const a = createKeeper("a", own, memory, {});
    a.start();
    await clock.advance(1_000);
    slept = 3_600_000;
    expect(a.lease.isHeld()).toBe(false);
  });

  it("leases are shared by two replicas that start together", async () => {
    const { clock, memory } = createScene();
    const start = (holder: string) => {
      const leases: Lease[] = [];
      for (const at of ["1", "2", "3", "4"])
        leases.push(
          createLease(createStoreDouble(clock, memory), `${at}.json`, {
            holder,
            duration: 15,
            clock,
            log: () => undefined,
            heldCount: () => leases.filter((lease) => lease.isHeld()).length,
          }),
        );
      const stop = new AbortController();
      const whileHeld = ({ signal }: Held) =>
        new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      for (const lease of leases) void lease.keep({ signal: stop.signal, whileHeld });
      return { leases, stop };
    };
    const [a, b] = [start("a"), start("b")];
    await clock.advance(5_000);
    const held = (leases: Lease[]) => leases.filter((lease) => lease.isHeld()).length;
    expect(held(a.leases) + held(b.leases)).toBe(4);
    for (const { leases } of [a, b]) expect(held(leases)).toBeGreaterThanOrEqual(1);
    for (const { stop } of [a, b]) stop.abort();
    await clock.advance(0);
  });

  it("one that comes late asks for its share, and then there is rest", async () => {
    const { clock, memory } = createScene();
    const handovers: string[] = [];
    const start = (holder: string) => {
      const leases: Lease[] = [];
      const stop = new AbortController();
      const records = () => leases.flatMap((lease) => lease.seen()?.record ?? []);
      for (const at of ["1", "2", "3", "4", "5"])
        leases.push(
          createLease(createStoreDouble(clock, memory), `${at}.json`, {
            holder,
            duration: 15,
            clock,
            log: () => undefined,
            heldCount: () => leases.filter((lease) => lease.isHeld()).length,
          }),
        );
      for (const lease of leases)
        void lease.keep({
          signal: stop.signal,
          wantsFrom: (other) => isUneven(records(), holder, other),
          whileHeld: ({ signal }) =>
            new Promise((resolve) =>
              signal.addEventListener("abort", () => {
                handovers.push((signal.reason as EcsmonError).code);
                resolve();
              }),
            ),
        });
      return { held: () => leases.filter((lease) => lease.isHeld()).length, stop };
    };
    const a = start("a");
    await clock.advance(20_000);
    expect(a.held()).toBe(5);
    const b = start("b");
    await clock.advance(60_000);
    // Which of them has one more is left to chance.
    expect([a.held(), b.held()].sort()).toEqual([2, 3]);
    const count = handovers.length;
    expect(count).toBeLessThanOrEqual(3);
    await clock.advance(300_000);
    expect(handovers).toHaveLength(count);
    for (const { stop } of [a, b]) stop.abort();
    await clock.advance(0);
  });
});

describe("answers that are lost", () => {
  it("a renewal that arrived is found again, and counts from when it was sent", async () => {
    const { clock, keeper } = createScene();
    const a = keeper("a");
    a.start();
    await clock.advance(4_900);
    a.store.fate = ({ operation }) => (operation === "put" ? { lost: "answer" } : {});
    await clock.advance(9_000);
    // The first write of 13.5 s ago would be over by now.
    expect(a.lease.isHeld()).toBe(true);
    a.store.fate = () => ({});
    await clock.advance(30_000);
    expect(a.ends).toEqual([]);
    expect(a.held?.epoch).toBe(1);
  });

  it("a renewal counts from when it was sent, however late its answer is", async () => {
    const { clock, keeper } = createScene();
    const a = keeper("a");
    a.start();
    await clock.advance(4_900);
    a.store.fate = ({ operation }) => (operation === "put" ? { back: 3_000 } : {});
    // Sent at 5 s, answered at 8 s.
    await clock.advance(3_500);
    a.store.fate = () => ({ lost: "request" });
    await clock.advance(10_000);
    expect(a.lease.isHeld()).toBe(true);
    await clock.advance(200);
    expect(a.lease.isHeld()).toBe(false);
  });

  it("a takeover that arrived is taken again, in a new epoch", async () => {
    const { clock, keeper, read } = createScene();
    const a = keeper("a");
    let puts = 0;
    a.store.fate = ({ operation }) => (operation === "put" && puts++ === 0 ? { lost: "answer" } : {});
    a.start();
    await clock.advance(3_000);
    expect(await read()).toMatchObject({ epoch: 1 });
    expect(a.lease.isHeld()).toBe(false);
    await clock.advance(2_000);
    expect(a.held?.epoch).toBe(2);
  });

  it("a takeover that arrived as it was told to stop is given back", async () => {
    const { clock, keeper, read } = createScene();
    const a = keeper("a");
    let puts = 0;
    a.store.fate = ({ operation }) => (operation === "put" && puts++ === 0 ? { lost: "answer" } : {});
    a.start();
    await clock.advance(1_000);
    const stopped = a.stop();
    await clock.advance(4_000);
    await stopped;
    expect(await read()).toMatchObject({ holder: "" });
  });

  it("a store that fails is no knowledge: the holder goes on to its own end, and others wait", async () => {
    const { clock, keeper } = createScene();
    const [a, b] = [keeper("a"), keeper("b")];
    a.start();
    await clock.advance(0);
    b.start();
    await clock.advance(1_000);
    for (const { store } of [a, b]) store.fate = () => ({ lost: "error" });
    await clock.advance(12_400);
    expect(a.lease.isHeld()).toBe(true);
    expect(a.events).toContain("lease-not-renewed");
    await clock.advance(60_000);
    expect([a.lease.isHeld(), b.lease.isHeld()]).toEqual([false, false]);
    expect(b.events.filter((event) => event === "lease-unreachable")).toHaveLength(1);
    for (const { store } of [a, b]) store.fate = () => ({});
    await clock.advance(20_000);
    expect([a.lease.isHeld(), b.lease.isHeld()].filter(Boolean)).toHaveLength(1);
  });
});

describe("an object that is not as it should be", () => {
  it("one that is taken away while it is held is left alone for its time, by those who knew it", async () => {
    const { clock, keeper, memory } = createScene();
    const [a, b] = [keeper("a"), keeper("b")];
    a.start();
    await clock.advance(0);
    b.start();
    await clock.advance(2_000);
    a.store.fate = () => ({ lost: "request" });
    await memory.remove(key);
    await clock.advance(12_000);
    expect(b.lease.isHeld()).toBe(false);
    await clock.advance(4_000);
    expect([a.lease.isHeld(), b.lease.isHeld()]).toEqual([false, true]);
    expect(b.held?.epoch).toBe(2);
  });

  it("the holder itself finds that it is gone at its next renewal", async () => {
    const { clock, keeper, memory } = createScene();
    const a = keeper("a");
    a.start();
    await clock.advance(1_000);
    await memory.remove(key);
    await clock.advance(4_500);
    expect(a.ends).toEqual(["LeaseLost"]);
  });

  it.each(["", "{}", "not JSON", '{"holder":"x","session":"y","epoch":-1,"renewal":0,"duration":1}'])(
    "what cannot be read (%j) is taken over after the time of a lease",
    async (text) => {
      const { clock, keeper, memory } = createScene();
      await memory.put(key, text);
      const a = keeper("a");
      a.start();
      await clock.advance(14_900);
      expect(a.lease.isHeld()).toBe(false);
      await clock.advance(200);
      expect(a.lease.isHeld()).toBe(true);
    },
  );
});

describe("withLease", () => {
  const once = (
    clock: VirtualClock,
    lease: Lease,
    seconds = 10,
    patience = 60_000,
    signal = new AbortController().signal,
  ) => {
    const told: string[] = [];
    const result = withLease(
      lease,
      { signal, patience, onWaiting: (holder) => void told.push(holder) },
      async ({ epoch }) => {
        await clock.sleep(seconds * 1000);
        return { epoch, held: lease.isHeld() };
      },
    );
    result.catch(() => undefined);
    return { told, result };
  };

  it("has it at once where nobody holds it, and leaves it free", async () => {
    const { clock, keeper, read } = createScene();
    const { result, told } = once(clock, keeper("apply").lease, 100);
    await clock.advance(100_000);
    expect(await result).toEqual({ epoch: 1, held: true });
    expect(told).toEqual([]);
    expect(await read()).toMatchObject({ holder: "" });
    expect(clock.sleepers).toBe(0);
  });

  it("is given it by one that keeps it, within a renewal, which takes it back afterwards", async () => {
    const { clock, keeper, read } = createScene();
    const [a, b, apply] = [keeper("a"), keeper("b"), keeper("apply")];
    a.start();
    await clock.advance(0);
    b.start();
    await clock.advance(6_000);
    const { result, told } = once(clock, apply.lease);
    await clock.advance(6_500);
    expect(apply.lease.isHeld()).toBe(true);
    expect([a.lease.isHeld(), b.lease.isHeld()]).toEqual([false, false]);
    expect(a.ends).toEqual(["LeaseClaimed"]);
    expect(told).toEqual(["a"]);
    await clock.advance(9_000);
    expect(await result).toMatchObject({ epoch: 2 });
    await clock.advance(3_000);
    expect([a.lease.isHeld(), b.lease.isHeld()].filter(Boolean)).toHaveLength(1);
    expect(await read()).toMatchObject({ epoch: 3 });
  });

  it("waits for the end of what the holder does", async () => {
    const { clock, keeper } = createScene();
    const first = once(clock, keeper("first").lease, 40);
    await clock.advance(1_000);
    const second = once(clock, keeper("second").lease, 1);
    await clock.advance(38_000);
    expect(second.told).toEqual(["first"]);
    await clock.advance(5_000);
    expect(await first.result).toMatchObject({ epoch: 1, held: true });
    expect(await second.result).toMatchObject({ epoch: 2 });
  });

  it("gives up after its patience, names the holder, and takes its claim back", async () => {
    const { clock, keeper, read } = createScene();
    void once(clock, keeper("first").lease, 200).result;
    await clock.advance(1_000);
    const { result } = once(clock, keeper("second").lease, 1, 30_000);
    await clock.advance(20_000);
    expect(await read()).toMatchObject({ holder: "first", claim: { by: "second" } });
    await clock.advance(10_000);
    await expect(result).rejects.toMatchObject({
      code: "LeaseHeld",
      message: expect.stringMatching(/could not be had within 30 s: first holds it; run it again when/),
    });
    expect((await read())?.claim).toBeUndefined();
    await clock.advance(200_000);
  });

  it("ends its wait when it is told to", async () => {
    const { clock, keeper } = createScene();
    void once(clock, keeper("first").lease, 50).result;
    await clock.advance(1_000);
    const stop = new AbortController();
    const { result } = once(clock, keeper("second").lease, 1, 30_000, stop.signal);
    await clock.advance(2_000);
    stop.abort();
    await clock.advance(0);
    await expect(result).rejects.toMatchObject({ code: "Interrupted" });
    await clock.advance(60_000);
  });

  it("fails as what is done under it fails", async () => {
    const { clock, keeper, read } = createScene();
    const { lease } = keeper("apply");
    const fail = () => Promise.reject(new EcsmonError("Boom", "boom"));
    const options = { signal: new AbortController().signal, patience: 1_000 };
    await expect(withLease(lease, options, fail)).rejects.toThrow("boom");
    expect(await read()).toMatchObject({ holder: "" });
    expect(clock.sleepers).toBe(0);
  });

  it("a claim of one that died costs the holder a turn, and no more", async () => {
    const { clock, keeper, memory, read } = createScene();
    const a = keeper("a");
    a.start();
    await clock.advance(1_000);
    const standing = await memory.get(key);
    if (standing === undefined || standing === "unchanged") throw new Error("no lease");
    const until = new Date(clock.now().getTime() + 60_000).toISOString();
    await memory.put(key, JSON.stringify({ ...JSON.parse(standing.text), claim: { by: "dead", until } }));
    await clock.advance(4_500);
    expect(await read()).toMatchObject({ holder: "", releasedTo: "dead" });
    await clock.advance(4_500);
    expect(a.ends).toEqual(["LeaseClaimed"]);
    expect(a.held?.epoch).toBe(2);
    expect(await read()).not.toHaveProperty("claim");
  });
});

describe("a lease of another version", () => {
  const patience = 30_000;
  const ask = (lease: Lease) =>
    withLease(
      lease,
      { signal: new AbortController().signal, patience, onWaiting: () => undefined },
      async () => "had",
    );

  it("that cannot be read is never claimed", async () => {
    const { clock, memory, keeper } = createScene();
    const text = '{"format":2,"owner":"a"}';
    await memory.put(key, text);
    const { lease, store } = keeper("b", { duration: 60 });
    const waited = ask(lease).catch((error: unknown) => error);
    await clock.advance(patience + 1_000);
    expect(await waited).toMatchObject({ code: "LeaseHeld" });
    expect(await memory.get(key)).toMatchObject({ text });
    expect(store.calls.filter(({ operation }) => operation === "put")).toEqual([]);
  });

  it("keeps what this one does not know of, when it is claimed, and when the claim is taken back", async () => {
    const { clock, memory, keeper } = createScene();
    const theirs = {
      holder: "a",
      session: "s",
      epoch: 4,
      renewal: 7,
      duration: 60,
      facts: { lastPassAt: "now", mood: "fine" },
      shard: { of: 3, is: 1 },
    };
    await memory.put(key, JSON.stringify(theirs));
    const { lease } = keeper("b");
    const waited = ask(lease).catch((error: unknown) => error);
    await clock.advance(2_000);
    const read = async () => {
      const found = await memory.get(key);
      return typeof found === "object" ? JSON.parse(found.text) : undefined;
    };
    expect(await read()).toEqual({ ...theirs, claim: { by: "b", until: expect.any(String) } });
    await clock.advance(patience);
    expect(await waited).toMatchObject({ code: "LeaseHeld" });
    expect(await read()).toEqual(theirs);
  });

  it("that claims ours with words of its own finds them again; whoever takes it over begins anew", async () => {
    const { clock, memory, keeper } = createScene();
    const { lease } = keeper("a");
    const stop = new AbortController();
    const kept = lease.keep({
      signal: stop.signal,
      yields: false,
      whileHeld: ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
    });
    await clock.advance(0);
    const read = async () => {
      const found = await memory.get(key);
      return typeof found === "object" ? JSON.parse(found.text) : undefined;
    };
    const claim = { by: "b", until: new Date(clock.now().getTime() + 60_000).toISOString(), why: "apply" };
    await memory.put(key, JSON.stringify({ ...(await read()), claim, queue: ["b"] }));
    await clock.advance(12_000);
    const renewed = await read();
    expect(renewed).toMatchObject({ holder: "a", claim, queue: ["b"] });
    stop.abort();
    await clock.advance(0);
    await kept;
    const b = keeper("b");
    b.start();
    await clock.advance(4_000);
    expect(await read()).toMatchObject({ holder: "b" });
    expect(await read()).not.toHaveProperty("queue");
    await b.stop();
  });
});

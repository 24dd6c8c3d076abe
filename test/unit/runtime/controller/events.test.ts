// The feed on a queue and a clock of the test's own: what is taken off, what is given back, and how it bears failures.
import { describe, expect, it } from "vitest";
import type { EventQueue, QueueMessage } from "../../../../controller/aws/queue.ts";
import type { EventNews } from "../../../../controller/core/event-meaning.ts";
import { EcsmonError } from "../../../../controller/model/errors.ts";
import {
  createEventFeed,
  type EventFeed,
  type EventFeedOptions,
  releaseDelay,
} from "../../../../controller/runtime/controller/events.ts";
import { createVirtualClock, type VirtualClock } from "../../../support/virtual-clock.ts";

type Logged = readonly [level: string, event: string, fields?: Readonly<Record<string, unknown>> | undefined];

interface Scene {
  readonly clock: VirtualClock;
  readonly feed: EventFeed;
  readonly logged: Logged[];
  readonly counts: string[];
  readonly routed: EventNews[];
  readonly removed: string[];
  readonly released: { receipt: string; seconds: number }[];
  readonly running: Promise<void>;
  polls(): number;
  /** Answers the poll that waits longest. */
  give(...messages: QueueMessage[]): Promise<void>;
  fail(code: string): Promise<void>;
  abort(): void;
  stop(): Promise<void>;
}

interface Poll {
  readonly resolve: (messages: readonly QueueMessage[]) => void;
  readonly reject: (error: Error) => void;
}

function play(over: Partial<EventFeedOptions> & { settle?: () => Promise<never[]> } = {}): Scene {
  const clock = createVirtualClock();
  const waiting: Poll[] = [];
  const scene = { logged: [] as Logged[], counts: [] as string[], routed: [] as EventNews[] };
  const removed: string[] = [];
  const released: { receipt: string; seconds: number }[] = [];
  const { settle = async () => [] } = over;
  const queue: EventQueue = {
    receive: (signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        signal.addEventListener("abort", () => resolve([]), { once: true });
      }),
    async remove(receipts) {
      removed.push(...receipts);
      return settle();
    },
    async release(messages) {
      released.push(...messages);
      return settle();
    },
    close() {},
  };
  const feed = createEventFeed({
    queue,
    clock,
    log: (...line) => scene.logged.push(line),
    owner: "ecsmon",
    route(news) {
      scene.routed.push(news);
      return "queued";
    },
    isWanted: () => true,
    onCount: (result) => scene.counts.push(result),
    random: () => 0.5,
    ...over,
  });
  const end = new AbortController();
  const running = feed.run(end.signal);
  const next = (): Poll => {
    const poll = waiting.shift();
    if (poll === undefined) throw new Error("nobody polls");
    return poll;
  };
  return {
    ...scene,
    clock,
    feed,
    removed,
    released,
    running,
    polls: () => waiting.length,
    async give(...messages) {
      next().resolve(messages);
      await clock.advance(0);
    },
    async fail(code) {
      next().reject(new EcsmonError(code, "no", { fault: "aws", remedy: "retry" }));
      await clock.advance(0);
    },
    abort: () => end.abort(),
    async stop() {
      end.abort();
      await clock.advance(0);
      await running;
    },
  };
}

let made = 0;
function message(body: unknown, receives = 1): QueueMessage {
  made += 1;
  return {
    id: `m${made}`,
    receipt: `r${made}`,
    body: typeof body === "string" ? body : JSON.stringify(body),
    receives,
  };
}

function event(
  over: Record<string, unknown> = {},
  detail: Record<string, unknown> = {},
): Record<string, unknown> {
  made += 1;
  return {
    version: "0",
    id: `event-${made}`,
    account: "123456789012",
    region: "eu-west-1",
    time: "2026-01-01T00:00:00Z",
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm Configuration Change",
    resources: [],
    detail: { alarmName: "ecsmon/prod/web/cpu", ...detail },
    ...over,
  };
}

function task(version: number): Record<string, unknown> {
  const arn = "arn:aws:ecs:eu-west-1:123456789012";
  return event(
    { source: "aws.ecs", "detail-type": "ECS Task State Change" },
    { clusterArn: `${arn}:cluster/prod`, taskArn: `${arn}:task/prod/1`, group: "service:web", version },
  );
}

const events = (scene: Scene, name: string) => scene.logged.filter(([, event]) => event === name);

describe("a batch", () => {
  it("is taken off where it was taken over, is nothing to us, or is junk", async () => {
    const scene = play();
    const batch = [message(event()), message(event({ source: "custom" })), message("junk")];
    await scene.give(...batch);
    expect(scene.counts).toEqual(["queued", "ignored", "junk"]);
    expect(scene.routed).toMatchObject([{ is: "services", services: [{ cluster: "prod", service: "web" }] }]);
    expect(scene.removed).toEqual(batch.map(({ receipt }) => receipt));
    expect(scene.released).toEqual([]);
    await scene.stop();
  });

  it("is given back where another holds the target or routing fails, later and later", async () => {
    const answers: (() => "elsewhere")[] = [
      () => "elsewhere",
      () => {
        throw new Error("no such thing");
      },
    ];
    let asked = 0;
    const scene = play({ route: () => answers[asked++ % 2]?.() ?? "ignored" });
    const both = [message(event(), 1), message(event(), 20)];
    await scene.give(...both);
    expect(scene.counts).toEqual(["elsewhere", "failed"]);
    expect(scene.removed).toEqual([]);
    expect(scene.released).toEqual(both.map(({ receipt }, index) => ({ receipt, seconds: [0, 2][index] })));
    expect(events(scene, "event-failed")).toHaveLength(1);
    await scene.stop();
  });

  it("with something for another is followed by a pause, in which the other polls", async () => {
    const scene = play({ route: () => "elsewhere" });
    await scene.give(message(event()));
    expect(scene.polls()).toBe(0);
    await scene.clock.advance(499);
    expect(scene.polls()).toBe(1);
    await scene.stop();
  });

  it("of ten calls a helper, which goes when there is nothing left", async () => {
    const scene = play();
    expect(scene.polls()).toBe(1);
    await scene.give(...Array.from({ length: 10 }, () => message(event())));
    expect(scene.polls()).toBe(2);
    await scene.give(...Array.from({ length: 10 }, () => message(event())));
    await scene.give(...Array.from({ length: 10 }, () => message(event())));
    expect(scene.polls()).toBe(2);
    await scene.give();
    await scene.give();
    await scene.clock.advance(5_000);
    expect(scene.polls()).toBe(1);
    await scene.stop();
  });
});

describe("what is told twice", () => {
  it("is routed once, but not where it was somebody else's, and not for ever", async () => {
    let holds = false;
    const routed: string[] = [];
    const scene = play({
      route({ id }) {
        routed.push(id);
        return holds ? "queued" : "elsewhere";
      },
    });
    const again = event({ id: "again" });
    await scene.give(message(again));
    holds = true;
    await scene.clock.advance(1_000);
    await scene.give(message(again), message(again));
    expect(scene.counts).toEqual(["elsewhere", "queued", "duplicate"]);
    await scene.clock.advance(10 * 60_000);
    await scene.give(message(again), message(event({ id: "again", region: "us-east-1" })));
    expect(scene.counts.slice(3)).toEqual(["queued", "queued"]);
    expect(routed).toEqual(["again", "again", "again", "again"]);
    await scene.stop();
  });

  it("of a task counts as told where something newer was", async () => {
    const scene = play();
    await scene.give(message(task(4)), message(task(3)), message(task(5)));
    expect(scene.counts).toEqual(["queued", "duplicate", "queued"]);
    await scene.stop();
  });
});

describe("the log", () => {
  it("tells of junk once a minute, with how much there was", async () => {
    const scene = play();
    await scene.give(message("1"), message("2"), message("3"));
    expect(events(scene, "event-junk").map(([, , fields]) => fields?.["count"])).toEqual([1]);
    await scene.clock.advance(60_000);
    await scene.give(message("4"));
    expect(events(scene, "event-junk").map(([, , fields]) => fields?.["count"])).toEqual([1, 3]);
    await scene.stop();
  });
});

describe("a queue that fails", () => {
  it("is asked more and more seldom, told of once, and once when it is over", async () => {
    const scene = play();
    await scene.fail("AccessDenied");
    const waits: number[] = [];
    for (let failure = 0; failure < 7; failure++) {
      let waited = 0;
      for (; scene.polls() === 0; waited += 250) await scene.clock.advance(250);
      waits.push(waited);
      await scene.fail("AccessDenied");
    }
    // Three quarters of each step, as `random` says.
    expect(waits).toEqual([3_750, 7_500, 15_000, 30_000, 45_000, 45_000, 45_000]);
    expect(events(scene, "events-unreadable")).toEqual([
      ["warn", "events-unreadable", { code: "AccessDenied", message: "no" }],
    ]);
    expect(scene.feed.failing()).toEqual({
      failure: { code: "AccessDenied", message: "no" },
      since: new Date("2026-01-01T00:00:00Z"),
    });
    await scene.clock.advance(60_000);
    await scene.give(message(event()));
    expect(events(scene, "events-readable")).toMatchObject([["info", "events-readable", { failures: 8 }]]);
    expect(scene.feed.failing()).toBeUndefined();
    expect(scene.counts).toEqual(["queued"]);
    await scene.stop();
  });

  it("is not hurried either when nothing can be taken off it", async () => {
    const settle = () => Promise.reject(new EcsmonError("AccessDenied", "no delete", { fault: "aws" }));
    const scene = play({ settle });
    await scene.give(message(event()));
    expect(scene.polls()).toBe(0);
    expect(scene.feed.failing()?.failure.message).toBe("no delete");
    await scene.clock.advance(5_000);
    expect(scene.polls()).toBe(1);
    expect(events(scene, "events-not-removed")).toHaveLength(1);
    await scene.stop();
  });

  it("that does not wait is asked once a second", async () => {
    const scene = play();
    await scene.give();
    expect(scene.polls()).toBe(0);
    await scene.clock.advance(999);
    expect(scene.polls()).toBe(0);
    await scene.clock.advance(1);
    expect(scene.polls()).toBe(1);
    await scene.stop();
  });
});

describe("a replica", () => {
  it("that holds nothing receives nothing, until it does", async () => {
    let holds = false;
    const scene = play({ isWanted: () => holds });
    await scene.clock.advance(60_000);
    expect(scene.polls()).toBe(0);
    holds = true;
    await scene.clock.advance(1_000);
    expect(scene.polls()).toBe(1);
    await scene.stop();
  });

  it("that ends gives back what it has not begun, and waits 2 s at most", async () => {
    const scene = play({
      route() {
        scene.abort();
        return "queued";
      },
      settle: () => new Promise(() => undefined),
    });
    let isOver = false;
    void scene.running.then(() => {
      isOver = true;
    });
    const [begun, rest] = [message(event()), [message(event()), message(event())]];
    await scene.give(begun, ...rest);
    expect(scene.removed).toEqual([begun.receipt]);
    expect(scene.released).toEqual(rest.map(({ receipt }) => ({ receipt, seconds: 0 })));
    await scene.clock.advance(1_999);
    expect(isOver).toBe(false);
    await scene.clock.advance(1);
    expect(isOver).toBe(true);
    expect(scene.clock.sleepers).toBe(0);
  });
});

it("gives back at once at first, then later and later", () => {
  expect([1, 6, 7, 12, 13, 24, 25, 48, 49, 5_000].map(releaseDelay)).toEqual([
    0, 0, 1, 1, 2, 2, 5, 5, 30, 30,
  ]);
});

/** The same numbers in [0, 1) for the same seed (mulberry32). */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("replicas that share a queue", () => {
  /** SQS as several long polls see it: who of those that wait gets a message is chance. */
  function share(clock: VirtualClock, random: () => number, bodies: readonly string[]) {
    const messages = new Map(bodies.map((body, id) => [String(id), { body, visibleAt: 0, receives: 0 }]));
    const queue: EventQueue = {
      async receive(signal) {
        const until = clock.monotonic() + 20_000;
        while (!signal.aborted && clock.monotonic() < until) {
          await clock.sleep(5 + 20 * random(), signal);
          const visible = [...messages].filter(([, { visibleAt }]) => visibleAt <= clock.monotonic());
          const taken = visible.sort(() => random() - 0.5).slice(0, 10);
          if (taken.length === 0) continue;
          return taken.map(([id, message]) => {
            message.receives += 1;
            message.visibleAt = clock.monotonic() + 30_000;
            return { id, receipt: id, body: message.body, receives: message.receives };
          });
        }
        return [];
      },
      async remove(receipts) {
        for (const receipt of receipts) messages.delete(receipt);
        return [];
      },
      async release(released) {
        for (const { receipt, seconds } of released) {
          const message = messages.get(receipt);
          if (message !== undefined) message.visibleAt = clock.monotonic() + seconds * 1000;
        }
        return [];
      },
      close() {},
    };
    return { queue, left: () => messages.size };
  }

  it.each([
    [2, 400, 20, 1],
    [3, 400, 30, 2],
    [4, 400, 40, 3],
    [2, 1, 3, 4],
  ])(
    "%i of them: %i events at once reach their holders, each by %i receives at most",
    async (replicas, count, receives, seed) => {
      const random = chance(seed);
      const clock = createVirtualClock();
      const bodies = Array.from({ length: count }, (_, index) =>
        JSON.stringify(event({ region: `eu-west-${(index % replicas) + 1}` })),
      );
      const { queue, left } = share(clock, random, bodies);
      const end = new AbortController();
      const got: string[] = [];
      let mostReceives = 0;
      const feeds = Array.from({ length: replicas }, (_, index) =>
        createEventFeed({
          queue: {
            ...queue,
            async receive(signal) {
              const messages = await queue.receive(signal);
              mostReceives = Math.max(mostReceives, ...messages.map(({ receives }) => receives));
              return messages;
            },
          },
          clock,
          log() {},
          owner: "ecsmon",
          route({ region, id }) {
            if (region !== `eu-west-${index + 1}`) return "elsewhere";
            got.push(id);
            return "queued";
          },
          isWanted: () => true,
          random,
        }).run(end.signal),
      );
      await clock.advance(60_000);
      expect(left()).toBe(0);
      expect(new Set(got).size).toBe(count);
      // What a redrive limit has to be above.
      expect(mostReceives).toBeLessThanOrEqual(receives);
      end.abort();
      await clock.advance(0);
      await Promise.all(feeds);
    },
  );
});

// The journal stands before the first write, and tells afterwards how it went.
import { beforeEach, describe, expect, it } from "vitest";
import type { JournalEntry } from "../../../controller/model/status.ts";
import { type HistoryOptions, openJournal, readHistory } from "../../../controller/state/journal.ts";
import { createMemoryStore } from "../../../controller/state/memory.ts";
import type { ObjectStore } from "../../../controller/state/object-store.ts";

const now = new Date("2026-11-22T12:00:00Z");
let store: ObjectStore;
beforeEach(() => {
  store = createMemoryStore();
});

function entry(over: Partial<JournalEntry> = {}): JournalEntry {
  return {
    kind: "MetricAlarm",
    name: "ecsmon/prod/web/cpu",
    cluster: "prod",
    service: "web",
    at: "2026-11-22T03:12:05.123Z",
    target: "t1",
    holder: "one",
    epoch: 3,
    action: "create",
    why: "new service",
    policies: ["web"],
    revisions: { web: "c0ffee" },
    paths: [],
    redeploys: false,
    result: "begun",
    ...over,
  };
}

async function history(options: Partial<HistoryOptions> = {}): Promise<string[]> {
  const { entries } = await readHistory(store, { targets: ["t1"], limit: 100, now, ...options });
  return entries.map(({ at, service, result }) => `${at.slice(5, 16)} ${service ?? "-"} ${result}`);
}

/** Passes of the hours, each with one entry of the service. */
async function write(target: string, ...passes: readonly (readonly [at: string, service: string])[]) {
  const journal = openJournal(store, target);
  for (const [at, service] of passes) {
    const entries = [entry({ at: `2026-${at}:00.000Z`, service, target })];
    const pass = await journal.begin(entries);
    await pass.finish(entries.map((one) => ({ ...one, result: "applied" })));
  }
}

it("what was begun stands there until it is told how it went", async () => {
  const pass = await openJournal(store, "t1").begin([entry(), entry({ name: "b" })]);
  expect(await store.list("")).toEqual(["journal/t1/2026-11-22/031205.123-3-0001.json"]);
  expect(await history()).toEqual(["11-22T03:12 web begun", "11-22T03:12 web begun"]);
  await pass.finish([entry({ result: "applied" }), entry({ name: "b" })]);
  await pass.finish([entry({ result: "applied" }), entry({ name: "b", result: "failed" })]);
  expect(await history()).toEqual(["11-22T03:12 web applied", "11-22T03:12 web failed"]);
});

it("a pass that writes nothing leaves nothing", async () => {
  const pass = await openJournal(store, "t1").begin([]);
  await pass.finish([]);
  expect(await store.list("")).toEqual([]);
});

it("what another process wrote at the same instant is not written over", async () => {
  await openJournal(store, "t1").begin([entry()]);
  const pass = await openJournal(store, "t1").begin([entry({ service: "api" })]);
  await pass.finish([entry({ service: "api", result: "applied" })]);
  expect(await history()).toEqual(["11-22T03:12 api applied", "11-22T03:12 web begun"]);
});

it("history is newest first, over targets, as far as it is asked for", async () => {
  await write("t1", ["11-20T23:00", "web"], ["11-21T09:00", "api"], ["11-21T11:00", "web"]);
  await write("t2", ["11-21T10:00", "web-2"], ["11-22T01:00", "web"]);
  expect(await history()).toEqual([
    "11-21T11:00 web applied",
    "11-21T09:00 api applied",
    "11-20T23:00 web applied",
  ]);
  const targets = ["t1", "t2"];
  expect(await history({ targets, limit: 3 })).toEqual([
    "11-22T01:00 web applied",
    "11-21T11:00 web applied",
    "11-21T10:00 web-2 applied",
  ]);
  expect(await history({ targets, services: ["web"] })).toHaveLength(3);
  expect(await history({ targets, services: ["prod/web*"] })).toHaveLength(4);
  expect(await history({ targets, services: ["dev/*"] })).toEqual([]);
  expect(await history({ targets, matches: ({ service }) => service === "api" })).toHaveLength(1);
  expect(await history({ targets, since: new Date("2026-11-21T10:30:00Z") })).toEqual([
    "11-22T01:00 web applied",
    "11-21T11:00 web applied",
  ]);
});

it("an object that cannot be read is told of, and hides nothing else", async () => {
  await write("t1", ["11-20T23:00", "web"]);
  await store.put("journal/t1/2026-11-21/000000.000-1-0001.json", "{");
  const { entries, unreadable } = await readHistory(store, { targets: ["t1"], limit: 10, now });
  expect(entries).toHaveLength(1);
  expect(unreadable).toEqual([
    {
      code: "StateBroken",
      message: expect.stringContaining("journal/t1/2026-11-21/000000.000-1-0001.json in memory"),
    },
  ]);
});

/** What was asked of the store, in order. */
function watchStore(): { readonly watched: ObjectStore; readonly asked: string[] } {
  const asked: string[] = [];
  const watched: ObjectStore = {
    ...store,
    get(key, options) {
      asked.push(`get ${key.slice(11, 21)}`);
      return store.get(key, options);
    },
    list(prefix, options) {
      asked.push(`list ${(options?.after ?? prefix).slice(11)}`);
      return store.list(prefix, options);
    },
  };
  return { watched, asked };
}

describe("a long journal", () => {
  it("is read from the newest day, as far as it is needed", async () => {
    const days = Array.from({ length: 10 }, (_, i) => String(13 + i));
    await write(
      "t1",
      ...days.flatMap((day) => [9, 8, 7].map((hour) => [`11-${day}T0${hour}:00`, "web"] as const)),
    );
    const { watched, asked } = watchStore();
    const { entries, unreadUntil } = await readHistory(watched, { targets: ["t1"], limit: 5, now });
    expect(entries).toHaveLength(5);
    expect(unreadUntil).toBeUndefined();
    expect(asked).toEqual([
      "list 2026-11-22",
      ...Array(3).fill("get 2026-11-22"),
      "list 2026-11-21",
      ...Array(3).fill("get 2026-11-21"),
    ]);
  });

  it("goes back 30 days where nobody says how far, a month at a time after a week, and misses none", async () => {
    const days = Array.from({ length: 60 }, (_, i) => new Date(Date.UTC(2026, 8, 24 + i, 5)));
    await write("t1", ...days.map((day) => [day.toISOString().slice(5, 16), "web"] as const));
    const { watched, asked } = watchStore();
    const { since, entries } = await readHistory(watched, { targets: ["t1"], limit: 100, now });
    expect(since).toEqual(new Date("2026-10-23T12:00:00Z"));
    expect(entries.map(({ at }) => at)).toEqual(
      days
        .filter((day) => day > since)
        .map((day) => day.toISOString())
        .reverse(),
    );
    expect(asked.filter((each) => each.startsWith("list"))).toEqual([
      ...["22", "21", "20", "19", "18", "17", "16"].map((day) => `list 2026-11-${day}`),
      "list 2026-11-",
      "list 2026-10-",
    ]);
    expect(await history({ until: new Date("2026-10-01T05:00:00Z"), limit: 3 })).toEqual([
      "10-01T05:00 web applied",
      "09-30T05:00 web applied",
      "09-29T05:00 web applied",
    ]);
  });

  it("is read no further than a question may go, which is told, and can be gone on from there", async () => {
    await write(
      "t1",
      ...Array.from({ length: 40 }, (_, i) => [`11-22T00:${String(i + 10)}`, "web"] as const),
    );
    await write("t1", ["11-20T05:00", "api"]);
    const { watched, asked } = watchStore();
    const ask = (until?: Date) =>
      readHistory(watched, {
        targets: ["t1"],
        services: ["api"],
        limit: 5,
        now,
        mostReads: 31,
        ...(until === undefined ? {} : { until }),
      });
    const first = await ask();
    expect(asked).toHaveLength(31);
    expect(first).toMatchObject({ entries: [], unreadUntil: new Date("2026-11-22T00:19:00Z") });
    const second = await ask(first.unreadUntil);
    expect(second.entries.map(({ service }) => service)).toEqual(["api"]);
    const none = await ask(new Date("2026-11-19T00:00:00Z"));
    expect(none).toEqual({ entries: [], unreadable: [], since: new Date("2026-10-20T00:00:00Z") });
  });

  it("asks for no more than it may of a store where there is nothing at all", async () => {
    const { watched, asked } = watchStore();
    const { unreadUntil } = await readHistory(watched, {
      targets: Array.from({ length: 30 }, (_, i) => `t${i}`),
      limit: 5,
      now,
      since: new Date("1970-01-01T00:00:00Z"),
      mostReads: 100,
    });
    expect(asked).toHaveLength(120);
    expect(unreadUntil).toEqual(new Date("2026-11-18T23:59:59.999Z"));
  });

  it("is not read on when nobody waits for it", async () => {
    await write("t1", ["11-22T05:00", "web"], ["11-21T05:00", "web"]);
    const stop = new AbortController();
    const { watched, asked } = watchStore();
    const left: ObjectStore = {
      ...watched,
      get(key, options) {
        stop.abort(new Error("gone"));
        return watched.get(key, options);
      },
    };
    const answer = readHistory(left, { targets: ["t1"], limit: 5, now, signal: stop.signal });
    await expect(answer).rejects.toThrow("gone");
    expect(asked).toEqual(["list 2026-11-22", "get 2026-11-22"]);
  });
});

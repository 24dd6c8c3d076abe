// The journal stands before the first write, and tells afterwards how it went.
import { beforeEach, expect, it } from "vitest";
import type { JournalEntry } from "../../../controller/model/status.ts";
import { type HistoryOptions, openJournal, readHistory } from "../../../controller/state/journal.ts";
import { createMemoryStore } from "../../../controller/state/memory.ts";
import type { ObjectStore } from "../../../controller/state/object-store.ts";

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
  const { entries } = await readHistory(store, { targets: ["t1"], limit: 100, ...options });
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
  const { entries, unreadable } = await readHistory(store, { targets: ["t1"], limit: 10 });
  expect(entries).toHaveLength(1);
  expect(unreadable).toEqual([
    {
      code: "StateBroken",
      message: expect.stringContaining("journal/t1/2026-11-21/000000.000-1-0001.json in memory"),
    },
  ]);
});

it("a long journal is read in small steps", async () => {
  await write(
    "t1",
    ...Array.from(
      { length: 40 },
      (_, i) => [`11-${String(10 + (i % 10))}T${String(10 + Math.floor(i / 10))}:00`, "web"] as const,
    ),
  );
  let reads = 0;
  const counting: ObjectStore = {
    ...store,
    get(key, options) {
      reads += 1;
      return store.get(key, options);
    },
  };
  const { entries } = await readHistory(counting, { targets: ["t1"], limit: 5 });
  expect(entries).toHaveLength(5);
  expect(reads).toBe(16);
});

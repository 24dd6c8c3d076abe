// What pages show beside the status: what cannot be read is told as that, and nothing is asked twice in a moment.
import { expect, it } from "vitest";
import { renderJournal } from "../../../../controller/page/journal-page.ts";
import { readJournalQuery } from "../../../../controller/page/query.ts";
import { createPageSource } from "../../../../controller/runtime/controller/page-source.ts";
import type { HistoryQuery } from "../../../../controller/runtime/controller/status-reader.ts";
import { readFromStore } from "../../../../controller/runtime/controller/store-reader.ts";
import { openJournal } from "../../../../controller/state/journal.ts";
import { createMemoryStore } from "../../../../controller/state/memory.ts";
import {
  writeAudit,
  writeBudget,
  writeDiffs,
  writeTarget,
} from "../../../../controller/state/status-store.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { entryOf, sampleAudit, serviceOf, targetOf } from "../../page/sample-sight.ts";
import { createStoreDouble } from "../../state/store-double.ts";

const pending = { kind: "MetricAlarm", name: "cpu-high", cluster: "prod", service: "web" } as const;
const target = targetOf("us-east-1", [
  serviceOf("web", { pending: [{ ...pending, action: "create", enforcement: "Enforce" }] }),
]);
const signal = new AbortController().signal;

function createScene(history: () => Promise<never> | undefined = () => undefined) {
  const clock = createVirtualClock(new Date("2026-11-22T10:00:00Z"));
  const memory = createMemoryStore();
  const double = createStoreDouble(clock, memory);
  const asked: HistoryQuery[] = [];
  const alarms: (readonly string[])[] = [];
  const source = createPageSource({
    store: double,
    clock,
    log: () => undefined,
    limits: { maxDeletes: 10, maxRedeploys: 5, resync: 300_000, deletePolicy: "sync", allow: undefined },
    status: {
      async history(query) {
        asked.push(query);
        await history();
        const entries = [entryOf(), entryOf({ result: "failed" }), entryOf({ why: "policy changed" })];
        return { entries, since: new Date("2026-11-01T00:00:00Z") };
      },
    },
    readAlarms: async (_, names) => {
      alarms.push(names);
      return { at: "2026-11-22T10:00:00Z", states: [], left: 0 };
    },
    clientsOf: () => undefined,
  });
  return { clock, memory, double, source, asked, alarms };
}

it("counts drift that was put right, drift that was not, and other changes", async () => {
  const { clock, source, asked } = createScene();
  const activity = await source.activity();
  expect(activity?.spans).toHaveLength(28);
  expect(activity?.spans.at(-1)).toEqual({
    at: "2026-11-22T06:00:00.000Z",
    repaired: 1,
    unrepaired: 1,
    changed: 1,
  });
  expect(activity?.spans[0]).toMatchObject({ repaired: 0, changed: 0 });
  await source.activity();
  expect(asked).toMatchObject([{ since: "2026-11-15T10:00:00.000Z", mostReads: 300 }]);
  await clock.advance(10_000);
  await source.activity();
  expect(asked).toHaveLength(2);
});

it("takes a target whose passes stay out for old, by its own clock", async () => {
  const { clock, source } = createScene();
  await clock.advance(15 * 60_000);
  expect([...source.unheard([target])]).toEqual([]);
  await clock.advance(60_000);
  expect([...source.unheard([target])]).toEqual([[target.target, "2026-11-22T10:00:02.000Z"]]);
});

it("gives a page of the journal from where the last one ended, and says whether there is more", async () => {
  const { source, asked } = createScene();
  const found = await source.history(
    { search: "", from: 2, until: "2026-11-22T09:00:00.000Z", texts: {}, unknown: {} },
    signal,
  );
  expect(asked).toMatchObject([{ limit: 103, until: "2026-11-22T09:00:00.000Z" }]);
  expect(found).toMatchObject({ entries: [{ why: "policy changed" }], hasMore: false });
});

it("reaches every entry of a pass that wrote hundreds, and what came before it", async () => {
  const { clock, memory } = createScene();
  const read = {
    clock,
    log: () => undefined,
    pause: () => undefined,
    untold: () => [],
    signal: AbortSignal.abort(),
  };
  const reader = readFromStore(memory, read);
  const source = createPageSource({
    store: memory,
    clock,
    log: () => undefined,
    limits: { maxDeletes: 10, maxRedeploys: 5, resync: 300_000, deletePolicy: "sync", allow: undefined },
    status: reader,
    readAlarms: async () => ({ at: "2026-11-22T10:00:00Z", states: [], left: 0 }),
    clientsOf: () => undefined,
  });
  await writeTarget(memory, target);
  const journal = openJournal(memory, target.target);
  const passes = [
    ["2026-11-20T09:00:00.000Z", 30],
    ["2026-11-22T09:00:00.000Z", 450],
  ] as const;
  for (const [at, many] of passes) {
    const entries = Array.from({ length: many }, (_, index) => entryOf({ at, name: `${at}/${index}` }));
    await (await journal.begin(entries)).finish(entries);
  }
  const seen = new Set<string>();
  let path: string | undefined = "/journal";
  let pages = 0;
  for (; path !== undefined && pages < 10; pages += 1) {
    const query = readJournalQuery(new URL(path, "http://localhost").searchParams);
    const text = `${renderJournal([target], query, await source.history(query, signal)).parts}`;
    for (const [, name = ""] of text.matchAll(/<code>(2026-11-2\d[^<]*)<\/code>/g)) seen.add(name);
    path = /rel="next" href="([^"]*)"/.exec(text)?.[1]?.replaceAll("&amp;", "&");
  }
  expect([seen.size, pages]).toEqual([480, 5]);
});

it("says that the journal, or a budget, could not be read", async () => {
  const { source, double } = createScene(() => Promise.reject(new Error("no")));
  expect(await source.activity()).toBeUndefined();
  expect(await source.history({ search: "", from: 0, texts: {}, unknown: {} }, signal)).toBeUndefined();
  double.get = () => Promise.reject(new Error("no"));
  expect((await source.budgets([target])).get(target.target)).toBe("unread");
  expect((await source.audits([target])).size).toBe(0);
});

it("gives a budget with what is used of it, and an audit that is the same while it stands", async () => {
  const { clock, memory, source } = createScene();
  const entry = { at: "2026-11-22T09:00:00.000Z", id: "1", deletes: 3, redeploys: ["prod/web"], items: [] };
  await writeBudget(memory, target.target, { ledger: { entries: [entry] } });
  await writeAudit(memory, target.target, sampleAudit);
  expect((await source.budgets([target])).get(target.target)).toMatchObject({
    used: { deletes: 3, redeploys: 1 },
    maxDeletes: 10,
    maxRedeploys: 5,
  });
  const first = (await source.audits([target])).get(target.target);
  expect(first).toEqual(sampleAudit);
  await clock.advance(10_000);
  expect((await source.audits([target])).get(target.target)).toBe(first);
  await writeAudit(memory, target.target, { ...sampleAudit, score: 99 });
  await clock.advance(10_000);
  expect((await source.audits([target])).get(target.target)?.score).toBe(99);
});

it("asks for the alarms that stand and those that are to be, and for what waits", async () => {
  const { memory, source, alarms, asked } = createScene();
  const item = { ...pending, lines: [{ sign: "+", text: "Threshold: 80" } as const] };
  await writeDiffs(memory, {
    target: target.target,
    services: { "prod/web": { at: "2026-11-22T10:00:00Z", items: [item] } },
  });
  const details = await source.details(target, { cluster: "prod", service: "web" }, signal);
  expect(alarms).toEqual([["ecsmon/prod/web/cpu-high", "ecsmon/prod/web/memory-high"]]);
  expect(details.diffs?.items).toEqual([item]);
  expect(asked).toMatchObject([{ target: target.target, cluster: "prod", service: "web", limit: 30 }]);
  const none = await source.details(target, { cluster: "prod", service: "other" }, signal);
  expect([alarms.at(-1), none.diffs]).toEqual([[], undefined]);
});

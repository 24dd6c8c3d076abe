// Estates that are too large to be judged beside the loop are left out, and that is told once.
import { expect, test } from "vitest";
import type { AuditReport } from "../../../../controller/model/audit.ts";
import type { SnapshotFacts } from "../../../../controller/model/snapshot.ts";
import { createAuditKeeper } from "../../../../controller/runtime/controller/audit-keeper.ts";
import { createMemoryStore } from "../../../../controller/state/memory.ts";
import { writeAudit } from "../../../../controller/state/status-store.ts";

const id = "ecsmon-123456789012-us-east-1";
const settings = { clusters: [], services: [] } as never;
const tooMany = {
  services: Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`arn:${index}`, {}])),
} as unknown as SnapshotFacts;
const { signal } = new AbortController();

test("more services than it may judge are left out, told once, and what was judged before goes", async () => {
  const told: unknown[] = [];
  const store = createMemoryStore();
  await writeAudit(store, id, { kind: "Audit", services: [] } as unknown as AuditReport);
  const keep = createAuditKeeper({ id, settings }, store, (...line) => void told.push(line));
  await keep(tooMany, new Date(0), signal);
  expect(await store.list("")).toEqual([]);
  await keep(tooMany, new Date(0), signal);
  expect(told).toEqual([["info", "audit-left-out", { target: id, services: 5_001, most: 5_000 }]]);
});

test("what was judged before is taken away by the next pass, where the store does not answer", async () => {
  const told: string[] = [];
  const store = createMemoryStore();
  let isDown = true;
  const remove: typeof store.remove = (...given) =>
    isDown ? Promise.reject(new Error("no answer")) : store.remove(...given);
  await writeAudit(store, id, { kind: "Audit", services: [] } as unknown as AuditReport);
  const keep = createAuditKeeper({ id, settings }, { ...store, remove }, (_, event) => void told.push(event));
  await keep(tooMany, new Date(0), signal);
  await keep(tooMany, new Date(0), signal);
  isDown = false;
  await keep(tooMany, new Date(0), signal);
  expect(await store.list("")).toEqual([]);
  expect(told).toEqual(["audit-failed", "audit-left-out"]);
});

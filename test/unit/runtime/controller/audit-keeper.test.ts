// Estates that are too large to be judged beside the loop are left out, and that is told once.
import { expect, test } from "vitest";
import type { SnapshotFacts } from "../../../../controller/model/snapshot.ts";
import { createAuditKeeper } from "../../../../controller/runtime/controller/audit-keeper.ts";
import { createMemoryStore } from "../../../../controller/state/memory.ts";

test("more services than it may judge are left out, and told once", async () => {
  const told: unknown[] = [];
  const store = createMemoryStore();
  const keep = createAuditKeeper(
    { id: "ecsmon-123456789012-us-east-1", settings: { clusters: [], services: [] } as never },
    store,
    (...line) => void told.push(line),
  );
  const services = Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`arn:${index}`, {}]));
  const facts = { services } as unknown as SnapshotFacts;
  await keep(facts, new Date(0), new AbortController().signal);
  await keep(facts, new Date(0), new AbortController().signal);
  expect(told).toEqual([
    ["info", "audit-left-out", { target: "ecsmon-123456789012-us-east-1", services: 5_001, most: 5_000 }],
  ]);
});

// What a snapshot remembers of the one before: only what was read, under the same stamp, and for no longer than it is asked for.
import { expect, test } from "vitest";
import type { Fact } from "../../../controller/model/snapshot.ts";
import { createSnapshotMemory } from "../../../controller/runtime/snapshot/memory.ts";

function counted<T>(fact: Fact<T>) {
  let count = 0;
  const read = async (): Promise<Fact<T>> => {
    count += 1;
    return fact;
  };
  return { read, count: () => count };
}

test("one reading serves while its stamp is the same", async () => {
  const memory = createSnapshotMemory();
  const { read, count } = counted({ value: "body" });
  for (const stamp of ["monday", "monday", "tuesday"]) {
    expect(await memory.recall("a", stamp, read)).toEqual({ value: "body" });
    memory.sweep();
  }
  expect(count()).toBe(2);
});

test("failures are not kept, nor what is not to be", async () => {
  const memory = createSnapshotMemory();
  const failing = counted({ fault: { name: "ThrottlingException", message: "slow" } });
  const odd = counted({ value: { tier: "web" } });
  for (let turn = 0; turn < 2; turn += 1) {
    await memory.recall("a", "", failing.read);
    await memory.recall("b", "", odd.read, (tags) => Object.keys(tags).length === 0);
    memory.sweep();
  }
  expect([failing.count(), odd.count(), memory.size]).toEqual([2, 2, 0]);
});

test("what is not asked for between two sweeps is let go", async () => {
  const memory = createSnapshotMemory();
  const { read, count } = counted({ value: 1 });
  await memory.recall("a", "", read);
  memory.sweep();
  expect(memory.size).toBe(1);
  memory.sweep();
  expect(memory.size).toBe(0);
  await memory.recall("a", "", read);
  expect(count()).toBe(2);
});

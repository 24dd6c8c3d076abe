import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createWorkQueue } from "../../../../controller/runtime/controller/work-queue.ts";

const never = (): boolean => false;

describe("work queue", () => {
  test("one key is one piece of work, done at the earliest instant asked for", () => {
    const queue = createWorkQueue(never);
    queue.addService("prod/web", 500, "event");
    queue.addService("prod/web", 100, "retry");
    queue.addService("prod/web", 900, "event");
    expect(queue.nextDue()).toBe(100);
    expect(queue.take(99)).toBeUndefined();
    expect(queue.take(100)).toEqual({ is: "services", keys: ["prod/web"], why: ["retry"] });
    expect(queue.take(1_000)).toBeUndefined();
    expect(queue.depth).toBe(0);
  });

  test("services that are due go together, in order, and what is due later stays", () => {
    const queue = createWorkQueue(never);
    queue.addService("prod/b", 10, "event");
    queue.addService("prod/a", 5, "retry");
    queue.addService("prod/c", 50, "event");
    expect(queue.take(10)).toEqual({ is: "services", keys: ["prod/a", "prod/b"], why: ["event", "retry"] });
    expect(queue.nextDue()).toBe(50);
  });

  test("a full look takes the services that are due with it", () => {
    const queue = createWorkQueue(never);
    queue.addFull(10, "resync");
    queue.addService("prod/a", 5, "event");
    queue.addService("prod/later", 99, "retry");
    expect(queue.take(10)).toEqual({ is: "full", why: ["resync"] });
    expect(queue.take(10)).toBeUndefined();
    expect(queue.nextDue()).toBe(99);
  });

  test("so many services that one full look is cheaper are one full look", () => {
    const queue = createWorkQueue((services) => services > 2);
    for (const key of ["p/a", "p/b", "p/c"]) queue.addService(key, 0, "event");
    expect(queue.take(0)).toEqual({ is: "full", why: ["event"] });
    expect(queue.depth).toBe(0);
  });

  test("nothing that was added is lost or done twice", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: fc.constantFrom("a/a", "a/b", "b/a"), at: fc.nat(1_000) }), {
          maxLength: 40,
        }),
        (added) => {
          const queue = createWorkQueue(never);
          for (const { key, at } of added) queue.addService(key, at, "event");
          const done: string[] = [];
          for (let due = queue.nextDue(); due !== undefined; due = queue.nextDue()) {
            const work = queue.take(due);
            if (work?.is === "services") done.push(...work.keys);
          }
          expect(done.sort()).toEqual([...new Set(added.map(({ key }) => key))].sort());
        },
      ),
    );
  });
});

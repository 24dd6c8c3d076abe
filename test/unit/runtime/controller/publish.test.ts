// The status that stands in the store is of whoever holds the target, whatever comes late.
import { beforeEach, expect, it } from "vitest";
import type { TargetStatus } from "../../../../controller/model/status.ts";
import { publisherTo } from "../../../../controller/runtime/controller/publish.ts";
import { createMemoryStore } from "../../../../controller/state/memory.ts";
import type { ObjectStore } from "../../../../controller/state/object-store.ts";
import { readTarget, writeTarget } from "../../../../controller/state/status-store.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { createStoreDouble } from "../../state/store-double.ts";
import { describeTarget } from "./http-scene.ts";

let store: ObjectStore;
beforeEach(() => {
  store = createMemoryStore();
});

function status(epoch: number, minute: number, over: Partial<TargetStatus> = {}): TargetStatus {
  const at = `2026-11-22T03:${String(minute).padStart(2, "0")}:00.000Z`;
  const pass = { startedAt: at, endedAt: at, result: "success" as const };
  return { ...describeTarget("eu-west-1", ["web"]), holder: `h${epoch}`, epoch, pass, ...over };
}

const { target } = status(1, 0);

function createPublisher(over = store) {
  const events: string[] = [];
  const publish = publisherTo(over, (_, event) => void events.push(event));
  return { events, publish };
}

const standing = async () => {
  const read = await readTarget(store, target);
  return read === undefined ? undefined : `${read.holder} ${read.pass?.endedAt.slice(14, 16)}`;
};

it("is written, and read once only", async () => {
  const clock = createVirtualClock();
  const double = createStoreDouble(clock, store);
  const { publish, events } = createPublisher(double);
  await publish(status(1, 1), undefined);
  await publish(status(1, 2), status(1, 1));
  await publish(status(1, 2), status(1, 2));
  expect(await standing()).toBe("h1 02");
  expect(double.calls.map(({ operation }) => operation)).toEqual(["get", "put", "put"]);
  expect(events).toEqual([]);
});

it("is written one after the other, and of those that wait for it only the newest", async () => {
  const clock = createVirtualClock();
  const slow = createStoreDouble(clock, store);
  const { publish, events } = createPublisher(slow);
  await publish(status(1, 1), undefined);
  slow.fate = ({ operation }) => (operation === "put" ? { there: 1_000 } : {});
  const [first, second, third] = [status(1, 2), status(1, 3), status(1, 4)];
  const all = [publish(first, status(1, 1))];
  await clock.advance(500);
  all.push(publish(second, first), publish(third, second));
  await clock.advance(1_000);
  await clock.advance(1_000);
  await Promise.all(all);
  expect(await standing()).toBe("h1 04");
  expect(slow.calls.map(({ operation }) => operation)).toEqual(["get", "put", "put", "put"]);
  // What is as it was before those that were left out is not written.
  const other = status(1, 4, { holder: "other" });
  await Promise.all([publish(other, third), publish({ ...third }, other)]);
  expect(slow.calls).toHaveLength(4);
  expect(events).toEqual([]);
});

it("of a former holder that comes late is not written over a newer one", async () => {
  const clock = createVirtualClock();
  const slow = createStoreDouble(clock, store);
  const [a, b] = [createPublisher(slow), createPublisher()];
  await a.publish(status(1, 1), undefined);
  slow.fate = ({ operation }) => (operation === "put" ? { there: 4_000 } : {});
  const late = a.publish(status(1, 2), status(1, 1));
  await clock.advance(1_000);
  await b.publish(status(2, 3), status(1, 1));
  await clock.advance(4_000);
  await late;
  expect(await standing()).toBe("h2 03");
  expect(a.events).toEqual(["status-left"]);
});

it("of a former holder that came late is written over by the one that holds it", async () => {
  const clock = createVirtualClock();
  const slow = createStoreDouble(clock, store);
  const [a, b] = [createPublisher(), createPublisher(slow)];
  await a.publish(status(1, 1), undefined);
  // Between its look and its write.
  slow.fate = ({ operation }) => (operation === "put" ? { there: 1_000 } : {});
  const published = b.publish(status(2, 3), status(1, 1));
  await clock.advance(500);
  await a.publish(status(1, 2), status(1, 1));
  await clock.advance(3_000);
  await published;
  expect(await standing()).toBe("h2 03");
  expect([a.events, b.events]).toEqual([[], []]);
});

it("is written again where the answer to a write was lost", async () => {
  const clock = createVirtualClock();
  const double = createStoreDouble(clock, store);
  const { publish, events } = createPublisher(double);
  await publish(status(1, 1), undefined);
  double.fate = ({ operation }) => (operation === "put" ? { lost: "answer" } : {});
  const unanswered = publish(status(1, 2), status(1, 1));
  await clock.advance(30_000);
  await unanswered;
  expect(events).toEqual(["status-unwritten"]);
  double.fate = () => ({});
  // The same again: it is behind, as far as it knows.
  await publish(status(1, 2), status(1, 2));
  expect(events).toEqual(["status-unwritten", "status-written-again"]);
  await publish(status(1, 3), status(1, 2));
  expect(await standing()).toBe("h1 03");
});

it("is written over one of a higher epoch, where that was before ours: somebody took the lease's object away", async () => {
  await writeTarget(store, status(17, 1));
  const { publish } = createPublisher();
  await publish(status(1, 2), status(17, 1));
  expect(await standing()).toBe("h1 02");
  await writeTarget(store, status(2, 3));
  await publish(status(1, 4), status(1, 2));
  expect(await standing()).toBe("h2 03");
});

it("of each time of holding is written over what stands then", async () => {
  const [a, b] = [createPublisher(), createPublisher()];
  await a.publish(status(1, 1), undefined);
  await b.publish(status(2, 2), status(1, 1));
  await a.publish(status(3, 3), status(2, 2));
  await a.publish(status(3, 4), status(3, 3));
  expect(await standing()).toBe("h3 04");
  expect([...a.events, ...b.events]).toEqual([]);
});

// The freeze switch: seen within five seconds, and what cannot be read counts as on.
import { expect, it } from "vitest";
import { createMemoryStore } from "../../../controller/state/memory.ts";
import { pauseWrites, readSwitch, resumeWrites, watchSwitch } from "../../../controller/state/switch.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";
import { createStoreDouble } from "./store-double.ts";

const pause = { reason: "incident 42", by: "ann", at: "2026-01-01T00:00:00.000Z" };

function createScene() {
  const clock = createVirtualClock();
  const memory = createMemoryStore();
  const store = createStoreDouble(clock, memory);
  const events: string[] = [];
  const stopping = new AbortController();
  const watch = () =>
    watchSwitch(store, { clock, log: (_, event) => void events.push(event), signal: stopping.signal });
  return { clock, memory, store, events, watch, stop: () => stopping.abort() };
}

it("is off where it was never on", async () => {
  const { clock, watch, store, stop } = createScene();
  const watched = watch();
  expect(watched.refuse()).toMatchObject({ code: "SwitchUnread" });
  await watched.looked;
  expect(watched.refuse()).toBeUndefined();
  await clock.advance(60_000);
  expect(watched.refuse()).toBeUndefined();
  expect(store.calls.length).toBe(31);
  stop();
  await clock.advance(0);
  expect(clock.sleepers).toBe(0);
});

it("is seen within two seconds, on and off, and told once each", async () => {
  const { clock, memory, watch, events } = createScene();
  const watched = watch();
  await clock.advance(1_000);
  await pauseWrites(memory, pause);
  expect(await readSwitch(memory)).toEqual(pause);
  await clock.advance(2_000);
  expect(watched.refuse()).toEqual({
    code: "Paused",
    message: "writes are paused by ann since 2026-01-01T00:00:00.000Z: incident 42",
  });
  expect(watched.paused()).toEqual(pause);
  await clock.advance(10_000);
  await resumeWrites(memory);
  expect(await readSwitch(memory)).toBeUndefined();
  await clock.advance(2_000);
  expect(watched.refuse()).toBeUndefined();
  expect(events).toEqual(["writes-paused", "writes-resumed"]);
});

it("counts as on when it was not read for five seconds, by when it was asked for", async () => {
  const { clock, store, watch, events } = createScene();
  const watched = watch();
  await clock.advance(100);
  store.fate = () => ({ lost: "answer" });
  await clock.advance(4_800);
  expect(watched.refuse()).toBeUndefined();
  await clock.advance(200);
  expect(watched.refuse()).toMatchObject({
    code: "SwitchUnread",
    message: expect.stringContaining("no answer in time"),
  });
  await clock.advance(60_000);
  expect(watched.refuse()).toMatchObject({ code: "SwitchUnread" });
  store.fate = () => ({});
  await clock.advance(2_500);
  expect(watched.refuse()).toBeUndefined();
  expect(events).toEqual(["switch-unread", "switch-read-again"]);
});

it("an answer that comes late is good for less", async () => {
  const { clock, store, watch } = createScene();
  store.fate = () => ({ back: 1_400 });
  const watched = watch();
  await clock.advance(1_400);
  store.fate = () => ({ lost: "error" });
  await clock.advance(3_500);
  expect(watched.refuse()).toBeUndefined();
  await clock.advance(200);
  expect(watched.refuse()).toMatchObject({ code: "SwitchUnread" });
});

it.each(["", "[]", '{"reason":"x"}', '{"paused":true}'])("counts as on when it says %j", async (text) => {
  const { clock, memory, watch } = createScene();
  await memory.put("switch.json", text);
  const watched = watch();
  await clock.advance(10_000);
  expect(watched.refuse()).toMatchObject({
    code: "SwitchUnread",
    message: expect.stringContaining("ecsmon pause or ecsmon resume"),
  });
  await expect(readSwitch(memory)).rejects.toMatchObject({ code: "SwitchUnread" });
});

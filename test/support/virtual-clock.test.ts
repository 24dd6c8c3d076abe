// The clock that tests move.
import { expect, test } from "vitest";
import { createVirtualClock } from "./virtual-clock.ts";

test("sleepers wake in the order of their times, also those who fall asleep meanwhile", async () => {
  const clock = createVirtualClock();
  const woken: string[] = [];
  const sleep = async (name: string, ...times: number[]): Promise<void> => {
    for (const time of times) {
      await clock.sleep(time);
      woken.push(`${name} at ${clock.monotonic()}`);
    }
  };
  void sleep("b", 200, 50);
  void sleep("a", 100, 100, 100);
  await clock.advance(99);
  expect(woken).toEqual([]);
  await clock.advance(151);
  expect(woken).toEqual(["a at 100", "b at 200", "a at 200", "b at 250"]);
  expect(clock.now()).toEqual(new Date("2026-01-01T00:00:00.250Z"));
  expect(clock.sleepers).toBe(1);
});

test("who is woken by a signal sleeps no more, and who falls asleep after it never does", async () => {
  const clock = createVirtualClock();
  const ended = new AbortController();
  let woken = 0;
  void clock.sleep(1_000, ended.signal).then(() => woken++);
  ended.abort();
  void clock.sleep(1_000, ended.signal).then(() => woken++);
  await clock.advance(0);
  expect([woken, clock.sleepers, clock.monotonic()]).toEqual([2, 0, 0]);
});

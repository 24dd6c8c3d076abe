import { describe, expect, test } from "vitest";
import { findClosedWindow } from "../../../controller/core/rollout.ts";
import type { RolloutWindow } from "../../../controller/model/plan.ts";

const hour = 3600;

function isOpen(window: RolloutWindow, at: string): boolean {
  return findClosedWindow({ windows: [window] }, new Date(at)) === undefined;
}

function nextOpening(window: RolloutWindow, at: string): string | undefined {
  return /opens at (\S+)$/.exec(findClosedWindow({ windows: [window] }, new Date(at))?.message ?? "")?.[1];
}

describe("a window", () => {
  const daily: RolloutWindow = { cron: "0 10 * * *", duration: hour };

  test("is open from its first second, and closed at its last", () => {
    expect(isOpen(daily, "2026-06-01T09:59:59.999Z")).toBe(false);
    expect(isOpen(daily, "2026-06-01T10:00:00Z")).toBe(true);
    expect(isOpen(daily, "2026-06-01T10:59:59.999Z")).toBe(true);
    expect(isOpen(daily, "2026-06-01T11:00:00Z")).toBe(false);
  });

  test("goes on past midnight, and over a whole weekend", () => {
    const weekend: RolloutWindow = { cron: "0 22 * * 5", duration: 58 * hour, timeZone: "Europe/Berlin" };
    expect(isOpen(weekend, "2026-06-05T19:59:59Z")).toBe(false);
    expect(isOpen(weekend, "2026-06-05T20:00:00Z")).toBe(true);
    expect(isOpen(weekend, "2026-06-08T05:59:59Z")).toBe(true);
    expect(isOpen(weekend, "2026-06-08T06:00:00Z")).toBe(false);
  });

  test("one of several that is open is enough", () => {
    const windows = [daily, { cron: "0 20 * * *", duration: hour }];
    expect(findClosedWindow({ windows }, new Date("2026-06-01T20:30:00Z"))).toBeUndefined();
    expect(findClosedWindow({ windows }, new Date("2026-06-01T12:00:00Z"))?.message).toContain(
      "2026-06-01T20:00:00.000Z",
    );
  });
});

describe("clocks that change", () => {
  const morning: RolloutWindow = { cron: "0 9 * * *", duration: 2 * hour, timeZone: "America/New_York" };

  test.each([
    ["winter", "2026-03-07", "14:00", "16:00"],
    ["the day that loses an hour", "2026-03-08", "13:00", "15:00"],
    ["summer", "2026-07-01", "13:00", "15:00"],
    ["the day that gains an hour", "2026-11-01", "14:00", "16:00"],
  ])("9 in the morning stays 9 in the morning: %s", (_, day, from, to) => {
    const justBefore = (time: string): string =>
      new Date(Date.parse(`${day}T${time}:00Z`) - 1000).toISOString();
    expect(isOpen(morning, justBefore(from))).toBe(false);
    expect(isOpen(morning, `${day}T${from}:00Z`)).toBe(true);
    expect(isOpen(morning, justBefore(to))).toBe(true);
    expect(isOpen(morning, `${day}T${to}:00Z`)).toBe(false);
  });

  test("a duration is time that passes, not hands of a clock", () => {
    // From 00:30 for 4 hours, in the night in which 02:00 becomes 03:00, and in the one in which it becomes 01:00.
    const night: RolloutWindow = { cron: "30 0 * * *", duration: 4 * hour, timeZone: "America/New_York" };
    expect(isOpen(night, "2026-03-08T09:29:59Z")).toBe(true);
    expect(isOpen(night, "2026-03-08T09:30:00Z")).toBe(false);
    expect(isOpen(night, "2026-11-01T08:29:59Z")).toBe(true);
    expect(isOpen(night, "2026-11-01T08:30:00Z")).toBe(false);
  });

  test("a time that the night leaves out is not lost: it opens when the clock jumps", () => {
    const lost: RolloutWindow = { cron: "30 2 * * *", duration: hour, timeZone: "America/New_York" };
    expect(nextOpening(lost, "2026-03-08T05:00:00Z")).toBe("2026-03-08T07:00:00.000Z");
    expect(isOpen(lost, "2026-03-08T07:45:00Z")).toBe(true);
  });

  test("a time that comes twice opens once a day", () => {
    const twice: RolloutWindow = { cron: "30 1 * * *", duration: 0.5 * hour, timeZone: "America/New_York" };
    const open = ["05:45", "06:45"].filter((time) => isOpen(twice, `2026-11-01T${time}:00Z`));
    expect(open).toHaveLength(1);
  });

  test("half-hour zones", () => {
    const india: RolloutWindow = { cron: "0 10 * * *", duration: hour, timeZone: "Asia/Kolkata" };
    expect(isOpen(india, "2026-06-01T04:29:59Z")).toBe(false);
    expect(isOpen(india, "2026-06-01T04:30:00Z")).toBe(true);
  });
});

// Requests keep inside AWS's rates, in the order of asking, on a clock that the test holds.
import { expect, test } from "vitest";
import { buckets } from "../../../controller/aws/limits.ts";
import { createRateLimiter } from "../../../controller/aws/rate-limiter.ts";

function fakeTimer() {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    now: () => now,
    sleep: (milliseconds: number) => {
      slept.push(milliseconds);
      return Promise.resolve();
    },
  };
}

test("PutMetricAlarm: three at once, then three a second", async () => {
  const timer = fakeTimer();
  const limiter = createRateLimiter(timer);
  for (let call = 0; call < 9; call += 1) await limiter.take("CloudWatch", "PutMetricAlarm");
  expect(timer.slept).toEqual([334, 667, 1000, 1334, 1667, 2000]);
});

test("a bucket refills with time, up to its burst", async () => {
  const timer = fakeTimer();
  const limiter = createRateLimiter(timer);
  for (let call = 0; call < 3; call += 1) await limiter.take("CloudWatch", "PutMetricAlarm");
  timer.advance(60_000);
  for (let call = 0; call < 3; call += 1) await limiter.take("CloudWatch", "PutMetricAlarm");
  expect(timer.slept).toEqual([]);
  await limiter.take("CloudWatch", "PutMetricAlarm");
  expect(timer.slept).toEqual([334]);
});

test("operations of one bucket share it; others do not wait for it", async () => {
  const timer = fakeTimer();
  const limiter = createRateLimiter(timer);
  for (let call = 0; call < 30; call += 1) await limiter.take("ECS", "ListServices");
  for (let call = 0; call < 30; call += 1) await limiter.take("ECS", "DescribeServices");
  expect(timer.slept).toEqual([]);
  await limiter.take("ECS", "ListServices");
  expect(timer.slept).toEqual([50]);
  await limiter.take("ECS", "DescribeTaskDefinition");
  expect(timer.slept).toHaveLength(1);
});

test("the three TagResource operations are three buckets", () => {
  const names = ["ECS.TagResource", "CloudWatchLogs.TagResource"].map((key) => buckets[key]?.name);
  expect(new Set(names).size).toBe(2);
});

test("nothing takes more of DescribeAlarms than leaves room for ECS's rollback alarms", () => {
  expect(buckets["DescribeAlarms"]?.perSecond).toBeLessThan(9);
});

test("before an emulator nothing waits; what it throttles keeps to its rate from then on, and nothing else does", async () => {
  const timer = fakeTimer();
  const limiter = createRateLimiter(timer, "when throttled");
  for (let call = 0; call < 500; call += 1) await limiter.take("ECS", "DescribeTaskDefinition");
  expect(timer.slept).toEqual([]);
  limiter.throttled("ECS", "DescribeTaskDefinition");
  // Those that were under way are throttled too.
  limiter.throttled("ECS", "DescribeTaskDefinition");
  for (let call = 0; call < 3; call += 1) await limiter.take("ECS", "DescribeTaskDefinition");
  expect(timer.slept).toEqual([50, 100, 150]);
  timer.advance(1_000);
  limiter.throttled("ECS", "DescribeTaskDefinition");
  await limiter.take("ECS", "DescribeTaskDefinition");
  for (let call = 0; call < 500; call += 1) await limiter.take("CloudWatch", "DescribeAlarms");
  expect(timer.slept).toHaveLength(3);
});

test("before AWS a throttled request gives nothing back", async () => {
  const timer = fakeTimer();
  const limiter = createRateLimiter(timer);
  for (let call = 0; call < 3; call += 1) await limiter.take("CloudWatch", "PutMetricAlarm");
  limiter.throttled("CloudWatch", "PutMetricAlarm");
  await limiter.take("CloudWatch", "PutMetricAlarm");
  expect(timer.slept).toEqual([334]);
});

// Calls an hour of the controller come from spans that are much shorter: by hand-made spans, never by seconds.
import { expect, test } from "vitest";
import {
  beyond,
  hourOf,
  type LoggedCall,
  monthlyDollars,
  perHour,
  purposeOf,
} from "../../bench/idle-calls.ts";

const call = (service: string, operation: string, input: unknown = {}, at = 0): LoggedCall => ({
  service,
  operation,
  input,
  at,
});
const every = (ms: number, count: number, make: (at: number) => LoggedCall): LoggedCall[] =>
  Array.from({ length: count }, (_, index) => make(100 + index * ms));

test.each([
  ["look", call("ecs", "DescribeServices")],
  ["queue", call("sqs", "ReceiveMessage")],
  ["policies", call("s3", "ListObjectsV2", { Bucket: "policies", Prefix: "" })],
  ["policies", call("s3", "GetObject", { Bucket: "policies", Key: "status/policy.yaml" })],
  ["lease", call("s3", "PutObject", { Bucket: "state", Key: "leases/ecsmon-1-us-east-1.json" })],
  ["switch", call("s3", "GetObject", { Bucket: "state", Key: "status/switch.json" })],
  ["status", call("s3", "PutObject", { Bucket: "state", Key: "status/targets/a.json" })],
  ["status", call("s3", "ListObjectsV2", { Bucket: "state", Prefix: "status/journal/" })],
])("a call is for the %s", (purpose, one) => {
  expect(purposeOf(one)).toBe(purpose);
});

test("what comes at regular times is counted from the first to the last", () => {
  // Eleven in 50 s are one each 5 s, wherever in the span they lie.
  expect(perHour(Array.from({ length: 11 }, (_, index) => 7_000 + index * 5_000))).toBe(720);
  expect(perHour([])).toBe(0);
  expect(perHour([1, 2])).toBeNaN();
});

test("an hour has the passes of the real interval, and the clock's own calls as they came", () => {
  const calls = [
    ...every(9_000, 8, (at) => call("monitoring", "DescribeAlarms", {}, at)),
    ...every(9_000, 4, (at) =>
      call("s3", "PutObject", { Bucket: "state", Key: "status/targets/a.json" }, at),
    ),
    ...every(5_000, 9, (at) => call("s3", "PutObject", { Bucket: "state", Key: "leases/a.json" }, at)),
    ...every(3_000, 12, (at) => call("s3", "ListObjectsV2", { Bucket: "policies" }, at)),
  ];
  const hourly = hourOf({ calls, passes: 4, pollInterval: 3_000 }, { resync: 300_000, pollInterval: 60_000 });
  expect(hourly).toEqual({
    "look monitoring:DescribeAlarms": 24,
    "status s3:PutObject": 12,
    "lease s3:PutObject": 720,
    "policies s3:ListObjectsV2": 60,
  });
  expect(beyond({ ...hourly, "lease s3:GetObject": 3600 }, hourly)).toMatchObject({
    "lease s3:PutObject": 0,
    "lease s3:GetObject": 3600,
  });
  // 730 hours: 792 puts and lists at $5 a million each.
  expect(monthlyDollars(hourly)).toBeCloseTo((730 * (12 + 720 + 60) * 5) / 1_000_000);
});

test("reads of S3 and requests of SQS have prices, looks have none", () => {
  const million = 1_000_000 / 730;
  expect(monthlyDollars({ "switch s3:GetObject": million })).toBeCloseTo(0.4);
  expect(monthlyDollars({ "queue sqs:ReceiveMessage": million })).toBeCloseTo(0.4);
  expect(monthlyDollars({ "look ecs:DescribeServices": million })).toBe(0);
});

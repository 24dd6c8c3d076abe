import { expect, test } from "vitest";
import { backOff } from "../../../../controller/runtime/controller/backoff.ts";

test.each([
  { failures: 1, random: 0, expected: 2_500 },
  { failures: 1, random: 0.999, expected: 4_998 },
  { failures: 2, random: 0, expected: 5_000 },
  { failures: 4, random: 0.5, expected: 30_000 },
  { failures: 20, random: 0.999, expected: 299_850 },
  { failures: 1_000_000, random: 0, expected: 150_000 },
])("after $failures failures with $random: $expected ms", ({ failures, random, expected }) => {
  expect(backOff(failures, 300_000, random)).toBe(expected);
});

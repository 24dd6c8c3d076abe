// How long a log group keeps its events, in words; what shortening it destroys is in test/unit/kinds/log-group.test.ts.
import { expect, it } from "vitest";
import { describeRetention } from "../../../controller/core/retention.ts";

it.each([
  [1, "1 day"],
  [30, "30 days"],
  [undefined, "never"],
])("a retention of %s is %j", (days, text) => {
  expect(describeRetention(days)).toBe(text);
});

// The chart counts how drift ended, and not what is still under way.
import { expect, it } from "vitest";
import { countActivity } from "../../../controller/page/activity.ts";
import { entryOf } from "./sample-sight.ts";

it("counts no repair as failed while its rollout goes on", () => {
  const entries = [
    entryOf({ result: "begun" }),
    entryOf({ result: "skipped" }),
    entryOf({ result: "failed" }),
    entryOf(),
  ];
  const { spans } = countActivity(entries, new Date("2026-11-22T10:00:00Z"), undefined);
  expect(spans.at(-1)).toMatchObject({ repaired: 1, unrepaired: 1, changed: 0 });
});

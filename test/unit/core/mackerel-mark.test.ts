// Marks are frozen: a changed one orphans what stands in Mackerel. Add to the golden file, never change a line.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatMark, type MonitorMark, markMemo, readMark } from "../../../controller/core/mackerel-mark.ts";

const url = new URL("../../golden/core/monitor-marks.json", import.meta.url);
const frozen = JSON.parse(readFileSync(url, "utf8")) as readonly (MonitorMark & { readonly mark: string })[];

test.each(frozen)("$mark", ({ mark, ...parts }) => {
  expect(formatMark(parts)).toBe(mark);
  expect(mark).not.toMatch(/[\r\n]/);
  for (const memo of ["", "a note", "two\nlines\n\n"]) expect(readMark(markMemo(memo, parts))).toEqual(parts);
});

const [first, second] = frozen as [(typeof frozen)[0], (typeof frozen)[0]];

test("what people and browsers write around it does not hide it", () => {
  for (const memo of [`${first.mark}\nseen by Jo`, `note\r\n${first.mark}\r\n`, `  ${first.mark}  `])
    expect(readMark(memo)).toMatchObject({ name: "cpu" });
  expect(readMark(`${second.mark}\n${first.mark}`)).toMatchObject({ name: "cpu" });
});

test.each([
  undefined,
  null,
  3,
  "",
  "managed by ecsmon: do not touch",
  "ecsmon: prod/web/cpu",
  "ecsmon: 123456789012/us-east-1/ecsmon/prod/web/",
  "ecsmon: 123456789012/us-east-1/ecsmon//web/cpu",
  "Ecsmon: 123456789012/us-east-1/ecsmon/prod/web/cpu",
  "x ecsmon: 123456789012/us-east-1/ecsmon/prod/web/cpu",
])("%j is no mark", (memo) => {
  expect(readMark(memo)).toBeUndefined();
});

test("one that was edited by hand is still read", () => {
  expect(readMark("ecsmon: 1/r/o/c/s/100%")).toMatchObject({ name: "100%" });
});

import { expect, test } from "vitest";
import { safeJson, safeText } from "../../../controller/cli/render/safe-text.ts";
import { inlineValue, shorten, shortenPair, wrap } from "../../../controller/cli/render/values.ts";

test.each([
  [null, "(none)"],
  ["enhanced", "enhanced"],
  ["", '""'],
  ["two words", '"two words"'],
  ["85", '"85"'],
  ["true", '"true"'],
  [85, "85"],
  [false, "false"],
  ["a\nb\u001b\u202e", '"a\\nb\\u001b\\u202e"'],
  [{ b: 1, a: ["x"] }, '{"a":["x"],"b":1}'],
])("%j in one line is %s", (value, text) => {
  expect(inlineValue(value)).toBe(text);
});

test("a long text keeps both its ends", () => {
  expect(shorten("a".repeat(50) + "z".repeat(50), 20)).toBe("aaaaaaaaaaaaa…zzzzzz");
});

test.each([
  ["at the end", `${"same ".repeat(30)}old`, `${"same ".repeat(30)}new`],
  ["at the start", `old${" same".repeat(30)}`, `new${" same".repeat(30)}`],
  [
    "in the middle",
    `${"same ".repeat(30)}old${" same".repeat(30)}`,
    `${"same ".repeat(30)}new${" same".repeat(30)}`,
  ],
  ["in length", "same", `${"same ".repeat(30)}new`],
])("two long texts that differ %s show where", (_, a, b) => {
  const [old, fresh] = shortenPair(a, b, 40);
  expect(old).not.toBe(fresh);
  expect(Math.max(old.length, fresh.length)).toBeLessThanOrEqual(40);
});

test("words are wrapped, and none is lost", () => {
  const text = "one two three four-that-is-longer-than-a-line five";
  expect(wrap(text, 10)).toEqual(["one two", "three", "four-that-is-longer-than-a-line", "five"]);
});

test("text and JSON without what a terminal obeys", () => {
  expect(safeText("a\r\n\u009b\ufeffb")).toBe("a\\u000d\\u000a\\u009b\\ufeffb");
  expect(safeText("a\nb", { keepNewlines: true })).toBe("a\nb");
  expect(JSON.parse(safeJson(JSON.stringify({ a: "\u202e\u009b" })))).toEqual({ a: "\u202e\u009b" });
});

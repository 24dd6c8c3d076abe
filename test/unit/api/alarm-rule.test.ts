// Rules of composite alarms: read, written again in one form, and refused with a reason that can be followed.
import { describe, expect, it } from "vitest";
import { namesIn, readAlarmRule, writeAlarmRule } from "../../../controller/api/alarm-rule.ts";

function rewrite(text: string): string {
  const read = readAlarmRule(text);
  return read.ok ? writeAlarmRule(read.rule) : `!${read.problem}`;
}

describe("a rule", () => {
  it.each([
    ["ALARM(a)", 'ALARM("a")'],
    ['  ALARM ( "a b" )  ', 'ALARM("a b")'],
    ['OK("a") AND INSUFFICIENT_DATA(b)', 'OK("a") AND INSUFFICIENT_DATA("b")'],
    ["ALARM(a) OR ALARM(b) AND ALARM(c)", 'ALARM("a") OR (ALARM("b") AND ALARM("c"))'],
    ["(ALARM(a) OR ALARM(b)) AND NOT ALARM(c)", '(ALARM("a") OR ALARM("b")) AND NOT ALARM("c")'],
    ["NOT (ALARM(a) OR (FALSE))", 'NOT (ALARM("a") OR FALSE)'],
    ["not alarm(a) or true", 'NOT ALARM("a") OR TRUE'],
    ["((ALARM(a)))", 'ALARM("a")'],
    ["AT_LEAST(2, ALARM, (a, b, c))", 'AT_LEAST(2, ALARM, ("a", "b", "c"))'],
    ["AT_LEAST(50%, NOT OK, (a, b)) OR ALARM(c)", 'AT_LEAST(50%, NOT OK, ("a", "b")) OR ALARM("c")'],
    ['ALARM("a \\"b\\" \\\\")', 'ALARM("a \\"b\\" \\\\")'],
    ["ALARM(arn:aws:cloudwatch:r:1:alarm:x/y)", 'ALARM("arn:aws:cloudwatch:r:1:alarm:x/y")'],
  ])("%s", (text, expected) => {
    expect(rewrite(text)).toBe(expected);
    expect(rewrite(expected)).toBe(expected);
  });

  it.each([
    ["", 'it is empty; write one such as ALARM("name")'],
    ['ALARM("a"', "the bracket at character 6 is never closed"],
    ['(ALARM("a") OR ALARM("b")', "the bracket at character 1 is never closed"],
    ['ALARM("a"))', "the bracket at character 11 closes nothing"],
    ['ALARM("a', "the quote at character 7 is never closed"],
    ['ALARM("a") ALARM("b")', '"ALARM" stands at character 12 where AND or OR should be'],
    ['ALARM("a") AND', 'it ends where a state such as ALARM("name") should be'],
    ['"a" OR "b"', '"a" stands at character 1 where a state such as ALARM("name") should be'],
    ["ALERT(a)", '"ALERT" stands at character 1 where a state such as ALARM("name") should be'],
    ["ALARM()", '")" stands at character 7 where the name of an alarm should be'],
    ["ALARM a", '"a" stands at character 7 where "(" after ALARM should be'],
    ["AT_LEAST(0, ALARM, (a))", '"0" stands at character 10 where 1 or more should be'],
    ["AT_LEAST(101%, ALARM, (a))", '"101%" stands at character 10 where 1% to 100% should be'],
    [
      "AT_LEAST(ALARM, (a))",
      '"ALARM" stands at character 10 where a number, or a share such as 50% should be',
    ],
    ["(".repeat(5_000), "it nests deeper than 500 levels; CloudWatch takes that many elements"],
    ["NOT ".repeat(60_000), "it nests deeper than 500 levels; CloudWatch takes that many elements"],
    ["AT_LEAST(1, ALARM, a)", '"a" stands at character 20 where "(" after the list of alarms should be'],
  ])("is refused: %.50s", (text, problem) => {
    expect(rewrite(text)).toBe(`!${problem}`);
  });

  it("names each alarm once, at most a hundred of them, in at most 500 elements", () => {
    const read = readAlarmRule("ALARM(a) OR OK(a) OR AT_LEAST(1, ALARM, (a, b))");
    expect(read.ok && namesIn(read.rule)).toEqual(["a", "b"]);
    const many = (count: number, name: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => `ALARM(${name(i)})`).join(" OR ");
    expect(rewrite(many(100, (i) => `a${i}`))).not.toMatch(/^!/);
    expect(rewrite(many(101, (i) => `a${i}`))).toBe("!it names 101 alarms; CloudWatch takes 100");
    expect(rewrite(many(501, () => "a"))).toBe("!it has 501 elements; CloudWatch takes 500");
  });
});

import { describe, expect, it } from "vitest";
import { readFilterPattern } from "../../../controller/api/lint/filter-pattern.ts";
import { readExpression } from "../../../controller/api/lint/metric-math.ts";
import { nearest } from "../../../controller/api/nearest.ts";

describe("readFilterPattern", () => {
  it.each([
    ["", "text"],
    ["ERROR", "text"],
    ["?ERROR ?WARN", "text"],
    ["ERROR -TIMEOUT", "text"],
    ['"INTERNAL SERVER ERROR"', "text"],
    ['?"a b" ?c', "text"],
    ["%ERROR|FATAL%", "text"],
    ['{ $.level = "error" }', "json"],
    ['{ ($.a = 1) && ($.b[0].c = "}x" || $.d NOT EXISTS) }', "json"],
    ["{ $.['a-b'] = 1 }", "json"],
    ["{ $.message = %5[0-9]{2}% }", "json"],
    ["%ab|cd% %10\\.0\\.\\(x\\)%", "text"],
    ['"100% (really) of %" a', "text"],
    ["{ $.a = '%(%' && $.b = %x% }", "json"],
    ["[ip, user, ts, request, status = 5*, bytes]", "delimited"],
    ["[..., status = 404 || status = 410, bytes]", "delimited"],
  ])("takes %s", (pattern, form) => {
    expect(readFilterPattern(pattern)).toEqual({ form });
  });

  it.each([
    ["?a b", /\?a is ignored beside b/],
    ['"open', /the quote " is never closed/],
    ["%open", /the quote % is never closed/],
    ["{ $.a = 1", /a "}" is missing/],
    ["{ ($.a = 1 }", /"}" closes nothing/],
    ["{ $.a = 1 } b", /stands after/],
    ["{ }", /names no field/],
    ["[a, b", /a "]" is missing/],
    ["%a(b|c)%", /%a\(b\|c\)% has a group, .* write the alternatives out/],
    ["{ $.a = %(x)% }", /has a group/],
    ["[a = %(x)%, b]", /has a group/],
    ["%a% %b% %c%", /it has 3 regular expressions, and CloudWatch takes 2/],
    ["{ $.a = %a% || $.a = %b% || $.a = %c% }", /it has 3 regular expressions/],
    ["%[ab]\\1%", /the back reference \\1/],
    ["%something!%", /holds "!", which CloudWatch refuses/],
  ])("refuses %s", (pattern, problem) => {
    expect(readFilterPattern(pattern).problem).toMatch(problem);
  });
});

describe("readExpression", () => {
  it.each([
    ["100 * errors / MAX([requests, 1])", ["errors", "requests"]],
    ["IF(FILL(running, 0) < desired, 1, 0)", ["running", "desired"]],
    ["m1 > 1e5 AND m2", ["m1", "m2"]],
    ["SUM(METRICS('errs')) / m1", ["m1"]],
    ["RATE(m1) * PERIOD (m1)", ["m1"]],
  ])("%s names %j", (text, ids) => {
    expect(readExpression(text)).toMatchObject({ ids });
    expect(readExpression(text).problem).toBeUndefined();
  });

  it.each(["SUM(m1", "m1)", "METRICS('a"])("refuses %s", (text) => {
    expect(readExpression(text).problem).toBeDefined();
  });
});

describe("nearest", () => {
  it.each([
    ["treshold", "threshold"],
    ["Threshold", "threshold"],
    ["xyz", undefined],
  ])("%s → %s", (word, name) => {
    expect(nearest(word, ["threshold", "period"])).toBe(name);
  });
});

// What filter patterns find, after the examples and rules of AWS's "Filter pattern syntax". The patterns are tried
// where a policy's author would try them: TestMetricFilter and FilterLogEvents.
import { describe, expect, it } from "vitest";
import { readFilterPattern } from "../../controller/sandbox/services/logs/filter-pattern.ts";

const found = (pattern: string, lines: readonly string[]): number[] => {
  const { match } = readFilterPattern(pattern);
  return lines.flatMap((line, index) => (match(line) === undefined ? [] : [index + 1]));
};

describe("words", () => {
  const lines = [
    "[ERROR 400] BAD REQUEST",
    "[ERROR 401] UNAUTHORIZED REQUEST",
    "[ERROR 419] MISSING ARGUMENTS",
    "[ERROR 420] INVALID ARGUMENTS",
    "[WARN 500]",
    "fatal",
  ];
  it.each<[string, number[]]>([
    ["ERROR", [1, 2, 3, 4]],
    ["ERROR ARGUMENTS", [3, 4]],
    ["?ERROR ?WARN", [1, 2, 3, 4, 5]],
    ["?BAD ?MISSING REQUEST", [1, 2]],
    ["?BAD ?MISSING -REQUEST", [3, 4, 5, 6]],
    ['"INVALID ARGUMENTS"', [4]],
    ['"INVALID  ARGUMENTS"', []],
    ["ERROR -ARGUMENTS -BAD", [2]],
    ["-ERROR -WARN", [6]],
    ["FATAL", []],
    ["%ERROR 4[02]0%", [1, 4]],
    ["%^\\[WARN%", [5]],
    ["ERROR %REQUEST$%", [1, 2]],
    ["?%BAD|INVALID% ?fatal", [1, 4, 6]],
    ['" "', [1, 2, 3, 4, 5, 6]],
    ["", [1, 2, 3, 4, 5, 6]],
  ])("%s", (pattern, expected) => {
    expect(found(pattern, lines)).toEqual(expected);
  });
});

describe("JSON", () => {
  const lines = [
    {
      eventType: "UpdateTrail",
      sourceIPAddress: "111.111.111.111",
      arrayKey: ["value", "another"],
      n: 1.5e3,
    },
    {
      eventType: "UpdateRole",
      sourceIPAddress: "123.123.12.1",
      objectList: [{ name: "a" }, { name: "b" }],
      n: 20,
    },
    { eventType: null, flag: true, latency: 0, user: { id: 1, email: "John.Stiles@example.com" }, n: -1 },
    { flag: "true", latency: null, "a.b": { "c-d": 1 } },
  ].map((event) => JSON.stringify(event));
  it.each<[string, number[]]>([
    ['{ $.eventType = "UpdateTrail" }', [1]],
    ['{ $.eventType = "Update*" }', [1, 2]],
    ['{ $.eventType != "UpdateTrail" }', [2, 3]],
    ["{ $.sourceIPAddress != 123.123.* }", [1]],
    ['{ $.arrayKey[0] = "value" }', [1]],
    ['{ $.arrayKey[2] = "value" }', []],
    ['{ $.objectList[1].name = "b" }', [2]],
    ["{ $.eventType IS NULL }", [3]],
    ["{ $.eventType NOT EXISTS }", [4]],
    ["{ $.flag IS TRUE }", [3]],
    ["{ $.flag IS FALSE }", []],
    ["{ $.latency = * }", [3]],
    ["{ $.latency = 0 }", [3]],
    ["{ $.n >= 1500 || $.n < 0 }", [1, 3]],
    ["{ $.n = 1.5e3 }", [1]],
    ["{ $.n > -2 && $.n <= 20 }", [2, 3]],
    ['{ ($.user.id = 1) && ($.user.email = "John.*" || $.nothing = "x") }', [3]],
    ["{ $.user.id = 2 && $.nothing = 1 || $.n = 20 }", [2]],
    ["{ $.eventType = %Trail|Role% }", [1, 2]],
    ["{ $.['a.b']['c-d'] = 1 }", [4]],
    ["{ $.user = * }", [3]],
  ])("%s", (pattern, expected) => {
    expect(found(pattern, [...lines, "no JSON", "[1]"])).toEqual(expected);
  });
});

describe("fields", () => {
  const access = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  const lines = [
    access,
    "ERROR 09/25/2014 12:00:02 GET /service/resource/67",
    "WARNING late",
    "INFO ok",
    "alone",
  ];
  it.each<[string, number[]]>([
    ["[ip, server, username, timestamp, request, status_code, bytes]", [1]],
    ["[ip, server, username, timestamp, request, status_code = 4*, bytes]", [1]],
    ["[ip, server, username, timestamp, request = *html*, status_code = 4*, bytes]", [1]],
    ["[ip, server, username, timestamp, request, status_code, bytes > 1534]", []],
    ["[..., status_code = 404 || status_code = 410, bytes]", [1]],
    ["[ip, ..., bytes >= 1534]", [1]],
    ["[ip = %127\\.0\\.0\\.[1-3]%, ...]", [1]],
    ["[w1 = ERROR, w2]", [2]],
    ["[w1 = ERROR]", []],
    ["[w1 = ERROR || w1 = %WARN%, w2]", [2, 3]],
    ["[w1 != ERROR && w1 != WARNING, w2]", [1, 4]],
    ["[first]", [1, 2, 3, 4, 5]],
    ["[first, second, ...]", [1, 2, 3, 4]],
  ])("%s", (pattern, expected) => {
    expect(found(pattern, lines)).toEqual(expected);
  });

  it("have their values told, the last one with the rest of the line", () => {
    expect(readFilterPattern("[level, time, rest]").match(lines[1] ?? "")).toEqual({
      $level: "ERROR",
      $time: "09/25/2014",
      $rest: "12:00:02 GET /service/resource/67",
    });
    expect(readFilterPattern("[..., time, request, status, bytes]").match(access)).toEqual({
      $time: "10/Oct/2000:13:25:15 -0700",
      $request: "GET /index.html HTTP/1.0",
      $status: "404",
      $bytes: "1534",
    });
  });
});

it.each([
  "ERROR || WARN",
  "a-b",
  '"open',
  "%open",
  "%(a|b)%",
  "%(a)\\1%",
  "%a% %b% %c%",
  "{ $.a }",
  "{ $.a EXISTS }",
  "{ $.a IS NOT NULL }",
  "{ $.a == 1 }",
  "{ $.a = 1 AND $.b = 2 }",
  '{ $.a > "Alpha" }',
  "{ $.a = %(x)% }",
  "{ a = 1 }",
  "{ $.a = 1",
  "[]",
  "[a, a]",
  "[a = ]",
  "[a, b = 1 && c = 2]",
  "[..., a, ...]",
  "[a = ERROR OR a = WARN]",
])("%s is no pattern", (pattern) => {
  expect(() => readFilterPattern(pattern)).toThrow(
    expect.objectContaining({ code: "InvalidParameterException" }),
  );
});

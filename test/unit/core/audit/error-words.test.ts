// Which names, patterns and queries are about errors, and which only have the letters of such a word in them.
import { describe, expect, test } from "vitest";
import { isErrorName, isErrorPattern, isErrorQuery } from "../../../../controller/core/audit/error-words.ts";

describe("a filter looks for errors by", () => {
  test.each([
    "ERROR",
    "?ERROR ?Fatal",
    "-INFO ERROR",
    "panic",
    "OOMKilled",
    '"oom-killer"',
    '"Out of memory"',
    '"OutOfMemory"',
    '"timed out"',
    '"エラー"',
    '"failed to connect"',
    "%ERR[0-9]+%",
    '%HTTP/1.1" 5\\d\\d%',
    '"HTTP 5xx"',
    "[ip, user, time, request, status=5*, size]",
    "[w1, w2=%5[0-9][0-9]%]",
    "[level=E*, message]",
    "{ $.status >= 500 }",
    "{ $.res.statusCode = 503 }",
    '{ $.status = "5*" }',
    "{ $.code >= 500 }",
    "{ $.http_status > 499 }",
    String.raw`"\"status\":500"`,
    '{ $.level = "error" }',
    '{ $.level = "WARN" }',
    '{ $.severity = "CRITICAL" }',
    "{ $.level >= 50 }",
    "{ $.level = 50 }",
    "{ $.error EXISTS }",
    '{ $.err_code != "" }',
    "[..., status != 200, size]",
    '{ $.level != "INFO" }',
  ])("%s", (pattern) => {
    expect(isErrorPattern(pattern)).toBe(true);
  });

  test.each([
    "",
    '"order placed"',
    '"room booked"',
    '"referrer="',
    '"several"',
    '"stderr"',
    '"criteria"',
    '"failover"',
    '"currency=EUR"',
    "-ERROR",
    "INFO -error -%fatal%",
    "{ $.status = 200 }",
    "{ $.status < 400 }",
    "[ip, time, status=2*, size]",
    '{ $.level = "INFO" }',
    "{ $.level = 30 }",
    '{ $.level != "ERROR" }',
    "{ $.error NOT EXISTS }",
    "{ $.error IS NULL }",
    "{ $.errors = 0 }",
    "{ $.latency >= 500 }",
    "{ $.zip = 50010 }",
    '{ $.code = "US" }',
  ])("and not by %s", (pattern) => {
    expect(isErrorPattern(pattern)).toBe(false);
  });
});

test.each([
  "ErrorCount",
  "HttpErrors",
  "err_count",
  "DBErr",
  "HTTPCode5XX",
  "http_5xx_count",
  "OOMKills",
  "timeouts",
  "AppFailures",
  "エラー数",
])("%s is a name of errors", (name) => {
  expect(isErrorName(name)).toBe(true);
});

test.each(["RoomsBooked", "Referrers", "ok-hits", "HitsStatus200", "InfoLines", "interrupts", "level"])(
  "%s is none",
  (name) => {
    expect(isErrorName(name)).toBe(false);
  },
);

describe("a log alarm asks for errors by", () => {
  test.each([
    "filter @message like /(?i)error/",
    'filter level in ["ERROR", "FATAL"]',
    "filter @message not like /DEBUG/ and @message like /ERROR/",
    "filter status >= 500",
    "filter status like /5\\d\\d/",
    "filter status =~ /^5/",
    "SELECT count(*) FROM logs WHERE level = 'ERROR'",
    "filter ispresent(error)",
  ])("%s", (query) => {
    expect(isErrorQuery(query)).toBe(true);
  });

  test.each([
    "stats count(*)",
    "filter @message like /order placed/",
    "filter @message not like /ERROR/ | stats count(*)",
    "filter not (@message like /ERROR/)",
    'filter level not in ["ERROR", "FATAL"]',
    "filter @message !~ /error/",
    "filter status = 200",
    "filter duration >= 500",
  ])("and not by %s", (query) => {
    expect(isErrorQuery(query)).toBe(false);
  });
});

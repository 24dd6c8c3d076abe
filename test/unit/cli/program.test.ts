import { describe, expect, test } from "vitest";
import { describeFailure } from "../../../controller/cli/failure.ts";
import { wantsColour } from "../../../controller/cli/io.ts";
import { runProgram } from "../../../controller/cli/program.ts";
import { EcsmonError } from "../../../controller/model/errors.ts";
import { createTestIo } from "./test-io.ts";

async function run(line: string) {
  const io = createTestIo();
  const code = await runProgram(line === "" ? [] : line.split(" "), io, "1.2.3");
  return { code, ...io.written };
}

test.each([
  ["pln", "unknown command 'pln'", "Did you mean plan?"],
  ["plan --polices x", "unknown option '--polices'", "Did you mean --policies?"],
  ["plan", "required option '--policies <src>' not specified", "See `ecsmon plan --help`"],
  ["apply --yes", "required option '--policies <src>' not specified", "See `ecsmon apply --help`"],
  ["plan --policies x --config y", "'--policies <src>' and '--config <file>' exclude each other", "sources"],
  ["apply --policies x --config y", "exclude each other", "ecsmon apply --help"],
  ["plan --config test", "--config test is not one file", "name the file itself"],
  ["plan --config nowhere.yaml", "no file or folder at nowhere.yaml", "check the path"],
  ["plan --policies x extra", "too many arguments for 'plan'", "ecsmon plan --help"],
  ["plan --policies x --max-deletes -1", "argument '-1' is invalid", "whole number"],
  ["plan --policies x --max-deletes 1.5", "argument '1.5' is invalid", "whole number"],
  ["plan --policies x --max-redeploys 1e3", "argument '1e3' is invalid", "whole number"],
  ["plan --policies x --max-deletes 99999999999999999999", "is invalid", "whole number"],
  ["plan --policies x --owner a/b", "argument 'a/b' is invalid", "letters, digits and `-`"],
  [`plan --policies x --owner ${"a".repeat(33)}`, "is invalid", "at most 32"],
  ["plan --policies x --as-of yesterday", "argument 'yesterday' is invalid", "ISO 8601"],
  ["plan --policies x --as-of 2026-02-30T00:00:00Z", "is invalid", "ISO 8601"],
  ["plan --policies x --as-of 2026-02-03T00:00:00", "is invalid", "with its offset"],
  ["plan --policies x --format jsn", "argument 'jsn' is invalid", "text, json, markdown, html"],
  ["apply --policies x --format html", "argument 'html' is invalid", "text, json."],
  ["plan --policies x --delete-policy never", "argument 'never' is invalid", "sync, upsert-only"],
  ["plan --policies x --region Europe", "argument 'Europe' is invalid", "eu-central-1"],
  ["plan --policies= ", "is invalid", "must not be empty"],
  ["audit --baseline=", "option '--baseline <file>' is empty", "leave it out"],
  ["plan --policies x --out=", "option '--out <file>' is empty", "ecsmon plan --help"],
  ["validate ", "an argument is empty", "ecsmon validate --help"],
  ["get history --limit 0", "argument '0' is invalid", "1 or more"],
  ["get resources --limit 3 --status x", "--limit is for history", "leave it out"],
  ["plan --policies x --max-age 6h", "--max-age is about a snapshot", "leave it out"],
  ["sandbox --services 99999999", "argument '99999999' is invalid", "at most 50000"],
  ["plan --policies x --log-level loud", "argument 'loud' is invalid", "error, warn, info, debug"],
  ["sandbox --port 70000", "argument '70000' is invalid", "port"],
  ["sandbox --seed big", "argument 'big' is invalid", "demo, empty"],
  ["validate", "missing required argument 'path'", "ecsmon validate --help"],
  ["get", "missing required argument 'what'", "ecsmon get --help"],
  ["get pods --status x", "value 'pods' is invalid", "policies, services"],
  ["get policies", "required option '--config <file>' not specified", "--status <place>"],
  ["get policies --config x --status y", "exclude each other", "ecsmon get --help"],
  ["get policies --status x -o xml", "argument 'xml' is invalid", "table, wide, json, yaml"],
  ["get policies --status x --watch -o json", "--watch shows tables", "instead of json"],
  ["get policies --status x --since 1h", "--since is for history", "leave it out"],
  ["get history --status x --since lately", "argument 'lately' is invalid", "2h or 7d"],
  ["get policies --status s3:/x", "--status s3:/x names no bucket", "s3://BUCKET/PREFIX"],
  ["get policies --status /nowhere/at/all", "there is no status in /nowhere/at/all yet", "ecsmon run"],
  ["apply /nowhere/at/all.plan", "cannot be read", "ecsmon plan --out"],
  ["apply x.plan --max-deletes 9", "'--max-deletes <n>' cannot be given with a saved plan", "plan again"],
  ["apply x.plan --cluster a", "'--cluster <glob>' cannot be given with a saved plan", "plan again"],
  ["pause --status x", "required option '--reason <text>' not specified", "ecsmon pause --help"],
  ["pause --reason x", "required option '--config <file>' not specified", "--status <place>"],
  ["resume", "required option '--config <file>' not specified", "ecsmon resume --help"],
])("`ecsmon %s` is refused with what to do", async (line, what, hint) => {
  const { code, stdout, stderr } = await run(line);
  expect(code).toBe(1);
  expect(stdout).toBe("");
  expect(stderr).toContain(what);
  expect(stderr).toContain(hint);
  expect(stderr).toMatch(/^ecsmon: /);
  expect(stderr).not.toMatch(/^ +at /m);
});

describe("help", () => {
  test("lists what is there and nothing else", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) .*/gm)].map(([, name]) => name);
    expect(commands).toEqual([
      "validate",
      "plan",
      "apply",
      "snapshot",
      "github",
      "run",
      "get",
      "pause",
      "resume",
      "inject",
      "schema",
      "test",
      "iam",
      "audit",
      "explain",
      "sandbox",
      "demo",
      "help",
    ]);
  });

  test.each([
    "validate",
    "plan",
    "apply",
    "snapshot",
    "github",
    "get",
    "pause",
    "resume",
    "inject",
    "schema",
    "explain",
    "sandbox",
    "demo",
  ])("of %s has examples", async (name) => {
    const { code, stdout } = await run(`${name} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain(`Examples:\n  ecsmon ${name}`);
    expect(stdout).toContain("--log-level");
    expect(stdout).toContain("--no-color");
  });

  test("without a command is an error", async () => {
    const { code, stdout, stderr } = await run("");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("Usage: ecsmon");
  });

  test("the version", async () => {
    expect(await run("--version")).toEqual({ code: 0, stdout: "1.2.3\n", stderr: "" });
  });
});

describe("errors", () => {
  const stack = /^ +at /m;

  test("an expected one is its message and how to go on", () => {
    const error = new EcsmonError("Throttled", "DescribeServices was throttled", {
      fault: "aws",
      remedy: "retry",
    });
    expect(describeFailure(error, "info")).toMatch(
      /^ecsmon: DescribeServices was throttled\n {2}run it again/,
    );
  });

  test("an unexpected one is one line, with its stack only in debug", () => {
    const error = new TypeError("x is not\na function");
    expect(describeFailure(error, "info")).toMatch(
      /^ecsmon: unexpected error: TypeError: x is not a function \(.*debug.*\)\n$/,
    );
    expect(describeFailure(error, "debug")).toMatch(stack);
  });

  test("a refused connection has no message of its own", () => {
    const error = new AggregateError([new Error("connect ECONNREFUSED 127.0.0.1:1")]);
    expect(describeFailure(error, "info")).toContain("ECONNREFUSED 127.0.0.1:1");
  });

  test("no Region", () => {
    expect(describeFailure(new Error("Region is missing"), "info")).toContain("AWS_REGION");
  });

  test("control characters are harmless", () => {
    expect(describeFailure(new EcsmonError("X", "a\u001b[31mb"), "info")).toBe("ecsmon: a\\u001b[31mb\n");
  });
});

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: "dumb" }, true, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, true, false],
])("colour with %j on a terminal: %s", (env, isTty, expected) => {
  expect(wantsColour(env, isTty)).toBe(expected);
});

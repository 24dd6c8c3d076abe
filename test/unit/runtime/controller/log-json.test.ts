// The log: one JSON object a line, with nothing in it that nobody may read.
import { describe, expect, it } from "vitest";
import { EcsmonError } from "../../../../controller/model/errors.ts";
import { createLog, type LogOptions } from "../../../../controller/runtime/controller/log-json.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

function startLog(given: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = createLog({ level: "info", clock: createVirtualClock(), write, ...given });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

describe("a line", () => {
  it("is one JSON object with level, time, event and fields", () => {
    const { log, lines } = startLog({ fields: { replica: "a" } });
    log("info", "pass-ended", { target: "t", seconds: 1.5, changes: [1, 2] });
    expect(lines).toEqual([
      '{"level":"info","time":"2026-01-01T00:00:00.000Z","event":"pass-ended","replica":"a","target":"t","seconds":1.5,"changes":[1,2]}\n',
    ]);
  });

  it("stays one line, whatever is in it", () => {
    const { log, lines, last } = startLog();
    log("warn", "odd", { text: 'a\nb\r\u0000"\u2028', level: "x", event: "y", time: 0, msg: "z" });
    expect(lines[0]?.match(/\n/g)).toEqual(["\n"]);
    expect(last()).toMatchObject({
      level: "warn",
      event: "odd",
      level_: "x",
      event_: "y",
      time_: 0,
      msg_: "z",
    });
    expect(lines[0]?.match(/"level":/g)).toHaveLength(1);
  });

  it.each([
    ["warn", ["warn", "error"]],
    ["debug", ["debug", "info", "warn", "error"]],
  ] as const)("of level %s lets %j through", (level, expected) => {
    const { log, lines } = startLog({ level });
    for (const at of ["debug", "info", "warn", "error"] as const) log(at, "e");
    expect(lines.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(expected);
  });

  it("is not longer than what Docker keeps together, and does not end with a cycle", () => {
    const { log, lines, last } = startLog();
    const self: Record<string, unknown> = {};
    self["self"] = self;
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`name${at}`, "v".repeat(500)]));
    const deep = JSON.parse(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`) as unknown;
    log("info", "large", { self, deep, text: "é".repeat(100_000), list: Array(10_000).fill("item"), wide });
    expect(Buffer.byteLength(lines[0] ?? "")).toBeLessThan(16_000);
    expect(last()).toMatchObject({ event: "large", self: { self: "…" } });
  });
});

describe("errors", () => {
  it("are a code and a message", () => {
    const { log, last } = startLog();
    log("error", "failed", {
      error: new EcsmonError("LeaseLost", "it is gone", { cause: new Error("hidden") }),
    });
    expect(last()["error"]).toEqual({ code: "LeaseLost", message: "it is gone" });
  });

  it("of our own making say where", () => {
    const { log, last } = startLog();
    log("error", "failed", { error: new TypeError("x is undefined") });
    expect(last()["error"]).toMatchObject({
      code: "TypeError",
      message: "x is undefined",
      stack: expect.stringContaining("log-json.test.ts"),
    });
  });
});

describe("secrets", () => {
  it.each([
    [{ apiKey: "hunter2" }],
    [{ nested: { options: { HTTP_Passwd: "hunter2" } } }],
    [{ list: [{ secret: { deep: "hunter2" } }] }],
    [{ authorization: ["Bearer hunter2"] }],
    [{ url: "https://ops:hunter2@git.example.com/a.git" }],
    [{ error: new Error("cannot fetch https://hunter2@git.example.com/a.git") }],
    [{ message: "token hunter2-and-more was refused" }],
    [{ map: new Map([["a", "hunter2-and-more"]]) }],
  ])("in %j are struck out", (fields) => {
    const { log, lines } = startLog({ secrets: ["hunter2-and-more"] });
    log("info", "event", fields);
    expect(lines[0]).not.toContain("hunter2");
    expect(lines[0]).toContain("[secret]");
  });

  it("are not what only sounds like one", () => {
    const { log, last } = startLog();
    log("info", "event", { key: "prod/web", connections: 3, hasToken: true });
    expect(last()).toMatchObject({ key: "prod/web", connections: 3, hasToken: true });
  });

  it("that are cut are cut after they were struck out", () => {
    const { log, lines } = startLog({ secrets: ["hunter2-and-more"] });
    log("info", "event", { text: `${"a".repeat(1_993)}hunter2-and-more` });
    expect(lines[0]).not.toContain("hunter2");
  });
});

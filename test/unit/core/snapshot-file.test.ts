// The file of `ecsmon snapshot`: what is written is read again, and what is not whole is refused.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readSnapshotFile, writeSnapshotFile } from "../../../controller/core/snapshot-file.ts";
import type { Snapshot, SnapshotFacts } from "../../../controller/model/snapshot.ts";
import { emptyFacts } from "../aws/snapshot/empty-facts.ts";

const arn = "arn:aws:ecs:eu-west-1:1:task-definition/web:3";
const full: SnapshotFacts = {
  ...emptyFacts,
  emulated: ["IAM"],
  alarms: { fault: { name: "TimeoutError", message: "late", code: "ETIMEDOUT" } },
  queryDefinitions: { fault: { name: "SyntaxError", message: "<", lacking: true } },
  clusterDetails: { __proto__: null, constructor: { value: "missing" } } as never,
  services: { "prod/web": { value: { serviceName: "web\u2028" } }, "prod/b": { value: "unaccounted" } },
  taskDefinitions: {
    [arn]: { value: { arn, status: "ACTIVE", input: { family: "web" }, tags: { a: "b" } } },
  },
  formerDefinitions: { [arn]: { value: "bare" } },
  settled: { "prod/web": { value: [{ revision: "r", taskDefinition: arn }, { revision: "s" }] } },
  mackerel: { value: [{ id: "m" }] },
};
const snapshot: Snapshot = {
  version: "1.2.3",
  takenAt: "2026-11-22T09:00:00.000Z",
  keyFingerprint: null,
  targets: [full, { ...emptyFacts, region: "eu-central-1" }],
};
const write = (given: Snapshot): string => [...writeSnapshotFile(given)].join("");
const file = write(snapshot);
const read = (text: string): Snapshot => readSnapshotFile(text, "account.snapshot");

test("is read as it was written, and written the same again", () => {
  expect(read(file)).toEqual(snapshot);
  expect(write(read(file))).toBe(file);
});

test("has no long line, however long a list is", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ AlarmName: `a${index}` }));
  const long: SnapshotFacts = {
    ...full,
    alarms: { value: { metric: many(1001), composite: [], log: many(3) } },
    logGroups: { value: many(400) },
    clusters: { value: Array.from({ length: 201 }, (_, index) => `c${index}`) },
  };
  const written = write({ ...snapshot, targets: [long] });
  expect(Math.max(...written.split("\n").map((line) => line.length))).toBeLessThan(8_000);
  expect(read(written).targets).toEqual([long]);
});

describe("is refused", () => {
  const lines = file.split("\n");
  const sign = (all: readonly string[]): string => {
    const body = all.map((line) => `${line}\n`).join("");
    const checksum = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    return `${body}${JSON.stringify({ lines: all.length, checksum })}\n`;
  };
  const signed = (change: (body: string[]) => string[]): string => sign(change(lines.slice(0, -2)));

  test.each<[string, string, RegExp]>([
    ["empty", "", /^account.snapshot is no snapshot; make one with ecsmon snapshot --out FILE$/],
    ["no JSON", "kind: Snapshot\n", /is no snapshot/],
    ["a saved plan", `${JSON.stringify({ kind: "SavedPlan" })}\n`, /is no snapshot/],
    ["cut short", lines.slice(0, 5).join("\n"), /is cut short/],
    ["cut short at a line's end", `${lines.slice(0, 5).join("\n")}\n`, /is cut short/],
    ["without its last byte", file.slice(0, -1), /is cut short/],
    ["changed", file.replace("web", "wob"), /checksum does not fit/],
    [
      "of another format",
      signed(([first = "", ...rest]) => [first.replace('"format":1', '"format":9'), ...rest]),
      /another format, ecsmon.dev\/v1alpha1 9, and this ecsmon reads ecsmon.dev\/v1alpha1 1/,
    ],
    [
      "without a list",
      signed((body) => body.filter((line) => !line.includes('"alarms"'))),
      /no snapshot that ecsmon has taken/,
    ],
    [
      "with a section of its own",
      signed((body) => [...body, '[0,"toString",{"value":[]}]']),
      /no snapshot that ecsmon has taken/,
    ],
    [
      "with a target too many",
      signed((body) => [...body, '[7,"clusters",{"value":[]}]']),
      /no snapshot that ecsmon has taken/,
    ],
    [
      "with a fact of another shape",
      signed((body) => [...body, '[0,"clusters",{"value":[1]}]']),
      /no snapshot that ecsmon has taken/,
    ],
  ])("%s", (_what, text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: "InvalidSnapshot", message: expect.stringMatching(message) }),
    );
  });

  const head = (change: (header: Record<string, unknown>) => object): string =>
    signed(([first = "", ...rest]) => [JSON.stringify(change(JSON.parse(first))), ...rest]);
  const place = { account: "123456789012", region: "eu-west-1", emulated: [] };

  test.each<[string, string]>([
    ["escapes in its version", head((one) => ({ ...one, ecsmon: "1\u001b[31mRED\n::error::x" }))],
    ["no version", head((one) => ({ ...one, ecsmon: "" }))],
    ["a Region that is none", head((one) => ({ ...one, targets: [place, { ...place, region: "../../x" }] }))],
    ["an account that is none", head((one) => ({ ...one, targets: [place, { ...place, account: "1\n2" }] }))],
    ["a fingerprint that is none", head((one) => ({ ...one, keyFingerprint: "\u001b[31m" }))],
    ["an index in a list", signed((body) => [...body, '[[0],"topics","a",{"value":{}}]'])],
    ["an index as a text", signed((body) => [...body, '["0","topics","a",{"value":{}}]'])],
    [
      "a filter of no log group",
      signed((body) => [...body, '[0,"metricFilters",{"value":[{"filterName":"a"}]}]']),
    ],
  ])("with %s", (_what, text) => {
    expect(() => read(text)).toThrow(/^account.snapshot has a checksum that fits and is no snapshot/);
  });

  test("with its format told in nothing but what can be printed", () => {
    const strange = head((one) => ({ ...one, format: "\u001b[31m\n::error::x", ecsmon: "\u001b[1m\n2" }));
    let message = "";
    try {
      read(strange);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain("another format, ecsmon.dev/v1alpha1 ?[31m?::error::x");
    expect(message).toMatch(/^[ -~]*$/);
  });

  test("before it is written larger than it could be read", () => {
    expect([...writeSnapshotFile(snapshot, file.length + 200)].join("")).toBe(file);
    expect(() => [...writeSnapshotFile(snapshot, file.length - 200)]).toThrow(
      expect.objectContaining({ code: "SnapshotTooLarge", message: expect.stringContaining("--region") }),
    );
  });

  test("but not when all is as it was", () => expect(read(signed((body) => body))).toEqual(snapshot));
});

// Input that is meant to cost much: refused with one clear error, before anything expensive is done with it.
// Times and memory are measured by hand (docs/benchmarks.md); here it is what is done, not how long it takes.
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";
import { maxFileBytes } from "../../../controller/api/policy.ts";
import { parseText, summarise } from "./policies.ts";

const header = `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: a }\nspec:\n  selector: { services: ["*"] }\n`;
const repeat = (count: number, one: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => one(i)).join("");

/** Each level names the one before nine times: 9 to the ninth values. */
const bomb = repeat(9, (i) =>
  i === 0
    ? "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    : `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(", ")}]\n`,
);

describe("hostile YAML", () => {
  it.each([
    ["an alias bomb", bomb, /^InvalidYaml: more than 20000 values, with aliases followed/],
    [
      "an alias bomb of mappings",
      `x: &x0 {a: 1}\n${repeat(20, (i) => `k${i}: &x${i + 1} {p: *x${i}, q: *x${i}}\n`)}`,
      /^InvalidYaml: more than 20000 values/,
    ],
    [
      "200,000 keys",
      repeat(200_000, (i) => `k${i}: 1\n`),
      /^TooLarge: the file has \d+ bytes, more than 262144; split it$/,
    ],
    [
      "as many keys as fit",
      repeat(9_900, (i) => `k${i}: 1\n`),
      /^TooLarge: the file has more than 40000 words and marks/,
    ],
    [
      "keys in one line",
      `{${repeat(30_000, (i) => `k${i},`)}}`,
      /^TooLarge: the file has more than 40000 words and marks/,
    ],
    ["brackets without end", "[".repeat(100_000), /^TooLarge: nested deeper than 50 levels/],
    [
      "indentation without end",
      repeat(400, (i) => `${" ".repeat(i)}a:\n`),
      /^TooLarge: nested deeper than 50 levels/,
    ],
    ["10 MB of one word", `a: ${"x".repeat(10 * 1024 * 1024)}`, /^TooLarge: the file has 10485763 bytes/],
    ["10 MB of lines", "a: b\n".repeat(2 * 1024 * 1024), /^TooLarge: the file has 10485760 bytes/],
    ["documents without end", "---\na: b\n".repeat(4_000), /^TooLarge: the file has more than 200 documents/],
    [
      "the key __proto__",
      `${header}  __proto__: { a: b }\n`,
      /^InvalidYaml: the key "__proto__" is not allowed/,
    ],
    [
      "binary",
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2]).toString("utf8"),
      /^NotText: the file holds a NUL character: this is a binary file or UTF-16/,
    ],
    [
      "bytes that are no text",
      Buffer.from([0xff, 0xd8, 0xff, 0xe0]).toString("utf8"),
      /^NotText: the file holds bytes that are not UTF-8/,
    ],
    [
      "UTF-16",
      Buffer.from(`\uFEFF${header}`, "utf16le").toString("utf8"),
      /^NotText: .*binary file or UTF-16; policies are YAML in UTF-8$/,
    ],
    [
      "a list without end",
      `${header}  alarms: [${repeat(4_000, () => "{},")}]\n`,
      /^InvalidValue: alarms holds 4000 entries, more than 500$|^MissingField/,
    ],
    [
      "a rule of brackets without end",
      `${header}  alarms: [{ name: a, composite: "${"(".repeat(100_000)}" }]\n`,
      /^InvalidValue: composite holds 100000 characters, more than 10240$/,
    ],
    ["quotes without end", '"'.repeat(200_000), /^TooLarge|^InvalidYaml/],
    [
      "a template without end",
      `${header}  logging: { group: "${"${".repeat(100_000)}" }\n`,
      /^UnknownTemplate: .{1,200}$/,
    ],
  ])("ends with a clear error on %s", (_, text, message) => {
    const { diagnostics, policies } = parseText(text);
    const [first] = diagnostics;
    expect(policies).toEqual([]);
    expect(`${first?.code}: ${first?.message}`).toMatch(message);
    // At a place.
    expect(first).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
  });

  it("tells of what it refuses once", () => {
    for (const text of [bomb, "[".repeat(100_000), "a: \0", repeat(200_000, (i) => `k${i}: 1\n`)])
      expect(parseText(text).diagnostics).toHaveLength(1);
  });

  it("leaves the prototypes of everything alone", () => {
    parseText(`${header}  __proto__: { polluted: 1 }\n  constructor: { prototype: { polluted: 1 } }\n`);
    parseText(`${header}  notifications: { hasOwnProperty: [x], toString: [y] }\n`);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.hasOwn({ a: 1 }, "a")).toBe(true);
  });

  it("refuses a file by its size alone, unread", () => {
    const set = parsePolicies([{ file: "big.yaml", text: "", bytes: maxFileBytes + 1 }]);
    expect(summarise(set)).toEqual(["TooLarge - 1:1"]);
    expect(set).toMatchObject({ documents: 1, policies: [] });
  });

  it("tells no more than 200 times of one document", () => {
    const text = header + repeat(300, (i) => `  x${i}: 1\n`);
    expect(parseText(text).diagnostics).toHaveLength(200);
  });

  it("takes 500 alarms in one policy, and the names of thousands in others", () => {
    const alarms = (name: string): string =>
      `${header.replace("name: a", `name: ${name}`)}  alarms: [${repeat(500, (i) => `{ name: a${i}, preset: ecs-cpu-high },`)}]\n`;
    const files = ["a", "b", "c"].map((name) => ({ file: `${name}.yaml`, text: alarms(name) }));
    expect(parsePolicies(files).diagnostics).toEqual([]);
  });
});

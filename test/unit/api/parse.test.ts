// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";
import { parseText, soundPolicy, summarise } from "./policies.ts";

const header = (name: string) =>
  `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringPolicy\nmetadata: { name: ${name} }\nspec:\n  selector: { services: ["*"] }\n`;

describe("parsePolicies", () => {
  it("accepts the examples, all together", () => {
    const folder = new URL("../../../crds/examples/", import.meta.url);
    const files = readdirSync(folder)
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => ({
        file,
        text: readFileSync(new URL(file, folder), "utf8"),
      }));
    const set = parsePolicies(files);
    expect(summarise(set)).toEqual([]);
    expect(set.policies).toHaveLength(set.documents);
  });

  it("takes the reference policy", () => {
    const text = readFileSync(new URL("../../golden/api/reference-policy.yaml", import.meta.url), "utf8");
    const set = parseText(text);
    expect(set.documents).toBe(2);
    expect(set.policies.map(({ name }) => name)).toEqual(["web-baseline"]);
    expect(summarise(set)).toEqual([]);
  });

  it("gives seconds for durations and a place for every field", () => {
    const [policy] = parseText(soundPolicy).policies;
    expect(policy?.spec.logging?.retention).toBe(30 * 86_400);
    expect(policy?.annotations).toEqual({ "ecsmon.dev/runbook": "https://runbooks.example.com/web" });
    const lineOf = (path: (string | number)[]) => soundPolicy.split("\n")[(policy?.at(path).line ?? 0) - 1];
    expect(lineOf(["spec", "alarms", 1, "statistic"])).toContain("statistic: p99");
    expect(lineOf(["spec", "alarms", 0, "not-there"])).toContain("- name: cpu-high");
    expect(lineOf(["spec", "sidecars"])).toContain("sidecars:");
  });

  it("orders policies by file name, then document", () => {
    const set = parsePolicies([
      { file: "b.yaml", text: header("third") },
      { file: "a.yaml", text: `${header("first")}---\n---\n# nothing here\n---\n${header("second")}` },
    ]);
    expect(set.policies.map(({ name }) => name)).toEqual(["first", "second", "third"]);
    expect(set.documents).toBe(3);
  });

  it("refuses the second policy of a name, and says where the first is", () => {
    const set = parsePolicies([
      { file: "a.yaml", text: header("web") },
      { file: "b.yaml", text: header("web") },
    ]);
    expect(summarise(set)).toEqual(["DuplicateName metadata.name 3:19"]);
    expect(set.diagnostics[0]).toMatchObject({
      file: "b.yaml",
      message: expect.stringContaining("a.yaml:3:19"),
    });
  });

  it("keeps a sound document beside a broken one", () => {
    const set = parseText(`${header("good")}---\na: [\n---\n${header("fine")}`);
    expect(set.policies.map(({ name }) => name)).toContain("good");
    expect(set.diagnostics.length).toBeGreaterThan(0);
  });

  it("lets a policy lay a part of an alarm over another's, broken or not", () => {
    const base = `${header("base")}  alarms: [{ name: cpu, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Average }, comparison: GreaterThanThreshold, evaluationPeriods: 3 }]\n`;
    const over = `${header("over")}  alarms: [{ name: cpu, threshold: 70, datapointsToAlarm: 3 }]\n`;
    expect(summarise(parseText(`${base}---\n${over}`))).toEqual([]);
    expect(summarise(parseText(`${base}  logging: { retention: 29d }\n---\n${over}`))).toEqual([
      "InvalidValue spec.logging.retention 7:25",
    ]);
    expect(summarise(parseText(over))).toEqual([
      "Incomplete spec.alarms[0] 6:12",
      "InvalidValue spec.alarms[0].datapointsToAlarm 6:59",
    ]);
  });

  it("follows aliases, within bounds", () => {
    const shared = `${header("a")}  notifications: { a: &arns ["arn:aws:sns:r:1:t"], b: *arns }\n`;
    expect(parseText(shared).policies[0]?.spec.notifications).toEqual({
      a: ["arn:aws:sns:r:1:t"],
      b: ["arn:aws:sns:r:1:t"],
    });
    const bomb = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ..."bcdefgh".split("").map((key, i) => `${key}: &${key} [${`*${"abcdefgh"[i]},`.repeat(9)}]`),
    ].join("\n");
    expect(parseText(bomb).diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining("more than 20000 values"),
    ]);
    expect(summarise(parseText("a: &a [*a]"))).toEqual(["InvalidYaml a[0] 1:8"]);
  });

  it.each([
    ["a NUL", "a: \0", "NotText - 1:4"],
    ["not UTF-8", "a: \uFFFD", "NotText - 1:4"],
    ["too many bytes", `a: ${"x".repeat(1024 * 1024)}`, "TooLarge - 1:1"],
    ["too many lines", "- a\n".repeat(10_001), "TooLarge - 1:1"],
    ["too many words", `[${"a,".repeat(150_000)}]`, expect.stringMatching(/^TooLarge/)],
    ["brackets without end", "[".repeat(100_000), "TooLarge - 1:51"],
    ["dashes without end", "- ".repeat(100_000), "TooLarge - 1:101"],
    [
      "indentation without end",
      Array.from({ length: 99 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"),
      "TooLarge - 51:51",
    ],
    ["no mapping", "just words", "InvalidValue - 1:1"],
    ["a list for a key", "[a]: b", "InvalidYaml - 1:1"],
  ])("refuses %s", (_, text, finding) => {
    expect(summarise(parseText(text))).toEqual([finding]);
  });

  it.each([
    ["a: [x, y\nb: 1", "1:4 this [ is never closed; write ] after its last entry"],
    ["a: { b: [x }\nc: 1", "1:9 this [ is never closed; write ] after its last entry"],
    ["a: { b: 1\nc: 1", "1:4 this { is never closed; write } after its last entry"],
    ["a: [", "1:4 this [ is never closed; write ] after its last entry"],
  ])("says where the bracket opens that is never closed: %j", (text, expected) => {
    const found = parseText(text).diagnostics.map(
      ({ line, column, message }) => `${line}:${column} ${message}`,
    );
    expect(found).toEqual([expected]);
  });

  it("never throws, and explains every document it does not take", () => {
    const anyText = fc.oneof(
      fc.string({ unit: "binary" }),
      fc
        .array(
          fc.constantFrom(
            "- ",
            "a: ",
            "\n",
            " ",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!t ",
            "? ",
            "|",
            ">",
            '"',
            "'",
            "#",
            "---\n",
            "%",
            ",",
            "<<: ",
          ),
          { maxLength: 60 },
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        const set = parseText(text);
        expect(set.policies).toEqual([]);
        expect(set.diagnostics.length === 0).toBe(set.documents === 0);
      }),
      { numRuns: 500 },
    );
  });

  it("never throws on a policy with any value anywhere", () => {
    const lines = soundPolicy.split("\n");
    const values = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom("", "null", "[]", "{}", "-1", ".inf", "${", "*x"),
    );
    fc.assert(
      fc.property(fc.nat(lines.length - 1), values, (at, value) => {
        const text = lines
          .map((line, i) => (i === at ? line.replace(/:.*$/, () => `: ${value}`) : line))
          .join("\n");
        const { diagnostics } = parseText(text);
        for (const { line, column, message } of diagnostics) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message.length).toBeLessThan(1000);
        }
      }),
      { numRuns: 100 },
    );
  });
});

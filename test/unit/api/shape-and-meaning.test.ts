// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policies hold templates
// Mistakes of shape and of meaning are told in one run: all of them, and each once.
import { describe, expect, it } from "vitest";
import { isMap, isScalar, isSeq, parseAllDocuments } from "yaml";
import { parseText, referencePolicy, soundPolicy, summarise } from "./policies.ts";

const header = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: a }
spec:
  selector: { services: ["*"] }
`;
const find = (body: string): string[] => summarise(parseText(header + body));
/** `code path` of each finding. */
const tell = (body: string): string[] => find(body).map((one) => one.replace(/ \d+:\d+$/, ""));

describe("a document with mistakes of shape", () => {
  it("is judged by meaning too, in the same item and in others", () => {
    expect(
      find(`  logging: { retention: 45d, group: 12 }
  alarms:
    - name: cpu
      metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Averge }
      threshold: eighty
      period: 90s
      comparison: GreaterThanThreshold
`),
    ).toEqual([
      "InvalidValue spec.logging.retention 6:25",
      "InvalidValue spec.logging.group 6:37",
      "InvalidValue spec.alarms[0].metric.statistic 9:76",
      "InvalidValue spec.alarms[0].threshold 10:18",
      "InvalidValue spec.alarms[0].period 11:15",
    ]);
  });

  it("takes a misspelt field for the one that was meant", () => {
    expect(
      tell("  notifcations: { crit: [pager] }\n  logging: { retentoin: 45d, shortenRetention: nope }\n"),
    ).toEqual([
      "UnknownField spec.notifcations",
      "InvalidValue spec.notifcations.crit[0]",
      "UnknownField spec.logging.retentoin",
      "InvalidValue spec.logging.retentoin",
      "InvalidValue spec.logging.shortenRetention",
    ]);
  });

  it("finds mistakes of shape below a misspelt field too", () => {
    expect(tell("  heathCheck: { retries: 11, comand: [CMD, x] }\n")).toEqual([
      "UnknownField spec.heathCheck",
      "InvalidValue spec.heathCheck.retries",
      "UnknownField spec.heathCheck.comand",
    ]);
  });

  it("keeps places when an entry before is no alarm at all", () => {
    expect(
      find("  alarms:\n    - 5\n    - name: cpu\n      preset: ecs-cpu-high\n      period: 95s\n"),
    ).toEqual(["InvalidValue spec.alarms[0] 7:7", "InvalidValue spec.alarms[1].period 10:15"]);
  });

  it("judges overrides, whatever their selector", () => {
    expect(
      tell(
        "  alarms: [{ name: cpu, preset: ecs-cpu-high }]\n  overrides:\n    - selector: 5\n      alarms: [{ name: cpu, period: 95s }]\n",
      ),
    ).toEqual(["InvalidValue spec.overrides[0].selector", "InvalidValue spec.overrides[0].alarms[0].period"]);
  });

  it.each([
    [
      "a refused threshold",
      "alarms: [{ name: a, metric: { namespace: AWS/ECS, metricName: CPUUtilization, statistic: Sum }, comparison: GreaterThanThreshold, threshold: x }]",
    ],
    ["a refused metric", "alarms: [{ name: a, metric: 5, comparison: GreaterThanThreshold, threshold: 1 }]"],
    [
      "a refused expression",
      "alarms: [{ name: a, expression: [x], metrics: { x: { namespace: A, metricName: b, statistic: Sum } }, comparison: GreaterThanThreshold, threshold: 1 }]",
    ],
    [
      "a refused number of periods",
      "alarms: [{ name: a, preset: ecs-cpu-high, evaluationPeriods: x, datapointsToAlarm: 9 }]",
    ],
    ["a refused timeout", "healthCheck: { command: [CMD, x], timeout: 5x, interval: 5s }"],
    ["a refused command", "healthCheck: { command: x }"],
    ["a refused pattern", "logMetrics: [{ name: a, pattern: [x] }]"],
    [
      "refused notifications",
      "notifications: { crit: x }\n  alarms: [{ name: a, preset: ecs-cpu-high, severity: crit }]",
    ],
    [
      "a refused severity's name",
      'notifications: { "b c": ["arn:aws:sns:r:1:t"] }\n  alarms: [{ name: a, preset: ecs-cpu-high, severity: b }]',
    ],
    [
      "a refused alarm that another names",
      'alarms: [{ name: "a b", preset: ecs-cpu-high }, { name: c, composite: "ALARM(d)" }]',
    ],
    ["a field that nobody knows", "alarms: [{ name: a, zzz: { namespace: AWS/ECS } }]"],
    ["a section that nobody knows", "zzz: [{ name: a }]\n  deployment: { rollbackOnAlarms: [a] }"],
  ])("has no echo of %s", (_, body) => {
    expect(find(`  ${body}\n`)).toHaveLength(1);
  });

  it("tells of a severity once, whoever uses it", () => {
    const alarms = Array.from(
      { length: 5 },
      (_, i) => `{ name: a${i}, preset: ecs-cpu-high, severity: crit }`,
    );
    expect(tell(`  alarms: [${alarms.join(", ")}]\n`)).toEqual(["UnknownSeverity spec.alarms[0].severity"]);
  });

  it("never becomes a policy, but completes what others lay over it", () => {
    const set = parseText(
      `${header}  alarms: [{ name: cpu, preset: ecs-cpu-high, threshold: x }]\n---\n${header.replace("name: a", "name: b")}  alarms: [{ name: cpu, threshold: 70 }]\n`,
    );
    expect(set.policies.map(({ name }) => name)).toEqual(["b"]);
  });

  it("is judged without a sound name, version or selector", () => {
    const text = header
      .replace("apiVersion: ecsmon.dev/v1alpha1\n", "")
      .replace("name: a", "nam: a")
      .replace('services: ["*"]', "services: x");
    expect(
      summarise(parseText(`${text}  logging: { retention: 45d }\n`)).map((one) => one.split(" ")[1]),
    ).toEqual(["apiVersion", "metadata.nam", "spec.selector.services", "spec.logging.retention"]);
  });

  it("judges an exception in the same way", () => {
    const text = `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringException\nmetadata: { name: w }\nspec: { selector: { services: ["\${account}"] }, except: [alarms.x], reason: 1, expires: 2027-02-30 }\n`;
    expect(summarise(parseText(text)).map((one) => one.replace(/ \d+:\d+$/, ""))).toEqual([
      "UnsafeTemplate spec.selector.services[0]",
      "warning UnknownItem spec.except[0]",
      "InvalidValue spec.reason",
      "InvalidValue spec.expires",
    ]);
  });

  it.each([
    ["kind: [x]", "InvalidValue kind"],
    ["knd: MonitoringPolicy", "UnknownField knd"],
    ["", "MissingField kind"],
  ])("asks for its kind first: %s", (line, finding) => {
    const text = header.replace("kind: MonitoringPolicy", line);
    expect(summarise(parseText(`${text}  zzz: 1\n`)).map((one) => one.replace(/ \d+:\d+$/, ""))).toEqual([
      finding,
    ]);
  });
});

/** Each key and each value of a text, as `[from, to]`. */
function spotsOf(text: string): { keys: [number, number][]; values: [number, number][] } {
  const keys: [number, number][] = [];
  const values: [number, number][] = [];
  const walk = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) walk(item);
    if (!isMap(node)) return;
    for (const { key, value } of node.items) {
      if (isScalar(key) && key.range) keys.push([key.range[0], key.range[1]]);
      if (isScalar(value) && value.range && value.type !== "BLOCK_LITERAL")
        values.push([value.range[0], value.range[1]]);
      walk(value);
    }
  };
  for (const document of parseAllDocuments(text)) walk((document as { contents: unknown }).contents);
  return { keys, values };
}

describe("one mistake", () => {
  it.each([
    ["the baseline", soundPolicy],
    ["the reference policy", referencePolicy],
  ])("is told at most three times, anywhere in %s", (_, text) => {
    const { keys, values } = spotsOf(text);
    expect(keys.length).toBeGreaterThan(50);
    const broken = [
      ...keys.map(([from, to]) => [from, to, "zzz"] as const),
      ...keys.filter(([from, to]) => to - from > 3).map(([from]) => [from + 1, from + 2, ""] as const),
      ...values.map(([from, to]) => [from, to, "[]"] as const),
    ];
    for (const [from, to, by] of broken) {
      const found = summarise(parseText(text.slice(0, from) + by + text.slice(to)));
      expect(found.length, `${text.slice(from, to)} → ${by}:\n${found.join("\n")}`).toBeLessThanOrEqual(3);
    }
  });
});

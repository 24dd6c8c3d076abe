// What an alarm says without a description of its own: whose it is, and where its runbook stands.
import { describe, expect, it } from "vitest";
import { describeTelling } from "../../../controller/core/alarm-telling.ts";
import { selectWorkloads } from "../../../controller/core/select.ts";
import { owner, policies, workload } from "./builders.ts";

const managed = "Managed by ecsmon from Git; changes by hand are put back.";
const cpu = "{ name: cpu, preset: ecs-cpu-high }";
const runbook = (url: string) => ({ "ecsmon.dev/runbook": url });

/** The description of `name`; each policy is its body and its annotations. */
function descriptionOf(
  name: string,
  given: readonly (readonly [body: string, annotations: Readonly<Record<string, string>>])[],
  alarm: Parameters<typeof describeTelling>[1] = {},
): unknown {
  const parsed = policies(...given.map(([body]) => body));
  const annotated = parsed.map((policy, i) => ({ ...policy, annotations: given[i]?.[1] ?? {} }));
  const [selected] = selectWorkloads(annotated, [workload()], owner);
  if (selected === undefined) throw new Error("no service is selected");
  const telling = describeTelling(name, alarm, selected, owner);
  return telling.ok ? telling.input["AlarmDescription"] : telling.reason;
}

describe("the runbook of a policy", () => {
  const url = "https://e.jp/runbook";
  const full = `${managed}\nRunbook: ${url}`;

  it.each([
    ["an alarm", "cpu", `alarms: [${cpu}]`],
    ["a composite", "both", `alarms: [${cpu}, { name: both, composite: ALARM(cpu) }]`],
    [
      "an alarm on a log metric",
      "fatal",
      "logMetrics: [{ name: fatal, pattern: F, alarm: { threshold: 0, comparison: GreaterThanThreshold } }]",
    ],
    [
      "an alarm on a query",
      "slow",
      'queries: [{ name: slow, query: "stats count(*) as n", alarm: { aggregation: max(n), roleArn: "arn:aws:iam::1:role/r", comparison: GreaterThanThreshold, threshold: 1 } }]',
    ],
  ])("is the last line of %s", (_what, name, body) => {
    expect(descriptionOf(name, [[body, runbook(url)]])).toBe(full);
    expect(descriptionOf(name, [[body, {}]])).toBe(managed);
  });

  it("gives way to a description of the policy's own", () => {
    expect(descriptionOf("cpu", [[`alarms: [${cpu}]`, runbook(url)]], { description: "mine" })).toBe("mine");
  });

  it("is that of the highest priority among those that ask for the alarm", () => {
    const [low, high] = [`priority: 1\nalarms: [${cpu}]`, `priority: 2\nalarms: [${cpu}]`];
    const other = "priority: 9\nalarms: [{ name: mem, preset: ecs-memory-high }]";
    const given = [
      [low, runbook("https://e.jp/low")],
      [high, runbook(url)],
      [other, runbook("https://e.jp/other")],
    ] as const;
    expect(descriptionOf("cpu", given)).toBe(full);
    expect(descriptionOf("cpu", [...given].reverse())).toBe(full);
  });

  it("is one line, as it is written, and left out where it does not fit", () => {
    const say = (text: string) => descriptionOf("cpu", [[`alarms: [${cpu}]`, runbook(text)]]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what looks like a template stays
    expect(say(" a\n${service.name} ")).toBe(`${managed}\nRunbook: a \${service.name}`);
    expect(say("  ")).toBe(managed);
    expect(String(say("x".repeat(900)))).toHaveLength(managed.length + "\nRunbook: ".length + 900);
    expect(say("x".repeat(1000))).toBe(managed);
  });
});

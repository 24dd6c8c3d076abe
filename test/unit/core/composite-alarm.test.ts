// Rules with short names become rules with full ones; what cannot be in ALARM here is FALSE.
import { describe, expect, it } from "vitest";
import { readAlarmRule, writeAlarmRule } from "../../../controller/api/alarm-rule.ts";
import type { Exception } from "../../../controller/api/policy.ts";
import { inWaves } from "../../../controller/core/alarm-waves.ts";
import { replaceAlarms, wantCompositeAlarms } from "../../../controller/core/composite-alarm.ts";
import { selectWorkloads } from "../../../controller/core/select.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { known } from "../../../controller/model/read.ts";
import { alarmOf, failedRead, items, lines, owner, plan, planInput, policies, workload } from "./builders.ts";

const cpu = "{ name: cpu, preset: ecs-cpu-high }";
const rate = "{ name: rate, preset: alb-5xx-rate }";

/** The rule of alarm `both`, or `CODE: message`, and what it needs. */
async function rule(
  composite: string,
  more = "",
  over: Parameters<typeof workload>[0] = {},
): Promise<{ readonly text: string; readonly needs: readonly string[] }> {
  const text = `alarms: [${cpu}, ${rate}, { name: both, composite: '${composite}' }]\n${more}`;
  const { wanted } = await planInput({ policies: policies(text), workloads: [workload(over)] });
  const state = wanted.get("CompositeAlarm")?.find(({ name }) => name.endsWith("/both"))?.state;
  if (state?.is === "wanted") return { text: String(state.spec["AlarmRule"]), needs: state.needs };
  if (state?.is === "blocked") return { text: `${state.reason.code}: ${state.reason.message}`, needs: [] };
  return { text: state === undefined ? "none" : `unknown ${state.failure.code}`, needs: [] };
}

describe("a composite alarm", () => {
  it("names the alarms of its own service in full, and needs them", async () => {
    const fatal =
      "logMetrics: [{ name: fatal, pattern: F, group: /g, alarm: { comparison: GreaterThanThreshold, threshold: 0 } }]";
    expect(await rule('ALARM(cpu) AND NOT OK("fatal")', fatal)).toEqual({
      text: 'ALARM("ecsmon/prod/web/cpu") AND NOT OK("ecsmon/prod/web/fatal")',
      needs: ["MetricAlarm/ecsmon/prod/web/cpu", "MetricAlarm/ecsmon/prod/web/fatal"],
    });
  });

  it("leaves the names and ARNs of other alarms as they are", async () => {
    const arn = "arn:aws:cloudwatch:r:1:alarm:theirs";
    expect(await rule(`ALARM("team/theirs") OR ALARM(${arn})`)).toEqual({
      text: `ALARM("team/theirs") OR ALARM("${arn}")`,
      needs: [],
    });
  });

  it("takes what is not applicable for FALSE, in whatever state", async () => {
    const { text, needs } = await rule(
      "ALARM(cpu) OR ALARM(rate) OR OK(rate) OR NOT INSUFFICIENT_DATA(rate)",
    );
    expect(text).toBe('ALARM("ecsmon/prod/web/cpu") OR FALSE OR FALSE OR NOT FALSE');
    expect(needs).toEqual(["MetricAlarm/ecsmon/prod/web/cpu"]);
  });

  it("is unknown where it is unknown whether the service has such an alarm", async () => {
    const { text } = await rule("ALARM(cpu) OR ALARM(rate)", "", { targetGroups: failedRead });
    expect(text).toBe("unknown AccessDenied");
  });

  it("is blocked by names that a policy does not give this service", async () => {
    const other = "selector: { services: [other] }\nalarms: [{ name: elsewhere, preset: ecs-cpu-high }]";
    const text = `alarms: [${cpu}, { name: both, composite: ALARM(elsewhere) }]`;
    const parts = await plan({ policies: policies(text, other) });
    expect(lines(parts)).toContain("blocked MissingReference CompositeAlarm ecsmon/prod/web/both");
    expect(parts.blocked[0]?.message).toMatch(
      /names "elsewhere", and no policy gives this service an alarm of that name/,
    );
  });

  it("is not made before the alarms it names", async () => {
    const audit = `enforcement: { default: Enforce, MetricAlarm: Audit }\nalarms: [${cpu}, { name: both, composite: ALARM(cpu) }]`;
    expect(lines(await plan({ policies: policies(audit) }))).toContain(
      "blocked MissingReference CompositeAlarm ecsmon/prod/web/both",
    );
    const standing = { MetricAlarm: items(alarmOf("prod", "web", "cpu")) };
    expect(lines(await plan({ policies: policies(audit), observations: standing }))).toContain(
      "create CompositeAlarm ecsmon/prod/web/both",
    );
  });

  it("clashes with the alarm of a log metric that has its name", async () => {
    const fatal =
      "logMetrics: [{ name: both, pattern: F, group: /g, alarm: { comparison: GreaterThanThreshold, threshold: 0 } }]";
    const parts = await plan({
      policies: policies(`alarms: [${cpu}, { name: both, composite: ALARM(cpu) }]`, fatal),
    });
    const blocked = parts.blocked.filter(({ code }) => code === "Conflict");
    expect(blocked.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "CompositeAlarm ecsmon/prod/web/both",
      "MetricAlarm ecsmon/prod/web/both",
    ]);
  });

  it("stays while its policies are at odds, and so does the metric alarm that it may have been", async () => {
    const parts = await plan({
      policies: policies(
        `alarms: [${cpu}, { name: both, composite: ALARM(cpu) }]`,
        "alarms: [{ name: both, preset: ecs-memory-high }]",
      ),
      observations: { CompositeAlarm: items(alarmOf("prod", "web", "both")) },
    });
    expect(lines(parts).filter((line) => line.endsWith("/both"))).toEqual([
      "blocked Conflict CompositeAlarm ecsmon/prod/web/both",
      "blocked Conflict MetricAlarm ecsmon/prod/web/both",
    ]);
  });

  it("has its actions off while it is waived or the service is scaled to zero, and is FALSE to others while waived", () => {
    const text = `alarms: [${cpu}, { name: both, composite: ALARM(cpu) }, { name: top, composite: ALARM(both) OR ALARM(cpu) }]`;
    const exception = {
      name: "e",
      spec: { selector: { services: ["web"] }, except: ["alarms.both"], reason: "r", expires: "2026-12-01" },
    } as unknown as Exception;
    const made = (exceptions: readonly Exception[], desiredCount: number) =>
      selectWorkloads(policies(text), [workload({ desiredCount })], owner, exceptions)
        .flatMap((selected) => wantCompositeAlarms(selected, { owner, insights: () => known(true) }))
        .map(({ state }) => state.is === "wanted" && [state.spec["ActionsEnabled"], state.spec["AlarmRule"]]);
    const both = 'ALARM("ecsmon/prod/web/cpu")';
    expect(made([exception], 2)).toEqual([
      [false, both],
      [true, `FALSE OR ${both}`],
    ]);
    expect(made([], 0)).toEqual([
      [false, both],
      [false, `ALARM("ecsmon/prod/web/both") OR ${both}`],
    ]);
  });

  it("takes no action that AWS refuses for it, and opens incidents only when it fires", async () => {
    const spec = async (arn: string) => {
      const text = `notifications: { page: ["${arn}"] }\nalarms: [${cpu}, { name: both, composite: ALARM(cpu), severity: page }]`;
      return (await plan({ policies: policies(text) })).blocked.map(({ code }) => code);
    };
    expect(await spec("arn:aws:automate:eu-central-1:ec2:reboot")).toEqual(["UnsupportedAction"]);
    expect(await spec("arn:aws:sns:eu-central-1:1:t")).toEqual([]);
    const opsItem = "arn:aws:ssm:eu-central-1:1:opsitem:3";
    const text = `notifications: { page: ["${opsItem}"] }\nalarms: [${cpu}, { name: both, composite: ALARM(cpu), severity: page }]`;
    const { changes } = await plan({ policies: policies(text) });
    expect(changes.find(({ kind }) => kind === "CompositeAlarm")?.after).toMatchObject({
      AlarmActions: [opsItem],
      OKActions: [],
    });
  });

  it("does not name itself, by way of a template either", async () => {
    const parts = await plan({
      policies: policies(`alarms: [{ name: web, composite: 'ALARM("\${service.name}")' }]`),
    });
    expect(lines(parts)).toEqual(["blocked InvalidValue CompositeAlarm ecsmon/prod/web/web"]);
  });
});

describe("AT_LEAST over alarms of which some are FALSE", () => {
  const resolve = (text: string): string => {
    const read = readAlarmRule(text);
    if (!read.ok) throw new Error(read.problem);
    return writeAlarmRule(replaceAlarms(read.rule, (name) => (name.startsWith("no") ? undefined : name)));
  };
  it.each([
    ["AT_LEAST(2, ALARM, (a, b, no1))", 'AT_LEAST(2, ALARM, ("a", "b"))'],
    ["AT_LEAST(2, ALARM, (a, no1, no2))", "FALSE"],
    ["AT_LEAST(50%, ALARM, (a, b, c, no1))", 'AT_LEAST(2, ALARM, ("a", "b", "c"))'],
    ["AT_LEAST(50%, ALARM, (a, b))", 'AT_LEAST(50%, ALARM, ("a", "b"))'],
    ["AT_LEAST(2, NOT ALARM, (a, b, no1))", 'AT_LEAST(1, NOT ALARM, ("a", "b"))'],
    ["AT_LEAST(1, NOT ALARM, (a, no1))", "TRUE"],
  ])("%s", (text, expected) => {
    expect(resolve(text)).toBe(expected);
  });
});

it("composites that name composites are written after them", () => {
  const change = (name: string, rule: string) =>
    ({ name, after: { AlarmRule: rule }, before: null }) as unknown as Change;
  const changes = [
    change("o/c/s/top", 'ALARM("o/c/s/mid") OR ALARM("o/c/s/low")'),
    change("o/c/s/mid", "ALARM(arn:aws:cloudwatch:r:1:alarm:o/c/s/low)"),
    change("o/c/s/low", "ALARM(elsewhere)"),
    change("o/c/s/alone", "not a rule"),
  ];
  expect(inWaves(changes).map((wave) => wave.map(({ name }) => name.slice(6)))).toEqual([
    ["low", "alone"],
    ["mid"],
    ["top"],
  ]);
  const circle = [change("a", "ALARM(b)"), change("b", "ALARM(a)"), change("c", "ALARM(c)")];
  expect(inWaves(circle).map((wave) => wave.map(({ name }) => name))).toEqual([["c"], ["a", "b"]]);
});

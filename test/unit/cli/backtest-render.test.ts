// What a backtest looks like in each format.
import { describe, expect, it } from "vitest";
import { describeSeconds } from "../../../controller/cli/render/backtest-words.ts";
import { renderHtml } from "../../../controller/cli/render/html.ts";
import { planToJson } from "../../../controller/cli/render/json.ts";
import { maxComment, renderMarkdown } from "../../../controller/cli/render/markdown.ts";
import { renderPlan } from "../../../controller/cli/render/text.ts";
import type { Backtest, TestedAlarm, UntestedAlarm } from "../../../controller/model/backtest.ts";
import type { Plan } from "../../../controller/model/plan.ts";

const ref = (service: string, name: string, kind: TestedAlarm["kind"] = "MetricAlarm") => ({
  kind,
  id: `ecsmon/prod/${service}/${name}`,
  name: `ecsmon/prod/${service}/${name}`,
  cluster: "prod",
  service,
});

const tested = (service: string, name: string, over: Partial<TestedAlarm> = {}): TestedAlarm => ({
  ...ref(service, name),
  from: "2026-11-08T09:00:00.000Z",
  period: 60,
  fired: 0,
  inAlarm: 0,
  longest: 0,
  missing: 0,
  comparison: "GreaterThanThreshold",
  threshold: 85,
  notes: [],
  ...over,
});

const untested = (service: string, name: string, message: string, code = "NotTestable"): UntestedAlarm => ({
  ...ref(service, name, "CompositeAlarm"),
  code,
  message,
});

const backtest: Backtest = {
  seconds: 14 * 86_400,
  from: "2026-11-08T09:00:00.000Z",
  until: "2026-11-22T09:00:00.000Z",
  tested: [
    tested("api", "cpu", { weekly: 72.5, missing: 0.004 }),
    tested("web", "p99", {
      fired: 12,
      inAlarm: 7800,
      longest: 2700,
      first: "2026-11-09T03:14:00.000Z",
      last: "2026-11-20T03:14:00.000Z",
      comparison: "GreaterThanOrEqualToThreshold",
      threshold: 1.5,
      weekly: 2.4,
      missing: 0.31,
      notes: ["tested from then on"],
    }),
    tested("web", "odd", { comparison: "GreaterThanUpperThreshold" }),
  ],
  untested: [
    untested("web", "down", "it follows others"),
    untested("api", "down", "it follows others"),
    untested("api", "gone", "no such metric", "MetricMissing"),
    untested("web", "mute", "no datapoint came", "MetricSilent"),
  ],
  warnings: [
    {
      severity: "warning",
      code: "TopicUnheard",
      message: "nobody would hear it",
      file: "policies/web.yaml",
      line: 9,
      column: 7,
      path: "spec.alarms[0]",
    },
  ],
};

const planOf = (shown: Backtest): Plan => ({
  metadata: {
    owner: "ecsmon",
    region: "eu-central-1",
    account: "123456789012",
    sourceRevision: "abc",
    createdAt: "2026-11-22T09:00:00.000Z",
    asOf: "2026-11-22T09:00:00.000Z",
  },
  unchanged: 1,
  changes: [],
  unknown: [],
  blocked: [],
  diagnostics: shown.warnings,
  backtest: shown,
});

describe("a backtest", () => {
  it("in the terminal is a table by services, then what was not tested; its warnings stand where the plan's do", () => {
    const text = renderPlan(planOf(backtest), { colour: false });
    const from = text.indexOf("Backtest:");
    expect(text.slice(0, from)).toContain(
      "\npolicies/web.yaml:9:7: warning: spec.alarms[0]: nobody would hear it [TopicUnheard]\n",
    );
    const lines = text
      .slice(from)
      .split("\n")
      .filter((line) => line !== "");
    expect(lines.map((line) => line.replaceAll(/ {2,}/g, "  "))).toEqual([
      "Backtest: 1 of 3 alarms would have fired in the last 14d, 12 times in all; 4 not tested",
      "  Alarm  Fired  In ALARM  Longest  Without data  Threshold  At most once a week",
      "  api",
      "  cpu  0  <1 %  > 85  > 72.5",
      "  web",
      "  p99  12  2h 10m  45m  31 %  >= 1.5  >= 2.4",
      "  odd  0  band  band",
      "  - 1 alarm: tested from then on",
      "  - not tested: down (web), down (api): it follows others",
      "  - not tested: gone (api), mute (web): no metric, or no data of it; see the warnings",
      "Nothing to do: 1 item stands as the policies say.",
    ]);
  });

  it("in the terminal tells no more than twenty warnings of one code", () => {
    const [warning] = backtest.warnings;
    const many = Array.from({ length: 25 }, () => warning).filter((one) => one !== undefined);
    const other = { severity: "warning" as const, code: "DoublePaging", message: "twice" };
    const text = renderPlan(planOf({ ...backtest, warnings: [...many, other] }), { colour: false });
    expect(text.match(/nobody would hear it/g)).toHaveLength(20);
    expect(text).toContain("warning: twice [DoublePaging]\n  … and 5 more [TopicUnheard]\n");
  });

  it("in JSON has its times", () => {
    const json = planToJson(planOf(backtest)) as { backtest: Record<string, unknown[]> };
    expect(Object.keys(json.backtest)).toEqual(["from", "until", "tested", "untested", "warnings"]);
    expect(json.backtest["tested"]?.[1]).toMatchObject({ fired: 12, first: "2026-11-09T03:14:00.000Z" });
    expect(json.backtest["tested"]?.[2]).not.toHaveProperty("weekly");
    expect(json.backtest["untested"]).toHaveLength(4);
  });

  it("in a comment has none, so that the comment stays as it is while no figure changes", () => {
    const page = (from: string, until: string) =>
      renderMarkdown({ plans: [planOf({ ...backtest, from, until })], failed: [] });
    const first = page("2026-11-08T09:00:00.000Z", "2026-11-22T09:00:00.000Z");
    expect(page("2026-11-08T10:00:00.000Z", "2026-11-22T10:00:00.000Z")).toBe(first);
    expect(first).not.toContain("2026-11-");
    expect(first).toContain("| `web` | `p99` | `12` | `2h 10m` | `45m` | `31 %` | `>= 1.5` | `>= 2.4` |");
    expect(first).toContain("- not tested: `gone` (`api`), `mute` (`web`): `no metric, or no data of it");
    expect(first.indexOf("`p99`")).toBeLessThan(first.indexOf("`cpu`"));
    expect(first).toContain(
      "- **warning** `policies/web.yaml:9:7`: `spec.alarms[0]`: `nobody would hear it` (`TopicUnheard`)",
    );
  });

  it("of thousands of alarms still fits into a comment, the loudest first", () => {
    const many: Backtest = {
      ...backtest,
      tested: Array.from({ length: 3000 }, (_, index) =>
        tested(`service-${index}`, "a-rather-long-name-of-an-alarm", {
          fired: index,
          inAlarm: 60,
          longest: 60,
        }),
      ),
      warnings: Array.from({ length: 3000 }, (_, index) => ({
        severity: "warning" as const,
        code: "MetricMissing",
        message: `alarm ${index} watches ${"x".repeat(300)}`,
      })),
    };
    const page = renderMarkdown({ plans: [planOf(many)], failed: [] });
    expect(page.length).toBeLessThanOrEqual(maxComment);
    expect(page).toContain("`service-2999`");
    expect(page).toMatch(/\d+ alarms in the backtest/);
    expect(page).toMatch(/\d+ findings/);
  });

  it("quotes what others have named", () => {
    const hostile = "<img src=x onerror=alert(1)> `code` | @team \u001b[31m";
    const shown: Backtest = {
      ...backtest,
      tested: [{ ...tested("web", "x"), name: hostile, service: hostile }],
      untested: [{ ...untested("web", "y", hostile), name: hostile }],
      warnings: [{ severity: "warning", code: "DoublePaging", message: hostile }],
    };
    const plan = planOf(shown);
    const html = renderHtml({ plans: [plan], failed: [] });
    expect(html).not.toContain("<img");
    const text = renderPlan(plan, { colour: false });
    const markdown = renderMarkdown({ plans: [plan], failed: [] });
    for (const page of [html, text, markdown]) expect(page).not.toContain("\u001b");
    // In code spans alone, whose fence is longer than any run in them.
    for (const line of markdown.split("\n"))
      if (line.includes("<img") || line.includes("@team"))
        expect(line.replaceAll(/``+ ?.*? ?``+/g, "")).not.toMatch(/<img|@team/);
  });

  it("of no alarm says so", () => {
    const shown = { ...backtest, tested: [], untested: [], warnings: [] };
    expect(renderPlan(planOf(shown), { colour: false })).toContain("Backtest: no alarm is new or changed");
  });
});

it.each([
  [0, "0s"],
  [50, "50s"],
  [60, "1m"],
  [7800, "2h 10m"],
  [86_400, "1d"],
  [93_600, "1d 2h"],
])("%d s are %s", (seconds, text) => {
  expect(describeSeconds(seconds)).toBe(text);
});

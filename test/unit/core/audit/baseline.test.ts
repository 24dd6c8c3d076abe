// An audit beside an earlier one, and files that are none.
import { describe, expect, test } from "vitest";
import {
  type Baseline,
  type CompareOptions,
  compareReports,
  readBaselines,
} from "../../../../controller/core/audit/baseline.ts";
import type { AuditedService, AuditReport, Score } from "../../../../controller/model/audit.ts";

/** All is looked at, and every check applies. */
const wide: CompareOptions = { isSelected: () => true, applies: () => true };

const asOf = "2026-11-22T09:00:00.000Z";

function service(
  name: string,
  score: Score,
  codes: readonly string[],
  unknown: readonly string[] = [],
): AuditedService {
  return {
    cluster: "prod",
    service: name,
    score,
    partial: unknown.length > 0,
    pillars: [],
    findings: codes.map((code) => ({
      code,
      pillar: "logs",
      weight: 1,
      message: "",
      why: "",
      subjects: [],
      byHand: "",
    })),
    unknown: unknown.map((check) => ({ check, pillar: "logs", code: "AccessDenied", message: "" })),
  };
}

function report(services: readonly AuditedService[], over: Partial<AuditReport> = {}): AuditReport {
  return {
    metadata: { account: "1", region: "r", asOf },
    score: 50,
    partial: false,
    pillars: [],
    clusters: [],
    services,
    unread: [],
    ...over,
  };
}

/** As a file would hold it. */
function baseline(services: readonly AuditedService[]): Baseline {
  const [read] = readBaselines(JSON.stringify({ kind: "Audit", ...report(services) }), "audit.json");
  if (read === undefined) throw new Error("it holds one report");
  return read;
}

describe("compared with an earlier audit", () => {
  test("what is found no more is fixed, unless it cannot be told now", () => {
    const then = baseline([service("web", 40, ["A", "B"])]);
    const now = report([service("web", 60, ["C"], ["B"])]);
    expect(compareReports(now, then, wide)).toEqual({
      asOf,
      score: 50,
      better: [],
      worse: [],
      new: [{ cluster: "prod", service: "web", code: "C" }],
      fixed: [{ cluster: "prod", service: "web", code: "A" }],
      notApplicable: [],
      untold: [{ cluster: "prod", service: "web", code: "B" }],
      servicesAdded: [],
      servicesGone: [],
    });
  });

  test("what lies behind a failed read cannot be told either: it is neither fixed nor not applicable", () => {
    const behind = ["AlarmBlindWhenGone", "AlarmWithoutActions", "LogBufferUnstated"];
    const then = baseline([service("web", 40, behind)]);
    const now = report([service("web", 60, [], ["NoTaskAlarm"])]);
    const narrow = { ...wide, applies: (_: unknown, code: string) => code !== "AlarmBlindWhenGone" };
    const { untold, fixed, notApplicable } = compareReports(now, then, narrow);
    expect(untold.map(({ code }) => code)).toEqual(["AlarmBlindWhenGone", "AlarmWithoutActions"]);
    expect(fixed.map(({ code }) => code)).toEqual(["LogBufferUnstated"]);
    expect(notApplicable).toEqual([]);
  });

  test("what a query may watch hides nothing: no read has failed", () => {
    const then = baseline([service("web", 40, ["AlarmBlindWhenGone"], ["NoTaskAlarm"])]);
    const [after] = [service("web", 60, [], ["NoTaskAlarm"])];
    const unknown = after.unknown.map((one) => ({ ...one, code: "MetricsInsightsQuery" }));
    const { fixed, better } = compareReports(report([{ ...after, unknown }]), then, wide);
    expect(fixed).toMatchObject([{ code: "AlarmBlindWhenGone" }]);
    expect(better).toMatchObject([{ before: 40, after: 60 }]);
  });

  test.each<[then: string[], now: string[], isCompared: boolean]>([
    [[], [], true],
    [["A"], ["A"], true],
    [["A", "B"], ["B", "A", "A"], true],
    [[], ["A"], false],
    [["A"], [], false],
    [["A"], ["B"], false],
  ])("with %j unknown then and %j now, scores are compared: %j", (before, after, isCompared) => {
    const compared = compareReports(
      report([service("web", 60, [], after), service("api", 30, [], after)]),
      baseline([service("web", 40, [], before), service("api", 50, [], before)]),
      wide,
    );
    expect([compared.better.length, compared.worse.length]).toEqual(isCompared ? [1, 1] : [0, 0]);
  });

  test("services that came and went are told, and what could not be read is not gone", () => {
    const then = baseline([service("old", 1, []), service("dark", 1, [])]);
    const unread = [{ cluster: "prod", service: "dark", code: "AccessDenied", message: "" }];
    const {
      servicesAdded,
      servicesGone,
      fixed,
      new: found,
    } = compareReports(report([service("fresh", 9, ["A"])], { unread }), then, wide);
    expect({ servicesAdded, servicesGone, fixed, found }).toEqual({
      servicesAdded: [{ cluster: "prod", service: "fresh" }],
      servicesGone: [{ cluster: "prod", service: "old" }],
      fixed: [],
      found: [],
    });
  });

  test("without a score on one side nothing got better or worse", () => {
    const { better, worse } = compareReports(
      report([service("web", 10, [])]),
      baseline([service("web", null, [])]),
      wide,
    );
    expect({ better, worse }).toEqual({ better: [], worse: [] });
  });
});

describe("a baseline", () => {
  test("of more than is looked at now is cut to that, and so is its score", () => {
    const then = baseline([service("web", 41, ["A"]), service("api", 90, [])]);
    const isSelected = ({ service: name }: { readonly service: string }): boolean => name === "web";
    const compared = compareReports(report([service("web", 41, ["A"])]), then, { ...wide, isSelected });
    expect(compared).toMatchObject({ score: 41, servicesGone: [] });
    expect(compareReports(report([service("web", 41, ["A"])]), then, wide)).toMatchObject({
      score: 50,
      servicesGone: [{ service: "api" }],
    });
  });

  test("has findings that no longer apply, which nobody fixed, and which make nothing better", () => {
    const then = baseline([service("web", 11, ["A", "B"]), service("api", 11, ["A", "B"])]);
    const now = report([service("web", 12, ["B"]), service("api", 30, [])]);
    const compared = compareReports(now, then, { ...wide, applies: (_, code) => code !== "A" });
    const place = (name: string) => ({ cluster: "prod", service: name });
    expect(compared).toMatchObject({
      notApplicable: [
        { ...place("web"), code: "A" },
        { ...place("api"), code: "A" },
      ],
      fixed: [{ ...place("api"), code: "B" }],
      better: [{ ...place("api"), before: 11, after: 30 }],
    });
  });
});

test("a list of several targets holds each of them", () => {
  const items = [report([]), { ...report([]), metadata: { account: "2", region: "r", asOf } }];
  const read = readBaselines(JSON.stringify({ kind: "AuditList", items, failed: [] }), "audit.json");
  expect(read.map(({ account }) => account)).toEqual(["1", "2"]);
});

test.each([
  ["", "it is no JSON"],
  ["[]", "it is no JSON object"],
  ['{"kind":"Plan"}', 'its kind is "Plan"'],
  ['{"kind":"Audit"}', "it has no metadata"],
  ['{"kind":"Audit","metadata":{}}', "it has no services"],
  ['{"kind":"Audit","metadata":{},"services":[]}', "it has no metadata.account"],
  [
    '{"kind":"Audit","metadata":{"account":"1","region":"r","asOf":"t"},"services":[],"score":"5"}',
    "it has no score",
  ],
  [
    '{"kind":"Audit","metadata":{"account":"1","region":"r","asOf":"t"},"score":5,"services":[{"cluster":"c","service":"s","score":1}]}',
    "it has no services[].findings",
  ],
])("%s is no baseline: %s", (text, why) => {
  expect(() => readBaselines(text, "x.json")).toThrow(
    `--baseline x.json is not what \`ecsmon audit --format json\` prints: ${why};`,
  );
});

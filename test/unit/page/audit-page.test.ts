// The page of an audit as text: whatever stands in names and messages, its tags are ours; each text stands on it once.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AuditedService, type AuditReport, pillars } from "../../../controller/model/audit.ts";
import { groupFindings } from "../../../controller/page/audit-groups.ts";
import { renderAuditPage } from "../../../controller/page/audit-page.ts";
import { hostile } from "../../property/page-arbitraries.ts";

const names =
  "html|head|meta|title|style|script|body|a|header|nav|p|div|main|section|h1|h2|ul|ol|li|b|span|i|small|em|form|label|input|select|option|button|output|table|thead|tbody|tr|th|td|details|summary|code|pre|time|svg|path|circle|rect|footer";
const attributes =
  "lang|charset|http-equiv|name|content|class|id|hidden|role|type|href|aria-[a-z]+|tabindex|data-f|data-text|value|maxlength|placeholder|scope|datetime|viewBox|preserveAspectRatio|d|cx|cy|r|width|height|pathLength|stroke-dasharray";
const ours = new RegExp(
  `^(?:<!DOCTYPE html>|</(?:${names})>|<(?:${names})(?: (?:${attributes})(?:="[^"<>]*"|=[a-z0-9]+)?)*/?>)$`,
);

const scored = (score: number | null, partial = false) => ({
  score,
  partial,
  pillars: pillars.map((pillar) => ({ pillar, score, partial })),
});

function finding(message: string, subjects: readonly string[], policy = "logging:\n  retention: 365d") {
  const why = "It goes on for ever.";
  return { code: "NoRetention", pillar: "logs", weight: 3, message, why, subjects, policy } as const;
}

function service(name: string, findings: AuditedService["findings"]): AuditedService {
  return { cluster: "prod", service: name, ...scored(40), findings, unknown: [] };
}

function reportOf(services: readonly AuditedService[]): AuditReport {
  return {
    metadata: { account: "123456789012", region: "us-east-1", asOf: "2026-11-22T09:00:00.000Z" },
    ...scored(40),
    clusters: [{ name: "prod", services: services.length, ...scored(40) }],
    services,
    unread: [],
  };
}

const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });
const place = { cluster: hostile, service: hostile };
const foundPlace = fc.record({ ...place, code: hostile });
const change = fc.record({ ...place, before: fc.nat(100), after: fc.nat(100) });
const hostileService = fc.record({
  ...place,
  score: fc.option(fc.nat(100)),
  partial: fc.boolean(),
  pillars: fc.constant(scored(7).pillars),
  findings: some(
    fc.record({
      code: hostile,
      pillar: fc.constantFrom(...pillars),
      weight: fc.nat(9),
      message: hostile,
      why: hostile,
      subjects: some(hostile),
      policy: hostile,
    }),
  ),
  unknown: some(
    fc.record({ check: hostile, pillar: fc.constantFrom(...pillars), code: hostile, message: hostile }),
  ),
});
const hostileReport = fc.record({
  metadata: fc.record({ account: hostile, region: hostile, asOf: hostile }),
  score: fc.option(fc.nat(100)),
  partial: fc.boolean(),
  pillars: fc.constant(scored(50, true).pillars),
  clusters: some(
    fc.record({
      name: hostile,
      score: fc.constant(null),
      partial: fc.boolean(),
      services: fc.nat(3),
      pillars: fc.constant([]),
    }),
  ),
  services: some(hostileService),
  unread: some(fc.record({ ...place, code: hostile, message: hostile })),
  suggestedPolicy: hostile,
  promised: fc.record({
    score: fc.option(fc.nat(100)),
    services: some(fc.record({ ...place, score: fc.option(fc.nat(100)) })),
  }),
  baseline: fc.record({
    asOf: hostile,
    score: fc.option(fc.nat(100)),
    better: some(change),
    worse: some(change),
    new: some(foundPlace),
    fixed: some(foundPlace),
    notApplicable: some(foundPlace),
    untold: some(foundPlace),
    servicesAdded: some(fc.record(place)),
    servicesGone: some(fc.record(place)),
  }),
});
const failure = fc.record({ region: hostile, error: fc.record({ code: hostile, message: hostile }) });

test("whatever names and messages are, tags are ours and nothing is invisible: 200 times", () => {
  fc.assert(
    fc.property(fc.array(hostileReport, { minLength: 1, maxLength: 2 }), some(failure), (reports, failed) => {
      const page = renderAuditPage(reports, failed);
      const body = page.replace(/<style>[^<]*<\/style>/, "").replace(/<script>[\s\S]*<\/script>/, "");
      expect((body.match(/<[^>]*>?/g) ?? []).filter((tag) => !ours.test(tag))).toEqual([]);
      expect(body).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
      expect(page.match(/<script/g)).toHaveLength(1);
      for (const [, target = ""] of body.matchAll(/href="([^"]*)"/g)) expect(target).toMatch(/^#/);
    }),
    { numRuns: 200 },
  );
});

test("services that differ in a name share a wording, and what was said can be put together again", () => {
  const services = [
    service("one", [finding("/ecs/one never expires", ["/ecs/one"])]),
    service("two", [finding("/ecs/a and /ecs/b never expires", ["/ecs/a", "/ecs/b"])]),
    service("three", [finding("a, b and 2 more never expires", ["a", "b", "c", "d"])]),
    service("four", [finding("its logs stay", ["nothing of that"])]),
    service("five", [finding("/ecs/one never expires", ["/ecs/one"], "logging:\n  retention: 30d")]),
  ];
  const { codes, references } = groupFindings([reportOf(services)]);
  expect(codes).toHaveLength(1);
  const wordings = [...(codes[0]?.mendings.values() ?? [])].map(({ wordings: own }) =>
    [...own.values()].map(({ before, after, services: count }) => [before, after, count]),
  );
  expect(wordings).toEqual([
    [
      ["", " never expires", 3],
      ["its logs stay", undefined, 1],
    ],
    [["", " never expires", 1]],
  ]);
  for (const one of services)
    expect(
      references.get(one)?.map(({ wording, name }) => `${wording.before}${name}${wording.after ?? ""}`),
    ).toEqual(one.findings.map(({ message }) => message));
});

test("a hundred services that lack a dozen things each are under 100 KB, and the page is the same each time", () => {
  const codes = Array.from({ length: 12 }, (_, index) => `NoSuchThing${index}`);
  const services = Array.from({ length: 100 }, (_, index) =>
    service(
      `some-service-${index}`,
      codes.map((code) => ({ ...finding(`the app-${index} has none`, [`app-${index}`]), code })),
    ),
  );
  const page = renderAuditPage([reportOf(services)], []);
  expect(Buffer.byteLength(page)).toBeLessThan(100_000);
  expect(renderAuditPage([reportOf(services)], [])).toBe(page);
});

test("an account without services is told with what to check, and one that could not be read is not called empty", () => {
  const empty = renderAuditPage([{ ...reportOf([]), score: null }], []);
  expect(empty).toContain(
    "No ECS service was found in account 123456789012, us-east-1; clusters there: prod.",
  );
  expect(empty).toContain("Check the Region (--region, AWS_REGION)");
  expect(empty).not.toContain('class="hero"');
  const unread = [{ code: "AccessDenied", message: "not allowed" }];
  const dark = renderAuditPage([{ ...reportOf([]), score: null, partial: true, unread }], []);
  expect(dark).not.toContain("No ECS service");
  expect(dark).toContain("<code>AccessDenied</code> not allowed");
});

// The pages of an audit: names of others are text, and no page grows beyond what GitHub takes.
import { expect, test } from "vitest";
import { maxAuditComment, renderAuditMarkdown } from "../../../controller/cli/render/audit-markdown.ts";
import { renderAudit } from "../../../controller/cli/render/audit-text.ts";
import type { AuditReport } from "../../../controller/model/audit.ts";

const hostile = [
  "</summary><script>alert(1)</script>",
  "| a | b |\n# heading",
  "`code` **bold** [link](http://x) @user #1",
  "\u001b[2J\u202emoc.live",
  "x".repeat(5_000),
];

function report(services: number, name: (index: number) => string): AuditReport {
  const text = (index: number): string => name(index);
  const scored = {
    score: 50,
    partial: true,
    pillars: [{ pillar: "logs" as const, score: null, partial: true }],
  };
  return {
    metadata: { account: "123456789012", region: "us-east-1", asOf: "2026-11-22T09:00:00.000Z" },
    ...scored,
    clusters: [{ name: text(0), ...scored, services }],
    services: Array.from({ length: services }, (_, index) => ({
      cluster: text(0),
      service: text(index),
      ...scored,
      findings: [
        {
          code: "NoRetention",
          pillar: "logs" as const,
          weight: 3,
          message: text(index),
          why: "Because.",
          subjects: [text(index)],
          policy: `logging:\n  retention: 365d # ${text(index).replaceAll("\n", " ")}`,
        },
      ],
      unknown: [
        { check: "NoAgent", pillar: "app-metrics" as const, code: "AccessDenied", message: text(index) },
      ],
    })),
    unread: [{ cluster: text(0), code: "AccessDenied", message: text(1) }],
    baseline: {
      asOf: "2026-11-21T09:00:00.000Z",
      score: 40,
      better: [{ cluster: text(0), service: text(1), before: 1, after: 2 }],
      worse: [],
      new: [],
      fixed: [],
      notApplicable: [],
      untold: [],
      servicesAdded: [],
      servicesGone: [],
    },
  };
}

test.each(hostile)("%j is only text", (name) => {
  const page = renderAuditMarkdown(
    [report(3, () => name)],
    [{ region: "r", error: { code: "X", message: name } }],
  );
  // Outside of code, nothing of it is left.
  const prose = page
    .replaceAll(/^(`{3,})yaml\n[\s\S]*?\n\1$/gm, "")
    .replaceAll(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, "");
  for (const piece of ["<script", "# heading", "**bold**", "@user", "\u001b", "\u202e"])
    expect(prose).not.toContain(piece);
  const text = renderAudit(
    report(3, () => name),
    { colour: false },
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that a terminal obeys nothing is what this is about
  expect(text).not.toMatch(/[\u001b\u202e]/);
  expect(text).not.toMatch(/^# heading/m);
});

test("however many services there are, a comment takes the page", () => {
  const large = renderAuditMarkdown([report(3_000, (index) => `a-service-of-some-length-${index}`)], []);
  expect(large.length).toBeLessThanOrEqual(maxAuditComment);
  expect(large).toContain("more are left out");
  const several = renderAuditMarkdown(
    Array.from({ length: 12 }, () => report(200, (index) => `service-${index}-${"y".repeat(200)}`)),
    Array.from({ length: 30 }, () => ({ region: "r", error: { code: "X", message: "z".repeat(3_000) } })),
  );
  expect(several.length).toBeLessThanOrEqual(maxAuditComment);
});

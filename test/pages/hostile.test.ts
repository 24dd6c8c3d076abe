// 200 hostile names and messages through every view, in a browser: no script runs, no layout breaks, and the policy of the
// page has nothing to report.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AuditReport } from "../../controller/model/audit.ts";
import type { TargetStatus } from "../../controller/model/status.ts";
import { countActivity } from "../../controller/page/activity.ts";
import { serviceLink } from "../../controller/page/query.ts";
import { hostile } from "../property/page-arbitraries.ts";
import { browserPath, launchBrowser, openPage, tellNoBrowser } from "../support/browser.ts";
import { entryOf, sampleAudit, serviceOf, targetOf } from "../unit/page/sample-sight.ts";
import { emptyPage, noStatus, startScene } from "../unit/runtime/controller/http-scene.ts";

tellNoBrowser();
const texts = fc.sample(hostile, { numRuns: 200, seed: 7 }).map((text, index) =>
  // Some as long as names and messages get.
  index % 10 === 0 ? `${text.repeat(40).slice(0, 250)}${"x".repeat(250)}` : text,
);
const said = {
  lastTransitionTime: "2026-11-22T10:00:00.000Z",
  observedGeneration: "1",
  status: "False",
} as const;
const kind = "MetricAlarm";

const services = texts.map((text, index) => {
  const place = { cluster: texts[index % 7] ?? "", service: text };
  const trouble = { kind, name: text, ...place, code: text, message: text } as const;
  return serviceOf(text, {
    ...place,
    policies: [text],
    managed: { MetricAlarm: [text], LogGroup: [text], Dashboard: [text] },
    pending: [{ kind, name: text, ...place, action: text, enforcement: "Enforce", policies: [text] }],
    blocked: index % 3 === 0 ? [trouble] : [],
    failed: index % 3 === 1 ? [trouble] : [],
    drift: { found: 1, repaired: 0, open: [text] },
    ...(index % 5 === 0 ? { rolling: true } : {}),
  });
});
const target: TargetStatus = {
  ...targetOf("us-east-1", services),
  holder: texts[3] ?? "",
  conditions: [{ type: "Ready", reason: texts[4] ?? "", message: texts.join(" "), ...said }],
  sources: texts.map((text) => ({
    name: text,
    revision: text,
    staleSince: said.lastTransitionTime,
    code: text,
    message: text,
  })),
  policies: texts.map((text) => ({
    name: text,
    at: text,
    generation: text,
    conditions: [{ type: "Ready", reason: text, message: text, ...said }],
    services: 1,
    managed: 1,
    troubled: 1,
  })),
  shared: {
    managed: [],
    blocked: [{ kind, name: texts[5] ?? "", code: "x", message: texts[6] ?? "" }],
    failed: [],
  },
};
const audit: AuditReport = {
  ...sampleAudit,
  services: services.map(({ cluster, service }, index) => ({
    ...(sampleAudit.services[0] as (typeof sampleAudit.services)[number]),
    cluster,
    service,
    score: index % 101,
    findings: [
      {
        code: service,
        pillar: "logs",
        weight: 3,
        message: service,
        why: service,
        subjects: [],
        policy: service,
      },
    ],
  })),
};
const entries = texts.slice(0, 100).map((text) =>
  entryOf({
    name: text,
    cluster: text,
    service: text,
    why: text,
    policies: [text],
    paths: [text],
    code: text,
    message: text,
  }),
);
const history = { entries, since: "2026-10-22T00:00:00Z" };

test.skipIf(browserPath === undefined)(
  "200 hostile names and messages through every view",
  async () => {
    const { origin } = await startScene({
      status: {
        ...noStatus,
        targets: async () => ({ targets: [target], unread: [] }),
        pause: () => ({ reason: texts[0] ?? "", by: texts[1] ?? "", at: texts[2] ?? "" }),
      },
      page: {
        ...emptyPage,
        activity: async () => countActivity(entries, new Date("2026-11-22T10:00:00Z"), undefined),
        unheard: () => new Map(),
        audits: async () => new Map([[target.target, audit]]),
        history: async () => history,
        details: async (_, { service }) => ({
          history,
          alarms: {
            at: said.lastTransitionTime,
            left: 0,
            states: [{ name: service, state: service, reason: service }],
          },
          diffs: {
            at: said.lastTransitionTime,
            items: [{ kind, name: service, lines: [{ sign: "+", text: service }] }],
          },
        }),
      },
    });
    // Half a character has no address, and no name in AWS either.
    const hasAddress = ({ cluster, service }: { cluster: string; service: string }) =>
      !/\p{Cs}/u.test(cluster + service);
    const own = services
      .filter((_, index) => index % 8 === 0)
      .filter(hasAddress)
      .map((one) => serviceLink({ target: target.target, ...one }));
    const searches = texts
      .slice(0, 20)
      .map((text) => `/?${new URLSearchParams({ search: text, cluster: text })}`);
    const browser = await launchBrowser();
    try {
      for (const width of [1280, 390]) {
        const { page, complaints } = await openPage(browser, { width });
        for (const path of [
          "/",
          "/?from=100",
          "/policies",
          "/policies?from=100",
          "/controller",
          "/journal",
          ...searches,
          ...own,
        ]) {
          const answer = await page.goto(`${origin}${path}`);
          expect([path, answer?.status()]).toEqual([path, 200]);
          // Nothing reaches over the edge, and nothing stands that a name has made.
          expect([path, await page.evaluate("document.documentElement.scrollWidth")]).toEqual([path, width]);
          expect(
            await page
              .locator("img, iframe, object, embed, base, main script, main style, main link")
              .count(),
          ).toBe(0);
        }
        expect(complaints).toEqual([]);
        await page.context().close();
      }
    } finally {
      await browser.close();
    }
  },
  120_000,
);

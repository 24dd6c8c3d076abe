// Whatever stands in names and messages, every view has only tags of ours, leads nowhere else, and stays small.
import fc from "fast-check";
import { expect, test } from "vitest";
import { pillars } from "../../../controller/model/audit.ts";
import { kindNames } from "../../../controller/model/plan.ts";
import { countActivity } from "../../../controller/page/activity.ts";
import { links } from "../../../controller/page/assets.ts";
import { renderController } from "../../../controller/page/controller-page.ts";
import { renderNotices } from "../../../controller/page/hearing.ts";
import { renderJournal } from "../../../controller/page/journal-page.ts";
import { renderPolicies } from "../../../controller/page/policies-page.ts";
import { renderProblem } from "../../../controller/page/problem-page.ts";
import { readJournalQuery, readPolicyQuery, readServicesQuery } from "../../../controller/page/query.ts";
import { renderService } from "../../../controller/page/service-page.ts";
import { listRows, type Sight } from "../../../controller/page/service-rows.ts";
import { type Rendered, renderServices } from "../../../controller/page/services-page.ts";
import { renderFrame } from "../../../controller/page/shell.ts";
import { hostile } from "../../property/page-arbitraries.ts";
import { expectOurs } from "./read-page.ts";
import { entryOf, sampleAudit, targetOf } from "./sample-sight.ts";

const kind = fc.constantFrom(...kindNames);
const instant = fc.constantFrom("2026-11-22T09:00:00.000Z", "no instant", "<b>");
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });
const condition = fc.record({
  type: fc.constantFrom("Ready", "Stalled", "Reconciling", "Drifted"),
  status: fc.constantFrom("True", "False", "Unknown"),
  reason: hostile,
  message: hostile,
  lastTransitionTime: instant,
  observedGeneration: hostile,
});
const trouble = fc.record({ kind, name: hostile, code: hostile, message: hostile });
const pending = fc.record({
  kind,
  name: hostile,
  action: hostile,
  enforcement: fc.constantFrom("Enforce", "Audit"),
  policies: some(hostile),
});
const service = fc.record({
  cluster: hostile,
  service: hostile,
  policies: some(hostile),
  managed: fc.record({ MetricAlarm: some(hostile), LogGroup: some(hostile), Dashboard: some(hostile) }),
  pending: some(pending),
  blocked: some(trouble),
  failed: some(trouble),
  drift: fc.record({ found: fc.nat(9), repaired: fc.nat(9), lastAt: instant, open: some(hostile) }),
  lastChangedAt: instant,
});
const target = fc
  .record({
    target: hostile,
    owner: hostile,
    account: hostile,
    region: hostile,
    holder: hostile,
    sourceRevision: hostile,
    conditions: some(condition),
    sources: some(
      fc.record({
        name: hostile,
        revision: hostile,
        staleSince: instant,
        code: hostile,
        message: hostile,
        readAt: instant,
      }),
    ),
    policies: some(
      fc.record({
        name: hostile,
        at: hostile,
        generation: hostile,
        conditions: some(condition),
        services: fc.nat(9),
        managed: fc.nat(9),
        troubled: fc.nat(9),
      }),
    ),
    services: fc.array(service, { minLength: 1, maxLength: 3 }),
    shared: fc.record({ managed: fc.constant([]), blocked: some(trouble), failed: some(trouble) }),
    gone: fc.dictionary(hostile, instant, { maxKeys: 2 }),
    pass: fc.record({
      startedAt: instant,
      endedAt: instant,
      result: fc.constantFrom("success", "partial", "failure", "<i>"),
      message: hostile,
    }),
  })
  .map((given) => ({ ...targetOf("us-east-1", []), ...given }) as ReturnType<typeof targetOf>);
const finding = fc.record({
  code: hostile,
  pillar: fc.constantFrom(...pillars),
  weight: fc.nat(9),
  message: hostile,
  why: hostile,
  subjects: some(hostile),
  policy: hostile,
});
const scene = fc.record({
  targets: fc.array(target, { minLength: 1, maxLength: 2 }),
  pause: fc.option(fc.record({ reason: hostile, by: hostile, at: instant }), { nil: undefined }),
  texts: fc.record({
    search: hostile,
    cluster: hostile,
    target: hostile,
    state: hostile,
    kind: hostile,
    sort: hostile,
  }),
  findings: some(finding),
  entries: some(
    fc.record({
      kind,
      name: hostile,
      cluster: hostile,
      service: hostile,
      target: hostile,
      why: fc.oneof(hostile, fc.constant("drift")),
      policies: some(hostile),
      paths: some(hostile),
      code: hostile,
      message: hostile,
      result: fc.constantFrom("applied", "failed", "begun", "skipped", "<u>"),
    }),
  ),
  alarm: fc.record({
    name: hostile,
    state: fc.constantFrom("OK", "ALARM", "<x>"),
    reason: hostile,
    since: instant,
  }),
  line: hostile,
});

test("200 times", () => {
  fc.assert(
    fc.property(scene, ({ targets, pause, texts, findings, entries, alarm, line }) => {
      const audits: Sight["audits"] = new Map(
        targets.map(({ target, services }) => [
          target,
          {
            ...sampleAudit,
            services: services.map(({ cluster, service }) => ({
              cluster,
              service,
              score: 50,
              partial: true,
              pillars: [],
              findings,
              unknown: [{ check: line, pillar: "logs", code: line, message: line }],
            })),
          },
        ]),
      );
      const hidden = { target: line, code: line, message: line };
      const unread = [hidden, { ...hidden, unreached: true as const }];
      const unheard = new Map(targets.map(({ target }) => [target, line]));
      const sight: Sight = { targets, pause, audits, unread, unheard };
      const given = new URLSearchParams(texts);
      const told = entries.map((entry) => entryOf(entry as Parameters<typeof entryOf>[0]));
      const history = { entries: told, since: "2026-10-22T00:00:00Z", unreadUntil: "2026-11-01T00:00:00Z" };
      const activity = countActivity(told, new Date("2026-11-22T10:00:00Z"), undefined);
      const [row] = listRows(sight);
      const [first] = targets;
      if (row === undefined || first === undefined) throw new Error("there is no service");
      const items = row.status?.pending.map((one) => ({
        ...one,
        lines: [{ sign: "+", text: line } as const],
        left: 3,
      }));
      const views: Rendered[] = [
        renderServices(sight, readServicesQuery(new URLSearchParams()), activity),
        renderServices(sight, readServicesQuery(given), undefined),
        renderPolicies(sight, readPolicyQuery(new URLSearchParams())),
        renderPolicies(sight, readPolicyQuery(given)),
        renderController(sight, new Map([[first.target, "unread" as const]]), {
          deletePolicy: "sync",
          allow: { images: [line], kinds: [] },
        }),
        renderJournal(targets, readJournalQuery(given), history),
        renderService(row, first, {
          alarms: { at: "2026-11-22T09:00:00Z", states: [alarm as never], left: 1 },
          history,
          diffs: { at: "2026-11-22T09:00:00Z", items: items ?? [] },
        }),
        renderProblem(line, line),
      ];
      for (const rendered of views) {
        const page = renderFrame(
          { path: "/", pause, rendered: { ...rendered, notices: renderNotices(sight) } },
          links,
        );
        expectOurs(page);
        expect(Buffer.byteLength(page)).toBeLessThan(100_000);
      }
    }),
    { numRuns: 200 },
  );
});

// Whatever passes come, in whatever order and however they end: no 24 hours see more than the budgets allow.
import fc from "fast-check";
import { expect, it } from "vitest";
import { emptyLedger, type Ledger, reserve, settle, usedSince } from "../../controller/core/budget.ts";
import { guardPlan } from "../../controller/core/guard.ts";
import type { Change, Outcome } from "../../controller/model/plan.ts";

const day = 86_400_000;
const limits = { maxDeletes: 5, maxRedeploys: 3 };
const knownServices = 20;

const someChange = fc.record({
  kind: fc.constantFrom("MetricAlarm", "TaskDefinition", "Service") as fc.Arbitrary<Change["kind"]>,
  service: fc.constantFrom("a", "b", "c", "d"),
  deletes: fc.integer({ min: 0, max: 3 }),
  redeploys: fc.boolean(),
  gone: fc.boolean(),
  audit: fc.boolean(),
  result: fc.constantFrom(undefined, "applied", "failed", "skipped") as fc.Arbitrary<
    Outcome["result"] | undefined
  >,
});

const somePass = fc.record({
  /** Since the one before. */
  minutes: fc.integer({ min: 0, max: 900 }),
  /** Until it ends; left out: the process dies, and nothing is settled. */
  lasts: fc.option(fc.integer({ min: 0, max: 300 }), { nil: undefined }),
  changes: fc.array(someChange, { maxLength: 6 }),
});

interface Written {
  readonly at: number;
  readonly deletes: number;
  readonly redeploys: readonly string[];
}

it("no 24 hours see more than the budgets", () => {
  let held = 0;
  let through = 0;
  fc.assert(
    fc.property(fc.array(somePass, { maxLength: 25 }), (passes) => {
      let ledger: Ledger = emptyLedger;
      let now = Date.parse("2026-11-22T00:00:00Z");
      const written: Written[] = [];
      passes.forEach((pass, number) => {
        now += pass.minutes * 60_000;
        const made = pass.changes.map(
          ({ kind, service, deletes, redeploys, gone, audit }, index): Change => ({
            id: `${index}`,
            kind,
            name: `${index}`,
            action: deletes > 0 && !redeploys ? "delete" : "update",
            cluster: "prod",
            service,
            policies: [],
            enforcement: audit ? "Audit" : "Enforce",
            before: null,
            after: null,
            differences: [],
            impact: redeploys ? "deployment" : "none",
            deletes,
            needs: [],
            ...(gone && !redeploys ? { gone } : {}),
          }),
        );
        const used = usedSince(ledger, new Date(now));
        const parts = { changes: made, blocked: [], unknown: [], unchanged: 0 };
        const { changes, blocked } = guardPlan(parts, {
          ...limits,
          deletePolicy: "sync",
          knownServices,
          used,
        });
        held += blocked.length;
        through += changes.length;
        const id = `${number}`;
        ledger = reserve(ledger, { changes }, id, new Date(now), knownServices, limits);
        const end = now + (pass.lasts ?? 0) * 60_000;
        const enforced = changes.filter(({ enforcement }) => enforcement === "Enforce");
        const goneServices = new Set(
          enforced.filter(({ gone, deletes }) => gone && deletes > 0).map(({ service }) => service),
        );
        const begun = enforced.filter((change) => pass.changes[Number(change.id)]?.result !== "skipped");
        written.push({
          at: pass.lasts === undefined ? now : end,
          deletes: begun
            .filter(({ gone }) => !gone || goneServices.size > 2)
            .reduce((sum, { deletes }) => sum + deletes, 0),
          redeploys: [
            ...new Set(
              begun.filter(({ impact }) => impact === "deployment").map(({ service }) => `${service}`),
            ),
          ],
        });
        if (pass.lasts === undefined) return;
        now = end;
        const outcomes = enforced.flatMap((change): Outcome[] => {
          const result = pass.changes[Number(change.id)]?.result;
          if (result === undefined) return [];
          const { kind, name, id: item, action } = change;
          const error = { code: "Interrupted", message: "x" };
          return [{ kind, name, id: item, action, result, ...(result === "applied" ? {} : { error }) }];
        });
        ledger = settle(ledger, id, outcomes, new Date(now));
      });
      for (const { at } of written) {
        const within = written.filter((one) => one.at > at - day && one.at <= at);
        expect(within.reduce((sum, one) => sum + one.deletes, 0)).toBeLessThanOrEqual(limits.maxDeletes);
        expect(within.reduce((sum, one) => sum + one.redeploys.length, 0)).toBeLessThanOrEqual(
          limits.maxRedeploys,
        );
      }
    }),
    { seed: 42, numRuns: 500 },
  );
  // Both were tried.
  expect(held).toBeGreaterThan(100);
  expect(through).toBeGreaterThan(100);
});

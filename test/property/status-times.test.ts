// Whatever passes come: a condition's time moves when its status does, at that pass, and never otherwise.
import fc from "fast-check";
import { expect, it } from "vitest";
import { isSameStatus, summarize } from "../../controller/core/status.ts";
import type { Condition, TargetStatus } from "../../controller/model/status.ts";
import { blocked, change, outcome, pass, standing, type Told } from "../unit/core/passes.ts";

const alarm = change({ name: "ecsmon/prod/web/cpu", action: "update" });
const fine = { standing: [standing("ecsmon/prod/web/cpu")] };

const told = fc.constantFrom<Told>(
  { found: fine },
  { found: { ...fine, blocked: [blocked("a", "Conflict")] } },
  { found: { ...fine, blocked: [blocked("a", "NoRoom")] } },
  { found: { ...fine, blocked: [blocked("web", "OutsideWindow")] } },
  { found: { changes: [alarm] } },
  { found: { changes: [alarm] }, rolling: ["prod/web"] },
  { found: { changes: [alarm] }, outcomes: [outcome(alarm, "applied")] },
  { found: { changes: [alarm] }, outcomes: [outcome(alarm, "failed", "Throttled")] },
  { found: { changes: [{ ...alarm, enforcement: "Audit" }] } },
  { found: { unknown: [{ kind: "MetricAlarm", code: "Throttled", message: "x" }] } },
  { found: { selected: {} } },
  { failure: { code: "Credentials", message: "x" } },
  { found: { changes: [alarm] }, pause: { reason: "x", by: "ops", at: "2026-11-22T00:00:00Z" } },
);
const passes = fc.array(fc.tuple(told, fc.boolean()), { minLength: 2, maxLength: 12 });

const runs = { seed: 42, numRuns: 400 };

function conditionsOf({ conditions, policies }: TargetStatus): readonly (readonly Condition[])[] {
  return [conditions, ...policies.map((policy) => policy.conditions)];
}

it("times move with the status alone, and Ready is always there", () => {
  fc.assert(
    fc.property(passes, (all) => {
      let status: TargetStatus | undefined;
      all.forEach(([one, isFocused], minute) => {
        const given = pass({ ...one, minute, ...(isFocused ? { focus: ["prod/web"] } : {}) });
        const next = summarize(status, given);
        const at = given.report.endedAt.toISOString();
        conditionsOf(next).forEach((conditions, index) => {
          expect(conditions[0]?.type).toBe("Ready");
          expect(new Set(conditions.map(({ type }) => type)).size).toBe(conditions.length);
          const before = status === undefined ? [] : (conditionsOf(status)[index] ?? []);
          for (const condition of conditions) {
            const former = before.find(({ type }) => type === condition.type);
            const isSame = former?.status === condition.status;
            expect(condition.lastTransitionTime).toBe(isSame ? former.lastTransitionTime : at);
            if (condition.type !== "Ready") expect(condition.status).toBe("True");
          }
        });
        status = next;
      });
    }),
    runs,
  );
});

it("the same pass again changes nothing but times", () => {
  fc.assert(
    fc.property(passes, (all) => {
      let status: TargetStatus | undefined;
      all.forEach(([one], minute) => {
        status = summarize(status, pass({ ...one, minute }));
      });
      const last: Told = all.at(-1)?.[0] ?? {};
      // What was written stands at the next look.
      const next = last.outcomes?.some(({ result }) => result === "applied") ? { found: fine } : last;
      const again = summarize(status, pass({ ...next, minute: 100 }));
      const oncemore = summarize(again, pass({ ...next, minute: 200 }));
      expect(isSameStatus(again, oncemore)).toBe(true);
    }),
    runs,
  );
});

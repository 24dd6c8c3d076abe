// A plan of which some is of a change of policies and the rest drifts anyway, for tests of what is shown of it.
import type { Plan, PlanPart } from "../../../controller/model/plan.ts";

/** Of every three, the last one drifts; `dropped` is what only the base would do or say. */
export function besideBase(plan: Plan, dropped: PlanPart): Plan {
  const drifts = (_: unknown, index: number): boolean => index % 3 === 2;
  const others = (_: unknown, index: number): boolean => index % 3 !== 2;
  return {
    ...plan,
    base: {
      sourceRevision: "sha256:0123456789ab",
      change: {
        changes: plan.changes.filter(others),
        blocked: plan.blocked.filter(others),
        unknown: plan.unknown.filter(others),
        diagnostics: plan.diagnostics.filter(others),
      },
      drift: {
        changes: plan.changes.filter(drifts),
        blocked: plan.blocked.filter(drifts),
        unknown: plan.unknown.filter(drifts),
        diagnostics: plan.diagnostics.filter(drifts),
      },
      dropped: {
        changes: dropped.changes,
        blocked: dropped.blocked,
        unknown: dropped.unknown,
        diagnostics: dropped.diagnostics,
      },
      counted: { changes: [...plan.changes.filter(drifts), ...dropped.changes] },
    },
  };
}

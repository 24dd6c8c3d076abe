// The last line of a plan: everything counted, so that it can be trusted when the rest has scrolled away.
import type { Plan } from "../../model/plan.ts";
import type { Paint } from "./paint.ts";
import { countPlan } from "./plan-counts.ts";

export function renderSummary(plan: Plan, paint: Paint): string {
  const text = plan.changes.length === 0 ? summarizeNothing(plan) : summarizeChanges(plan);
  return `${paint(text, "bold")}\n`;
}

function summarizeChanges(plan: Plan): string {
  const counts = countPlan(plan);
  const { audited, redeploys, unchanged } = counts;
  const parts = [
    `Plan: ${counts.create} to create, ${counts.update} to change, ${counts.delete} to delete`,
    ...(audited === 0 ? [] : [`${audited} in audit, not written`]),
    ...(redeploys === 0 ? [] : [redeploys === 1 ? "1 service redeploys" : `${redeploys} services redeploy`]),
    `${countRest(plan)}, ${unchanged} unchanged`,
  ];
  return parts.join("; ");
}

function summarizeNothing(plan: Plan): string {
  const rest = plan.blocked.length + plan.unknown.length === 0 ? "" : `; ${countRest(plan)}`;
  if (plan.unknown.length > 0 && plan.unchanged === 0) return `Nothing to do in what could be read${rest}.`;
  const where = plan.unknown.length === 0 ? "" : " in what could be read";
  return `Nothing to do${where}: ${countUnchanged(plan.unchanged)}${rest}.`;
}

function countUnchanged(count: number): string {
  if (count === 0) return "no item stands under these policies";
  return count === 1 ? "1 item stands as the policies say" : `${count} items stand as the policies say`;
}

function countRest(plan: Plan): string {
  const codes = new Map<string, number>();
  for (const { code } of plan.blocked) codes.set(code, (codes.get(code) ?? 0) + 1);
  const reasons = [...codes].map(([code, count]) => `${count} ${inWords(code)}`).join(", ");
  return `${plan.blocked.length} blocked${reasons === "" ? "" : ` (${reasons})`}, ${plan.unknown.length} unknown`;
}

/** `NotApplicable` → `not applicable` */
function inWords(code: string): string {
  return code.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

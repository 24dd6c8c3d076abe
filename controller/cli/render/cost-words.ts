// A plan's cost in words and figures that all formats share: the line that is always seen, and the cells of the table.
import type { Cost, CostLine } from "../../model/cost.ts";
import { comparisonOf, type Plan } from "../../model/plan.ts";

/** The cost, where there is something to say of it: what writes nothing, and keeps nothing from being written, costs nothing. */
export function shownCost(plan: Plan): Cost | undefined {
  const { cost } = plan;
  const comparison = comparisonOf(plan);
  const changes =
    comparison === undefined ? plan.changes : [...comparison.change.changes, ...comparison.dropped.changes];
  return changes.some(({ enforcement }) => enforcement === "Enforce") ? cost : undefined;
}

/** `Cost: about $1.20 more a month (list prices of us-east-1, 2026-11-22)` */
export function costHeadline(plan: Plan, cost: Cost): string {
  const title = comparisonOf(plan) === undefined ? "Cost" : "Cost of this change";
  return `${title}: ${[describeSum(cost), ...describeUnknown(cost)].join(", ")}${describePrices(cost)}`;
}

function describeSum({ monthly, lines }: Cost): string {
  if (monthly !== 0) return `about ${money(Math.abs(monthly))} ${monthly > 0 ? "more" : "less"} a month`;
  return lines.some((line) => line.monthly !== undefined)
    ? "nothing more a month, all in all"
    : "nothing more a month";
}

function describeUnknown({ lines }: Cost): readonly string[] {
  const unknown = lines.filter(({ basis }) => basis === "unknown").map(({ what }) => what);
  return unknown.length === 0 ? [] : [`without ${unknown.join(", ")}, whose price is not known`];
}

function describePrices({ lines, prices: { region, date } }: Cost): string {
  const isListed = lines.some(({ basis }) => basis === "confirmed" || basis === "unconfirmed");
  const isGiven = lines.some(({ basis }) => basis === "given");
  const parts = [
    ...(isListed ? [`list prices of ${region}, ${date}`] : []),
    ...(isGiven ? ["prices as given"] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

/** A line as cells: what, how many, the price of one, and what that is a month. */
export function costCells({ what, count, unit, basis, each, monthly }: CostLine): readonly string[] {
  const marks = { given: ", as given", confirmed: "", unconfirmed: ", not confirmed", unknown: "" };
  return [
    what,
    signed(count, (size) => size.toLocaleString("en-US", { maximumFractionDigits: 2 })),
    each === undefined ? "not known" : `${money(each)} per ${unit}${marks[basis]}`,
    monthly === undefined ? "?" : signed(monthly, money),
  ];
}

function signed(value: number, show: (size: number) => string): string {
  const size = show(Math.abs(value));
  return value === 0 ? size : `${value > 0 ? "+" : "-"}${size}`;
}

/** Cents, and as many digits more as a price has. */
function money(usd: number): string {
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 8 })}`;
}

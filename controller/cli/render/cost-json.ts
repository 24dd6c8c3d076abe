// A plan's cost as programs read it: beside what the contract says of a plan, its keys in one order.
import type { Cost, CostLine } from "../../model/cost.ts";

export function costToJson({ currency, monthly, lines, prices, notes }: Cost): object {
  const { date, region, source, given } = prices;
  return {
    currency,
    monthly,
    lines: lines.map(lineToJson),
    prices: { date, region, source, given },
    notes,
  };
}

function lineToJson({ price, what, count, unit, basis, each, monthly }: CostLine): object {
  return { price, what, count, unit, basis, ...(each === undefined ? {} : { each, monthly }) };
}

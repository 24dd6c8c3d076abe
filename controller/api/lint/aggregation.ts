// The aggregation of a log alarm: what the rows of a run become. One function, then `by` fields, then an order.
// Source: CloudWatch user guide, alarms on logs: `count(*) by host, level | sort desc`.
import { nearest } from "../nearest.ts";

const functions = ["count", "avg", "sum", "min", "max"];
const maxFields = 5;
const field = /^(?:[\w@.-]+|`[^`]+`)$/;

/** What is wrong with it, and the fix; undefined when nothing is. */
export function readAggregation(text: string): string | undefined {
  const [call = "", ...rest] = text.split("|").map((part) => part.trim());
  return findCallProblem(call) ?? findOrderProblem(rest, /\sby\s/i.test(call));
}

function findCallProblem(call: string): string | undefined {
  const { name, argument, after } =
    /^(?<name>\w*)\s*\((?<argument>[^()]*)\)(?<after>.*)$/s.exec(call)?.groups ?? {};
  if (name === undefined || argument === undefined)
    return "write one function such as count(*) or max(latency)";
  if (!functions.includes(name.toLowerCase())) {
    const near = nearest(name, functions);
    return `${name || "it"} is no aggregation; ${near === undefined ? `use one of ${functions.join(", ")}` : `did you mean ${near}?`}`;
  }
  if (argument.trim() === "*" ? name.toLowerCase() !== "count" : !field.test(argument.trim()))
    return `${name}(${argument}) takes one field of the query's rows${name.toLowerCase() === "count" ? ", or *" : ""}`;
  const tail = (after ?? "").trim();
  if (tail === "") return undefined;
  if (tail.startsWith(",") || /\b(count|avg|sum|min|max)\s*\(/i.test(tail))
    return "it holds more than one aggregation; keep one, and do the rest in the query";
  return findFieldsProblem(tail);
}

function findFieldsProblem(tail: string): string | undefined {
  const list = /^by\s+(?<list>.+)$/is.exec(tail)?.groups?.["list"];
  if (list === undefined)
    return `${JSON.stringify(tail)} is not understood; after the function there may be \`by\` and fields`;
  if (/\bbin\s*\(/i.test(list))
    return "bin() is not allowed in `by`: each run is one point in time; take it out";
  const fields = list.split(",").map((one) => one.trim());
  if (fields.length > maxFields) return `${fields.length} fields after \`by\`; CloudWatch takes ${maxFields}`;
  const wrong = fields.find((one) => !field.test(one));
  return wrong === undefined ? undefined : `${JSON.stringify(wrong)} after \`by\` is no field`;
}

function findOrderProblem(parts: readonly string[], hasBy: boolean): string | undefined {
  const [order, ...more] = parts;
  if (order === undefined) return undefined;
  if (more.length > 0 || !/^sort\s+(asc|desc)$/i.test(order))
    return `${JSON.stringify(`| ${parts.join(" | ")}`)} is not allowed; at the end there may be \`| sort asc\` or \`| sort desc\``;
  return hasBy ? undefined : "without `by` there is one row, and nothing to sort; take the sort out";
}

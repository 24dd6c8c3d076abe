// As much of CloudWatch's metric math as it takes to know which metrics an expression names.
import { parseTemplate } from "../template.ts";

export interface Expression {
  /** Names that begin with a lower-case letter, as metric ids do, and are not functions. */
  readonly ids: readonly string[];
  readonly functions: readonly string[];
  readonly problem?: string;
}

export function readExpression(text: string): Expression {
  // What a template fills in is a value, never a metric's id.
  const source = parseTemplate(text)
    .parts.map((part) => ("literal" in part ? part.literal : "0"))
    .join("");
  const ids = new Set<string>();
  const functions = new Set<string>();
  let depth = 0;
  let problem: string | undefined;
  const tokens =
    /(?<string>"[^"]*"|'[^']*')|(?<number>\d+(\.\d+)?([eE][+-]?\d+)?)|(?<word>[A-Za-z_][A-Za-z0-9_]*)(?<call>\s*\()?|(?<open>[([])|(?<close>[)\]])|(?<quote>["'])|./gs;
  for (const { groups } of source.matchAll(tokens)) {
    if (groups?.["quote"] !== undefined) problem ??= `the quote ${groups["quote"]} is never closed`;
    if (groups?.["open"] !== undefined || groups?.["call"] !== undefined) depth++;
    if (groups?.["close"] !== undefined && --depth < 0) problem ??= `"${groups["close"]}" closes nothing`;
    const word = groups?.["word"];
    if (word === undefined) continue;
    if (groups?.["call"] !== undefined) functions.add(word);
    else if (/^[a-z]/.test(word)) ids.add(word);
  }
  if (depth > 0) problem ??= "a bracket is never closed";
  return { ids: [...ids], functions: [...functions], ...(problem === undefined ? {} : { problem }) };
}

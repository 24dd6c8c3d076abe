// The grammar of CloudWatch Logs filter patterns, as far as mistakes in it can be told without AWS.
import { parseTemplate } from "../template.ts";
import { findRegexProblem } from "./filter-regex.ts";

export interface FilterPattern {
  readonly form: "text" | "json" | "delimited";
  readonly problem?: string;
  readonly warning?: string;
}

export function readFilterPattern(pattern: string): FilterPattern {
  const text = parseTemplate(pattern)
    .parts.map((part) => ("literal" in part ? part.literal : "x"))
    .join("")
    .trim();
  const read = readForm(text);
  if (read.problem !== undefined) return read;
  const problem = findRegexProblem(text);
  return problem === undefined ? read : { form: read.form, problem };
}

function readForm(text: string): FilterPattern {
  if (text.startsWith("{")) return { form: "json", ...checkBracketed(text, "}", "'") };
  if (text.startsWith("[")) return { form: "delimited", ...checkBracketed(text, "]", "") };
  return { form: "text", ...checkTerms(text) };
}

const pairs: Readonly<Record<string, string>> = { "{": "}", "[": "]", "(": ")" };

function checkBracketed(text: string, end: string, extraQuote: string): { problem?: string } {
  const open: string[] = [];
  let quote: string | undefined;
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (quote !== undefined) {
      if (char === "\\") i++;
      else if (char === quote) quote = undefined;
    } else if (char === '"' || char === "%" || char === extraQuote) quote = char;
    else if (char in pairs) open.push(pairs[char] ?? "");
    else if (char === "}" || char === "]" || char === ")") {
      if (open.pop() !== char) return { problem: `"${char}" closes nothing` };
      if (open.length === 0 && i < text.length - 1) {
        return { problem: `${JSON.stringify(text.slice(i + 1).trim())} stands after the closing "${end}"` };
      }
    }
  }
  if (quote !== undefined) return { problem: `the quote ${quote} is never closed` };
  const missing = open.at(-1);
  if (missing !== undefined) return { problem: `a "${missing}" is missing` };
  if (end === "}" && !text.includes("$"))
    return { problem: 'it names no field; write for example { $.level = "error" }' };
  return {};
}

function checkTerms(text: string): { problem?: string; warning?: string } {
  const optional: string[] = [];
  const plain: string[] = [];
  let warning: string | undefined;
  const terms = /([?-]?)("(?:[^"\\]|\\.)*"|%[^%]*%|[^\s"%]+|["%])/gs;
  for (const [whole, sign, body] of text.matchAll(terms)) {
    if (body === '"' || body === "%") return { problem: `the quote ${body} is never closed` };
    if (sign === "?") optional.push(whole);
    else plain.push(whole);
    if (body !== undefined && !/^["%]/.test(body) && !/^[\p{L}\p{N}_]+$/u.test(body)) {
      warning ??= `the term ${body} holds other characters than letters, digits and "_"; put it in double quotes`;
    }
  }
  if (optional.length > 0 && plain.length > 0) {
    return {
      problem: `${optional.join(" ")} is ignored beside ${plain.join(" ")}; give every term a "?" (any of them), or none (all of them)`,
    };
  }
  return warning === undefined ? {} : { warning };
}

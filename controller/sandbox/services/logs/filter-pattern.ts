// The filter pattern language of CloudWatch Logs: a pattern is read once, then tried on messages.
// Three kinds: words (`ERROR -"not me"`), JSON (`{ $.level = "FATAL" }`), space-delimited (`[ip, status = 5*]`).
import { invalidPattern } from "./errors.ts";
import { readRegex } from "./filter-condition.ts";
import { readJsonPattern, readSpacePattern } from "./filter-fields.ts";

export interface FilterPattern {
  readonly kind: "words" | "json" | "space-delimited";
  /** The named fields of a space-delimited pattern. */
  readonly fields: readonly string[];
  readonly regexes: number;
  /** The values that the pattern names, or undefined when the message doesn't match. */
  match(message: string): Record<string, string> | undefined;
}

const MAX_REGEXES = 2;

export function readFilterPattern(text: string): FilterPattern {
  const pattern = text.trim();
  const read = pattern.startsWith("{")
    ? readJsonPattern(pattern)
    : pattern.startsWith("[")
      ? readSpacePattern(pattern)
      : readWords(pattern);
  if (read.regexes > MAX_REGEXES) throw invalidPattern(`more than ${MAX_REGEXES} regular expressions`);
  return read;
}

interface Term {
  readonly sign: string;
  readonly found: (message: string) => boolean;
}

const WORD = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|([^\s"%]+))/y;

function readWords(pattern: string): FilterPattern {
  const terms: Term[] = [];
  let regexes = 0;
  WORD.lastIndex = 0;
  while (WORD.lastIndex < pattern.length) {
    const match = WORD.exec(pattern);
    if (match === null) throw invalidPattern("unbalanced quotes");
    const [, sign = "", quoted, regex, word] = match;
    if (regex !== undefined) {
      regexes += 1;
      const expression = readRegex(regex);
      terms.push({ sign, found: (message) => expression.test(message) });
      continue;
    }
    if (word !== undefined && !/^\w+$/.test(word))
      throw invalidPattern(`Invalid character(s) in term '${word}'; put it in double quotes`);
    const term = quoted === undefined ? (word ?? "") : quoted.replace(/\\(.)/g, "$1");
    // A quoted blank is AWS's way to say "everything", spaces or none.
    terms.push({ sign, found: (message) => term.trim() === "" || message.includes(term) });
  }
  const optional = terms.filter((term) => term.sign === "?");
  // AWS ignores the `?` terms, without a word, as soon as another kind stands beside them.
  const onlyOptional = optional.length > 0 && optional.length === terms.length;
  const matches = (message: string): boolean =>
    onlyOptional
      ? optional.some((term) => term.found(message))
      : terms.every((term) => term.sign === "?" || term.found(message) === (term.sign !== "-"));
  return { kind: "words", fields: [], regexes, match: (message) => (matches(message) ? {} : undefined) };
}

// Values as one reads them in a diff: short, quoted only where it matters, cut where two of them begin to differ.
import { type Json, stableStringify } from "../../model/json.ts";
import { safeText } from "./safe-text.ts";

const ellipsis = "…";

/** In one line. A string that could be taken for something else is quoted. */
export function inlineValue(value: Json | undefined): string {
  if (value === null || value === undefined) return "(none)";
  if (typeof value === "string") return isPlain(value) ? value : safeText(JSON.stringify(value));
  return safeText(stableStringify(value));
}

function isPlain(text: string): boolean {
  return /^[^\s"',[\]{}\p{C}]+$/u.test(text) && !/^(true|false|null|-?[0-9.]+)$/.test(text);
}

/** Head and tail, so that both ends of an ARN or a command can be told. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const tail = Math.floor(limit / 3);
  return `${text.slice(0, limit - tail - 1)}${ellipsis}${text.slice(text.length - tail)}`;
}

/** Two long texts, cut so that the first place where they differ is in sight. */
export function shortenPair(a: string, b: string, limit: number): readonly [string, string] {
  let same = 0;
  while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
  // Some of what they share stays, to know where one is.
  const start = Math.max(0, same - Math.floor(limit / 3));
  return [window(a, start, limit), window(b, start, limit)];
}

function window(text: string, start: number, limit: number): string {
  if (text.length <= limit) return text;
  const from = Math.min(start, text.length - limit + 1);
  const head = from > 0 ? ellipsis : "";
  const rest = text.slice(Math.max(0, from));
  return rest.length + head.length <= limit
    ? head + rest
    : `${head}${rest.slice(0, limit - head.length - 1)}${ellipsis}`;
}

/** Words into lines of at most `width`. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}

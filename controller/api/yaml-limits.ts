// What a source file may be before it is parsed: text, of a size and depth that cost nobody anything.
import { Lexer } from "yaml";
import type { Diagnostic } from "../model/diagnostic.ts";
import { maxFileBytes, type SourceFile } from "./policy.ts";

export const maxDepth = 50;
const maxLines = 10_000;
const maxTokens = 40_000;
const maxDocuments = 200;
const [documentMark, scalarMark, flowErrorMark] = ["\u0002", "\u001f", "\u0018"];

/** Says what keeps a file from being looked at at all. */
export function findUnreadable({ file, text, ...source }: SourceFile): Diagnostic | undefined {
  const refuse = (code: string, message: string, offset = 0): Diagnostic => {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    return { severity: "error", code, message, file, line, column: offset - before.lastIndexOf("\n") };
  };
  const bytes = source.bytes ?? Buffer.byteLength(text);
  if (bytes > maxFileBytes)
    return refuse("TooLarge", `the file has ${bytes} bytes, more than ${maxFileBytes}; split it`);
  for (const [mark, what] of [
    ["\0", "a NUL character: this is a binary file or UTF-16"],
    ["\uFFFD", "bytes that are not UTF-8"],
  ] as const) {
    const offset = text.indexOf(mark);
    if (offset !== -1) return refuse("NotText", `the file holds ${what}; policies are YAML in UTF-8`, offset);
  }
  const lines = text.split("\n").length;
  if (lines > maxLines)
    return refuse("TooLarge", `the file has ${lines} lines, more than ${maxLines}; split it`);
  const excess = findExcess(text);
  return excess === undefined ? undefined : refuse("TooLarge", excess.message, excess.offset);
}

/**
 * Walks the tokens, which takes no stack, and refuses what would take the parser too much of it: a stack that
 * overflows inside a regular expression ends the whole process.
 */
function findExcess(text: string): { message: string; offset: number } | undefined {
  let offset = 0;
  let tokens = 0;
  let documents = 0;
  let flow = 0;
  let onLine = 0;
  let isLineStart = true;
  let isScalar = false;
  const indents: number[] = [];
  for (const token of new Lexer().lex(text)) {
    // Marks of the lexer's own: they are not in the text.
    if (token === documentMark || token === scalarMark || token === flowErrorMark) {
      isScalar = token === scalarMark;
      continue;
    }
    if (++tokens > maxTokens)
      return { message: `the file has more than ${maxTokens} words and marks; split it`, offset };
    if (token === "---" && !isScalar && ++documents > maxDocuments)
      return { message: `the file has more than ${maxDocuments} documents; split it`, offset };
    const isBlank = /^[ \t\r\n]*$/.test(token);
    if (!isScalar && isBlank) {
      if (token.includes("\n")) isLineStart = true;
    } else {
      if (isLineStart) {
        const indent = offset - text.lastIndexOf("\n", offset - 1) - 1;
        while ((indents.at(-1) ?? -1) >= indent) indents.pop();
        indents.push(indent);
        onLine = 0;
        isLineStart = false;
      }
      if (!isScalar) {
        if (token === "[" || token === "{") flow++;
        else if (token === "]" || token === "}") flow = Math.max(0, flow - 1);
        else if (flow === 0 && (token === "-" || token === "?" || token === ":")) onLine++;
      }
      if (token.endsWith("\n")) isLineStart = true;
    }
    if (flow > maxDepth || onLine > maxDepth || indents.length > maxDepth) {
      return { message: `nested deeper than ${maxDepth} levels; policies need a dozen`, offset };
    }
    offset += token.length;
    isScalar = false;
  }
  return undefined;
}

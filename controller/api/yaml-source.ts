// One source file → its YAML documents as plain data that remembers where each word of it stands.
// Everything that could make parsing expensive or surprising (size, depth, aliases, tags) is bounded here.
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseAllDocuments,
} from "yaml";
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import type { SourceFile } from "./policy.ts";

export type Path = readonly (string | number)[];

export interface YamlDocument {
  readonly data: unknown;
  /** Where a field stands: a scalar's value, else the key; for what is not there, its nearest parent. */
  readonly at: (path: Path) => Position;
  /** Where the key of a field stands. */
  readonly keyAt: (path: Path) => Position;
  /** How a plain scalar was written: `012` for the number 12. */
  readonly sourceAt: (path: Path) => string | undefined;
}

export interface YamlFile {
  readonly documents: readonly YamlDocument[];
  readonly diagnostics: readonly Diagnostic[];
  /** Documents seen, the broken ones too; empty ones do not count. */
  readonly seen: number;
}

export const maxFileBytes = 1024 * 1024;
const maxLines = 10_000;
const maxTokens = 200_000;
/** More of them in one document help nobody. */
const maxFaults = 50;
const maxNodes = 50_000;
const maxDepth = 50;
const [documentMark, scalarMark, flowErrorMark] = ["\u0002", "\u001f", "\u0018"];

export function readYaml(source: SourceFile): YamlFile {
  const { file, text } = source;
  const unreadable = findUnreadable(source);
  if (unreadable !== undefined) return { documents: [], diagnostics: [unreadable], seen: 1 };

  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fault: Fault = (offset, message, code = "InvalidYaml") => ({
    severity: "error",
    code,
    message,
    ...positionAt(offset),
  });

  let parsed: ReturnType<typeof parseAllDocuments>;
  try {
    parsed = parseAllDocuments(text, {
      lineCounter: lines,
      version: "1.2",
      schema: "core",
      merge: false,
      resolveKnownTags: false,
      stringKeys: true,
      // Duplicates are found below: the package's own check is quadratic in the keys of a map.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
  } catch (error) {
    const message =
      error instanceof RangeError ? "nested too deeply; policies need a dozen levels" : String(error);
    return {
      documents: [],
      diagnostics: [{ severity: "error", code: "InvalidYaml", message, file, line: 1, column: 1 }],
      seen: 1,
    };
  }

  const documents: YamlDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  let seen = 0;
  for (const document of parsed) {
    const contents = document.contents;
    const problems = [...document.errors, ...document.warnings];
    if (problems.length === 0 && (contents === null || (isScalar(contents) && contents.value === null)))
      continue;
    seen++;
    if (problems.length > 0) {
      // The first few: later ones mostly follow from them.
      for (const problem of problems.slice(0, 3))
        diagnostics.push(
          fault(problem.pos[0], problem.code === "NON_STRING_KEY" ? plainKey : sentence(problem.message)),
        );
      continue;
    }
    const converted = convert(contents, fault);
    if (converted.faults.length > 0) diagnostics.push(...converted.faults);
    else documents.push(locate(contents, converted, positionAt));
  }
  return { documents, diagnostics, seen };
}

/** Says what keeps a file from being looked at at all. */
function findUnreadable({ file, text }: SourceFile): Diagnostic | undefined {
  const refuse = (code: string, message: string, offset = 0): Diagnostic => {
    const before = text.slice(0, offset);
    const line = before.split("\n").length;
    return { severity: "error", code, message, file, line, column: offset - before.lastIndexOf("\n") };
  };
  if (Buffer.byteLength(text) > maxFileBytes) {
    return refuse(
      "TooLarge",
      `the file has ${Buffer.byteLength(text)} bytes, more than ${maxFileBytes}; split it`,
    );
  }
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

const plainKey = "a key must be a plain word, not a list or a mapping";

type Fault = (offset: number, message: string, code?: string) => Diagnostic;

interface Converted {
  readonly data: unknown;
  readonly faults: readonly Diagnostic[];
  readonly targets: ReadonlyMap<Node, Node>;
}

/** YAML nodes → plain data, with aliases followed as far as the budget allows. */
function convert(root: Node | null, fault: Fault): Converted {
  const faults: Diagnostic[] = [];
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const open = new Set<Node>();
  let nodes = 0;

  const refuse = (node: Node, message: string, code?: string): undefined => {
    const found = fault(node.range?.[0] ?? 0, message, code);
    // A node may be visited again through an alias; it is told of once.
    const isNew = !faults.some(({ line, column }) => line === found.line && column === found.column);
    if (isNew && faults.length < maxFaults) faults.push(found);
    return undefined;
  };
  const visit = (node: unknown, depth: number): unknown => {
    if (!isNode(node)) return null;
    if (++nodes > maxNodes)
      return nodes === maxNodes + 1
        ? refuse(node, `more than ${maxNodes} values, with aliases followed; split the document`)
        : undefined;
    if (depth > maxDepth) return refuse(node, `nested deeper than ${maxDepth} levels`);
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined)
        return refuse(node, `the alias *${node.source} has no anchor &${node.source} before it`);
      if (open.has(target)) return refuse(node, `the alias *${node.source} stands inside what it names`);
      targets.set(node, target);
      return visit(target, depth + 1);
    }
    if ("anchor" in node && typeof node.anchor === "string") anchors.set(node.anchor, node);
    if (isScalar(node)) return node.value;
    open.add(node);
    const value = isSeq(node) ? node.items.map((item) => visit(item, depth + 1)) : visitMap(node, depth);
    open.delete(node);
    return value;
  };
  const visitMap = (node: Node, depth: number): unknown => {
    const entries = new Map<string, unknown>();
    const first = new Map<string, Node>();
    for (const pair of isMap(node) ? node.items : []) {
      const key = pair.key;
      if (!isScalar(key)) {
        refuse(isNode(key) ? key : node, plainKey);
        continue;
      }
      const name = String(key.value);
      const earlier = first.get(name);
      if (earlier !== undefined) {
        const line = fault(earlier.range?.[0] ?? 0, "").line;
        refuse(
          key,
          `the key ${JSON.stringify(name)} stands twice, first on line ${line}; keep one`,
          "DuplicateKey",
        );
        continue;
      }
      if (name === "__proto__") refuse(key, 'the key "__proto__" is not allowed');
      if (name === "<<")
        refuse(
          key,
          "merge keys (<<) are not supported; write the fields out, or let a second policy lay them over",
        );
      first.set(name, key);
      entries.set(name, visit(pair.value, depth + 1));
    }
    return Object.fromEntries(entries);
  };
  const data = visit(root, 0);
  return { data, faults, targets };
}

function locate(
  root: Node | null,
  { data, targets }: Converted,
  positionAt: (offset: number) => Position,
): YamlDocument {
  interface Place {
    readonly key: Node | undefined;
    readonly value: unknown;
  }
  const find = (path: Path): { place: Place; found: boolean } => {
    let place: Place = { key: undefined, value: root };
    for (const step of path) {
      let node = place.value;
      while (isAlias(node)) node = targets.get(node);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
        if (pair === undefined) return { place, found: false };
        place = { key: isNode(pair.key) ? pair.key : undefined, value: pair.value };
      } else if (isSeq(node) && typeof step === "number" && node.items[step] !== undefined) {
        place = { key: undefined, value: node.items[step] };
      } else return { place, found: false };
    }
    return { place, found: true };
  };
  const start = (node: unknown): Position => positionAt((isNode(node) ? node.range?.[0] : undefined) ?? 0);
  const isWritten = (value: unknown): boolean =>
    isAlias(value) || (isScalar(value) && value.source !== "" && value.value !== null);
  return {
    data,
    at: (path) => {
      const { place } = find(path);
      return start(place.key === undefined || isWritten(place.value) ? place.value : place.key);
    },
    keyAt: (path) => {
      const { place } = find(path);
      return start(place.key ?? place.value);
    },
    sourceAt: (path) => {
      const { place, found } = find(path);
      return found && isScalar(place.value) && place.value.type === "PLAIN" ? place.value.source : undefined;
    },
  };
}

/** The package's message in our form: lower case, no full stop. */
function sentence(message: string): string {
  const line = (message.split("\n")[0] ?? message).replace(/[.:]$/, "");
  return /^[A-Z][a-z]/.test(line) ? line.charAt(0).toLowerCase() + line.slice(1) : line;
}

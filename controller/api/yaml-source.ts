// One source file → its YAML documents as plain data that remembers where each word of it stands.
// What could make parsing expensive or surprising (size, depth, aliases, tags) is bounded here and in yaml-limits.ts.
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import { pathText } from "./issues.ts";
import type { SourceFile } from "./policy.ts";
import { findUnreadable, maxDepth } from "./yaml-limits.ts";
import { findUnclosed } from "./yaml-unclosed.ts";

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

/** More of them in one document help nobody. */
const maxFaults = 50;
const maxNodes = 20_000;

export function readYaml(source: SourceFile): YamlFile {
  const { file, text } = source;
  const unreadable = findUnreadable(source);
  if (unreadable !== undefined) return { documents: [], diagnostics: [unreadable], seen: 1 };

  const lines = new LineCounter();
  const positionAt = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fault: Fault = (offset, message, { code = "InvalidYaml", path = [] } = {}) => ({
    severity: "error",
    code,
    message,
    ...positionAt(offset),
    ...(path.length === 0 ? {} : { path: pathText(path) }),
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
      const unclosed = findUnclosed(document);
      if (unclosed !== undefined) {
        const { offset, message } = unclosed;
        diagnostics.push(fault(offset, message, { path: pathTo(contents, offset) }));
        continue;
      }
      for (const problem of problems.slice(0, 3)) {
        const message = problem.code === "NON_STRING_KEY" ? plainKey : sentence(problem.message);
        diagnostics.push(fault(problem.pos[0], message, { path: pathTo(contents, problem.pos[0]) }));
      }
      continue;
    }
    const converted = convert(contents, fault);
    if (converted.faults.length > 0) diagnostics.push(...converted.faults);
    else documents.push(locate(contents, converted, positionAt));
  }
  return { documents, diagnostics, seen };
}

/** Keys that a mapping of plain data cannot have, or that would mean something else in other YAML readers. */
const refusedKeys: ReadonlyMap<string, string> = new Map([
  ["__proto__", 'the key "__proto__" is not allowed'],
  ["<<", "merge keys (<<) are not supported; write the fields out, or let a second policy lay them over"],
]);

const plainKey = "a key must be a plain word, not a list or a mapping";

type Fault = (
  offset: number,
  message: string,
  more?: { readonly code?: string; readonly path?: Path },
) => Diagnostic;

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
  /** Where the walk is: as a document is read, so through aliases too. */
  const path: (string | number)[] = [];
  let nodes = 0;

  const refuse = (node: Node, message: string, code?: string): undefined => {
    const found = fault(node.range?.[0] ?? 0, message, { path, ...(code === undefined ? {} : { code }) });
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
    const value = isSeq(node)
      ? node.items.map((item, index) => within(index, () => visit(item, depth + 1)))
      : visitMap(node, depth);
    open.delete(node);
    return value;
  };
  const within = <T>(step: string | number, read: () => T): T => {
    path.push(step);
    const value = read();
    path.pop();
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
        const message = `the key ${JSON.stringify(name)} stands twice, first on line ${line}; keep one`;
        within(name, () => refuse(key, message, "DuplicateKey"));
        continue;
      }
      const why = refusedKeys.get(name);
      if (why !== undefined) within(name, () => refuse(key, why));
      first.set(name, key);
      entries.set(
        name,
        within(name, () => visit(pair.value, depth + 1)),
      );
    }
    return Object.fromEntries(entries);
  };
  const data = visit(root, 0);
  return { data, faults, targets };
}

/** The field that an offset lies in, as far as a document with mistakes of syntax could be read. */
function pathTo(root: unknown, offset: number): Path {
  const path: (string | number)[] = [];
  let node = root;
  while (path.length < maxDepth) {
    const next = partsOf(node).find(({ from, to }) => from <= offset && offset < to);
    if (next === undefined) return path;
    path.push(next.step);
    node = next.value;
  }
  return path;
}

interface Part {
  readonly step: string | number;
  readonly from: number;
  readonly to: number;
  readonly value: unknown;
}

function partsOf(node: unknown): Part[] {
  const part = (step: string | number, first: unknown, value: unknown): Part => {
    const [from, , end = 0] = (isNode(first) ? first.range : undefined) ?? [Number.POSITIVE_INFINITY];
    const to = (isNode(value) ? value.range?.[2] : undefined) ?? end;
    return { step, from, to: Math.max(to, from + 1), value };
  };
  if (isSeq(node)) return node.items.map((item, index) => part(index, item, item));
  if (!isMap(node)) return [];
  return node.items.flatMap(({ key, value }) => (isScalar(key) ? [part(String(key.value), key, value)] : []));
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

// YAML text → a tree that knows where each value stands (core/text-tree.ts), and the style the text is written in.
// What carries a tag (CloudFormation's !Ref, !Sub …) is opaque: it stays as it is written, whatever it means.
import { Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import type { Json } from "../model/json.ts";
import { TextError } from "./json-text.ts";
import { lineStart, type TextChild, type TextNode, type TextStyle } from "./text-tree.ts";

const maxDepth = 100;

/** @throws TextError at the first thing that cannot be read, or that cannot be changed without surprises. */
export function parseYamlText(text: string): TextNode {
  refuseDepth(text);
  const document = parseDocument(text, {
    version: "1.2",
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
    // What is silent says nothing of further documents either.
    logLevel: "error",
  });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const message = problem.message.split("\n")[0]?.replace(/[.:]$/, "") ?? "not YAML";
    throw new TextError(message.charAt(0).toLowerCase() + message.slice(1), problem.pos[0]);
  }
  return toNode(text, document.contents, 0, 0);
}

/** A stack that overflows inside the parser ends the whole process: what nests too deep is refused before. */
function refuseDepth(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth = Math.max(0, depth - 1);
    if (depth > 500) throw new TextError("nested too deeply", at);
  }
  const steep = /^ {1000}|^ *(?:[-?:] +){100}/m.exec(text);
  if (steep !== null) throw new TextError("nested too deeply", steep.index);
}

function toNode(text: string, node: unknown, from: number, depth: number): TextNode {
  if (depth > maxDepth) throw new TextError(`nested deeper than ${maxDepth} levels`, from);
  if (!isNode(node)) return leaf(null, from, from);
  const [begin, finish] = node.range ?? [from, from, from];
  const isAnchored = "anchor" in node && typeof node.anchor === "string";
  if (isAlias(node) || isAnchored) {
    // Anchored text is the text of other places too; templates that CloudFormation takes have none.
    throw new TextError("anchors and aliases cannot be patched; write the value out", begin);
  }
  if (node.tag !== undefined) {
    const start = from + Math.max(0, text.slice(from, begin).search(/!/));
    const source = text.slice(start, finish).trimEnd();
    return { ...leaf(source, start, start + source.length), opaque: true };
  }
  if (isScalar(node)) {
    // A block scalar's text ends with its line breaks.
    const end = begin + text.slice(begin, finish).trimEnd().length;
    return leaf(toJson(node.value), begin, end);
  }
  return toCollection(text, node, depth);
}

function toCollection(text: string, node: Node, depth: number): TextNode {
  const [begin, finish] = node.range ?? [0, 0, 0];
  const isFlow = "flow" in node && node.flow === true;
  const children: TextChild[] = [];
  if (isMap(node)) {
    const keys = new Set<string>();
    for (const pair of node.items as Pair[]) {
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      const [start, keyEnd] = (isNode(pair.key) ? pair.key.range : undefined) ?? [begin, begin];
      if (key === undefined) throw new TextError("a key must be a plain word", start);
      if (keys.has(key)) throw new TextError(`the key ${JSON.stringify(key)} stands twice; keep one`, start);
      keys.add(key);
      const value = toNode(text, pair.value, keyEnd, depth + 1);
      children.push({ key, start, end: isFlow ? value.end : endOfLine(text, value.end), node: value });
    }
  } else if (isSeq(node)) {
    let from = begin;
    for (const item of node.items) {
      const value = toNode(text, item, from, depth + 1);
      const end = isFlow ? value.end : endOfLine(text, value.end);
      children.push({ key: String(children.length), start: value.start, end, node: value });
      from = end;
    }
  }
  const value: Json = isMap(node)
    ? Object.fromEntries(children.map(({ key, node: inner }) => [key, inner.value]))
    : children.map(({ node: inner }) => inner.value);
  const end = isFlow ? finish : (children.at(-1)?.end ?? finish);
  return { kind: isMap(node) ? "object" : "array", value, start: begin, end, block: !isFlow, children };
}

function leaf(value: Json, start: number, end: number): TextNode {
  return { kind: "scalar", value, start, end, block: false, children: [] };
}

/** The end of the line, when nothing but a comment is left on it. */
function endOfLine(text: string, offset: number): number {
  const rest = /^(?:[ \t]+#[^\r\n]*)?(?=[ \t]*(?:\r?\n|$))/.exec(text.slice(offset, offset + 10_000));
  return offset + (rest?.[0].length ?? 0);
}

function toJson(value: unknown): Json {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

export function yamlStyle(
  text: string,
  root: TextNode,
  spell: TextStyle["spell"],
  tokens: TextStyle["tokens"],
): TextStyle {
  const indent = findIndent(text, root) ?? 2;
  const indentSeq = (findListStep(text, root) ?? indent) >= indent;
  return {
    text,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    unit: undefined,
    colon: ": ",
    spell,
    tokens,
    block: (value) =>
      // CloudFormation reads YAML 1.1: what would be a boolean or a date there is put in quotes.
      new Document(value, { version: "1.2", compat: "yaml-1.1" })
        .toString({ indent, indentSeq, lineWidth: 0, flowCollectionPadding: false })
        .trimEnd()
        .split("\n"),
  };
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** The first step of indentation from a mapping to one inside it. */
function findIndent(text: string, node: TextNode): number | undefined {
  for (const child of node.children) {
    const { node: inner } = child;
    if (!inner.block) continue;
    const step = columnOf(text, inner.start) - columnOf(text, child.start);
    if (node.kind === "object" && inner.kind === "object" && step > 0) return step;
    const deeper = findIndent(text, inner);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** How much further in than their keys lists in mappings stand. */
function findListStep(text: string, node: TextNode): number | undefined {
  for (const child of node.children) {
    const { node: inner } = child;
    if (!inner.block) continue;
    if (node.kind === "object" && inner.kind === "array")
      return columnOf(text, inner.start) - columnOf(text, child.start);
    const deeper = findListStep(text, inner);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

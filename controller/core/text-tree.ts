// A document as text and as data at once: every value knows where it stands, so that a change touches the text of what
// changed and nothing else. Key order, spelling of numbers, comments and indentation of the rest stay as they were.
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";

export interface TextNode {
  readonly kind: "object" | "array" | "scalar";
  readonly value: Json;
  readonly start: number;
  readonly end: number;
  /** A YAML collection without brackets. */
  readonly block: boolean;
  readonly children: readonly TextChild[];
  /** Text whose value is not known here: a reference or a function. */
  readonly opaque?: boolean;
}

/** A pair of an object or an item of an array, with the key as the ECS API spells it. */
export interface TextChild {
  readonly key: string;
  readonly start: number;
  /** With the comment behind it on its line, in YAML blocks. */
  readonly end: number;
  readonly node: TextNode;
}

/** How new text is to look. */
export interface TextStyle {
  readonly text: string;
  readonly eol: string;
  /** One step of indentation; undefined where the document has no line breaks. */
  readonly unit: string | undefined;
  /** Between a key and its value. */
  readonly colon: string;
  /** How a key of the object at this path is spelt in the file. */
  spell(path: readonly string[], key: string): string;
  /** Lines of a YAML block that holds this value alone; absent for JSON. */
  readonly block?: (value: Json) => readonly string[];
  /** Source text by the token that stands for it. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** The node's text with `after` for its value. */
export function rewrite(
  style: TextStyle,
  node: TextNode,
  after: Json,
  path: readonly string[] = [],
  own = "",
): string {
  if (jsonEqual(node.value, after)) return style.text.slice(node.start, node.end);
  const kept = keptChildren(node, after);
  if (kept === undefined || kept.size === 0) return renderInPlace(style, node, after, path, own);
  return rewriteChildren(style, node, after as JsonObject | readonly Json[], path, kept);
}

type Kept = ReadonlyMap<TextChild, Json>;

/** The children that stay, with their new values; undefined when the value is another one altogether. */
function keptChildren(node: TextNode, after: Json): Kept | undefined {
  if (node.kind === "object" && isObject(after)) {
    const stay = node.children.filter(({ key }) => after[key] !== undefined);
    return new Map(stay.map((child) => [child, after[child.key] as Json]));
  }
  if (node.kind !== "array" || !Array.isArray(after)) return undefined;
  const ids = new Map((after as readonly Json[]).map((item) => [idOf(item), item]));
  const before = node.children.map((child) => idOf(child.node.value));
  if (ids.has(undefined) || ids.size !== after.length || new Set(before).size !== before.length)
    return undefined;
  const stay = node.children.filter((_, index) => ids.has(before[index]));
  const order = [...ids.keys()].filter((id) => before.includes(id));
  if (stay.some((child, index) => idOf(child.node.value) !== order[index])) return undefined;
  return new Map(stay.map((child) => [child, ids.get(idOf(child.node.value)) as Json]));
}

/** Containers go by their names, tags by their keys. Other lists have no identities: they change as a whole. */
function idOf(item: Json): string | undefined {
  if (!isObject(item)) return undefined;
  const id = item["name"] ?? item["key"];
  return typeof id === "string" ? id : undefined;
}

interface Piece {
  /** Set for what stood there before. */
  readonly child?: TextChild;
  readonly key: string;
  readonly text: string;
}

function rewriteChildren(
  style: TextStyle,
  node: TextNode,
  after: JsonObject | readonly Json[],
  path: readonly string[],
  kept: Kept,
): string {
  const { text } = style;
  const layout = layoutOf(style, node);
  const pieces: Piece[] = [...kept].map(([child, value]) => ({
    child,
    key: child.key,
    text: rewriteChild(style, node, child, value, path, layout),
  }));
  const present = new Set(node.children.map(({ key, node: inner }) => idOf(inner.value) ?? key));
  const added: [string, Json][] = Array.isArray(after)
    ? (after as readonly Json[])
        .filter((item) => !present.has(idOf(item) as string))
        .map((item) => ["", item])
    : Object.entries(after as JsonObject).flatMap(([key, value]): [string, Json][] =>
        value === undefined || node.children.some((child) => child.key === key) ? [] : [[key, value]],
      );
  for (const [key, value] of added) {
    const piece = { key, text: renderChild(style, node, key, value, path, layout) };
    pieces.splice(placeFor(pieces, path, key), 0, piece);
  }
  const first = node.children[0] as TextChild;
  const last = node.children.at(-1) as TextChild;
  let result = text.slice(node.start, first.start);
  pieces.forEach((piece, index) => {
    const { child } = piece;
    const original = child === undefined ? undefined : node.children[node.children.indexOf(child) - 1];
    // What stands between two neighbours belongs to the second one.
    const gap =
      child === undefined || original === undefined ? layout.gap : text.slice(original.end, child.start);
    result += (index === 0 ? "" : gap) + piece.text;
  });
  return result + text.slice(last.end, node.end);
}

/** Members that the API gives in a known order; everything else of ours goes to the end. */
const apiOrder: Readonly<Record<string, readonly string[]>> = {
  healthCheck: ["command", "interval", "timeout", "retries", "startPeriod"],
  logConfiguration: ["logDriver", "options", "secretOptions"],
};

function placeFor(pieces: readonly Piece[], path: readonly string[], key: string): number {
  const order = apiOrder[path.at(-1) ?? ""] ?? [];
  const rank = order.indexOf(key);
  const next = rank === -1 ? -1 : pieces.findIndex((piece) => order.indexOf(piece.key) > rank);
  return next === -1 ? pieces.length : next;
}

interface Layout {
  /** What goes before a new child that is not the first one. */
  readonly gap: string;
  /** Indentation of a child that has its own line; undefined where children share one. */
  readonly indent: string | undefined;
}

function layoutOf(style: TextStyle, node: TextNode): Layout {
  const { text, eol } = style;
  const last = node.children.at(-1) as TextChild;
  const before = node.children.at(-2);
  if (node.block) {
    const start = node.kind === "array" ? node.start : (node.children[0] as TextChild).start;
    const indent = " ".repeat(start - lineStart(text, start));
    return { gap: eol + indent, indent };
  }
  const between =
    before === undefined ? `,${text.slice(node.start + 1, last.start)}` : text.slice(before.end, last.start);
  if (between.includes("\n")) {
    const indent = indentAt(text, last.start);
    return { gap: `,${eol}${indent}`, indent };
  }
  const shared = before === undefined || !/^\s*,\s*$/.test(between) ? comma(style) : between;
  return { gap: shared, indent: undefined };
}

function rewriteChild(
  style: TextStyle,
  parent: TextNode,
  child: TextChild,
  after: Json,
  path: readonly string[],
  layout: Layout,
): string {
  const { text } = style;
  const { node } = child;
  if (jsonEqual(node.value, after)) return text.slice(child.start, child.end);
  const isPair = parent.kind === "object";
  const kept = keptChildren(node, after);
  const isNewBlock =
    parent.block &&
    (kept === undefined || kept.size === 0) &&
    (node.block || (node.kind === "scalar" && isCollection(after)));
  if (isNewBlock) return renderChild(style, parent, child.key, after, path, layout);
  const inner = rewrite(style, node, after, isPair ? [...path, child.key] : path, layout.indent);
  return text.slice(child.start, node.start) + inner + text.slice(node.end, child.end);
}

function renderChild(
  style: TextStyle,
  parent: TextNode,
  key: string,
  value: Json,
  path: readonly string[],
  { indent }: Layout,
): string {
  const isPair = parent.kind === "object";
  const inside = isPair ? [...path, key] : path;
  const spelt = isPair ? style.spell(path, key) : "";
  const raw = toRaw(style, inside, value);
  if (parent.block && style.block !== undefined) {
    const lines = style.block(isPair ? { [spelt]: raw } : [raw]);
    return fillTokens(style, lines.join(`${style.eol}${indent ?? ""}`));
  }
  const sibling = parent.children.at(-1)?.node;
  const isInline =
    indent === undefined || (parent.kind === "array" && sibling !== undefined && isOneLine(style, sibling));
  const text = renderFlow(style, raw, isInline ? undefined : indent, "");
  return isPair ? `${JSON.stringify(spelt)}${style.colon}${text}` : text;
}

/** A value in place of another, where the old one stood and in the way it was written. */
function renderInPlace(
  style: TextStyle,
  node: TextNode,
  after: Json,
  path: readonly string[],
  own: string | undefined,
): string {
  const raw = toRaw(style, path, after);
  const old = style.text.slice(node.start, node.end);
  const quoted = style.block === undefined || typeof raw !== "string" ? undefined : quoteAs(style, old, raw);
  if (quoted !== undefined) return quoted;
  // YAML: an empty or bracketed collection stays in brackets.
  const isInline = isOneLine(style, node) || own === undefined || style.block !== undefined;
  const lead = node.start === node.end ? " " : "";
  return lead + renderFlow(style, raw, isInline ? undefined : own, /^[[{] \S/.test(old) ? " " : "");
}

/** YAML text in the quotes that the old one has, where it can. */
function quoteAs(style: TextStyle, old: string, text: string): string | undefined {
  if (/^'.*'$/.test(old) && !/[^ -~]/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  const isPlain = /^[\w/][\w/.-]*$/.test(old) && /^[\w/][\w/.-]*$/.test(text);
  return isPlain && style.block?.(text)[0] === text ? text : undefined;
}

function isOneLine(style: TextStyle, node: TextNode): boolean {
  return node.children.length > 0 && !style.text.slice(node.start, node.end).includes("\n");
}

function renderFlow(style: TextStyle, raw: Json, indent: string | undefined, pad: string): string {
  const text =
    indent === undefined || style.unit === undefined
      ? renderInline(style, raw, pad)
      : JSON.stringify(raw, null, style.unit).replaceAll("\n", `${style.eol}${indent}`);
  return fillTokens(style, text);
}

function renderInline(style: TextStyle, raw: Json, pad: string): string {
  if (Array.isArray(raw) && raw.length > 0)
    return `[${pad}${(raw as readonly Json[]).map((item) => renderInline(style, item, pad)).join(comma(style))}${pad}]`;
  if (!isObject(raw) || Object.keys(raw).length === 0) return JSON.stringify(raw);
  const pairs = Object.entries(raw).map(
    ([key, value]) => `${JSON.stringify(key)}${style.colon}${renderInline(style, value as Json, pad)}`,
  );
  return `{${pad}${pairs.join(comma(style))}${pad}}`;
}

function comma({ colon }: TextStyle): string {
  return /\s$/.test(colon) ? ", " : ",";
}

/** Keys as the file spells them, all the way down. */
function toRaw(style: TextStyle, path: readonly string[], value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => toRaw(style, path, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [style.spell(path, key), toRaw(style, [...path, key], inner as Json)]),
  );
}

function fillTokens(style: TextStyle, rendered: string): string {
  let result = rendered;
  for (const [token, source] of style.tokens)
    result = result.replaceAll(`"${token}"`, () => source).replaceAll(token, () => source);
  return result;
}

function isCollection(value: Json): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The white space that the line of this offset begins with. */
export function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? "";
}

/** 1-based, as editors count. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const start = lineStart(text, offset);
  return { line: text.slice(0, start).split("\n").length, column: offset - start + 1 };
}

/** The child of an object by its key, or of an array by its index. */
export function childAt(node: TextNode | undefined, key: string | number): TextChild | undefined {
  return typeof key === "number"
    ? node?.children[key]
    : node?.children.find((child) => node.kind === "object" && child.key === key);
}

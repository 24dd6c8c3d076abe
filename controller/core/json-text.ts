// JSON text → a tree that knows where each value stands (core/text-tree.ts), and the style the text is written in.
// Strict JSON: what it takes is what JSON.parse takes, but for keys that stand twice.
import type { Json } from "../model/json.ts";
import { indentAt, type TextChild, type TextNode, type TextStyle } from "./text-tree.ts";

const maxDepth = 100;

export class TextError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** @throws TextError at the first thing that is no JSON. */
export function parseJsonText(text: string): TextNode {
  let at = 0;
  const fail = (message: string, offset = at): never => {
    throw new TextError(message, offset);
  };
  const shown = (): string =>
    at >= text.length ? "the end of the file" : JSON.stringify(text.slice(at, at + 1));
  const skip = (): void => {
    while (at < text.length && " \t\r\n".includes(text.charAt(at))) at += 1;
  };
  const leaf = (start: number, value: Json): TextNode => ({
    kind: "scalar",
    value,
    start,
    end: at,
    block: false,
    children: [],
  });
  const readString = (): TextNode => {
    const start = at;
    at += 1;
    while (text.charAt(at) !== '"') {
      const character = text.charAt(at);
      if (at >= text.length) fail("a string without its closing quote", start);
      if (character < " ") fail(`a ${character === "\n" ? "line break" : "control character"} in a string`);
      at += character === "\\" ? 2 : 1;
    }
    at += 1;
    try {
      return leaf(start, JSON.parse(text.slice(start, at)) as string);
    } catch {
      return fail("a string with an escape that JSON does not have", start);
    }
  };
  const readWord = (): TextNode => {
    const start = at;
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
      text.slice(at, at + 1000),
    )?.[0];
    if (word === undefined) return fail(`expected a value, got ${shown()}`);
    at += word.length;
    return leaf(start, JSON.parse(word) as Json);
  };
  const readCollection = (kind: "object" | "array", close: string, depth: number): TextNode => {
    const start = at;
    if (depth > maxDepth) fail(`nested deeper than ${maxDepth} levels`);
    const children: TextChild[] = [];
    const keys = new Set<string>();
    at += 1;
    skip();
    while (text.charAt(at) !== close) {
      if (children.length > 0) {
        if (text.charAt(at) !== ",") fail(`expected "," or "${close}", got ${shown()}`);
        at += 1;
        skip();
      }
      const begin = at;
      let key = String(children.length);
      if (kind === "object") {
        if (text.charAt(at) !== '"') fail(`expected a key in quotes, got ${shown()}`);
        key = String(readString().value);
        if (keys.has(key)) fail(`the key ${JSON.stringify(key)} stands twice; keep one`, begin);
        keys.add(key);
        skip();
        if (text.charAt(at) !== ":") fail(`expected ":" after a key, got ${shown()}`);
        at += 1;
        skip();
      }
      const node = readValue(depth + 1);
      children.push({ key, start: begin, end: at, node });
      skip();
    }
    at += 1;
    const value: Json =
      kind === "array"
        ? children.map(({ node }) => node.value)
        : Object.fromEntries(children.map(({ key, node }) => [key, node.value]));
    return { kind, value, start, end: at, block: false, children };
  };
  const readValue = (depth: number): TextNode => {
    const character = text.charAt(at);
    if (character === "{") return readCollection("object", "}", depth);
    if (character === "[") return readCollection("array", "]", depth);
    return character === '"' ? readString() : readWord();
  };

  skip();
  const root = readValue(0);
  skip();
  if (at < text.length) fail(`expected the end of the file, got ${shown()}`);
  return root;
}

/** Style as the outermost object shows it. */
export function jsonStyle(
  text: string,
  root: TextNode,
  spell: TextStyle["spell"],
  tokens: TextStyle["tokens"],
): TextStyle {
  const [first] = root.children;
  const colon =
    first === undefined
      ? ": "
      : (/(?<!\s)\s*:\s*$/.exec(text.slice(first.start, first.node.start))?.[0] ?? ": ");
  const isBroken = first !== undefined && text.slice(root.start, first.start).includes("\n");
  const own = indentAt(text, root.start);
  const unit = isBroken ? indentAt(text, first.start).slice(own.length) || "  " : undefined;
  return {
    text,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
    unit,
    colon: colon.includes("\n") ? ": " : colon,
    spell,
    tokens,
  };
}

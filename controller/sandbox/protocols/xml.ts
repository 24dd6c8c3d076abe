// XML as AWS's REST services read and write it: elements and texts. Attributes and namespaces carry
// nothing that an operation needs.
import { isRecord } from "./protocol.ts";

export interface XmlElement {
  readonly name: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** The root; undefined for what isn't well formed, and for documents with a DTD. */
export function readXml(xml: string): XmlElement | undefined {
  const open: { name: string; text: string; children: XmlElement[] }[] = [
    { name: "", text: "", children: [] },
  ];
  let at = 0;
  for (const found of xml.matchAll(/<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.:-]*)([^<>]*?)(\/?)>/g)) {
    const top = open.at(-1);
    const text = unescapeXml(xml.slice(at, found.index));
    if (top === undefined || text === undefined) return undefined;
    top.text += text;
    at = found.index + found[0].length;
    const [, closing, qualified, , empty] = found;
    if (qualified === undefined) continue;
    const name = qualified.replace(/^.*:/, "");
    if (closing === "/") {
      const done = open.pop();
      if (done?.name !== name || open.length === 0) return undefined;
      open.at(-1)?.children.push(done);
    } else if (empty === "/") top.children.push({ name, text: "", children: [] });
    else open.push({ name, text: "", children: [] });
  }
  const [document] = open;
  if (document === undefined || open.length > 1 || xml.slice(at).trim() !== "" || document.text.trim() !== "")
    return undefined;
  return document.children.length === 1 ? document.children[0] : undefined;
}

export function childrenNamed(element: XmlElement | undefined, name: string): XmlElement[] {
  return (element?.children ?? []).filter((child) => child.name === name);
}

export function textOf(element: XmlElement | undefined, name: string): string | undefined {
  return childrenNamed(element, name)[0]?.text;
}

/** A list is its element again and again; undefined is left out. */
export function writeXml(name: string, value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((item) => writeXml(name, item)).join("");
  if (value instanceof Date) return `<${name}>${value.toISOString()}</${name}>`;
  if (!isRecord(value)) return `<${name}>${escapeXml(String(value))}</${name}>`;
  const inside = Object.entries(value).map(([key, item]) => writeXml(key, item));
  return `<${name}>${inside.join("")}</${name}>`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&apos;")
    .replaceAll("\r", "&#xD;");
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Undefined where a `<` or an unknown entity is left over. */
function unescapeXml(text: string): string | undefined {
  if (text.includes("<")) return undefined;
  let strange = false;
  const plain = text.replace(/&(#x[\da-f]+|#\d+|\w+);/gi, (_, entity: string) => {
    const code = entity.startsWith("#x") || entity.startsWith("#X") ? `0${entity.slice(1)}` : entity.slice(1);
    if (entity.startsWith("#") && Number(code) <= 0x10ffff) return String.fromCodePoint(Number(code));
    strange ||= ENTITIES[entity] === undefined;
    return ENTITIES[entity] ?? "";
  });
  return strange ? undefined : plain;
}

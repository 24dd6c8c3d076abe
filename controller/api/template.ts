// `${…}` in policy strings: one pass, no nesting, no expressions.
import { nearest } from "./nearest.ts";

/**
 * What a template can name, already flattened: `cluster.name` → `prod`, `service.tags.tier` → `web`.
 * A tag's key follows `service.tags.` as it is: `${service.tags["a.b"]}` looks up `service.tags.a.b`.
 */
export type TemplateValues = ReadonlyMap<string, string>;

export const templateRoots = [
  "cluster.name",
  "service.name",
  "service.tags.KEY",
  "service.desiredCount",
  "taskDefinition.family",
  "account",
  "region",
  "partition",
  "policy.name",
  "owner",
] as const;

export type TemplatePart =
  | { readonly literal: string }
  | {
      /** The key in {@link TemplateValues}. */
      readonly name: string;
      /** The text after `:-`; may be empty. */
      readonly fallback?: string;
    };

export interface Template {
  readonly parts: readonly TemplatePart[];
  /** One message for each `${…}` that means nothing. It stands in `parts` as literal text. */
  readonly problems: readonly string[];
}

/** More of them in one text help nobody. */
const maxProblems = 10;

const plainNames: ReadonlySet<string> = new Set(templateRoots.filter((root) => root !== "service.tags.KEY"));

export function parseTemplate(text: string): Template {
  const parts: TemplatePart[] = [];
  const problems: string[] = [];
  let literal = "";
  let at = 0;
  while (at < text.length) {
    if (text.startsWith("$${", at)) {
      literal += "${";
      at += 3;
    } else if (text.startsWith("${", at)) {
      const found = readReference(text, at);
      if (typeof found.part === "string") {
        if (problems.length < maxProblems) problems.push(found.part);
        literal += text.slice(at, found.end);
      } else {
        if (literal !== "") parts.push({ literal });
        literal = "";
        parts.push(found.part);
      }
      at = found.end;
    } else literal += text.charAt(at++);
  }
  if (literal !== "") parts.push({ literal });
  return { parts, problems };
}

/** The names that a text refers to, as keys of {@link TemplateValues}. */
export function templateNames(text: string): string[] {
  return [...new Set(parseTemplate(text).parts.flatMap((part) => ("name" in part ? [part.name] : [])))];
}

export function fillTemplate(
  text: string,
  values: TemplateValues,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly missing: string } {
  if (!text.includes("${")) return { ok: true, text };
  let filled = "";
  for (const part of parseTemplate(text).parts) {
    const value = "literal" in part ? part.literal : (values.get(part.name) ?? part.fallback);
    if (value === undefined) return { ok: false, missing: (part as { name: string }).name };
    filled += value;
  }
  return { ok: true, text: filled };
}

/** Text that a template leaves as it is. */
export function escapeTemplate(text: string): string {
  return text.replaceAll("${", "$$${");
}

/** Reads `${name}`, `${name:-default}` or `${service.tags["key"]}`; a text in place of the part says what is wrong. */
function readReference(text: string, start: number): { part: TemplatePart | string; end: number } {
  const match =
    /^\$\{(service\.tags\["(?<key>[^"]+)"\]|(?<plain>[^}:"[\]]*(:(?!-)[^}:"[\]]*)*))(:-(?<fallback>[^}]*))?\}/.exec(
      text.slice(start, start + 2000),
    );
  const close = text.indexOf("}", start);
  if (close === -1) {
    const shown = show(text.slice(start, start + 100));
    return {
      part: `"\${" without "}" in ${shown}; close it, or write $\${ for a literal \${`,
      end: text.length,
    };
  }
  const whole = text.slice(start, close + 1);
  const escaped = `write $${show(whole)} to keep it as it is`;
  if (match?.groups === undefined)
    return { part: `template ${show(whole)} is not understood; ${escaped}`, end: close + 1 };
  const { key, plain, fallback } = match.groups;
  const end = start + match[0].length;
  if (fallback?.includes("${"))
    return { part: `template ${show(whole)} holds another one; templates do not nest`, end };
  const name = key === undefined ? (plain ?? "") : `service.tags.${key}`;
  const part: TemplatePart = fallback === undefined ? { name } : { name, fallback };
  if (key !== undefined || plainNames.has(name) || /^service\.tags\.[A-Za-z0-9_-]+$/.test(name))
    return { part, end };
  const tag = /^service\.tags\.(.+)$/.exec(name)?.[1];
  if (tag !== undefined)
    return {
      part: `template ${show(whole)}: write the tag key as \${service.tags[${JSON.stringify(tag)}]}`,
      end,
    };
  const near = nearest(name, templateRoots);
  const meant = near === undefined ? "" : `did you mean \${${near}}? else `;
  return { part: `template ${show(whole)} is unknown; ${meant}${escaped}`, end };
}

function show(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

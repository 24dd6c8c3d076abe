// How the page is written: as templates that escape whatever is filled in. Text of others is made visible and short first.
import { createHash } from "node:crypto";
import { html as template } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Markup = HtmlEscapedString;

/** Nothing that is filled in is waited for, so neither is what comes out. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Markup {
  return template(strings, ...values) as Markup;
}

export const nothing = html``;

// What terminals and browsers obey, what cannot be seen, and halves of characters.
const invisible = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** In at most `limit` UTF-16 units or little more; what is left out in the middle is told by `…`. */
export function show(text: string, limit = 120): string {
  const short =
    text.length <= limit
      ? text
      : `${text.slice(0, Math.ceil(limit * 0.7))}…${text.slice(text.length - Math.floor(limit * 0.3) + 1)}`;
  return short.replaceAll(invisible, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0xd800 && code <= 0xdfff ? "…" : `\\u{${code.toString(16)}}`;
  });
}

/** A name of others, told from the words around it. */
export function code(text: string, limit?: number): Markup {
  return html`<code>${show(text, limit)}</code>`;
}

/**
 * Ids of the rows of one list, the same on each look: by them the page's script knows a row again. Rows of the same names
 * are counted.
 */
export function nameRows(list: string): (...names: readonly (string | undefined)[]) => string {
  const seen = new Map<string, number>();
  return (...names) => {
    const id = `${list}-${createHash("sha256").update(JSON.stringify(names)).digest("hex").slice(0, 12)}`;
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? id : `${id}-${count}`;
  };
}

/** As many rows as fit into `bytes`, and at least one; how many they are tells where the next page begins. */
export function fill(rows: readonly (() => Markup)[], bytes: number): readonly Markup[] {
  const filled: Markup[] = [];
  let left = bytes;
  for (const row of rows) {
    const markup = row();
    left -= Buffer.byteLength(markup.toString());
    if (left < 0 && filled.length > 0) break;
    filled.push(markup);
  }
  return filled;
}

/** An instant as people far from each other understand it; the script tells beside it how long ago that is. */
export function time(instant: string | undefined): Markup {
  if (instant === undefined) return html`<span class="soft">–</span>`;
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return code(instant, 40);
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`;
}

export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

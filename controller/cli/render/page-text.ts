// Text of others on its way into a page: names, tags and messages. What a terminal must not obey, a browser must not
// either, and what cannot be seen is spelt out. Then each format quotes it in its own way.
import { safeText } from "./safe-text.ts";
import { shorten } from "./values.ts";

// Beside what terminals obey: all that is invisible, and halves of characters, which cannot be written as UTF-8.
const invisible = /[\p{Cf}\p{Cs}]/gu;

export function visibleText(text: string): string {
  return safeText(text).replaceAll(invisible, (character) =>
    [...character].map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join(""),
  );
}

/** The same in at most `limit` UTF-16 units; head and tail stay. */
export function visibleShort(text: string, limit: number): string {
  // Cutting may halve a character.
  return shorten(visibleText(text), limit).replaceAll(/\p{Cs}/gu, "…");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For the inside of an HTML element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return visibleText(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}

/** Of a sentence of ours. */
export function capitalize(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

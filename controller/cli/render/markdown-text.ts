// Text of others inside Markdown of ours. It stands in code spans, in fenced code, or escaped inside `<code>`: there
// Markdown means nothing, and neither GitHub nor GitLab makes a mention, an issue's link or a URL's of it.
import { escapeHtml, visibleShort } from "./page-text.ts";

/** UTF-16 units of a name; of a message, which may name many. */
export const maxName = 200;
export const maxMessage = 1_500;

export function code(text: string, limit = maxName): string {
  return fenceInline(visibleShort(text, limit) || "(empty)");
}

/** The same in a table's cell, where a pipe would end it whatever it stands in. */
export function cellCode(text: string, limit = maxName): string {
  // A backslash before the escape of a pipe is read in more than one way.
  const content = (visibleShort(text, limit) || "(empty)").replaceAll(/(\\?)\|/g, (_, backslash: string) =>
    backslash === "" ? "\\|" : `${backslash}\\u007c`,
  );
  return fenceInline(content);
}

function fenceInline(content: string): string {
  const fence = "`".repeat(longestRun(content) + 1);
  // One space on both sides is taken off again.
  const padding = /^`|`$|^ .* $/.test(content) ? " " : "";
  return `${fence}${padding}${content}${padding}${fence}`;
}

/** Without a line end behind it. */
export function fenced(language: string, lines: readonly string[]): string {
  const fence = "`".repeat(Math.max(3, ...lines.map((line) => longestRun(line) + 1)));
  return [`${fence}${language}`, ...lines, fence].join("\n");
}

/** For `<summary>`, where Markdown is not read. */
export function htmlCode(text: string): string {
  return `<code>${escapeHtml(visibleShort(text, maxName)) || "(empty)"}</code>`;
}

/**
 * A comment that no reader sees, by which a program finds the page again:
 * `<!-- ecsmon-plan owner=ecsmon account=123456789012 -->`. Values are percent-encoded.
 */
export function hiddenMarker(name: string, values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeMarker(value)}`],
  );
  return `<!-- ${[name, ...given].join(" ")} -->`;
}

/** The end tells more than the beginning: of a path, the file. No hyphens but single ones: two would end the comment. */
function encodeMarker(value: string): string {
  const tail = value.slice(-maxName).replaceAll(/\p{Cs}/gu, "\ufffd");
  return encodeURIComponent(tail).replaceAll(/--+|-$/g, (run) => "%2D".repeat(run.length));
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

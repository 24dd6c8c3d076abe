// A page as a browser would take it apart: its tags, each of which must be one of ours, and its text.
import { expect } from "vitest";

const names =
  "html|head|meta|title|link|script|style|body|a|header|nav|p|div|main|section|h1|h2|h3|ul|ol|li|b|span|i|small|em|form|label|input|select|option|button|table|caption|thead|tbody|tr|th|td|details|summary|code|pre|ins|del|time|dl|dt|dd|article|figure|figcaption|svg|defs|pattern|path|rect|g|title|meter|footer|output";
const attributes =
  "lang|charset|name|content|http-equiv|rel|type|href|src|defer|class|id|hidden|role|aria-[a-z]+|tabindex|data-of|data-live|title|method|action|value|maxlength|placeholder|selected|scope|open|datetime|viewBox|preserveAspectRatio|d|x|y|width|height|patternUnits|patternTransform|min|max";
const ours = new RegExp(
  `^(?:<!DOCTYPE html>|</(?:${names})>|<(?:${names})(?: (?:${attributes})(?:="[^"<>]*")?)*/?>)$`,
);
const empty = new Set(["", "meta", "link", "input", "path", "rect"]);

/** Fails where a tag is none of ours, is not closed, runs something, or leads to where no page should. */
export function expectOurs(page: string): void {
  const tags = page.match(/<[^>]*>?/g) ?? [];
  expect(tags.filter((tag) => !ours.test(tag))).toEqual([]);
  const open: string[] = [];
  for (const tag of tags) {
    const name = /^<\/?([a-z0-9]+)/i.exec(tag)?.[1] ?? "";
    if (tag.startsWith("</")) expect(open.pop()).toBe(name);
    else if (!empty.has(name) && !tag.endsWith("/>")) open.push(name);
  }
  expect(open).toEqual([]);
  // What a form sends is what it is, whatever can be seen of it.
  expect(page.replaceAll(/ value="[^"]*"/g, "")).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
  expect(page.match(/<script[^>]*>/g)).toHaveLength(1);
  for (const [, target = ""] of page.matchAll(/(?:href|src|action)="([^"]*)"/g))
    expect(target).toMatch(
      /^(?:\/(?!\/)|#|https:\/\/(?:[a-z0-9-]+\.)?console\.(?:aws\.amazon|amazonaws|amazonaws-us-gov|amazonaws-eusc)\.)/,
    );
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
}

// A page that has taken in another says what that one says, whatever changed; and what is the same is the same element.
import fc from "fast-check";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mending } from "../../controller/page/script-mend.ts";
import { browserPath, launchBrowser, tellNoBrowser } from "../support/browser.ts";

tellNoBrowser();

const name = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const text = fc.constantFrom("one", "two", "three");
const attributes = fc
  .record({ id: fc.option(name), class: fc.option(text), rel: fc.constantFrom(null, "next", "prev") })
  .map(({ id, class: tone, rel }) =>
    [id && `id="${id}"`, tone && `class="${tone}"`, rel && `rel="${rel}"`].filter(Boolean).join(" "),
  );
const { node } = fc.letrec<{ node: string }>((tie) => {
  const inner = fc.array(tie("node"), { maxLength: 4 }).map((all) => all.join(""));
  const element = (tag: string) =>
    fc.tuple(attributes, inner).map(([given, content]) => `<${tag} ${given}>${content}</${tag}>`);
  return {
    node: fc.oneof(
      { maxDepth: 4 },
      text,
      element("div"),
      element("span"),
      text.map((day) => `<time datetime="${day}">${day}</time>`),
      fc.array(element("li"), { maxLength: 5 }).map((rows) => `<ul>${rows.join("\n")}</ul>`),
    ),
  };
});
const part = fc.array(node, { maxLength: 5 }).map((all) => all.join(""));
const rows = fc.uniqueArray(name);

/** Takes one page for another. */
const changing = `function sayOf(part) {
  const copy = part.cloneNode(true);
  // Space between rows says nothing, nor does the order of attributes.
  for (const list of copy.querySelectorAll("ul, ol")) list.replaceChildren(...list.children);
  for (const one of copy.querySelectorAll("*")) {
    const given = [...one.attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, value } of given) one.removeAttribute(name), one.setAttribute(name, value);
  }
  return copy.innerHTML;
}
function change(before, after) {
  document.body.innerHTML = "<section id=part data-live>" + before + "</section>";
  const rows = new Map([...document.querySelectorAll("li")].map((row) => [row.id, row]));
  const other = new DOMParser().parseFromString("<section id=part data-live>" + after + "</section>", "text/html");
  const wanted = sayOf(other.getElementById("part"));
  takeIn(other);
  const same = [...document.querySelectorAll("li")].filter((row) => rows.get(row.id) === row).map(({ id }) => id);
  return { wanted, found: sayOf(document.getElementById("part")), same };
}`;

describe.skipIf(browserPath === undefined)("in Chromium", () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    page = await browser.newPage({ reducedMotion: "reduce" });
    await page.addScriptTag({ content: `${mending}${changing}` });
  });
  afterAll(() => browser?.close());

  function change(before: string, after: string) {
    const call = `change(${JSON.stringify(before)}, ${JSON.stringify(after)})`;
    return page.evaluate<{ wanted: string; found: string; same: string[] }>(call);
  }

  test("it says the same in the end", async () => {
    await fc.assert(
      fc.asyncProperty(part, part, async (before, after) => {
        const { wanted, found } = await change(before, after);
        expect(found).toBe(wanted);
      }),
      { numRuns: 300 },
    );
  });

  test("rows that come, go and change places are the elements that they were", async () => {
    const list = (names: readonly string[], number: number) =>
      `<ol>${names.map((id) => `<li id="${id}">${id} ${number}</li>`).join("\n")}</ol>`;
    await fc.assert(
      fc.asyncProperty(rows, rows, async (before, after) => {
        const { wanted, found, same } = await change(list(before, 1), list(after, 2));
        expect(found).toBe(wanted);
        expect(same).toEqual(after.filter((id) => before.includes(id)));
      }),
    );
  });

  test("what a reader has opened stays open, and an age that is told is left alone", async () => {
    const told = '<time datetime="x" title="2026-11-22 10:00:00 UTC">a minute ago</time>';
    const { found } = await change(
      `<details id="a" open><summary>A</summary>1</details><details id="b"><summary>B</summary></details>${told}`,
      '<details id="a"><summary>A</summary>2</details><details id="b" open><summary>B</summary></details><time datetime="x">2026-11-22 10:00:00 UTC</time>',
    );
    expect(found).toBe(
      `<details id="a" open=""><summary>A</summary>2</details><details id="b"><summary>B</summary></details>${told}`,
    );
  });
});

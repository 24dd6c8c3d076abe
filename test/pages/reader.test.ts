// Whoever reads a page while it changes, goes back, has a small screen or sees no colours.
import { describe, expect, test } from "vitest";
import { browserPath, tellNoBrowser } from "../support/browser.ts";
import { useVisits } from "./visits.ts";

tellNoBrowser();

/** What a reader of the journal sees and does there. */
const look = `(() => {
  const row = globalThis.reading;
  const link = document.activeElement;
  return {
    top: Math.round(row.getBoundingClientRect().top),
    selected: getSelection().toString(),
    focused: link.closest("li")?.querySelector("code").textContent,
    at: Math.round(link.getBoundingClientRect().top),
  };
})()`;
const read = `(() => {
  scrollTo({ top: 1500, behavior: "instant" });
  const rows = [...document.querySelectorAll("#journal li")];
  globalThis.reading = rows.find((row) => row.getBoundingClientRect().top > 150);
  getSelection().selectAllChildren(reading.querySelector("code"));
  rows[rows.indexOf(reading) + 5].querySelector("a").focus({ preventScroll: true });
})()`;

describe.skipIf(browserPath === undefined)("in Chromium", () => {
  const pages = useVisits();
  const { visit } = pages;

  test("new entries of the journal take nobody's place, selection or focus", async () => {
    const page = await visit("/journal");
    await page.evaluate(read);
    const before = await page.evaluate<Record<string, unknown>>(look);
    expect(before["selected"]).not.toBe("");
    pages.scene.sandbox.control.call("monitoring", "DeleteAlarms", {
      AlarmNames: ["storefront", "accounts-api", "catalog-api"].map((name) => `ecsmon/prod/${name}/cpu-high`),
    });
    await page.locator("#journal li:nth-child(3)", { hasText: "drift" }).waitFor();
    const after = await page.evaluate<Record<string, number>>(look);
    expect(after).toMatchObject({ selected: before["selected"], focused: before["focused"] });
    for (const edge of ["top", "at"])
      expect(Math.abs((after[edge] ?? 0) - Number(before[edge]))).toBeLessThanOrEqual(2);
    expect(await page.evaluate("scrollY")).toBeGreaterThan(1600);
  });

  test("after going back the form says what is shown", async () => {
    const page = await visit("/");
    await page.getByLabel("Search").fill("storefront");
    await page.keyboard.press("Enter");
    await page.waitForURL(/search=storefront/);
    await page.getByLabel("Cluster").selectOption("staging");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.waitForURL(/cluster=staging/);
    const shown = async () => [
      await page.getByLabel("Search").inputValue(),
      await page.getByLabel("Cluster").inputValue(),
      await page.locator("#matrix tbody tr").count(),
    ];
    expect(await shown()).toEqual(["storefront", "staging", 1]);
    await page.goBack();
    await expect.poll(shown).toEqual(["storefront", "", 2]);
    await page.goBack();
    await expect.poll(shown).toEqual(["", "", 12]);
  });

  test.each(["/", "/policies", "/controller", "/journal"])(
    "on the smallest phone no name of a page is broken on %s",
    async (path) => {
      const page = await visit(path, { width: 320, height: 640 });
      const heights = await page.evaluate<number[]>(
        "[...document.querySelectorAll('nav[aria-label=Pages] a')].map((link) => link.offsetHeight)",
      );
      expect(heights).toHaveLength(4);
      // One line of text, and the space around it.
      expect(Math.max(...heights)).toBeLessThan(40);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    },
  );

  test("in forced colours the chart's key and the dials are still drawn, each in its own way", async () => {
    const page = await visit("/");
    await page.emulateMedia({ forcedColors: "active" });
    const drawn = await page.evaluate<string[]>(
      "[...document.querySelectorAll('.key i')].map((one) => { const { backgroundColor, backgroundImage } = getComputedStyle(one); return backgroundColor + ' ' + backgroundImage; })",
    );
    expect(new Set(drawn).size).toBe(3);
    await page.locator("#sum .dial").waitFor();
    const dial = "getComputedStyle(document.querySelector('#sum .dial'), '::before').backgroundImage";
    expect(await page.evaluate(dial)).toMatch(/^conic-gradient/);
  });
});

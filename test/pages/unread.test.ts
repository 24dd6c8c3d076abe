// What an open page says while the status store does not answer, or a target is not heard of, and that it comes back.
import axe from "axe-core";
import { expect, test } from "vitest";
import { EcsmonError } from "../../controller/model/errors.ts";
import { browserPath, launchBrowser, openPage, tellNoBrowser } from "../support/browser.ts";
import {
  describeTarget,
  emptyPage,
  noStatus,
  readAll,
  startScene,
} from "../unit/runtime/controller/http-scene.ts";

tellNoBrowser();
const tokyo = describeTarget("ap-northeast-1", ["web", "api"]);

test.skipIf(browserPath === undefined)("the live mark says what is so", async () => {
  let isDown = false;
  let unheard: ReadonlyMap<string, string> = new Map();
  const { origin } = await startScene({
    status: {
      ...noStatus,
      targets: async () => {
        if (isDown) throw new EcsmonError("Unreachable", "the bucket could not be reached");
        return readAll([tokyo]);
      },
    },
    page: { ...emptyPage, unheard: () => unheard },
  });
  const browser = await launchBrowser();
  try {
    const { page } = await openPage(browser);
    await page.goto(origin);
    await page.locator(".live.on").waitFor();
    isDown = true;
    await page.locator(".live:not(.on)", { hasText: "Not live" }).waitFor();
    // What was read stays.
    expect(await page.locator("#matrix tbody tr").count()).toBe(2);

    const other = (await openPage(browser)).page;
    await other.goto(origin);
    expect(await other.locator("#problem").textContent()).toContain(
      "Unreachable: the bucket could not be reached",
    );
    await other.locator(".live:not(.on)", { hasText: "Not live" }).waitFor();

    isDown = false;
    await page.locator(".live.on").waitFor();
    await other.locator("#matrix").waitFor();
    await other.locator(".live.on").waitFor();

    unheard = new Map([[tokyo.target, "2026-11-02T00:00:00.000Z"]]);
    await page.locator("#banner", { hasText: "The last full pass over" }).waitFor();
    expect(await page.locator("#matrix tbody").textContent()).toContain("Not heard of");
    await page.evaluate(axe.source);
    expect(
      await page.evaluate("axe.run(document).then(({ violations }) => violations.map(({ id }) => id))"),
    ).toEqual([]);
    const width = "document.documentElement.scrollWidth - innerWidth";
    await page.setViewportSize({ width: 375, height: 800 });
    expect(await page.evaluate(width)).toBeLessThanOrEqual(0);
  } finally {
    await browser.close();
  }
});

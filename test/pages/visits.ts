// Pages of one controller, opened one by one; what a page complains of fails the test that opened it.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type Look, launchBrowser, type Opened, openPage } from "../support/browser.ts";
import { type PageScene, startPageScene } from "./scene.ts";

export interface Visits {
  readonly scene: PageScene;
  readonly browser: Browser;
  /** Opens the page, and waits until it is live. */
  visit(path: string, look?: Look): Promise<Page>;
}

/** One for a file, over the demo estate when all that its policies select is ready. */
export function useVisits(): Visits {
  let scene: PageScene;
  let browser: Browser;
  const open = useOpenedPages();
  beforeAll(async () => {
    [scene, browser] = await Promise.all([startPageScene(), launchBrowser()]);
    await scene.said("pass", 2);
    // The audit comes after the pass, and the last rollout may.
    const { page } = await openPage(browser);
    await page.goto(scene.origin);
    await page.locator("#sum .dial").waitFor();
    await page.locator("#tile-ready b", { hasText: "11" }).waitFor();
    await page.context().close();
  });
  afterAll(async () => {
    await browser?.close();
    await scene?.close();
  });
  return {
    get scene() {
      return scene;
    },
    get browser() {
      return browser;
    },
    async visit(path, look = {}) {
      const page = await open(browser, look);
      await page.goto(`${scene.origin}${path}`);
      await page.locator(".live.on").waitFor();
      return page;
    },
  };
}

/** Opens pages for the test that runs; at its end they are closed, and what they complained of fails it. */
export function useOpenedPages(): (browser: Browser, look?: Look) => Promise<Page> {
  const opened: Opened[] = [];
  afterEach(async () => {
    for (const { page, complaints } of opened.splice(0)) {
      await page.context().close();
      expect(complaints).toEqual([]);
    }
  });
  return async (browser, look) => {
    const one = await openPage(browser, look);
    opened.push(one);
    return one.page;
  };
}

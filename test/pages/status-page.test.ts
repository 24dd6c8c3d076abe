// The status page in a browser, against a controller that looks after the sandbox's demo estate.
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import { pauseWrites, resumeWrites } from "../../controller/state/switch.ts";
import { browserPath, openPage, tellNoBrowser } from "../support/browser.ts";
import { useVisits } from "./visits.ts";

tellNoBrowser();
const storefront = "/services/ecsmon-123456789012-us-east-1/prod/storefront";

const runAxe = `axe.run(document).then(({ violations }) => violations.map(({ id, impact, nodes }) =>
            [id, impact, ...nodes.slice(0, 3).map(({ html }) => html.slice(0, 200))].join(" ")))`;

describe.skipIf(browserPath === undefined)("in Chromium", () => {
  const pages = useVisits();
  const { visit } = pages;

  test("the matrix shows every service, and filters, sorting and search narrow it", async () => {
    const page = await visit("/");
    const names = () => page.locator("#matrix tbody th a").allTextContents();
    expect(await names()).toHaveLength(12);
    await page.getByLabel("Cluster").selectOption("staging");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.waitForURL(/cluster=staging/);
    expect(await names()).toEqual(["checkout-api", "orders-worker", "storefront"]);
    await page.getByLabel("Search").fill("web front");
    await page.keyboard.press("Enter");
    await page.waitForURL(/search=web\+front/);
    expect(await names()).toEqual(["storefront"]);
    await page.getByRole("link", { name: "Clear" }).click();
    await page.waitForURL(`${pages.scene.origin}/`);
    await page.getByRole("link", { name: /Ready/ }).click();
    await page.waitForURL(/state=ready/);
    expect((await names()).length).toBeGreaterThan(5);
    await page.goto(`${pages.scene.origin}/?search=nothing-is-called-so`);
    expect(await page.locator("#matrix").textContent()).toContain("No service is like that");
  });

  test("a service: what is managed, how its alarms stand, what was written", async () => {
    const page = await visit("/");
    await page.getByRole("link", { name: "storefront" }).first().click();
    await page.waitForURL(`**${storefront}`);
    expect(await page.locator("h1").textContent()).toBe("prod/storefront");
    expect(await page.locator("#managed").textContent()).toContain("/ecs/prod/storefront");
    const alarms = page.locator("#alarms tbody tr");
    expect(await alarms.count()).toBe(4);
    expect(await alarms.first().textContent()).toMatch(/No data|OK/);
    expect(await page.locator("#history li").count()).toBeGreaterThan(4);
    expect(await page.locator("#audit li").count()).toBeGreaterThan(5);
    const console = page.getByRole("link", { name: /AWS console/ });
    expect(await console.getAttribute("href")).toBe(
      "https://us-east-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/storefront/health?region=us-east-1",
    );
  });

  test("the journal is searched, and a service that there is not is told", async () => {
    const page = await visit("/journal?search=storefront+cpu-high");
    const entries = page.locator("#journal li");
    expect(await entries.count()).toBe(2);
    expect(await entries.first().textContent()).toContain("cpu-high");
    const { page: other, complaints } = await openPage(pages.browser);
    const answer = await other.goto(`${pages.scene.origin}${storefront}-2`);
    expect(answer?.status()).toBe(404);
    expect(await other.locator("h1").textContent()).toBe("Not found");
    // The browser tells of the 404 by itself.
    expect(complaints.filter((line) => !line.includes("404"))).toEqual([]);
    await other.context().close();
  });

  test("paused, an alarm that is deleted by hand appears as drift; after that, as put right: without a reload", async () => {
    const [page, own] = [await visit("/"), await visit(storefront)];
    for (const one of [page, own]) await one.evaluate("globalThis.isTheSame = true");
    const row = page.locator("#matrix tr", { hasText: "storefrontprod" });
    expect(await row.textContent()).toContain("Ready");
    const link = row.getByRole("link", { name: "storefront" });
    await link.focus();
    await pauseWrites(pages.scene.store, {
      reason: "a look at <b>drift</b>",
      by: "ann",
      at: "2026-11-22T10:00:00.000Z",
    });
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toMatch(/Paused by ann, .*: a look at <b>drift<\/b>/);

    pages.scene.sandbox.control.call("monitoring", "DeleteAlarms", {
      AlarmNames: ["ecsmon/prod/storefront/cpu-high"],
    });
    await row.locator(".badge", { hasText: "Drifted" }).waitFor();
    expect(await page.evaluate("document.activeElement.getAttribute('href')")).toBe(storefront);
    const change = own.locator("#diff details");
    await change.waitFor();
    expect(await change.locator("summary").textContent()).toMatch(/create MetricAlarm .*cpu-high/);
    expect(await change.locator("ins").allTextContents()).toContain("+ Threshold: 85");
    await change.locator("summary").click();

    await resumeWrites(pages.scene.store);
    await row.locator(".badge", { hasText: "Ready" }).waitFor();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await own.getByText("1 found, 1 put right").waitFor();
    await own.locator("#history li", { hasText: "drift" }).waitFor();
    expect(await change.count()).toBe(0);
    for (const one of [page, own]) expect(await one.evaluate("globalThis.isTheSame")).toBe(true);
  });

  test("by keyboard: to the content, to a service and back", async () => {
    const page = await visit("/");
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("To the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.locator("#matrix a").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/services\//);
    await page.goBack();
    await page.waitForURL(`${pages.scene.origin}/#main`);
    expect(await page.locator("#matrix tbody tr").count()).toBe(12);
  });

  test.each(["/", "/policies", "/controller", "/journal", storefront])(
    "axe finds nothing on %s, in light, dark and on a phone, and nothing is cut off",
    async (path) => {
      for (const look of [
        {},
        { dark: true },
        { width: 390, height: 844 },
        { width: 390, height: 844, dark: true },
      ]) {
        const page = await visit(path, look);
        await page.evaluate(axe.source);
        const found = await page.evaluate(runAxe);
        expect(found).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
          look.width ?? 1280,
        );
      }
    },
  );
});

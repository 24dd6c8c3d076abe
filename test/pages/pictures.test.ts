// The demo estate before and after its policies, as docs/images shows it. `ECSMON_PICTURES=docs/images npx vitest run
// test/pages/pictures.test.ts` takes the pictures anew; without it they are taken and thrown away.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test } from "vitest";
import { pauseWrites } from "../../controller/state/switch.ts";
import { browserPath, type Look, launchBrowser, openPage, tellNoBrowser } from "../support/browser.ts";
import { startPageScene } from "./scene.ts";

tellNoBrowser();
const nobody = `apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: nobody }
spec: { selector: { services: ["nothing-is-called-so"] } }
`;

test.skipIf(browserPath === undefined)("pictures of the demo estate, before and after", async () => {
  const own = mkdtempSync(join(tmpdir(), "ecsmon-pictures-"));
  onTestFinished(() => rmSync(own, { recursive: true, force: true }));
  const pictures = process.env["ECSMON_PICTURES"] ?? own;
  const before = join(own, "policies");
  mkdirSync(before);
  writeFileSync(join(before, "nobody.yaml"), nobody);
  const [scene, browser] = await Promise.all([startPageScene({ policies: before }), launchBrowser()]);
  onTestFinished(async () => {
    await browser.close();
    await scene.close();
  });

  const visit = async (path: string, look: Look): Promise<Page> => {
    const { page } = await openPage(browser, look);
    await page.goto(`${scene.origin}${path}`);
    await page.locator(".live.on").waitFor();
    return page;
  };
  const picture = async (page: Page, name: string): Promise<void> => {
    const image = await page.screenshot({ path: join(pictures, `${name}.png`) });
    expect(image.length).toBeGreaterThan(10_000);
  };
  const score = async (page: Page): Promise<number> =>
    Number.parseInt((await page.locator("#sum .dial").textContent()) ?? "", 10);

  const page = await visit("/", { width: 1280, height: 860 });
  await page.locator("#sum .dial").waitFor();
  await page.getByRole("link", { name: "12 No policy" }).waitFor();
  const scoreBefore = await score(page);
  await picture(page, "status-page-before");

  cpSync("crds/examples/demo", scene.policies, { recursive: true });
  rmSync(join(scene.policies, "nobody.yaml"));
  // The same page, without a reload.
  await page.getByRole("link", { name: "11 Ready" }).waitFor();
  await page.locator("#sum .dial", { hasNotText: `${scoreBefore}` }).waitFor();
  await picture(page, "status-page-after");
  expect(await score(page)).toBeGreaterThan(scoreBefore + 20);

  const service = "/services/ecsmon-123456789012-us-east-1/prod/checkout-api";
  await picture(await visit("/", { width: 390, height: 844 }), "status-page-phone");
  const dark = await visit(service, { width: 1280, height: 860, dark: true });
  await pauseWrites(scene.store, {
    reason: "the data centre is being moved",
    by: "ann",
    at: new Date().toISOString(),
  });
  await dark.getByRole("alert").waitFor();
  scene.sandbox.control.call("monitoring", "DeleteAlarms", {
    AlarmNames: ["ecsmon/prod/checkout-api/cpu-high"],
  });
  await dark.locator("#diff details").waitFor();
  await picture(dark, "status-page-service-dark");
});

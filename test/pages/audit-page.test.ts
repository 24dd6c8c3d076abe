// The page of an audit as a file in a browser: of the sandbox's demo estate, and of one in which every name is hostile.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runAudit } from "../../controller/cli/audit.ts";
import type { AuditReport } from "../../controller/model/audit.ts";
import { renderAuditPage } from "../../controller/page/audit-page.ts";
import { seedDemo } from "../../controller/sandbox/seed.ts";
import { capture, useWorld } from "../scenarios/harness.ts";
import { browserPath, type Look, launchBrowser, tellNoBrowser } from "../support/browser.ts";
import { useOpenedPages } from "./visits.ts";

tellNoBrowser();
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pager = "arn:aws:sns:us-east-1:123456789012:pager";
const hostile = `<img src=x onerror=alert(1)> </td></tr></table><script>alert(2)</script>"'&lt;`;

describe.skipIf(browserPath === undefined)("in Chromium", () => {
  const world = useWorld();
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-audit-page-"));
  const open = useOpenedPages();
  let browser: Browser;
  let report: AuditReport;

  beforeAll(async () => {
    browser = await launchBrowser();
    seedDemo((service, operation, input) => world.call(service, operation, input), {
      account: "123456789012",
      region: "us-east-1",
    });
    world.call("sns", "CreateTopic", { Name: "pager" });
    const flags = { format: "json", suggestPolicy: true, notify: pager };
    report = JSON.parse((await capture((io) => runAudit(flags, io))).stdout);
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(text: string): string {
    const file = join(folder, "audit.html");
    writeFileSync(file, text);
    return `file://${file}`;
  }

  async function visit(text: string, look: Look = {}): Promise<Page> {
    const page = await open(browser, look);
    await page.goto(write(text));
    return page;
  }

  const names = (page: Page) => page.locator("#services tbody tr:visible th button").allTextContents();

  test("the matrix is searched, filtered and sorted, and the count is told", async () => {
    const page = await visit(renderAuditPage([report], []));
    const scores = async () =>
      (await page.locator("#services tbody tr td:nth-child(2)").allTextContents()).map(Number);
    expect(await scores()).toEqual([...(await scores())].sort((a, b) => a - b));
    expect(await names(page)).toHaveLength(report.services.length);

    await page.getByLabel("Search").fill("STAGING api");
    expect(await names(page)).toEqual(["checkout-api"]);
    expect(await page.locator("output").textContent()).toBe(`1 of ${report.services.length} shown`);
    await page.getByLabel("Search").fill("nothing-is-called-so");
    expect(await page.locator("#none").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Clear" }).click();
    expect(await names(page)).toHaveLength(report.services.length);

    await page.locator("select[name=place]").selectOption("staging");
    expect((await names(page)).sort()).toEqual(["checkout-api", "orders-worker", "storefront"]);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.locator("select[name=code]").selectOption("GracePeriodShort");
    const lacking = report.services.filter(({ findings }) =>
      findings.some(({ code }) => code === "GracePeriodShort"),
    );
    expect(await names(page)).toHaveLength(lacking.length);
    await page.getByRole("button", { name: "Clear" }).click();

    await page.locator("select[name=sort]").selectOption("name");
    expect(await names(page)).toEqual(report.services.map(({ service }) => service));
    await page.locator("select[name=sort]").selectOption("lowest logs");
    const logs = await page.locator("#services tbody tr td:nth-last-child(2)").allTextContents();
    expect(logs.map(Number)).toEqual([...logs.map(Number)].sort((a, b) => a - b));
  });

  test("by keyboard, a service tells all its findings as the audit has them, and is closed again", async () => {
    const page = await visit(renderAuditPage([report], []));
    for (const { cluster, service, findings } of report.services) {
      const row = page.locator("#services tbody tr", { hasText: `${service}${cluster}` });
      const short = await row.locator("td").last().textContent();
      await row.getByRole("button", { name: service }).focus();
      await page.keyboard.press("Enter");
      expect(await row.getByRole("button", { name: service }).getAttribute("aria-expanded")).toBe("true");
      const items = row.locator("td").last().locator("li");
      const told = await items.allTextContents();
      expect(told).toHaveLength(findings.length);
      for (const [index, { code, message, why, policy, byHand = "" }] of findings.entries()) {
        const text = told[index] ?? "";
        for (const part of [code, message, why, byHand]) expect(text).toContain(part);
        const lines = await items.nth(index).locator("pre span").allTextContents();
        expect(lines.join("\n")).toBe(policy ?? "");
      }
      await page.keyboard.press("Space");
      expect(await row.locator("td").last().textContent()).toBe(short);
    }
  });

  test("from a finding to its services, and from the head of the page to a finding", async () => {
    const page = await visit(renderAuditPage([report], []));
    await page.locator(".most").getByRole("link", { name: "NoHealthCheck" }).click();
    const group = page.locator("#NoHealthCheck");
    expect(await group.getAttribute("open")).not.toBeNull();
    await group.getByRole("button", { name: "Show them above" }).click();
    const lacking = report.services.filter(({ findings }) =>
      findings.some(({ code }) => code === "NoHealthCheck"),
    );
    await page.waitForFunction(
      `document.querySelectorAll("#services tbody tr:not([hidden])").length === ${lacking.length}`,
    );
    expect(await page.evaluate("document.activeElement.name")).toBe("code");
    expect(await page.locator("#policy pre").textContent()).toContain("kind: MonitoringPolicy");
    expect(await page.locator(".lead").textContent()).toContain(
      `suggested policy: ${report.promised?.score}`,
    );
  });

  test("without a script all of it is there to be read, and nothing that does nothing", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(write(renderAuditPage([report], [])));
    expect(await page.locator("form").isVisible()).toBe(false);
    expect(await page.locator("button:visible").count()).toBe(0);
    const rows = await page.locator("#services tbody tr").allTextContents();
    for (const { cluster, service, findings } of report.services) {
      const row = rows.find((text) => text.startsWith(`${service}${cluster}`)) ?? "";
      for (const { code } of findings) expect(row).toContain(code);
    }
    for (const { code, why } of report.services.flatMap(({ findings }) => findings))
      expect(await page.locator(`#${code}`).textContent()).toContain(why);
    await context.close();
  });

  test("on paper everything that can be opened is open, and the form is not there", async () => {
    const page = await visit(renderAuditPage([report], []));
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    await page.emulateMedia({ media: "print" });
    expect(await page.locator("#findings > details:not([open])").count()).toBe(0);
    expect(await page.locator("form").isVisible()).toBe(false);
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await page.locator("#findings > details[open]").count()).toBe(0);
    expect((await page.pdf({ format: "A4" })).length).toBeGreaterThan(10_000);
  });

  test("hostile names and messages are text, wherever they stand", async () => {
    const page = await visit(renderAuditPage(estrange(report), [failedTarget]));
    for (const button of await page.locator("#services th button").all()) await button.click();
    const count = report.services.length * 2;
    expect(await page.locator("#services tbody tr").count()).toBe(count);
    expect(await page.locator("#services tbody tr li").count()).toBeGreaterThan(count * 5);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(1);
    const [first = ""] = await names(page);
    expect(first).toContain("<img src=x onerror=alert(1)>");
    await page.getByLabel("Search").fill("onerror=alert(1)>");
    expect(await page.locator("#services tbody tr:visible").count()).toBe(count);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1280);
  });

  const failedTarget = { region: hostile, error: { code: hostile, message: hostile } };

  /** Twice, in another place, with hostile names everywhere, unknowns and a baseline. */
  function estrange(one: AuditReport): AuditReport[] {
    const place = { cluster: hostile, service: hostile };
    const services = one.services.map(({ service, findings, ...rest }, index) => ({
      ...rest,
      partial: true,
      cluster: `${hostile} ${index % 2}`,
      service: `${service} ${hostile}`,
      findings: findings.map((finding) => ({
        ...finding,
        message: `${finding.message} ${hostile}`,
        subjects: [hostile],
        ...(finding.policy === undefined ? {} : { policy: `${finding.policy}\n# ${hostile}` }),
      })),
      unknown: [{ check: hostile, pillar: "logs" as const, code: hostile, message: hostile }],
    }));
    const baseline = {
      asOf: "2026-11-20T00:00:00.000Z",
      score: 50,
      better: [{ ...place, before: 1, after: 5 }],
      worse: [{ ...place, before: 5, after: 1 }],
      new: [{ ...place, code: hostile }],
      fixed: [{ ...place, code: hostile }],
      notApplicable: [{ ...place, code: hostile }],
      untold: [{ ...place, code: hostile }],
      servicesAdded: [place],
      servicesGone: [place],
    };
    const clusters = [0, 1].map((index) => ({ ...one, name: `${hostile} ${index}`, services: 6 }));
    const unread = [{ ...place, code: hostile, message: hostile }];
    const strange: AuditReport = { ...one, services, clusters, unread, baseline, suggestedPolicy: hostile };
    return [strange, { ...strange, metadata: { ...one.metadata, account: hostile, region: "eu-west-1" } }];
  }

  test.each(["its own", "strange", "empty"])(
    "axe finds nothing in the page with %s names, in light, dark and on a phone, and nothing is cut off",
    async (which) => {
      const reports = {
        "its own": [report],
        strange: estrange(report),
        empty: [{ ...report, services: [], clusters: [], score: null }],
      }[which];
      const failed = which === "strange" ? [failedTarget] : [];
      const text = renderAuditPage(reports ?? [], failed);
      for (const look of [
        {},
        { dark: true },
        { width: 390, height: 844 },
        { width: 390, height: 844, dark: true },
      ]) {
        const page = await visit(text, look);
        const [button] = await page.locator("#services th button").all();
        await button?.click();
        const [group] = await page.locator("#findings summary").all();
        await group?.click();
        await page.evaluate(axe);
        const found = await page.evaluate(
          `axe.run(document).then(({ violations }) => violations.map(({ id, impact, nodes }) =>
            [id, impact, ...nodes.slice(0, 3).map(({ html }) => html.slice(0, 200))].join(" ")))`,
        );
        expect(found).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(
          look.width ?? 1280,
        );
      }
    },
  );
});

// Pages in a browser say what is so just now: drift before it is put right, what rolls and what waits for its turn, and
// an account that the controller cannot get into.
import type { DescribeServicesResponse, ListServicesResponse } from "@aws-sdk/client-ecs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { browserPath, launchBrowser, openPage, tellNoBrowser } from "../support/browser.ts";
import {
  describeTarget,
  emptyPage,
  noStatus,
  readAll,
  startScene,
} from "../unit/runtime/controller/http-scene.ts";
import { type PageScene, type PageSceneOptions, startPageScene } from "./scene.ts";

tellNoBrowser();
const storefront = "/services/ecsmon-123456789012-us-east-1/prod/storefront";
const alarm = "ecsmon/prod/storefront/cpu-high";

describe.skipIf(browserPath === undefined)("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  async function start(options: PageSceneOptions): Promise<PageScene> {
    const scene = await startPageScene(options);
    onTestFinished(() => scene.close());
    return scene;
  }

  /** It is left to show what comes, and never loaded again. */
  async function visit(scene: PageScene, path: string): Promise<Page> {
    const { page, complaints } = await openPage(browser);
    await page.goto(`${scene.origin}${path}`);
    await page.locator(".live.on").waitFor();
    await page.evaluate("globalThis.isTheSame = true");
    onTestFinished(async () => {
      expect(await page.evaluate("globalThis.isTheSame")).toBe(true);
      await page.context().close();
      expect(complaints).toEqual([]);
    });
    return page;
  }

  test("an alarm that is deleted by hand is drift until it is put right, and after that it is told", async () => {
    const scene = await start({});
    await scene.said("pass", 2);
    const [page, own] = [await visit(scene, "/"), await visit(scene, storefront)];
    const row = page.locator("#matrix tr", { hasText: "storefrontprod" });
    await row.locator(".badge", { hasText: "Ready" }).waitFor();
    expect(await row.locator("[data-of=Drift]").textContent()).toBe("–");

    // The write that puts it right is not answered for a while.
    const { control } = scene.sandbox;
    control.addFault({ operation: "PutMetricAlarm", action: "timeout", holdMs: 5_000, times: 1 });
    control.call("monitoring", "DeleteAlarms", { AlarmNames: [alarm] });
    await row.locator(".badge", { hasText: "Drifted" }).waitFor();
    expect(await row.locator("[data-of=Drift]").textContent()).toContain("1 found0 put right");
    await own.locator("#diff .change", { hasText: "cpu-high" }).waitFor();
    await own
      .locator("#alarms tr", { hasText: "cpu-high" })
      .locator(".badge", { hasText: "Missing" })
      .waitFor();

    await row.locator(".badge", { hasText: "Ready" }).waitFor();
    await row.locator("[data-of=Drift]", { hasText: "1 found1 put right" }).waitFor();
    await own.locator("#diff", { hasText: "Nothing: what stands is what the policies say" }).waitFor();
    await own
      .locator("#alarms tr", { hasText: "cpu-high" })
      .locator(".badge", { hasText: "No data" })
      .waitFor();

    // One that is put right at once has been seen all the same.
    control.call("monitoring", "DeleteAlarms", { AlarmNames: [alarm] });
    await row.locator("[data-of=Drift]", { hasText: "2 found2 put right" }).waitFor();
  });

  test("of many services to roll out, the one rolls that ECS rolls; the others wait for their turn", async () => {
    const hour = 3_600_000;
    // Those of the estate itself have ended by then.
    const prepare = ({ control }: PageScene["sandbox"]) => control.advance(2 * hour);
    const scene = await start({ deploymentSeconds: 3_600, prepare });
    const [page, own] = [await visit(scene, "/"), await visit(scene, "/controller")];
    const rolling = own.locator("#rolling h2 + ul a");
    const badges = (text: string) => page.locator("#matrix .badge", { hasText: text }).count();
    const inEcs = () =>
      ["prod", "staging"].flatMap((cluster) => {
        const call = (operation: string, input: object) =>
          scene.sandbox.control.call("ecs", operation, { cluster, ...input }) as Pick<
            ListServicesResponse & DescribeServicesResponse,
            "serviceArns" | "services"
          >;
        const { serviceArns } = call("ListServices", {});
        const { services = [] } = call("DescribeServices", { services: serviceArns });
        return services
          .filter(({ deployments }) =>
            deployments?.some(({ rolloutState }) => rolloutState === "IN_PROGRESS"),
          )
          .map(({ serviceName }) => `${cluster}/${serviceName}`);
      });

    await rolling.first().waitFor();
    await page.locator("#matrix .badge", { hasText: "Rolling out" }).waitFor();
    const [first] = inEcs();
    expect(await rolling.allTextContents()).toEqual([first]);
    const states = async () => [await badges("Rolling out"), await badges("Waiting")];
    await expect.poll(states).toEqual([1, 9]);
    await page.locator("#matrix", { hasText: "RolloutQueued" }).waitFor();

    scene.sandbox.control.advance(2 * hour);
    // The first one is looked at as soon as it has ended, and the next one begins.
    await page
      .locator(`#matrix tr:has(a[href$="/${first}"])`)
      .locator(".badge", { hasText: "Ready" })
      .waitFor();
    await rolling.filter({ hasNotText: `${first}` }).waitFor();
    expect(await rolling.allTextContents()).toEqual(inEcs());
    await expect.poll(states).toEqual([1, 8]);
  });

  test("how alarms stand is asked again while the page of their service is open", async () => {
    const tokyo = describeTarget("ap-northeast-1", ["web"]);
    let state = "OK";
    const alarms = async () => ({
      at: "2026-11-22T10:00:00Z",
      states: [{ name: "a/b/c/cpu-high", state }],
      left: 0,
    });
    const { origin } = await startScene({
      status: { ...noStatus, targets: async () => readAll([tokyo]) },
      page: { ...emptyPage, details: async () => ({ alarms: await alarms(), history: undefined }) },
    });
    const { page } = await openPage(browser);
    await page.clock.install();
    await page.goto(`${origin}/services/${tokyo.target}/prod/web`);
    await page.locator(".live.on").waitFor();
    const badge = page.locator("#alarms .badge");
    expect(await badge.textContent()).toContain("OK");
    state = "ALARM";
    await page.clock.runFor(30_000);
    await page.locator("#alarms .badge", { hasText: "In alarm" }).waitFor();
    await page.context().close();
  });

  test("an account that cannot be entered from the start is named on every page, and so is that nothing is known", async () => {
    const role = "arn:aws:iam::222222222222:role/ecsmon";
    const scene = await start({
      spec: `  resync: 2s\n  targets: [ { region: us-east-1 }, { region: us-east-1, roleArn: "${role}" } ]\n`,
      prepare: ({ control }) =>
        control.addFault({ service: "sts", operation: "AssumeRole", action: "denied" }),
    });
    await scene.said("target-unreachable");
    for (const path of ["/", "/policies", "/controller", "/journal"]) {
      const page = await visit(scene, path);
      const notice = page.getByRole("alert").filter({ hasText: role });
      expect(await notice.textContent()).toMatch(/Not looked after .*us-east-1 as .*: AccessDenied/);
    }
    const page = await visit(scene, "/");
    expect(await page.locator("#sum").textContent()).toContain("Target not looked after");
    const { unread } = (await (await fetch(`${scene.origin}/api/v1/targets`)).json()) as { unread: unknown };
    expect(unread).toMatchObject([{ target: `us-east-1 as ${role}`, code: "AccessDenied", unreached: true }]);

    scene.sandbox.control.clearFaults();
    await page.getByRole("alert").waitFor({ state: "detached" });
    const own = await visit(scene, "/controller");
    await own.locator("#targets h3", { hasText: "222222222222 · us-east-1" }).waitFor();
  });
});

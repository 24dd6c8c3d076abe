// A browser for pages: Debian's Chromium where a machine has it. What a page complains of is kept.
import { type Browser, chromium, type Page } from "playwright-core";
import { findOnPath } from "./find-on-path.ts";

export const browserPath = ["chromium", "chromium-browser", "google-chrome"]
  .map(findOnPath)
  .find((path) => path !== undefined);

/** Called by files of tests that need one: a machine without it is told, and not failed. */
export function tellNoBrowser(): void {
  if (browserPath === undefined)
    process.stderr.write(
      "no Chromium on PATH: pages are not opened in a browser (apt-get install chromium)\n",
    );
}

/** Milliseconds: a machine that is very busy is no failure. */
const patience = 120_000;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath ?? "",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

export interface Opened {
  readonly page: Page;
  /** Lines of the console, errors of scripts, requests that failed, and what the policy of the page reported. */
  readonly complaints: readonly string[];
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly dark?: boolean;
}

export async function openPage(
  browser: Browser,
  { width = 1280, height = 900, dark = false }: Look = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    timezoneId: "UTC",
    locale: "en",
  });
  context.setDefaultTimeout(patience);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction("tellViolation", (text: string) => complaints.push(`policy: ${text}`));
  await page.addInitScript(`document.addEventListener("securitypolicyviolation", (event) =>
    tellViolation(event.violatedDirective + " " + event.blockedURI));`);
  return { page, complaints };
}

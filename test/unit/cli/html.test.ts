// A plan as a page: one file that needs nothing else, works without script, and opens in a browser without a complaint.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { renderHtml } from "../../../controller/cli/render/html.ts";
import type { Plan } from "../../../controller/model/plan.ts";
import { hostileBase, hostileComparison, hostilePlan } from "../../property/page-arbitraries.ts";
import { besideBase } from "./compared-plan.ts";
import { emptyPlan, samplePlan } from "./sample-plan.ts";

const one = (plan: Plan) => renderHtml({ plans: [plan], failed: [] });

test("a plan as a page", async () => {
  await expect(one(samplePlan)).toMatchFileSnapshot("../../golden/plan.html");
});

test("when it was made does not change it", () => {
  const metadata = { ...samplePlan.metadata, createdAt: "2027-01-01T00:00:00.000Z" };
  expect(one({ ...samplePlan, metadata })).toBe(one(samplePlan));
});

test("nothing to do: no form, no table", () => {
  const page = one(emptyPlan);
  expect(page).toContain("<h1>ecsmon plan: nothing to do</h1>");
  expect(page).not.toMatch(/<form|<table/);
});

test("targets without a plan are no quiet success", () => {
  const error = { code: "AccessDenied", message: "AssumeRole was denied" };
  expect(renderHtml({ plans: [], failed: [{ error }] })).toContain("no target could be planned");
  expect(renderHtml({ plans: [emptyPlan], failed: [{ error }] })).toContain(
    "nothing to do in what could be read",
  );
});

test("it loads nothing, and its policy lets only its own style and script run", () => {
  const page = one(samplePlan);
  expect(page).not.toMatch(/\s(src|href|action|on[a-z]+|style)=/);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? "";
  expect(policy).toContain("default-src 'none'");
  for (const element of ["style", "script"]) {
    const text = new RegExp(`<${element}>(.*?)</${element}>`, "s").exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(text).digest("base64");
    expect(policy).toContain(`${element}-src 'sha256-${hash}'`);
  }
});

test("no secret", () => {
  expect(one(samplePlan)).not.toMatch(/hunter|secret-group|&quot;original&quot;/);
});

const attribute = `(?: [a-z-]+(?:="[^"<>]*")?)*`;
const elements =
  "html|head|meta|title|style|body|header|main|section|h1|h2|h3|h4|ul|li|p|form|label|input|select|option|button|output|table|caption|thead|tbody|tr|th|td|details|summary|b|code|span|pre|ins|del|script";
const ourTag = new RegExp(`^(<!DOCTYPE html>|</?(${elements})${attribute}>)$`);

test("whatever stands in names and messages, it has only tags of ours, each closed", () => {
  fc.assert(
    fc.property(fc.oneof(hostilePlan, hostileComparison, hostileBase), (plan) => {
      const page = one(plan).replace(/<(style|script)>.*?<\/\1>/gs, "<$1></$1>");
      const tags = page.match(/<[^>]*>?/g) ?? [];
      expect(tags.filter((tag) => !ourTag.test(tag))).toEqual([]);
      expect(page).not.toMatch(/(?!\n)[\p{C}\p{Zl}\p{Zp}]/u);
      const open: string[] = [];
      for (const tag of tags) {
        const name = /^<\/?([a-z0-9]+)/.exec(tag)?.[1] ?? "";
        if (tag.startsWith("</")) expect(open.pop()).toBe(name);
        else if (!["", "meta", "input"].includes(name)) open.push(name);
      }
      expect(open).toEqual([]);
    }),
    { numRuns: 200 },
  );
});

const browser = findBrowser();
if (browser === undefined)
  process.stderr.write("no Chromium on PATH: pages are not opened in a browser (apt-get install chromium)\n");

test.skipIf(browser === undefined).each([
  ["no filter", samplePlan, "", 11],
  ["a filter", samplePlan, `document.querySelector("[name=action]").value = "delete";`, 1],
  ["no filter, beside a base", besideBase(samplePlan, emptyPlan), "", 11],
  [
    "what drifts anyway",
    besideBase(samplePlan, emptyPlan),
    `document.querySelector("[name=origin]").value = "drift";`,
    3,
  ],
])("Chromium opens it without an error, and its script shows what is asked for: %s", async (...row) => {
  const [, plan, setUp, shown] = row;
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-page-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "plan.html");
  writeFileSync(file, asked(one(plan), setUp));
  const { stdout, stderr } = await promisify(execFile)(
    browser ?? "",
    [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
      ...[
        "--disable-background-networking",
        "--disable-component-update",
        "--enable-logging=stderr",
        "--v=0",
      ],
      ...[`--user-data-dir=${join(folder, "profile")}`, "--dump-dom", `file://${file}`],
    ],
    { maxBuffer: 64 * 1024 * 1024, timeout: 50_000 },
  );
  expect(stderr.split("\n").filter((line) => line.includes("CONSOLE"))).toEqual([]);
  expect(stdout).toContain(`>${shown} of 11 changes shown<`);
  expect(stdout.match(/<details [^>]*hidden=""/g) ?? []).toHaveLength(11 - shown);
});

/** The page as if somebody had chosen a filter before its script ran; its policy allows that script too. */
function asked(page: string, setUp: string): string {
  const [, script = ""] = /<script>(.*?)<\/script>/s.exec(page) ?? [];
  const hash = (text: string) => createHash("sha256").update(text).digest("base64");
  return page.replaceAll(script, () => setUp + script).replace(hash(script), hash(setUp + script));
}

function findBrowser(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const places = ["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

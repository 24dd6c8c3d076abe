import { describe, expect, it } from "vitest";
import { renderReference } from "../../../controller/api/explain.ts";
import { runExplain } from "../../../controller/cli/explain.ts";

async function run(
  fields: readonly string[],
  flags: { recursive?: boolean; format?: string } = {},
): Promise<string> {
  let out = "";
  const stdout = (text: string): void => {
    out += text;
  };
  expect(await runExplain(fields, { recursive: false, format: "text", ...flags }, { stdout })).toBe(0);
  return out;
}

describe("runExplain", () => {
  it("shows the whole policy when no field is named", async () => {
    expect(await run([])).toContain("FIELDS:\n  apiVersion <string> -required-");
  });

  it("shows several fields", async () => {
    const out = await run(["alarms.threshold", "MonitoringException.spec.reason"]);
    expect(out.match(/^FIELD: .*$/gm)).toEqual([
      "FIELD:    spec.alarms.threshold <number>",
      "FIELD:    spec.reason <string> -required-",
    ]);
  });

  it("shows a tree, and the page of the docs", async () => {
    expect(await run(["spec.rollout"], { recursive: true })).toContain(
      "\nwindows <list of object>\n  cron <string>\n",
    );
    expect(await run([], { format: "markdown" })).toBe(renderReference());
  });

  it("refuses a field that is not there, and shows none", async () => {
    await expect(run(["alarms.threshold", "alarms.thresold"])).rejects.toMatchObject({
      code: "UnknownField",
      message: 'spec.alarms has no field "thresold"; did you mean "threshold"?',
    });
  });
});

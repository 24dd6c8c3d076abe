// The table of prices in docs/costs.md says what core/prices.ts has, and its files of prices are valid.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parsePrices } from "../../../controller/api/price-file.ts";
import { prices, priceTable } from "../../../controller/core/prices.ts";
import { priceNames } from "../../../controller/model/cost.ts";
import { readBlocks } from "../doc-pages.ts";

const page = readFileSync("docs/costs.md", "utf8");

test("the table names every price, with its source and whether it is confirmed", () => {
  const rows = page.split("\n").filter((line) => /^\| `\w+` \|.*\| (yes|no) \|$/.test(line));
  expect(rows).toEqual(
    priceNames.map((name) => {
      const { usd, unit, usageType, isConfirmed } = prices[name];
      const type = usageType === undefined ? "| |" : `| \`${usageType}\` |`;
      return `| \`${name}\` | ${usd ?? "not known"} | ${unit} ${type} ${isConfirmed ? "yes" : "no"} |`;
    }),
  );
  expect(page).toContain(`as of ${priceTable.date}`);
  for (const name of priceNames) expect(page).toContain(prices[name].source);
});

test("the file of prices that it shows is one", () => {
  const [block] = readBlocks("docs/costs.md").filter(({ language }) => language === "yaml");
  expect(parsePrices({ file: "prices.yaml", text: block?.text ?? "" })).toMatchObject({
    diagnostics: [],
    given: { prices: { logAlarm: 0.2 }, regions: { "eu-central-1": { fargateGbHour: 0.005 } } },
  });
});

// Files of prices: what they may say, and where each mistake stands.
import { expect, test } from "vitest";
import { parsePrices } from "../../../controller/api/price-file.ts";

const parse = (text: string) => parsePrices({ file: "prices.yaml", text });
const faults = (text: string) =>
  parse(text).diagnostics.map(({ line, column, code, message }) => `${line}:${column} ${code}: ${message}`);

test("prices for all Regions and for single ones, in YAML and in JSON", () => {
  const given = { prices: { alarmMetric: 0.12, dashboard: 0 }, regions: { "eu-west-1": { logAlarm: 1 } } };
  expect(parse(JSON.stringify(given))).toEqual({ given, diagnostics: [], documents: 1 });
  expect(
    parse("prices: { alarmMetric: 0.12, dashboard: 0 }\nregions:\n  eu-west-1: { logAlarm: 1 }\n").given,
  ).toEqual(given);
  expect(parse("regions: { eu-west-1: { logAlarm: 1 } }").given).toEqual({ ...given, prices: {} });
});

test.each([
  [
    "a wrong name",
    "prices:\n  fargateVcpuHours: 0.05\n",
    ['2:3 UnknownField: unknown field "fargateVcpuHours"; did you mean "fargateVcpuHour"?'],
  ],
  [
    "a wrong name in a Region",
    "regions:\n  eu-west-1:\n    alarm: 1\n",
    [expect.stringMatching(/^3:5 UnknownField: unknown field "alarm"; use one of alarmMetric, /)],
  ],
  [
    "names without prices: above them",
    "alarmMetric: 1\n",
    ['1:1 UnknownField: unknown field "alarmMetric"; use one of prices, regions'],
  ],
  [
    "a text",
    "prices: { dashboard: 3 USD }\n",
    ['1:22 InvalidValue: expected a number such as 80, got "3 USD"'],
  ],
  [
    "less than nothing",
    "prices:\n  dashboard: -3\n",
    ["2:14 InvalidValue: dashboard must be at least 0, got -3"],
  ],
  [
    "what is no Region",
    "regions: { Frankfurt: { dashboard: 3 } }\n",
    [expect.stringContaining("name an AWS Region, such as eu-central-1")],
  ],
  [
    "what is almost a Region",
    "regions: { us-east-11: { dashboard: 3 }, us-east-9x: { dashboard: 3 } }\n",
    [
      expect.stringMatching(/^1:12 .*"us-east-11".*name an AWS Region, such as eu-central-1/),
      expect.stringMatching(/^1:42 .*"us-east-9x".*name an AWS Region, such as eu-central-1/),
    ],
  ],
  ["nothing", "", ["1:1 MissingField: the file is empty; write prices: with names and USD below it"]],
  [
    "two documents",
    "prices: {}\n---\nprices: {}\n",
    [expect.stringContaining("a second document; --prices takes one")],
  ],
  ["what is no YAML", "prices: [\n", [expect.stringContaining("InvalidYaml")]],
  ["a list", "- 1\n", [expect.stringContaining("InvalidValue")]],
])("%s", (_, text, expected) => {
  expect(faults(text)).toEqual(expected);
  expect(parse(text).given).toBeUndefined();
});

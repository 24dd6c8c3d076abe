// The JSON Schema in crds/, under a validator that knows nothing of ours.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { policyJsonSchema } from "../../../controller/api/json-schema.ts";
import { brokenPolicies } from "./broken-policies.ts";
import { breakPolicy, parseText, referencePolicy, soundPolicy } from "./policies.ts";

const schema = policyJsonSchema();
// Formats say no more than the patterns beside them.
const ajv = new Ajv2020({
  validateFormats: false,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
});
const isValid = ajv.compile(schema);

/** What each document of a text is as plain data; undefined where the text is no YAML for everybody. */
function readAll(text: string): unknown[] | undefined {
  const documents = parseAllDocuments(text, { logLevel: "silent" });
  if (
    !Array.isArray(documents) ||
    documents.some(({ errors, warnings }) => errors.length + warnings.length > 0)
  )
    return undefined;
  return documents.map((document) => document.toJS() as unknown);
}

const accepts = (text: string): boolean => readAll(text)?.every((document) => isValid(document)) ?? false;

/** Broken as YAML: no data comes out of them that a schema could judge. */
const isYamlCase = ([, { finds }]: (typeof cases)[number]): boolean =>
  finds.some((find) => /^(InvalidYaml|DuplicateKey) /.test(find));
const cases = Object.entries(brokenPolicies);
const judged = cases.filter((one) => !isYamlCase(one));

describe("policyJsonSchema", () => {
  it("names itself, and takes both kinds", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: expect.stringMatching(/^https:/),
      title: "MonitoringPolicy",
      required: ["apiVersion", "kind", "metadata", "spec"],
      additionalProperties: false,
    });
    expect(JSON.stringify(schema["properties"])).toContain('"MonitoringException"');
  });

  it("is the same every time", () => {
    expect(JSON.stringify(policyJsonSchema())).toBe(JSON.stringify(schema));
  });

  it("accepts the reference policy and the examples", () => {
    expect(accepts(referencePolicy)).toBe(true);
    const folder = new URL("../../../crds/examples/", import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".yaml"),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(accepts(readFileSync(new URL(file, folder), "utf8")), file).toBe(true);
  });

  it("takes a duration as text and as seconds", () => {
    for (const period of ["60", "1m"])
      expect(accepts(soundPolicy.replace("startPeriod: 60s", `startPeriod: ${period}`)), period).toBe(true);
    expect(accepts(soundPolicy.replace("startPeriod: 60s", "startPeriod: 1.5"))).toBe(false);
  });

  it("rejects at least 30 of the broken policies", () => {
    expect(judged.filter(([, { beyondSchema }]) => beyondSchema !== true).length).toBeGreaterThanOrEqual(30);
  });

  it.each(judged)(
    "judges as validate does, where a schema can: %s",
    (_, { from, to, base, finds, beyondSchema }) => {
      const text = breakPolicy(from, to, base === undefined ? soundPolicy : referencePolicy);
      expect(accepts(text)).toBe(beyondSchema === true);
      const found = parseText(text).diagnostics;
      expect(found.length).toBe(finds.length);
      expect(found.length).toBeLessThanOrEqual(3);
      if (beyondSchema !== true) expect(found.map(({ severity }) => severity)).toContain("error");
    },
  );
});

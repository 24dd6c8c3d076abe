// Generated files are checked in and up to date: `npm run generate` writes them.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { policyJsonSchema } from "../controller/api/json-schema.ts";

test("crds/monitoringpolicy.schema.json is what the schema gives", () => {
  expect(JSON.parse(readFileSync("crds/monitoringpolicy.schema.json", "utf8"))).toEqual(
    JSON.parse(JSON.stringify(policyJsonSchema())),
  );
});

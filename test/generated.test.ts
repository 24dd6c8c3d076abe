// Generated files are checked in and up to date: `npm run generate` writes them.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { renderReference } from "../controller/api/explain.ts";
import { schemaFiles } from "../controller/cli/schema.ts";

test.each([...schemaFiles()])("crds/%s is what the schema gives", (name, text) => {
  expect(readFileSync(`crds/${name}`, "utf8")).toBe(text);
});

test("crds/ holds no generated file that is generated no more", () => {
  const files = readdirSync("crds").filter((name) => name !== "examples");
  expect(files.sort()).toEqual([...schemaFiles().keys()].sort());
});

test("docs/reference.md is what the schema gives", () => {
  expect(readFileSync("docs/reference.md", "utf8")).toBe(renderReference());
});

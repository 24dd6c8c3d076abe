// What the front files promise must hold.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parsePolicies } from "../../../controller/api/parse.ts";

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");

test("the first policy of the README is valid, without a warning", () => {
  const [, text] = /```yaml\n([\s\S]*?)```/.exec(read("README.md")) ?? [];
  const { policies, diagnostics } = parsePolicies([{ file: "web.yaml", text: text ?? "" }]);
  expect(diagnostics).toEqual([]);
  expect(policies.map(({ name }) => name)).toEqual(["web-baseline"]);
});

test.each(["README.md", "CONTRIBUTING.md", ".github/workflows/ci.yml", ".ci/run"])(
  "%s names only scripts that there are",
  (file) => {
    const { scripts } = JSON.parse(read("package.json"));
    for (const [, script] of read(file).matchAll(/npm run ([a-z:]+)/g))
      expect(scripts).toHaveProperty([script ?? ""]);
  },
);

// The tests of a folder: every document of kind PolicyTest, with the places of its words.
import { dirname, resolve } from "node:path";
import { explainIssues, pathText } from "../../api/issues.ts";
import type { SourceFile } from "../../api/policy.ts";
import { type PolicyTestSpec, policyTestDocument } from "../../api/schema/policy-test.ts";
import { readYaml, type YamlDocument } from "../../api/yaml-source.ts";
import type { Diagnostic, Position } from "../../model/diagnostic.ts";
import { isObject } from "../../model/json.ts";

export interface PolicyTest {
  readonly name: string;
  readonly spec: PolicyTestSpec;
  readonly file: string;
  readonly at: (path: readonly (string | number)[]) => Position;
  /** A path of the test, from where its file is. */
  readonly resolve: (path: string) => string;
}

export interface PolicyTests {
  readonly tests: readonly PolicyTest[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Documents of other kinds are left to `validate`. */
export function parsePolicyTests(files: readonly SourceFile[]): PolicyTests {
  const tests: PolicyTest[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const source of files) {
    const yaml = readYaml(source);
    diagnostics.push(...yaml.diagnostics);
    for (const document of yaml.documents) {
      if (!isObject(document.data) || document.data["kind"] !== "PolicyTest") continue;
      const parsed = policyTestDocument.safeParse(document.data);
      if (!parsed.success) diagnostics.push(...explain(parsed.error.issues, document));
      else {
        const { metadata, spec } = parsed.data;
        const folder = dirname(resolve(source.file));
        tests.push({
          name: metadata.name,
          spec,
          file: source.file,
          at: document.at,
          resolve: (path) => resolve(folder, path),
        });
      }
    }
  }
  return { tests, diagnostics };
}

function explain(issues: Parameters<typeof explainIssues>[0], document: YamlDocument): Diagnostic[] {
  return explainIssues(issues, policyTestDocument, document).map(({ code, message, path, key }) => ({
    severity: "error",
    code,
    message,
    ...(key === true ? document.keyAt(path) : document.at(path)),
    path: pathText(path),
  }));
}

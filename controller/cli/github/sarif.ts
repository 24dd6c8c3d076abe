// The findings as code scanning takes them. It refuses a file as a whole for one result without a place in the
// repository, and shows no more than 5,000. Pure.
// Source: https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
import { isAbsolute } from "node:path";
import { gzipSync } from "node:zlib";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { isObject } from "../../model/json.ts";
import { renderValidation } from "../render/validation.ts";

const maxResults = 5_000;

/** `name` tells this analysis from others of the same commit. */
export function findingsToSarif(findings: readonly Diagnostic[], name: string): string {
  const placed = findings
    .filter(({ file }) => file !== undefined && isInRepository(file))
    .slice(0, maxResults);
  const document: unknown = JSON.parse(renderValidation(placed, "sarif", { documents: 0, colour: false }));
  if (!isObject(document) || !Array.isArray(document["runs"])) throw new Error("SARIF has runs");
  const runs = document["runs"].map((run) => ({ ...run, automationDetails: { id: `ecsmon/${name}/` } }));
  return `${JSON.stringify({ ...document, runs }, null, 2)}\n`;
}

/** As the upload takes it: gzip, then Base64. The same text gives the same bytes. */
export function packSarif(text: string): string {
  return gzipSync(text, { level: 9 }).toString("base64");
}

/** Not `s3://…` or `git+https://…`, and not out of the working tree. */
function isInRepository(file: string): boolean {
  return !isAbsolute(file) && !/^[a-z][a-z0-9+.-]*:/i.test(file) && !file.split(/[\\/]/).includes("..");
}

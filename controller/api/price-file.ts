// A file of prices, as `plan --prices` takes it, parsed as policies are: every mistake has its place, and nothing throws.
import * as z from "zod";
import { type GivenPrices, priceNames } from "../model/cost.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { explainIssues, maxFindings, toDiagnostic } from "./issues.ts";
import { comparePlaces } from "./parse.ts";
import type { SourceFile } from "./policy.ts";
import { nameRegion, regionPattern } from "./region.ts";
import { readYaml } from "./yaml-source.ts";

const price = z
  .number()
  .min(0)
  .max(1_000_000)
  .optional()
  .describe("USD for one unit: a month of a metric, an alarm or a dashboard, an hour of a vCPU or of a GB.");

const list = z.strictObject(Object.fromEntries(priceNames.map((name) => [name, price])));

const priceDocument = z.strictObject({
  prices: list.optional().describe("In every Region."),
  regions: z
    .record(z.string().regex(regionPattern, nameRegion), list)
    .optional()
    .describe("By Region: stronger there than `prices`."),
});

export interface ParsedPrices {
  /** Left out: there is an error. */
  readonly given?: GivenPrices;
  readonly diagnostics: readonly Diagnostic[];
  /** YAML documents seen, the broken ones too. */
  readonly documents: number;
}

export function parsePrices(source: SourceFile): ParsedPrices {
  const { documents, diagnostics, seen } = readYaml(source);
  if (diagnostics.length > 0) return { diagnostics, documents: seen };
  const [document, second] = documents;
  if (document === undefined) {
    const message = "the file is empty; write prices: with names and USD below it";
    const place = { file: source.file, line: 1, column: 1 };
    return { diagnostics: [{ severity: "error", code: "MissingField", message, ...place }], documents: 0 };
  }
  const result = priceDocument.safeParse(document.data);
  const findings = result.success ? [] : explainIssues(result.error.issues, priceDocument, document);
  const all = findings.slice(0, maxFindings).map((finding) => toDiagnostic(finding, document));
  if (second !== undefined) {
    const message = "a second document; --prices takes one";
    all.push(toDiagnostic({ code: "InvalidValue", message, path: [] }, second));
  }
  if (!result.success || all.length > 0) return { diagnostics: all.sort(comparePlaces), documents: seen };
  const { prices = {}, regions = {} } = result.data;
  return { given: { prices, regions } as GivenPrices, diagnostics: [], documents: seen };
}

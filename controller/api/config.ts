// The controller's configuration, parsed as policies are: every mistake has its place, and nothing throws.
import type { Diagnostic } from "../model/diagnostic.ts";
import { isObject } from "../model/json.ts";
import { explainIssues, type Finding, maxFindings, toDiagnostic } from "./issues.ts";
import { checkConfig } from "./lint/operator-config.ts";
import { suggest } from "./nearest.ts";
import type { SourceFile } from "./policy.ts";
import { type ConfigSpec, configDocument } from "./schema/operator-config.ts";
import { policyKinds } from "./schema.ts";
import { readYaml, type YamlDocument } from "./yaml-source.ts";

export interface OperatorConfig {
  readonly name: string;
  /** What the document gives, without defaults; durations are whole seconds. */
  readonly spec: ConfigSpec;
  /** Paths in it begin at the folder of this file. */
  readonly file: string;
}

export interface ParsedConfig {
  /** Left out: there is an error. */
  readonly config?: OperatorConfig;
  readonly diagnostics: readonly Diagnostic[];
  /** YAML documents seen, the broken ones too. */
  readonly documents: number;
}

/** The one OperatorConfig of a file. */
export function parseConfig(source: SourceFile): ParsedConfig {
  const { documents, diagnostics, seen } = readYaml(source);
  if (diagnostics.length > 0) return { diagnostics, documents: seen };
  const [document, second] = documents;
  if (document === undefined) {
    const message = "the file is empty; --config takes an OperatorConfig";
    const place = { file: source.file, line: 1, column: 1 };
    return { diagnostics: [{ severity: "error", code: "MissingField", message, ...place }], documents: 0 };
  }
  const { config, findings } = judgeConfig(document, source.file);
  const all = findings.slice(0, maxFindings).map((finding) => toDiagnostic(finding, document));
  if (second !== undefined) {
    const message = "a second document; --config takes one OperatorConfig, in a file of its own";
    all.push(toDiagnostic({ code: "InvalidValue", message, path: [] }, second));
  }
  const isSound = config !== undefined && all.length === 0;
  return { ...(isSound ? { config } : {}), diagnostics: all, documents: seen };
}

/** One document that should be an OperatorConfig. */
export function judgeConfig(
  document: YamlDocument,
  file: string,
): { readonly config?: OperatorConfig; readonly findings: readonly Finding[] } {
  const header = checkKind(document.data);
  if (header !== undefined) return { findings: [header] };
  const result = configDocument.safeParse(document.data);
  if (!result.success) return { findings: explainIssues(result.error.issues, configDocument, document) };
  const { metadata, spec } = result.data;
  return { config: { name: metadata.name, spec, file }, findings: checkConfig(spec) };
}

/** A document of another kind is told of once, and not by all that it lacks. */
function checkKind(data: unknown): Finding | undefined {
  if (!isObject(data)) {
    const message = "a configuration is a mapping with apiVersion, kind, metadata and spec";
    return { code: "InvalidValue", message, path: [] };
  }
  const { kind } = data;
  if (typeof kind !== "string" || kind === "OperatorConfig") return undefined;
  const isPolicy = (policyKinds as readonly string[]).includes(kind);
  const fix = isPolicy
    ? "it goes into one of the sources that an OperatorConfig names, or to --policies"
    : suggest(kind, ["OperatorConfig"]);
  const message = `kind ${JSON.stringify(kind)} is no OperatorConfig; ${fix}`;
  return { code: "UnknownKind", message, path: ["kind"] };
}

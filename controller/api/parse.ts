// Source files → checked policies and everything that is wrong with the others.
// Nothing here throws on bad input: a broken policy is a finding with a place.
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import { compareText, isObject } from "../model/json.ts";
import { explainIssues, type FieldPath, type Finding, pathText } from "./issues.ts";
import { type LintDocument, lintPolicies } from "./lint.ts";
import { suggest } from "./nearest.ts";
import type { Exception, Policy, PolicySet, SourceFile } from "./policy.ts";
import { exceptionDocument, policyDocument } from "./schema.ts";
import { readYaml, type YamlDocument } from "./yaml-source.ts";

const version = "ecsmon.dev/v1alpha1";
const kinds = ["MonitoringPolicy", "MonitoringException"];
/** More findings than this in one document help nobody. */
const maxFindings = 200;

export function parsePolicies(files: readonly SourceFile[]): PolicySet {
  const diagnostics: Diagnostic[] = [];
  const named = new Map<string, Position>();
  const parsed: Policy[] = [];
  const exceptions: Exception[] = [];
  const broken: LintDocument[] = [];
  let documents = 0;
  for (const source of [...files].sort((a, b) => compareText(a.file, b.file))) {
    const yaml = readYaml(source);
    documents += yaml.seen;
    diagnostics.push(...yaml.diagnostics);
    for (const document of yaml.documents) {
      const { policy, exception, findings } = parseDocument(document, source.file);
      const duplicate = findDuplicateName(document, named);
      const all = duplicate === undefined ? findings : [...findings, duplicate];
      diagnostics.push(...all.slice(0, maxFindings).map((finding) => toDiagnostic(finding, document)));
      if (exception !== undefined && all.length === 0) exceptions.push(exception);
      else if (policy !== undefined && all.length === 0) parsed.push(policy);
      else broken.push({ spec: isObject(document.data) ? document.data["spec"] : undefined });
    }
  }
  const lint = lintPolicies(parsed, broken);
  const refused = new Set(lint.filter(({ severity }) => severity === "error").map(({ policy }) => policy));
  const all = [...diagnostics, ...lint.map(({ policy: _, ...diagnostic }) => diagnostic)];
  return {
    policies: parsed.filter((policy) => !refused.has(policy)),
    exceptions,
    diagnostics: all.sort(comparePlaces),
    documents,
  };
}

interface Parsed {
  readonly policy?: Policy;
  readonly exception?: Exception;
  readonly findings: Finding[];
}

function parseDocument(document: YamlDocument, file: string): Parsed {
  const header = checkHeader(document.data);
  if (header.length > 0) return { findings: header };
  if (isObject(document.data) && document.data["kind"] === "MonitoringException")
    return parseException(document, file);
  const result = policyDocument.safeParse(document.data);
  if (!result.success) return { findings: explainIssues(result.error.issues, policyDocument, document) };
  const { metadata, spec } = result.data;
  return {
    policy: { name: metadata.name, annotations: metadata.annotations ?? {}, spec, file, at: document.at },
    findings: [],
  };
}

function parseException(document: YamlDocument, file: string): Parsed {
  const result = exceptionDocument.safeParse(document.data);
  if (!result.success) return { findings: explainIssues(result.error.issues, exceptionDocument, document) };
  const { metadata, spec } = result.data;
  return { exception: { name: metadata.name, spec, file, at: document.at }, findings: [] };
}

/** What the document says it is: nothing else is judged where this is not one of ours. */
function checkHeader(data: unknown): Finding[] {
  if (!isObject(data)) {
    return [
      {
        code: "InvalidValue",
        message: "a policy is a mapping with apiVersion, kind, metadata and spec",
        path: [],
      },
    ];
  }
  const { apiVersion, kind } = data;
  const findings: Finding[] = [];
  if (typeof apiVersion === "string" && apiVersion !== version) {
    findings.push({
      code: "UnknownVersion",
      message: `apiVersion ${JSON.stringify(apiVersion)} is unknown; use ${version}`,
      path: ["apiVersion"],
    });
  }
  if (typeof kind === "string" && !kinds.includes(kind)) {
    if (kind === "OperatorConfig") {
      findings.push({
        code: "UnknownKind",
        message: 'kind "OperatorConfig" is no policy: it is the controller\'s configuration, for --config',
        path: ["kind"],
      });
    } else {
      findings.push({
        code: "UnknownKind",
        message: `kind ${JSON.stringify(kind)} is unknown; ${suggest(kind, kinds)}`,
        path: ["kind"],
      });
    }
  }
  return findings;
}

function findDuplicateName(document: YamlDocument, named: Map<string, Position>): Finding | undefined {
  const { data } = document;
  if (!isObject(data) || !kinds.includes(String(data["kind"])) || !isObject(data["metadata"]))
    return undefined;
  const { name } = data["metadata"];
  if (typeof name !== "string") return undefined;
  const path = ["metadata", "name"];
  const key = `${data["kind"]}/${name}`;
  const first = named.get(key);
  if (first === undefined) {
    named.set(key, document.at(path));
    return undefined;
  }
  return {
    code: "DuplicateName",
    message: `another ${data["kind"]} is named ${JSON.stringify(name)}, at ${first.file}:${first.line}:${first.column}; rename one`,
    path,
  };
}

function toDiagnostic({ code, message, path, key }: Finding, document: YamlDocument): Diagnostic {
  const position = key === true ? document.keyAt(path) : document.at(path);
  return { severity: "error", code, message, ...position, ...withPath(path) };
}

function withPath(path: FieldPath): { path?: string } {
  return path.length === 0 ? {} : { path: pathText(path) };
}

/** By file, then place. */
export function comparePlaces(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.file ?? "", b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareText(a.message, b.message)
  );
}

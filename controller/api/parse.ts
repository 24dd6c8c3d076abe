// Source files → checked policies and everything that is wrong with the others.
// Nothing here throws on bad input: a broken policy is a finding with a place.
import type * as z from "zod";
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import { compareText, isObject, type JsonObject } from "../model/json.ts";
import { finishSteps } from "../model/steps.ts";
import { judgeConfig } from "./config.ts";
import { explainIssues, type Finding, maxFindings, toDiagnostic } from "./issues.ts";
import { type LintDocument, lintDocuments } from "./lint.ts";
import { nearest, suggest } from "./nearest.ts";
import type { PolicySet, SourceFile } from "./policy.ts";
import { repairDocument } from "./repair.ts";
import { exceptionDocument, policyDocument, policyKinds } from "./schema.ts";
import { readYaml, type YamlDocument } from "./yaml-source.ts";

const version = "ecsmon.dev/v1alpha1";
const kinds: readonly string[] = policyKinds;

/** `takesConfigs`: files in which the controller's configuration is checked too, and no mistake. */
export function parsePolicies(
  files: readonly SourceFile[],
  takesConfigs: (file: string) => boolean = () => false,
): PolicySet {
  return finishSteps(parseInSteps(files, takesConfigs));
}

/** The same, a document at a time: a thousand files take seconds, in which a controller has other things to do. */
export function* parseInSteps(
  files: readonly SourceFile[],
  takesConfigs: (file: string) => boolean = () => false,
): Generator<undefined, PolicySet> {
  const diagnostics: Diagnostic[] = [];
  const named = new Map<string, Position>();
  const parsed: LintDocument[] = [];
  let documents = 0;
  for (const source of [...files].sort((a, b) => compareText(a.file, b.file))) {
    yield;
    const yaml = readYaml(source);
    documents += yaml.seen;
    diagnostics.push(...yaml.diagnostics);
    if (yaml.diagnostics.length > 0) parsed.push({ raw: null });
    for (const document of yaml.documents) {
      if (isConfig(document.data) && takesConfigs(source.file)) {
        const { findings } = judgeConfig(document, source.file);
        diagnostics.push(...findings.slice(0, maxFindings).map((finding) => toDiagnostic(finding, document)));
        continue;
      }
      const { findings, ...read } = parseDocument(document, source.file);
      const duplicate = findDuplicateName(document, named);
      const all = duplicate === undefined ? findings : [...findings, duplicate];
      diagnostics.push(...all.slice(0, maxFindings).map((finding) => toDiagnostic(finding, document)));
      const raw = isObject(document.data) ? document.data["spec"] : undefined;
      parsed.push(all.length === 0 ? read : { raw: raw ?? null, ...read });
    }
  }
  const lint = yield* lintDocuments(parsed);
  const refused = new Set(
    lint.filter(({ severity }) => severity === "error").map(({ document }) => document),
  );
  const sound = parsed.filter((document) => document.raw === undefined && !refused.has(document));
  const all = [...diagnostics, ...lint.map(({ document: _, ...diagnostic }) => diagnostic)];
  return {
    policies: sound.flatMap(({ policy }) => policy ?? []),
    exceptions: sound.flatMap(({ exception }) => exception ?? []),
    diagnostics: all.sort(comparePlaces),
    documents,
  };
}

function isConfig(data: unknown): boolean {
  return isObject(data) && data["kind"] === "OperatorConfig";
}

interface Parsed extends LintDocument {
  readonly findings: readonly Finding[];
}

function parseDocument(document: YamlDocument, file: string): Parsed {
  const header = checkHeader(document.data);
  if (header.length > 0) return { findings: header };
  if (isObject(document.data) && document.data["kind"] === "MonitoringException") {
    const { data, ...read } = judge(exceptionDocument, document);
    if (data === undefined) return read;
    return {
      ...read,
      exception: { name: data.metadata.name, spec: data.spec, file, at: placesOf(document, read) },
    };
  }
  const { data, ...read } = judge(policyDocument, document);
  if (data === undefined) return read;
  const { metadata, spec } = data;
  const policy = { name: metadata.name, annotations: metadata.annotations ?? {}, spec, file };
  return { ...read, policy: { ...policy, at: placesOf(document, read) } };
}

/** The document's data, or what its mistakes of shape leave of it. */
function judge<S extends z.ZodType>(schema: S, document: YamlDocument): Parsed & { data?: z.output<S> } {
  const result = schema.safeParse(document.data);
  if (result.success) return { findings: [], data: result.data };
  const findings = explainIssues(result.error.issues, schema, document);
  const repaired = repairDocument(schema, document, findings.slice(0, maxFindings));
  if (repaired === undefined) return { findings };
  const { data, named, original, damaged, unknown } = repaired;
  const raw = isObject(named) ? named["spec"] : undefined;
  return {
    findings: [...findings, ...repaired.findings],
    data,
    raw: raw ?? null,
    original,
    damaged,
    unknown,
  };
}

function placesOf({ at }: YamlDocument, { original }: LintDocument): YamlDocument["at"] {
  return original === undefined ? at : (path) => at(original(path));
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
  if (typeof kind !== "string") findings.push(explainKind(data));
  else if (!kinds.includes(kind)) {
    if (kind === "OperatorConfig") {
      findings.push({
        code: "UnknownKind",
        message:
          'kind "OperatorConfig" is no policy: it is the controller\'s configuration, for --config; keep it outside the sources of policies',
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

/** Without its kind, nothing else of a document can be judged. */
function explainKind(data: JsonObject): Finding {
  const { kind } = data;
  if (kind !== undefined)
    return { code: "InvalidValue", message: `kind must be ${kinds.join(" or ")}`, path: ["kind"] };
  const near = Object.keys(data).find(
    (key) => nearest(key, ["apiVersion", "kind", "metadata", "spec"]) === "kind",
  );
  if (near !== undefined) {
    const message = `unknown field ${JSON.stringify(near)}; did you mean "kind"?`;
    return { code: "UnknownField", message, path: [near], key: true };
  }
  return { code: "MissingField", message: `"kind" is missing; write ${kinds.join(" or ")}`, path: ["kind"] };
}

function findDuplicateName(document: YamlDocument, named: Map<string, Position>): Finding | undefined {
  const { data } = document;
  if (!isObject(data) || typeof data["kind"] !== "string" || !kinds.includes(data["kind"])) return undefined;
  if (!isObject(data["metadata"])) return undefined;
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

/** By file, then place. */
export function comparePlaces(a: Diagnostic, b: Diagnostic): number {
  return (
    compareText(a.file ?? "", b.file ?? "") ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compareText(a.message, b.message)
  );
}

// What `validate` says about policies, in the form that its reader wants: a person, a program, or a code host. Pure.
import { isAbsolute, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { leadsToSecret } from "../../api/secret-words.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { plural } from "../../model/plural.ts";
import { maskLine } from "./mask-line.ts";
import { createPaint, type Paint } from "./paint.ts";
import { parsePath } from "./redact.ts";
import { safeJson, safeText } from "./safe-text.ts";

export const validationFormats = ["text", "json", "github", "sarif"] as const;
export type ValidationFormat = (typeof validationFormats)[number];

export interface ValidationOptions {
  readonly documents: number;
  readonly colour: boolean;
  /** File → text, for the line that a finding points at. */
  readonly sources?: ReadonlyMap<string, string>;
  /** What a code host is told of files is told from the root of its repository, where they lie in it; left out: as named. */
  readonly place?: { readonly root: string; readonly folder: string };
}

/** Ends with a newline, or is empty. */
export function renderValidation(
  diagnostics: readonly Diagnostic[],
  format: ValidationFormat,
  options: ValidationOptions,
): string {
  switch (format) {
    case "text":
      return renderText(diagnostics, options);
    case "json":
      return toJson(validationToJson(diagnostics, options.documents));
    case "github":
      return placeAll(diagnostics, options.place).map(renderCommand).join("");
    case "sarif":
      return toJson(validationToSarif(placeAll(diagnostics, options.place)));
  }
}

function toJson(value: object): string {
  return `${safeJson(JSON.stringify(value, null, 2))}\n`;
}

function count(diagnostics: readonly Diagnostic[]): { errors: number; warnings: number } {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return { errors, warnings: diagnostics.length - errors };
}

function validationToJson(diagnostics: readonly Diagnostic[], documents: number): object {
  return {
    diagnostics: diagnostics.map(({ severity, code, message, file, line, column, path }) => ({
      severity,
      code,
      message,
      ...(file === undefined ? {} : { file, line, column }),
      ...(path === undefined ? {} : { path }),
    })),
    summary: { documents, ...count(diagnostics) },
  };
}

function renderText(diagnostics: readonly Diagnostic[], options: ValidationOptions): string {
  const paint = createPaint(options.colour);
  const texts = new Map<string, readonly string[]>();
  const lineOf = ({ file, line }: Diagnostic): string | undefined => {
    if (file === undefined || line === undefined) return undefined;
    const lines = texts.get(file) ?? options.sources?.get(file)?.split(/\r\n|\n|\r/) ?? [];
    texts.set(file, lines);
    return lines[line - 1];
  };
  const findings = diagnostics.map((diagnostic) => renderFinding(diagnostic, lineOf(diagnostic), paint));
  const { errors, warnings } = count(diagnostics);
  const counts = [
    ...(errors > 0 ? [paint(plural(errors, "error"), "red", "bold")] : []),
    ...(warnings > 0 ? [paint(plural(warnings, "warning"), "yellow", "bold")] : []),
  ];
  const summary =
    counts.length === 0
      ? `${plural(options.documents, "document")}: ${paint("no findings", "green")}`
      : `${counts.join(" and ")} in ${plural(options.documents, "document")}`;
  return `${[...findings, summary].join("\n")}\n`;
}

function renderFinding(diagnostic: Diagnostic, source: string | undefined, paint: Paint): string {
  const { severity, code, message, file, line, column, path } = diagnostic;
  const style = severity === "error" ? "red" : "yellow";
  const place = file === undefined ? "" : `${paint(safeText(`${file}:${line}:${column}`), "bold")}: `;
  const lines = [
    `${place}${paint(severity, style, "bold")}: ${safeText(message)} ${paint(`[${code}]`, "dim")}`,
  ];
  if (path !== undefined) lines.push(`    ${paint(safeText(path), "cyan")}`);
  const isShown = path === undefined || !leadsToSecret(stepsOf(path));
  if (isShown && source !== undefined && source.trim() !== "" && line !== undefined && column !== undefined) {
    const { shown, before } = cutAround(maskLine(source), column);
    const number = String(line).padStart(5);
    lines.push(`${paint(`${number} |`, "dim")} ${safeText(shown)}`);
    lines.push(
      `${paint(`${" ".repeat(number.length)} |`, "dim")} ${" ".repeat(before)}${paint("^", style, "bold")}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function stepsOf(path: string): (string | number)[] {
  return parsePath(path).map(({ text, bracket }) => (bracket && /^[0-9]+$/.test(text) ? Number(text) : text));
}

const frameWidth = 100;
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** A part of a long line that holds the column, and how many cells stand before it. */
function cutAround(source: string, column: number): { shown: string; before: number } {
  const line = source.replaceAll("\t", " ");
  const from = column > frameWidth ? column - Math.floor(frameWidth / 2) : 0;
  const head = from > 0 ? "…" : "";
  const lead = head + line.slice(from, column - 1);
  const rest = line.slice(column - 1, from + frameWidth);
  const tail = line.length > from + frameWidth ? "…" : "";
  return {
    shown: (lead + rest + tail).trimEnd(),
    before: safeText(lead).length + (lead.match(wide)?.length ?? 0),
  };
}

/** A workflow command: GitHub shows it beside the line of the pull request. */
function renderCommand({ severity, code, message, file, line, column, path }: Diagnostic): string {
  const properties = Object.entries({ file, line, col: column, title: code })
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => `${key}=${escapeData(String(value)).replaceAll(":", "%3A").replaceAll(",", "%2C")}`,
    );
  const text = path === undefined ? message : `${path}: ${message}`;
  return `::${severity} ${properties.join(",")}::${escapeData(text)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

/**
 * Results are what has a place in a file; the rest are notifications of the run. GitHub's code scanning refuses a file as
 * a whole for one result without a location ("locationFromSarifResult: expected at least one location"), or with one of
 * another scheme than `file` (github/codeql-action#2459, aquasecurity/trivy-action#273).
 */
function validationToSarif(diagnostics: readonly Diagnostic[]): object {
  const rules = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const isPlaced = ({ file }: Diagnostic) => file !== undefined && isLocal(file);
  const loose = diagnostics.filter((diagnostic) => !isPlaced(diagnostic));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "ecsmon", rules: rules.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        ...(loose.length === 0 ? {} : { invocations: [toInvocation(loose, rules)] }),
        results: diagnostics.filter(isPlaced).map((diagnostic) => ({
          ruleId: diagnostic.code,
          ruleIndex: rules.indexOf(diagnostic.code),
          level: diagnostic.severity,
          message: { text: diagnostic.message },
          ...sarifLocation(diagnostic),
        })),
      },
    ],
  };
}

/** Not `s3://…` or `git+https://…`. */
function isLocal(file: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(file);
}

function toInvocation(loose: readonly Diagnostic[], rules: readonly string[]): object {
  return {
    executionSuccessful: loose.every(({ severity }) => severity !== "error"),
    toolConfigurationNotifications: loose.map(({ severity, code, message, file, line, column, path }) => ({
      associatedRule: { id: code, index: rules.indexOf(code) },
      level: severity,
      message: {
        text: [
          ...(file === undefined ? [] : [`${file}:${line}:${column}`]),
          ...(path === undefined ? [] : [path]),
          message,
        ].join(": "),
      },
    })),
  };
}

function sarifLocation({ file = "", line, column, path }: Diagnostic): object {
  return {
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: toUri(file) },
          region: { startLine: line ?? 1, startColumn: column ?? 1 },
        },
        ...(path === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

function placeAll(
  diagnostics: readonly Diagnostic[],
  place: ValidationOptions["place"],
): readonly Diagnostic[] {
  if (place === undefined) return diagnostics;
  return diagnostics.map(({ file, ...rest }) =>
    file === undefined ? rest : { ...rest, file: placeIn(place.root, file, place.folder) },
  );
}

/**
 * A file's path in the root; its whole one where it lies outside of it. What is no file of this machine stays.
 * @param folder that its path begins at
 */
export function placeIn(root: string, file: string, folder = root): string {
  if (!isLocal(file)) return file;
  const whole = resolve(folder, file);
  const path = relative(root, whole);
  return path === "" || path.split(/[\\/]/)[0] === ".." || isAbsolute(path) ? whole : path;
}

function toUri(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split(/[\\/]/).map(encodeURIComponent).join("/");
}

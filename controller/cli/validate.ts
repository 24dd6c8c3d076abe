// `ecsmon validate`: policies and configurations parsed and checked. Needs no AWS, and loads none of it.
import { isAbsolute, relative } from "node:path";
import { parsePolicies } from "../api/parse.ts";
import { settleExceptions } from "../core/waivers.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { EcsmonError, toFailure } from "../model/errors.ts";
import { readSources } from "../sources/index.ts";
import type { Io } from "./io.ts";
import { showNotes } from "./read-policies.ts";
import { renderValidation, type ValidationFormat, validationFormats } from "./render/validation.ts";

/** 0: fine, warnings allowed. 1: invalid. */
export async function runValidate(
  paths: readonly string[],
  options: { readonly format?: string },
  io: Pick<Io, "env" | "stdout" | "stderr" | "colour" | "now">,
): Promise<number> {
  const format = options.format ?? "text";
  if (!isFormat(format)) {
    throw new EcsmonError(
      "UnknownFormat",
      `format "${format}" is unknown; use ${validationFormats.join(", ")}`,
    );
  }
  const { files, notes } = await readSources(paths).catch((error: unknown) => {
    // A program that asked for a document gets one, whatever is told on stderr.
    if (format === "json" || format === "sarif") {
      const diagnostic: Diagnostic = { severity: "error", ...toFailure(error) };
      io.stdout(renderValidation([diagnostic], format, { documents: 0, colour: false }));
    }
    throw error;
  });
  showNotes(notes, io);
  // A configuration is checked where it is named itself: in a folder of policies it would stop plan and apply.
  const named = new Set(paths);
  const set = parsePolicies(files, (file) => named.has(file));
  const { diagnostics, documents } = settleExceptions(set, io.now());
  const sources = new Map(files.map(({ file, text }) => [file, text]));
  const rendering = { documents, sources, colour: io.colour.stdout, place: findPlace(io.env) };
  io.stdout(renderValidation(diagnostics, format, rendering));
  return diagnostics.some(({ severity }) => severity === "error") ? 1 : 0;
}

/** A step of a workflow may run in a folder of the workspace, which is where the repository begins. */
export function findPlace(env: Io["env"]): { readonly root: string; readonly folder: string } {
  const folder = process.cwd();
  const root = env["GITHUB_WORKSPACE"] ?? "";
  const isInside =
    root !== "" && !isAbsolute(relative(root, folder)) && !/^\.\.([\\/]|$)/.test(relative(root, folder));
  return { root: isInside ? root : folder, folder };
}

function isFormat(format: string): format is ValidationFormat {
  return (validationFormats as readonly string[]).includes(format);
}

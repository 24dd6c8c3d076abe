// What --prices names: one file of prices, checked before anything else is read.
import { stat } from "node:fs/promises";
import type { SourceFile } from "../api/policy.ts";
import { parsePrices } from "../api/price-file.ts";
import type { GivenPrices } from "../model/cost.ts";
import { EcsmonError } from "../model/errors.ts";
import { readSources } from "../sources/index.ts";
import type { Io } from "./io.ts";
import { renderValidation } from "./render/validation.ts";

/** `refused`: it has an error, which has been shown. */
export async function readPrices(path: string, format: string, io: Io): Promise<GivenPrices | "refused"> {
  const source = await readOne(path);
  const { given, diagnostics, documents } = parsePrices(source);
  if (given !== undefined) return given;
  const texts = new Map([[source.file, source.text]]);
  io.stderr(renderValidation(diagnostics, "text", { documents, sources: texts, colour: io.colour.stderr }));
  io.stderr("ecsmon: nothing was planned: the prices must be free of errors first\n");
  if (format === "json") io.stdout(renderValidation(diagnostics, "json", { documents, colour: false }));
  return "refused";
}

async function readOne(path: string): Promise<SourceFile> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const [source, ...others] = isFolder ? [] : await readFiles(path);
  if (source === undefined || others.length > 0 || source.file !== path)
    throw new EcsmonError("InvalidOption", `--prices ${path} is not one file; name the file itself`);
  return source;
}

async function readFiles(path: string): Promise<readonly SourceFile[]> {
  try {
    return (await readSources([path])).files;
  } catch (error) {
    // What is said of empty sources is for policies, which would delete everything.
    if (error instanceof EcsmonError && error.code === "SourceEmpty") return [{ file: path, text: "" }];
    throw error;
  }
}

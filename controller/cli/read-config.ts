// The file that --config names: one OperatorConfig, checked before anything else is read.
import { type OperatorConfig, parseConfig } from "../api/config.ts";
import { EcsmonError } from "../model/errors.ts";
import { readSources } from "../sources/index.ts";
import type { Io } from "./io.ts";
import { renderValidation } from "./render/validation.ts";

/** `undefined` when it has an error; that has been shown then. */
export async function readConfig(path: string, format: string, io: Io): Promise<OperatorConfig | undefined> {
  const { files } = await readSources([path]);
  const [source, ...others] = files;
  if (source === undefined || others.length > 0 || source.file !== path)
    throw new EcsmonError("InvalidOption", `--config ${path} is not one file; name the file itself`);
  const { config, diagnostics, documents } = parseConfig(source);
  if (config !== undefined) return config;
  const texts = new Map([[source.file, source.text]]);
  io.stderr(renderValidation(diagnostics, "text", { documents, sources: texts, colour: io.colour.stderr }));
  io.stderr(
    "ecsmon: no policy was read and nothing was changed: the configuration must be free of errors first\n",
  );
  if (format === "json") io.stdout(renderValidation(diagnostics, "json", { documents, colour: false }));
  return undefined;
}

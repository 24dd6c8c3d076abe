// What --config names: one OperatorConfig, checked before anything else is read. It is a file, an object in S3, or the
// text of an environment variable: a container has no file of its own.
import { isAbsolute } from "node:path";
import { type OperatorConfig, parseConfig } from "../api/config.ts";
import type { SourceFile } from "../api/policy.ts";
import { EcsmonError } from "../model/errors.ts";
import { readSources } from "../sources/index.ts";
import type { Io } from "./io.ts";
import { renderRefusal } from "./render/refusal.ts";
import { renderValidation } from "./render/validation.ts";

const variablePrefix = "env:";

/** `undefined` when it has an error; that has been shown then. */
export async function readConfig(path: string, format: string, io: Io): Promise<OperatorConfig | undefined> {
  const source = path.startsWith(variablePrefix) ? readVariable(path, io.env) : await readFile(path);
  const { config, diagnostics, documents } = parseConfig(source);
  if (config !== undefined) {
    refuseRelativePaths(config);
    return config;
  }
  const texts = new Map([[source.file, source.text]]);
  io.stderr(renderValidation(diagnostics, "text", { documents, sources: texts, colour: io.colour.stderr }));
  io.stderr(
    "ecsmon: no policy was read and nothing was changed: the configuration must be free of errors first\n",
  );
  io.stdout(renderRefusal(diagnostics, format, { documents, what: "the configuration" }));
  return undefined;
}

async function readFile(path: string): Promise<SourceFile> {
  const { files } = await readSources([path]);
  const [source, ...others] = files;
  if (source === undefined || others.length > 0 || source.file !== path)
    throw new EcsmonError("InvalidOption", `--config ${path} is not one file; name the file itself`);
  return source;
}

function readVariable(path: string, env: Io["env"]): SourceFile {
  const name = path.slice(variablePrefix.length);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new EcsmonError(
      "InvalidOption",
      `--config ${path} names no environment variable; write env:NAME, such as env:ECSMON_CONFIG`,
    );
  const text = env[name];
  if (text === undefined || text.trim() === "")
    throw new EcsmonError(
      "SourceMissing",
      `the environment variable ${name} is not set; --config ${path} takes the text of an OperatorConfig from it`,
    );
  return { file: path, text };
}

/** Paths begin at the folder of the file, and neither a variable nor an object lies in one. */
function refuseRelativePaths({ file, spec }: OperatorConfig): void {
  if (!file.startsWith(variablePrefix) && !file.startsWith("s3://")) return;
  const { sources, status } = spec;
  const given = [
    ...sources.flatMap((source, index) => {
      if ("path" in source) return [{ field: `sources[${index}].path`, path: source.path }];
      const path = "git" in source ? source.git.verify?.allowedSigners : undefined;
      return path === undefined ? [] : [{ field: `sources[${index}].git.verify.allowedSigners`, path }];
    }),
    ...(status !== undefined && "path" in status ? [{ field: "status.path", path: status.path }] : []),
  ];
  const relative = given.find(({ path }) => !isAbsolute(path));
  if (relative !== undefined)
    throw new EcsmonError(
      "InvalidOption",
      `${file}: spec.${relative.field} is ${relative.path}, which begins at the folder of the configuration, and this one lies in none; write an absolute path, or take an s3 or git source`,
    );
}

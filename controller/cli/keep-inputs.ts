// What a command reads it never writes over: a policy that is lost to a plan of itself is gone.
import { readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, sep } from "node:path";
import { parseConfig } from "../api/config.ts";
import { EcsmonError } from "../model/errors.ts";
import { isPolicyName } from "../sources/limits.ts";
import type { PlanFlags } from "./options.ts";

/** A file or folder, and the option by which it was given. */
export interface NamedPath {
  readonly option: string;
  readonly path: string;
}

type InputFlags = Pick<PlanFlags, "policies" | "base" | "config" | "snapshot" | "prices">;

/** @throws EcsmonError for an output that is one of the inputs, or that would be read as a policy in one of them */
export async function keepInputs(outputs: readonly NamedPath[], flags: InputFlags): Promise<void> {
  if (outputs.length === 0) return;
  const inputs = await listInputs(flags);
  for (const output of outputs)
    for (const input of inputs) {
      const why = await findOverlap(output.path, input.path);
      if (why !== undefined)
        throw new EcsmonError(
          "InvalidOption",
          `${output.option} ${why} ${input.option} ${input.path}; give it a name or a folder of its own`,
        );
    }
}

async function listInputs({ policies, base, config, snapshot, prices }: InputFlags): Promise<NamedPath[]> {
  const given = (option: string, paths: readonly (string | undefined)[]): NamedPath[] =>
    paths.flatMap((path) => (path === undefined ? [] : [{ option, path }]));
  return [
    ...given("--policies", policies ?? []),
    ...given("--base", base ?? []),
    ...given("--config", [config]),
    ...given("--snapshot", [snapshot]),
    ...given("--prices", [prices]),
    ...given("the source", config === undefined ? [] : await listSources(config)),
  ].filter(({ path }) => !/^([a-z][a-z0-9+.-]*:\/\/|env:)/i.test(path));
}

/** The sources on disk of a configuration; of one that cannot be read, none: nothing comes of that. */
async function listSources(file: string): Promise<string[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  const sources = parseConfig({ file, text }).config?.spec.sources ?? [];
  return sources.flatMap((source) => {
    if (!("path" in source)) return [];
    return [isAbsolute(source.path) ? source.path : join(dirname(file), source.path)];
  });
}

async function findOverlap(output: string, input: string): Promise<string | undefined> {
  const [file, given] = await Promise.all([findPlace(output), realpath(input).catch(() => undefined)]);
  if (given === undefined) return undefined;
  if (file === given) return "would write over";
  const isFolder = (await stat(given)).isDirectory();
  const isInside = file.startsWith(given.endsWith(sep) ? given : `${given}${sep}`);
  return isFolder && isInside && isPolicyName(basename(file)) ? "would be read as a policy of" : undefined;
}

/** Where links lead, of a file that need not be there. */
async function findPlace(file: string): Promise<string> {
  const folder = async () => join(await realpath(dirname(file)).catch(() => dirname(file)), basename(file));
  return realpath(file).catch(folder);
}

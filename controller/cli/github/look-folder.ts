// What the first step leaves for the second one: files of ours in a folder of the runner, beside the repository.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EcsmonError } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";
import type { Io } from "../io.ts";
import type { Look } from "./verdict.ts";

export interface LookPaths {
  readonly folder: string;
  readonly look: string;
  readonly sarif: string;
  /** Of the plan, in its formats. */
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
  readonly text: string;
}

/** What could be told where there is no page. */
export interface StoredLook extends Look {
  /** What `ecsmon plan` said on standard error. */
  readonly complaint: string;
}

export async function makeFolder(env: Io["env"]): Promise<LookPaths> {
  return pathsIn(await mkdtemp(join(env["RUNNER_TEMP"] || tmpdir(), "ecsmon-")));
}

export function pathsIn(folder: string): LookPaths {
  return {
    folder,
    look: join(folder, "look.json"),
    sarif: join(folder, "findings.sarif"),
    json: join(folder, "plan.json"),
    markdown: join(folder, "plan.md"),
    html: join(folder, "plan.html"),
    text: join(folder, "plan.txt"),
  };
}

export async function writeLook({ look }: LookPaths, stored: StoredLook): Promise<void> {
  await writeFile(look, JSON.stringify(stored));
}

/** @throws EcsmonError where the first step left none. */
export async function readLook({ look, folder }: LookPaths): Promise<StoredLook> {
  const stored: unknown = await readFile(look, "utf8").then(JSON.parse, () => undefined);
  if (isObject(stored)) return stored as unknown as StoredLook;
  throw new EcsmonError(
    "NoLook",
    `ECSMON_FOLDER is "${folder}", where \`ecsmon github plan\` has left nothing; run it first`,
  );
}

/** Empty where the plan has no such page. */
export function readPage(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}

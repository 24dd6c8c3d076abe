// What the first step leaves for the second one: files of ours in a folder of the runner, beside the repository.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
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
  /** ISO 8601, UTC: when the snapshot was taken that stood for the account. */
  readonly takenAt?: string;
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

/** Where the first step was ended before it left anything, a look that found no plan. */
export async function readLook({ look }: LookPaths): Promise<StoredLook> {
  const stored: unknown = await readPage(look)
    .then(JSON.parse)
    .catch(() => undefined);
  if (isObject(stored)) return stored as unknown as StoredLook;
  const complaint = "ecsmon: the step that plans ended before it was done; its log may say why\n";
  return { findings: [], exitCode: 1, plans: [], failed: 0, complaint };
}

/** Empty where the plan has no such page. In the working directory anybody may have laid one: it is not looked at. */
export async function readPage(file: string): Promise<string> {
  return isAbsolute(file) ? readFile(file, "utf8").catch(() => "") : "";
}

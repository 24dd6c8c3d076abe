// `plan --also FORMAT=FILE`: the same plan in files, beside what is printed. That they can be written is known before
// anything is read, so that a plan is not made for nothing; emptied they are once its policies have been, so that no file
// of an earlier plan is taken for this one's.
import { open, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { EcsmonError } from "../model/errors.ts";
import { keepInputs } from "./keep-inputs.ts";
import type { PlanCopy, PlanFlags } from "./options.ts";
import { checkOut, isOpenFile } from "./write-whole.ts";

/**
 * Leaves what stands in the files, and in that of `--out`, as it is.
 * @throws EcsmonError for one that cannot be written, for two of one name, and for what this run reads itself
 */
export async function openCopies(flags: PlanFlags): Promise<void> {
  const { also = [], saveTo } = flags;
  const taken = new Map(saveTo === undefined ? [] : [[resolve(saveTo.file), "--out"]]);
  for (const { format, file } of also) {
    const other = taken.get(resolve(file));
    if (other !== undefined)
      throw new EcsmonError(
        "InvalidOption",
        `--also ${format}=${file} would write over what ${other} writes to the same file; give it a name of its own`,
      );
    taken.set(resolve(file), `--also ${format}`);
  }
  const outputs = [
    ...(saveTo === undefined ? [] : [{ option: `--out ${saveTo.file}`, path: saveTo.file }]),
    ...also.map(({ format, file }) => ({ option: `--also ${format}=${file}`, path: file })),
  ];
  await keepInputs(outputs, flags);
  if (saveTo !== undefined) await checkOut(saveTo.file, "SavedPlan");
  for (const copy of also) await touchCopy(copy);
}

export async function emptyCopies(also: readonly PlanCopy[] = []): Promise<void> {
  for (const copy of also) if (await isOwnFile(copy.file)) await writeCopy(copy, "");
}

export async function writeCopy(copy: PlanCopy, text: string): Promise<void> {
  // What this process, or its shell, has open already is gone on with.
  const flag = (await isOpenFile(copy.file)) ? "a" : "w";
  await orRefuse(copy, () => writeFile(copy.file, text, { flag }));
}

async function touchCopy(copy: PlanCopy): Promise<void> {
  if (await isOwnFile(copy.file))
    await orRefuse(copy, async () => {
      await (await open(copy.file, "a")).close();
    });
}

/** Nobody reads a device or a pipe twice, and one that is opened waits for its reader. */
async function isOwnFile(file: string): Promise<boolean> {
  const what = await stat(file).catch(() => undefined);
  if (what === undefined || what.isDirectory()) return true;
  return what.isFile() && !(await isOpenFile(file));
}

async function orRefuse({ format, file }: PlanCopy, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    const { code = "it failed" } = error as NodeJS.ErrnoException;
    throw new EcsmonError(
      "InvalidOption",
      `--also ${format}=${file} cannot be written (${code}); name a file in a folder that is there and may be written to`,
    );
  }
}

// `plan --also FORMAT=FILE`: the same plan in files, beside what is printed. They are opened before anything is read, so
// that a plan is not made for nothing, and so that no file of an earlier one is taken for this one's.
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { EcsmonError } from "../model/errors.ts";
import type { PlanCopy, PlanFlags } from "./options.ts";
import { checkOut } from "./write-whole.ts";

/** Leaves each of the files empty, and that of `--out` as it is. @throws EcsmonError for one that cannot be written, and for two of one name. */
export async function openCopies({ also = [], saveTo }: Pick<PlanFlags, "also" | "saveTo">): Promise<void> {
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
  if (saveTo !== undefined) await checkOut(saveTo.file);
  for (const copy of also) await writeCopy(copy, "");
}

export async function writeCopy({ format, file }: PlanCopy, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const { code = "it failed" } = error as NodeJS.ErrnoException;
    throw new EcsmonError(
      "InvalidOption",
      `--also ${format}=${file} cannot be written (${code}); name a file in a folder that is there and may be written to`,
    );
  }
}

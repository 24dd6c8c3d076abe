// How a command lays down the file of its `--out`: whole or not at all, and for its owner's eyes alone, since it tells of
// an account. It is written beside, and takes the file's place at the end.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, lstat, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { EcsmonError } from "../model/errors.ts";

/** @throws an Error that says why, in words that follow a colon; what stood there still does */
export async function writeWhole(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const place = await findPlace(file);
  const beside = `${place}.${randomUUID()}`;
  try {
    const handle = await open(beside, "wx", 0o600);
    try {
      await write(handle);
    } finally {
      await handle.close();
    }
    await rename(beside, place);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Before long work, whose result goes there. @throws EcsmonError for what can be known by then */
export async function checkOut(file: string): Promise<void> {
  try {
    await access(dirname(await findPlace(file)), constants.W_OK);
  } catch (error) {
    const why = isMissing(error) ? "there is no such folder" : (error as Error).message;
    throw new EcsmonError(
      "InvalidOption",
      `--out ${file} cannot be written: ${why}; name a file in a folder that is there and may be written to`,
      { cause: error },
    );
  }
}

/** Where a link leads, so that the link stays. A device, of which there is one for all, is never replaced by a file. */
async function findPlace(file: string): Promise<string> {
  const what = await stat(file).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (what === undefined) {
    const link = await lstat(file).catch(() => undefined);
    if (link?.isSymbolicLink()) throw new Error("it is a link to a file that is not there");
    return file;
  }
  if (what.isDirectory()) throw new Error("it is a folder");
  if (!what.isFile() || (await isOpenFile(file)))
    throw new Error("it is a device, a pipe or a socket, not a file");
  return realpath(file);
}

/** `/dev/stdout` where the output is a file: that is being written already, and what it holds would be lost. */
async function isOpenFile(file: string): Promise<boolean> {
  const folders = [dirname(file), dirname(await readlink(file).catch(() => file))];
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  return real.some((folder) => /^\/proc\/.*\/fd$/.test(folder));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

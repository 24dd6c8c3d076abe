// How a command lays down the file of its `--out`: whole or not at all, and for its owner's eyes alone, since it tells of
// an account. It is written beside, and takes the file's place at the end.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, lstat, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { gunzipSync, constants as zlib } from "node:zlib";
import { EcsmonError } from "../model/errors.ts";

const documents = { SavedPlan: "saved plan", Snapshot: "snapshot" } as const;

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

/**
 * Before long work, whose result goes there, a document of the given kind.
 * @throws EcsmonError for what can be known by then, and for a file of another kind, which may be anybody's
 */
export async function checkOut(file: string, kind: keyof typeof documents): Promise<void> {
  try {
    const place = await findPlace(file);
    await access(dirname(place), constants.W_OK);
    const head = await readHead(place);
    if (head !== "" && !head.includes(`"kind":"${kind}"`))
      throw new EcsmonError(
        "InvalidOption",
        `--out ${file} would write over a file that is no ${documents[kind]}; remove that first, or name another`,
      );
  } catch (error) {
    if (error instanceof EcsmonError) throw error;
    const why = isMissing(error) ? "there is no such folder" : (error as Error).message;
    throw new EcsmonError(
      "InvalidOption",
      `--out ${file} cannot be written: ${why}; name a file in a folder that is there and may be written to`,
      { cause: error },
    );
  }
}

/** What a file begins with, without white space; gzipped or not. Of one that is not there, nothing. */
async function readHead(file: string): Promise<string> {
  const handle = await open(file, "r").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (handle === undefined) return "";
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const bytes = buffer.subarray(0, bytesRead);
    return unzip(bytes).toString("utf8").replaceAll(/\s/g, "");
  } finally {
    await handle.close();
  }
}

function unzip(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH });
  } catch {
    return bytes;
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
export async function isOpenFile(file: string): Promise<boolean> {
  const folders = [dirname(file), dirname(await readlink(file).catch(() => file))];
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  return real.some((folder) => /^\/proc\/.*\/fd$/.test(folder));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

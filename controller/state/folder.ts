// State in a folder of this machine. A write is a file made beside, moved into place in one step: whoever reads sees the
// whole of the old text or the whole of the new, also when a writer dies in the middle.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { EcsmonError } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import { type Hold, move, takeHold } from "./folder-lock.ts";
import { checkKey, checkKeyPrefix, isKey } from "./key.ts";
import { besideOf, createSweep } from "./leftovers.ts";
import type { StateStore, StoredObject, WriteCondition } from "./object-store.ts";

const defaultTimeout = 5_000;

/** The folder is made by the first write. */
export function createFolderStore(path: string): StateStore {
  const fileOf = (key: string): string => join(path, ...checkKey(key).split("/"));
  const sweep = createSweep();

  /** One change of a file, whose text nobody else changes meanwhile; again when the hold on it was lost. */
  async function change<T>(
    key: string,
    text: string | undefined,
    { signal, timeout = defaultTimeout }: { signal?: AbortSignal | undefined; timeout?: number | undefined },
    commit: (hold: Hold, file: string, standing: StoredObject | undefined) => Promise<T | "lost">,
  ): Promise<T> {
    const file = fileOf(key);
    return translate(path, async () => {
      await mkdir(dirname(file), { recursive: true });
      const until = performance.now() + timeout;
      for (;;) {
        signal?.throwIfAborted();
        const hold = await takeHold(file, text, { until, signal });
        try {
          const done = await commit(hold, file, await readObject(file));
          if (done !== "lost") return done;
        } finally {
          await hold.release();
          await sweep(dirname(file));
        }
      }
    });
  }

  return {
    name: path,
    async get(key, { ifNoneMatch, signal } = {}) {
      signal?.throwIfAborted();
      const found = await translate(path, () => readObject(fileOf(key)));
      return found !== undefined && found.etag === ifNoneMatch ? "unchanged" : found;
    },
    put: (key, text, options = {}) =>
      change(key, text, options, async (hold, file, standing) => {
        if (!holds(options.condition, standing)) return "conflict";
        return (await hold.put(file)) ? { etag: etagOf(text) } : "lost";
      }),
    async getBytes(key, { signal } = {}) {
      signal?.throwIfAborted();
      return translate(path, () => readIfThere(fileOf(key)));
    },
    async putBytes(key, bytes, { signal } = {}) {
      signal?.throwIfAborted();
      const file = fileOf(key);
      const beside = besideOf(file);
      await translate(path, async () => {
        await mkdir(dirname(file), { recursive: true });
        try {
          // Again where it stood still in between, and was swept away as a dead one's.
          do await writeFile(beside, bytes, { mode: 0o600, flush: true });
          while (!(await move(beside, file)));
        } finally {
          await rm(beside, { force: true });
        }
        await sweep(dirname(file));
      });
    },
    remove: (key, options = {}) =>
      change(key, undefined, options, async (hold, file, standing) => {
        if (standing === undefined) return "removed";
        if (options.ifMatch !== undefined && options.ifMatch !== standing.etag) return "conflict";
        return (await hold.take(file)) ? "removed" : "lost";
      }),
    async list(prefix, { after = "", signal } = {}) {
      checkKeyPrefix(prefix);
      signal?.throwIfAborted();
      const slash = prefix.lastIndexOf("/");
      const folder = join(path, ...prefix.slice(0, Math.max(0, slash)).split("/"));
      const keys = await translate(path, () => keysBelow(path, folder));
      return keys.filter((key) => isKey(key) && key.startsWith(prefix) && key > after).sort(compareText);
    },
  };
}

function holds(condition: WriteCondition | undefined, standing: StoredObject | undefined): boolean {
  if (condition === undefined) return true;
  return "ifAbsent" in condition ? standing === undefined : standing?.etag === condition.ifMatch;
}

async function readObject(file: string): Promise<StoredObject | undefined> {
  try {
    const text = await readFile(file, "utf8");
    return { text, etag: etagOf(text) };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function etagOf(text: string): string {
  return `"${createHash("sha256").update(text).digest("hex").slice(0, 32)}"`;
}

async function keysBelow(root: string, folder: string): Promise<string[]> {
  let entries: Awaited<ReturnType<typeof readEntries>>;
  try {
    entries = await readEntries(folder);
  } catch (error) {
    // Another process can have taken it away since it was listed.
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
  const below = entries
    // What begins with a dot is a write under way.
    .filter(({ name }) => !name.startsWith("."))
    .map(async (entry) => {
      const there = join(folder, entry.name);
      if (entry.isDirectory()) return keysBelow(root, there);
      return entry.isFile() ? [relative(root, there).split(sep).join("/")] : [];
    });
  return (await Promise.all(below)).flat();
}

function readEntries(folder: string) {
  return readdir(folder, { withFileTypes: true });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

const fixes: Readonly<Record<string, string>> = {
  ENOSPC: "make room on the disk",
  ENOTDIR: "name a folder",
  EEXIST: "name a folder",
  EISDIR: "take away the folder that has an object's name",
};

async function translate<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (error instanceof EcsmonError || typeof code !== "string") throw error;
    const text = (error as Error).message;
    if (["EACCES", "EPERM", "EROFS"].includes(code))
      throw new EcsmonError(
        "StoreDenied",
        `cannot read or write the state in ${path}: ${text}; let the user that ecsmon runs as write there`,
        { cause: error },
      );
    const fix = fixes[code];
    throw new EcsmonError(
      "StoreFailed",
      `cannot read or write the state in ${path}: ${text}${fix === undefined ? "" : `; ${fix}`}`,
      { remedy: "retry", cause: error },
    );
  }
}

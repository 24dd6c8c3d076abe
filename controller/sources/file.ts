// Policies from a file or a folder on disk.
import { createHash, type Hash } from "node:crypto";
import { createReadStream, type Dirent } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { maxFileBytes, type SourceFile } from "../api/policy.ts";
import { EcsmonError } from "../model/errors.ts";
import { compareText } from "../model/json.ts";
import { isHidden, isPolicyName, maxFiles, maxTotalBytes, refuseEmpty, tooLarge } from "./limits.ts";
import type { PolicySource } from "./source.ts";

export interface Source {
  readonly files: SourceFile[];
  /** Changes with any name or byte, and with nothing else. */
  readonly revision: string;
}

const maxDepth = 32;

/** A folder has no history: it goes on from whatever it was. */
export function createFileSource(path: string): PolicySource {
  return {
    name: path,
    async read({ held } = {}) {
      const { files, revision } = await readFiles(path);
      if (revision === held) return { unchanged: true, revision };
      return { unchanged: false, revision, files, rewound: false, notes: [] };
    },
  };
}

export async function readFiles(path: string): Promise<Source> {
  const root = await stat(path).catch((error: unknown) => {
    throw isMissing(error)
      ? new EcsmonError("SourceMissing", `no file or folder at ${path}; check the path`, { cause: error })
      : unreadable(path, error);
  });
  const names = root.isDirectory() ? await listPolicyFiles(path) : [""];
  const files: SourceFile[] = [];
  const hash = createHash("sha256");
  let total = 0;
  for (const name of names) {
    const file = name === "" ? path : join(path, name);
    const info = await stat(file).catch((error: unknown) => {
      throw unreadable(file, error);
    });
    if (!info.isFile())
      throw new EcsmonError(
        "SourceUnreadable",
        `${file} is not a regular file; give a YAML file or a folder`,
      );
    total += info.size;
    if (total > maxTotalBytes) throw tooLarge(path, `more than ${maxTotalBytes} bytes of policies`);
    const prefix = `${Buffer.byteLength(name)}:${name}:`;
    if (info.size > maxFileBytes) {
      // The parser refuses it without having seen it.
      hash.update(`${prefix}${info.size}:`);
      await hashContents(file, hash);
      files.push({ file, text: "", bytes: info.size });
      continue;
    }
    const bytes = await readFile(file).catch((error: unknown) => {
      throw unreadable(file, error);
    });
    // The lengths keep the end of one file apart from the start of the next.
    hash.update(`${prefix}${bytes.length}:`).update(bytes);
    files.push({ file, text: bytes.toString("utf8") });
  }
  refuseEmpty(path, files, root.isDirectory());
  return { files, revision: `sha256:${hash.digest("hex").slice(0, 12)}` };
}

/** In small pieces: the contents are never all in memory. */
async function hashContents(file: string, hash: Hash): Promise<void> {
  try {
    for await (const piece of createReadStream(file)) hash.update(piece as Buffer);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Relative paths with `/`, in code-unit order. Links are followed as long as they stay inside. */
async function listPolicyFiles(folder: string): Promise<string[]> {
  const inside = await realpath(folder);
  const found: string[] = [];
  const walk = async (prefix: string, open: readonly string[]): Promise<void> => {
    const here = join(folder, prefix);
    if (open.length > maxDepth) throw tooLarge(folder, `folders nested deeper than ${maxDepth}`);
    const entries = await readdir(here, { withFileTypes: true }).catch((error: unknown) => {
      throw unreadable(here, error);
    });
    for (const entry of entries) {
      if (isHidden(entry.name)) continue;
      const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      const kind = await kindOf(entry, join(folder, name), inside);
      if (kind === "folder") {
        const real = await realpath(join(folder, name));
        // A link to a folder above would never end.
        if (!open.includes(real)) await walk(name, [...open, real]);
      } else if (kind === "file" && isPolicyName(entry.name)) found.push(name);
      if (found.length > maxFiles) throw tooLarge(folder, `more than ${maxFiles} files`);
    }
  };
  await walk("", [inside]);
  return found.sort(compareText);
}

async function kindOf(entry: Dirent, path: string, inside: string): Promise<"file" | "folder" | "other"> {
  if (entry.isDirectory()) return "folder";
  if (entry.isFile()) return "file";
  if (!entry.isSymbolicLink()) return "other";
  const target = await realpath(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (target !== inside && !target.startsWith(inside.endsWith(sep) ? inside : inside + sep)) {
    throw new EcsmonError(
      "SourceUnreadable",
      `${path} is a symbolic link out of the source, to ${relative(inside, target)}; copy the file in`,
    );
  }
  const info = await stat(target);
  return info.isDirectory() ? "folder" : info.isFile() ? "file" : "other";
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}

function unreadable(path: string, error: unknown): EcsmonError {
  const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new EcsmonError(
    "SourceUnreadable",
    `cannot read ${path} (${why}); check that it exists and may be read`,
    { cause: error },
  );
}

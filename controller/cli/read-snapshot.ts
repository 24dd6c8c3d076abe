// What `--snapshot` names: a file of `ecsmon snapshot`, gzipped or not; and how old it is.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { readSnapshotFile } from "../core/snapshot-file.ts";
import { EcsmonError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { isKey } from "../state/key.ts";
import type { Io } from "./io.ts";
import type { ReconcileFlags } from "./options.ts";

/** Seconds after which a snapshot is worth a warning. */
const oldAfter = 24 * 3600;

/** @param where a file, or `s3://BUCKET/KEY` */
export async function readSnapshot(where: string, env: Io["env"]): Promise<Snapshot> {
  return parseSnapshot(await (where.startsWith("s3:") ? readObject(where, env) : readBytes(where)), where);
}

/** @param name of the snapshot, for people */
export function parseSnapshot(bytes: Buffer, name: string): Snapshot {
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return readSnapshotFile((isZipped ? unzip(bytes, name) : bytes).toString("utf8"), name);
}

function unzip(bytes: Buffer, name: string): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new EcsmonError("InvalidSnapshot", `${name} is cut short or damaged: ${messageOf(error)}`);
  }
}

async function readObject(url: string, env: Io["env"]): Promise<Buffer> {
  const [, bucket, key] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/s.exec(url) ?? [];
  if (bucket === undefined || key === undefined || !isKey(key))
    throw new EcsmonError("InvalidOption", `--snapshot ${url} names no object; write s3://BUCKET/KEY`);
  const { createS3Store } = await import("../state/s3/store.ts");
  const bytes = await createS3Store({ bucket }, env).getBytes(key, { timeout: 60_000 });
  if (bytes !== undefined) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw new EcsmonError("SourceMissing", `there is no snapshot at ${url}`);
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new EcsmonError("SourceMissing", `the snapshot ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Tells how old it is; one that is old is worth a warning, or a refusal where a greatest age was asked for.
 * @throws EcsmonError `SnapshotTooOld`
 */
export function tellAge(
  { takenAt, version }: Snapshot,
  { snapshot: name, maxAge }: Pick<ReconcileFlags, "snapshot" | "maxAge">,
  io: Io,
): void {
  const age = Math.max(0, Math.floor((io.now().getTime() - Date.parse(takenAt)) / 1000));
  const taken = `taken ${describeAge(age)} ago, at ${takenAt}`;
  if (maxAge !== undefined && age > maxAge)
    throw new EcsmonError(
      "SnapshotTooOld",
      `${name} was ${taken}, which is longer than --max-age ${describeAge(maxAge)}; take it anew`,
    );
  const warning = age > oldAfter ? "; the account may have changed much since" : "";
  io.stderr(`ecsmon: the account as ${name} has it, ${taken}, by ecsmon ${version}${warning}\n`);
}

/** `90s`, `12m`, `5h`, `3d`: the largest unit of which there are two. */
function describeAge(seconds: number): string {
  const units = [
    [86_400, "d"],
    [3600, "h"],
    [60, "m"],
  ] as const;
  const [size, unit] = units.find(([size]) => seconds >= 2 * size) ?? [1, "s"];
  return `${Math.floor(seconds / size)}${unit}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// What `--snapshot` names: a file of `ecsmon snapshot`, gzipped or not; and how old it is.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { describeSize, largestSnapshot, readSnapshotFile } from "../core/snapshot-file.ts";
import { EcsmonError } from "../model/errors.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { isKey } from "../state/key.ts";
import { whyUnreadable } from "./file-trouble.ts";
import type { Io } from "./io.ts";
import type { ReconcileFlags } from "./options.ts";

/** Seconds after which a snapshot is worth a warning. */
const oldAfter = 24 * 3600;

/** @param where a file, or `s3://BUCKET/KEY` */
export async function readSnapshot(where: string, env: Io["env"]): Promise<Snapshot> {
  return parseSnapshot(await (where.startsWith("s3:") ? readObject(where, env) : readBytes(where)), where);
}

/**
 * @param name of the snapshot, for people
 * @param largest how many bytes are looked at, unzipped: a few zipped ones may be any number of them
 */
export function parseSnapshot(bytes: Buffer, name: string, largest = largestSnapshot): Snapshot {
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isZipped ? unzip(bytes, name, largest) : bytes;
  if (plain.length > largest) throw tooLarge(name, largest);
  return readSnapshotFile(plain.toString("utf8"), name);
}

function tooLarge(name: string, largest: number): EcsmonError {
  return new EcsmonError(
    "InvalidSnapshot",
    `${name} holds more than ${describeSize(largest)}, and ecsmon writes no such snapshot; take one of fewer targets`,
  );
}

function unzip(bytes: Buffer, name: string, maxOutputLength: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(name, maxOutputLength);
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
    throw new EcsmonError("SourceMissing", `the snapshot ${file} cannot be read: ${whyUnreadable(error)}`, {
      cause: error,
    });
  }
}

/** Seconds that clocks may differ by. */
const clockSkew = 300;

/**
 * Tells how old it is; one that is old, or from the future, is worth a warning, or a refusal where a greatest age was
 * asked for.
 * @throws EcsmonError `SnapshotTooOld`
 */
export function tellAge(
  snapshot: Snapshot,
  { snapshot: name, maxAge }: Pick<ReconcileFlags, "snapshot" | "maxAge">,
  io: Io,
): void {
  const { takenAt, version } = snapshot;
  const seconds = Math.floor((io.now().getTime() - Date.parse(takenAt)) / 1000);
  if (seconds < -clockSkew) {
    io.stderr(`ecsmon: ${describeFuture(snapshot, -seconds, String(name), maxAge)}\n`);
    return;
  }
  const age = Math.max(0, seconds);
  const taken = `taken ${describeAge(age)} ago, at ${takenAt}`;
  if (maxAge !== undefined && age > maxAge)
    throw new EcsmonError(
      "SnapshotTooOld",
      `${name} was ${taken}, which is longer than --max-age ${describeAge(maxAge)}; take it anew`,
    );
  const warning = age > oldAfter ? "; the account may have changed much since" : "";
  io.stderr(`ecsmon: the account as ${name} has it, ${taken}, by ecsmon ${version}${warning}\n`);
}

/** Of how old it is nothing is known then. */
function describeFuture(
  { takenAt, version }: Snapshot,
  ahead: number,
  name: string,
  maxAge?: number,
): string {
  const wrong = `${name} says that it was taken at ${takenAt}, ${describeAge(ahead)} from now`;
  if (maxAge === undefined) return `${wrong}, by ecsmon ${version}; one of the two clocks is wrong`;
  throw new EcsmonError(
    "SnapshotTooOld",
    `${wrong}, so whether it is older than --max-age ${describeAge(maxAge)} is not known; set the clock, or take it anew`,
  );
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

// Notices that something in a folder of policies has changed, so that it need not be waited for. Nothing rests on it: a
// folder that cannot be watched is polled, like one whose changes the system does not tell of (network file systems,
// what a link leads to).
import { type FSWatcher, type Stats, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../model/clock.ts";
import { EcsmonError, type Failure, toFailure } from "../model/errors.ts";
import { isHidden } from "./limits.ts";

export interface FolderWatchOptions {
  readonly clock: Pick<Clock, "sleep">;
  /** Something may have changed. */
  onChange(): void;
  /** It is not watched, for now. */
  onTrouble(failure: Failure): void;
}

/** An editor or a checkout does many things at once. */
const debounce = 200;
/** Looks for folders that were replaced by others of the same name. */
const rescan = 60_000;
const retry = 5_000;
const maxFolders = 1_000;
const maxDepth = 32;

interface Watched {
  /** Of the folder itself: another one may get its name. */
  readonly identity: string;
  readonly watcher: FSWatcher;
}

/** A file, or a folder with all below it, until `signal` is aborted; rejects never. */
export async function watchFolder(
  path: string,
  { clock, onChange, onTrouble }: FolderWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const watched = new Map<string, Watched>();
  let told: string | undefined;
  let rung = false;
  let failure: unknown;
  let wake = (): void => undefined;
  const ring = (): void => {
    rung = true;
    wake();
  };
  const stop = (): void => wake();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      try {
        const { folders, only } = await listFolders(path);
        const onEvent = (_: string, name: string | null): void => {
          if (only === undefined || name === null || name === only) ring();
        };
        watchAll(folders, watched, onEvent, (error) => {
          failure = error;
          ring();
        });
        if (failure !== undefined) throw failure;
        told = undefined;
      } catch (error) {
        closeAll(watched);
        failure = undefined;
        const trouble = toFailure(error);
        if (told !== trouble.message) onTrouble(trouble);
        told = trouble.message;
      }
      // What came after the folders were listed is read now: they are watched by now.
      if (rung) onChange();
      rung = false;
      const waiting = new AbortController();
      wake = () => waiting.abort();
      if (signal.aborted) break;
      await clock.sleep(told === undefined ? rescan : retry, waiting.signal);
      wake = () => undefined;
      if (rung) await clock.sleep(debounce, signal);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    closeAll(watched);
  }
}

function watchAll(
  folders: ReadonlyMap<string, string>,
  watched: Map<string, Watched>,
  onEvent: (event: string, name: string | null) => void,
  onError: (error: unknown) => void,
): void {
  for (const [folder, { identity, watcher }] of watched) {
    if (folders.get(folder) === identity) continue;
    watcher.close();
    watched.delete(folder);
  }
  for (const [folder, identity] of folders) {
    if (watched.has(folder)) continue;
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on("error", onError);
    watched.set(folder, { identity, watcher });
  }
}

function closeAll(watched: Map<string, Watched>): void {
  for (const { watcher } of watched.values()) watcher.close();
  watched.clear();
}

interface Folders {
  /** Path → identity. */
  readonly folders: ReadonlyMap<string, string>;
  /** The name that counts, where the path is that of a file. */
  readonly only?: string;
}

/** Editors write a file anew under its name: it is watched by the folder that it lies in. */
async function listFolders(path: string): Promise<Folders> {
  const info = await stat(path);
  if (!info.isDirectory()) {
    const folder = dirname(path);
    return { folders: new Map([[folder, identityOf(await stat(folder))]]), only: basename(path) };
  }
  const folders = new Map([[path, identityOf(info)]]);
  const walk = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || isHidden(entry.name)) continue;
      const below = join(folder, entry.name);
      folders.set(below, identityOf(await stat(below)));
      if (folders.size > maxFolders || depth > maxDepth)
        throw new EcsmonError(
          "SourceTooLarge",
          `${path} holds more folders than are watched (${maxFolders}, ${maxDepth} deep)`,
        );
      await walk(below, depth + 1);
    }
  };
  await walk(path, 1);
  return { folders };
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

// One writer at a time for a file, among all processes of a machine, and none that can be left behind by a dead one.
//
// The lock of FILE is a folder beside it, `.FILE.lock`, which holds one folder of the writer's own with the text that it
// is about to write. It is made apart and moved into place: a folder never takes the place of one that holds something.
// The write itself moves that text out of the lock. So whoever takes a lock away takes the write along, and a writer that
// was stopped for an hour in the middle finds nothing to move when it wakes.
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { EcsmonError } from "../model/errors.ts";
import { besideOf } from "./leftovers.ts";

export interface Hold {
  /** Moves the text to `file`. `false`: the hold was lost, and nothing was changed. */
  put(file: string): Promise<boolean>;
  /** Takes `file` away. `false`: as for `put`, or there is none. */
  take(file: string): Promise<boolean>;
  release(): Promise<void>;
}

const lookEvery = 5;
/** A writer needs a few milliseconds; one that took this long is dead or stopped. */
const deadAfter = 1_000;

/**
 * Waits until no other process writes the file. `until`: by performance.now().
 * @throws EcsmonError `StoreBusy`
 */
export async function takeHold(
  file: string,
  text: string | undefined,
  { until, signal }: { readonly until: number; readonly signal?: AbortSignal | undefined },
): Promise<Hold> {
  const name = randomUUID();
  const lock = join(dirname(file), `.${basename(file)}.lock`);
  const own = besideOf(file, name);
  const prepare = async (): Promise<void> => {
    await mkdir(join(own, name), { recursive: true });
    if (text !== undefined) await writeWhole(join(own, name, "new"), text);
  };
  try {
    await prepare();
    let seen: { readonly who: string; readonly since: number } | undefined;
    for (;;) {
      const moved = await moveIn(own, lock);
      if (moved === "in") break;
      signal?.throwIfAborted();
      if (moved === "gone") {
        // It stood still for so long that it was swept away as a dead one's.
        await prepare();
        continue;
      }
      const now = performance.now();
      const who = await whoHolds(lock);
      if (who !== undefined && seen?.who === who && now - seen.since >= deadAfter) await takeAway(lock);
      else if (now >= until)
        throw new EcsmonError("StoreBusy", `another process keeps writing ${file}`, { remedy: "retry" });
      if (who !== undefined && seen?.who !== who) seen = { who, since: now };
      await setTimeout(lookEvery);
    }
  } catch (error) {
    await rm(own, { recursive: true, force: true });
    throw error;
  }
  const inside = join(lock, name);
  return {
    put: (to) => move(join(inside, "new"), to),
    take: (from) => move(from, join(inside, "old")),
    async release() {
      await rm(inside, { recursive: true, force: true });
      // Another's, if ours was taken away.
      await rmdir(lock).catch(() => undefined);
    },
  };
}

async function writeWhole(file: string, text: string): Promise<void> {
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(text);
    // A machine that loses its power must not come back with the name and without the text.
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** `taken`: something is there that is not empty. */
async function moveIn(own: string, lock: string): Promise<"in" | "taken" | "gone"> {
  try {
    return (await move(own, lock)) ? "in" : "gone";
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(codeOf(error))) return "taken";
    throw error;
  }
}

/** `false`: there is nothing to move. */
export async function move(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

async function whoHolds(lock: string): Promise<string | undefined> {
  try {
    return (await readdir(lock))[0];
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function takeAway(lock: string): Promise<void> {
  const away = `${lock}.${randomUUID()}`;
  if (await move(lock, away)) await rm(away, { recursive: true, force: true });
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}

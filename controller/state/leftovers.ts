// What a writer makes beside a file before it moves it into place, `.FILE.UUID`, and what is left of that by writers that
// were killed in between. Nobody reads it, and nobody else would ever take it away.
import { randomUUID } from "node:crypto";
import { lstat, readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const form = /^\..+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Milliseconds. A writer needs a few; one that stood still for as long makes it anew when it wakes. */
const deadAfter = 3_600_000;
const sweepEvery = 3_600_000;

export function besideOf(file: string, name: string = randomUUID()): string {
  return join(dirname(file), `.${basename(file)}.${name}`);
}

/** Made for a store. What it gives sweeps a folder that was just written to, once in an hour. */
export function createSweep(): (folder: string) => Promise<void> {
  const dueAt = new Map<string, number>();
  return async (folder) => {
    const now = performance.now();
    if (now < (dueAt.get(folder) ?? 0)) return;
    dueAt.set(folder, now + sweepEvery);
    // The write itself is done: what cannot be swept stays.
    await sweep(folder).catch(() => undefined);
  };
}

async function sweep(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => form.test(name));
  // The time of what was just written to is now, by the clock that dates the others.
  const { mtimeMs: now } = await stat(folder);
  for (const name of names) {
    const path = join(folder, name);
    const made = await lstat(path).catch(() => undefined);
    if (made !== undefined && now - made.mtimeMs > deadAfter)
      await rm(path, { recursive: true, force: true });
  }
}

// A folder that only this user may look into, gone when the work in it is done.
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { undoAtEnd } from "./at-end.ts";

const remove = { recursive: true, force: true, maxRetries: 3 } as const;

export async function withPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  // `mkdtemp` makes it with mode 0700.
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-git-"));
  const settle = undoAtEnd(() => rmSync(folder, remove));
  try {
    return await work(folder);
  } finally {
    await rm(folder, remove);
    settle();
  }
}

// An estate that has been applied anew before each test, in which one read fails.
import { beforeAll, beforeEach, expect } from "vitest";
import type { FailingRead } from "./failing-reads.ts";
import { type Part, parts } from "./parts.ts";
import { writePolicy } from "./policies.ts";
import { type Scene, useScene } from "./scene.ts";

export const clusters = ["prod-*", "other"];

export function useAppliedScene(): Scene {
  const scene = useScene();
  let policy: string;
  beforeAll(async () => {
    policy = await writePolicy({ clusters });
    await scene.begin();
  });
  beforeEach(async () => {
    scene.proxy.reset();
    expect(await scene.apply(policy)).toMatchObject({ code: 0 });
  });
  return scene;
}

export function byTitle(reads: readonly FailingRead[]): [string, FailingRead][] {
  return reads.map((read) => [read.title, read]);
}

export function failWith({ proxy }: Scene, { handlers }: FailingRead): void {
  proxy.reset();
  for (const [operation, handler] of Object.entries(handlers)) proxy.on(operation, handler);
}

export function whatChanged(before: Record<Part, unknown>, after: Record<Part, unknown>): Part[] {
  return parts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]));
}

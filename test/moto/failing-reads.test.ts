// On an estate that has been applied, each read fails in turn while the policy wants everything otherwise: what
// depends on the read stands still, all else is done, and a person is told.
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type FailingRead, failingReads, failingTagReads } from "./failing-reads.ts";
import { cutIntoParts, type Part, parts } from "./parts.ts";
import { changedEverywhere, writeEmptyPolicy, writePolicy } from "./policies.ts";
import { useScene } from "./scene.ts";

const scene = useScene();
const clusters = ["prod-*", "other"];
let policies: { readonly first: string; readonly second: string; readonly none: string };

beforeAll(async () => {
  policies = {
    first: await writePolicy({ clusters }),
    second: await writePolicy({ clusters, ...changedEverywhere }),
    none: await writeEmptyPolicy(),
  };
  await scene.begin();
});

beforeEach(async () => {
  scene.proxy.reset();
  expect(await scene.apply(policies.first)).toMatchObject({ code: 0 });
});

describe("what a policy wants otherwise", () => {
  test.each(byTitle([...failingReads, ...failingTagReads]))("%s", async (_, failing) => {
    const before = cutIntoParts(await scene.account());
    failWith(failing);
    const run = await scene.apply(policies.second);
    const after = cutIntoParts(await scene.account());
    expect.soft(run.code).toBe(1);
    expect.soft(run.stderr).toMatch(failing.says);
    expect.soft(whatChanged(before, after)).toEqual(parts.filter((part) => !failing.frozen.includes(part)));
    expect.soft(scene.proxy.writes().filter(({ operation }) => operation.startsWith("Delete"))).toEqual([]);
  });
});

describe("what no policy wants any more", () => {
  test.each(byTitle(failingReads))("%s", async (_, failing) => {
    const before = cutIntoParts(await scene.account());
    failWith(failing);
    const run = await scene.apply(policies.none, "--max-deletes", "500");
    const changed = whatChanged(before, cutIntoParts(await scene.account()));
    const frozen = failing.frozenForDeletes ?? failing.frozen;
    expect.soft(changed).toEqual(parts.filter((part) => !frozen.includes(part)));
    if (frozen.length > 0) {
      expect.soft(run.code).toBe(1);
      expect.soft(run.stderr).toMatch(failing.says);
    }
  });
});

function byTitle(reads: readonly FailingRead[]): [string, FailingRead][] {
  return reads.map((read) => [read.title, read]);
}

function failWith({ handlers }: FailingRead): void {
  scene.proxy.reset();
  for (const [operation, handler] of Object.entries(handlers)) scene.proxy.on(operation, handler);
}

function whatChanged(before: Record<Part, unknown>, after: Record<Part, unknown>): Part[] {
  return parts.filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]));
}

// On an estate that has been applied, each read fails in turn while the policy wants everything otherwise: what
// depends on the read stands still, all else is done, and a person is told.
import { beforeAll, expect, test } from "vitest";
import { failingReads, failingTagReads } from "./failing-reads.ts";
import { byTitle, clusters, failWith, useAppliedScene, whatChanged } from "./failing-reads-scene.ts";
import { cutIntoParts, parts } from "./parts.ts";
import { changedEverywhere, writePolicy } from "./policies.ts";

const scene = useAppliedScene();
let changed: string;

beforeAll(async () => {
  changed = await writePolicy({ clusters, ...changedEverywhere });
});

test.each(byTitle([...failingReads, ...failingTagReads]))("%s", async (_, failing) => {
  const before = cutIntoParts(await scene.account());
  failWith(scene, failing);
  const run = await scene.apply(changed);
  const after = cutIntoParts(await scene.account());
  expect.soft(run.code).toBe(1);
  expect.soft(run.stderr).toMatch(failing.says);
  expect.soft(whatChanged(before, after)).toEqual(parts.filter((part) => !failing.frozen.includes(part)));
  expect.soft(scene.proxy.writes().filter(({ operation }) => operation.startsWith("Delete"))).toEqual([]);
});

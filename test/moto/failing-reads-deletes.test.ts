// The same while no policy wants anything any more: what may be hidden by the read stays.
import { beforeAll, expect, test } from "vitest";
import { failingReads } from "./failing-reads.ts";
import { byTitle, failWith, useAppliedScene, whatChanged } from "./failing-reads-scene.ts";
import { cutIntoParts, parts } from "./parts.ts";
import { writeEmptyPolicy } from "./policies.ts";

const scene = useAppliedScene();
let nothing: string;

beforeAll(async () => {
  nothing = await writeEmptyPolicy();
});

test.each(byTitle(failingReads))("%s", async (_, failing) => {
  const before = cutIntoParts(await scene.account());
  failWith(scene, failing);
  const run = await scene.apply(nothing, "--max-deletes", "500");
  const changed = whatChanged(before, cutIntoParts(await scene.account()));
  const frozen = failing.frozenForDeletes ?? failing.frozen;
  expect.soft(changed).toEqual(parts.filter((part) => !frozen.includes(part)));
  if (frozen.length > 0) {
    expect.soft(run.code).toBe(1);
    expect.soft(run.stderr).toMatch(failing.says);
  }
});

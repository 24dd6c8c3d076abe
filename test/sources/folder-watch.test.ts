// Folders on disk: noticed as they change, read as they stand still, polled where they cannot be watched.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createFileSource } from "../../controller/sources/file.ts";
import { type KeeperScene, minute, sound, startKeeper } from "./keeper-scene.ts";

/** Events come from the system, in its own time. */

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "ecsmon-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function startWatching(path: string): KeeperScene {
  // So long that nothing is noticed by polling.
  return startKeeper([{ source: createFileSource(path), allowRewind: false, watch: path }], {
    pollInterval: 1_000 * minute,
  });
}

/** The clock goes on meanwhile. */
const expectNames = (scene: KeeperScene, names: readonly string[], step = 100) =>
  expect
    .poll(async () => {
      await scene.pass(step);
      return scene.names();
    })
    .toEqual(names);

test("a file that is written, renamed over, removed, or made in a new folder is noticed", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "a.yaml"), sound("a"));
  const scene = startWatching(folder);
  await expectNames(scene, ["a"]);
  writeFileSync(join(folder, "b.yaml"), sound("b"));
  await expectNames(scene, ["a", "b"]);
  mkdirSync(join(folder, "sub", "below"), { recursive: true });
  writeFileSync(join(folder, "sub", "below", "c.yaml"), sound("c"));
  await expectNames(scene, ["a", "b", "c"]);
  writeFileSync(join(folder, "sub", "below", "c.yaml"), sound("c2"));
  await expectNames(scene, ["a", "b", "c2"]);
  writeFileSync(join(folder, "sub", ".new"), sound("d"));
  renameSync(join(folder, "sub", ".new"), join(folder, "b.yaml"));
  await expectNames(scene, ["a", "c2", "d"]);
  rmSync(join(folder, "sub"), { recursive: true });
  await expectNames(scene, ["a", "d"]);
  expect(scene.clock.monotonic()).toBeLessThan(60 * minute);
});

test("a single file is noticed, and its neighbours are not", async () => {
  const folder = makeFolder();
  const file = join(folder, "a.yaml");
  writeFileSync(file, sound("a"));
  const scene = startWatching(file);
  await expectNames(scene, ["a"]);
  await scene.pass(2_000);
  const reads = scene.reads.length;
  writeFileSync(join(folder, "b.yaml"), sound("b"));
  writeFileSync(join(folder, ".a.yaml.tmp"), sound("a2"));
  await scene.pass(5_000);
  expect(scene.reads).toHaveLength(reads);
  renameSync(join(folder, ".a.yaml.tmp"), file);
  await expectNames(scene, ["a2"]);
});

test("a folder whose contents are swapped by a link is noticed, as in a ConfigMap", async () => {
  const folder = makeFolder();
  const release = (name: string, policy: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a.yaml"), sound(policy));
    symlinkSync(name, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  release("..1", "one");
  symlinkSync("..data/a.yaml", join(folder, "a.yaml"));
  const scene = startWatching(folder);
  await expectNames(scene, ["one"]);
  release("..2", "two");
  await expectNames(scene, ["two"]);
});

test("a folder that is removed and made again is watched again; what was good holds meanwhile", async () => {
  const parent = makeFolder();
  const folder = join(parent, "policies");
  mkdirSync(folder);
  writeFileSync(join(folder, "a.yaml"), sound("a"));
  const scene = startWatching(folder);
  await expectNames(scene, ["a"]);
  rmSync(folder, { recursive: true });
  await expect
    .poll(async () => {
      await scene.pass(100);
      return scene.keeper.statuses()[0]?.code;
    })
    .toBe("SourceMissing");
  expect(scene.names()).toEqual(["a"]);
  expect(scene.logged.map(({ event }) => event)).toContain("source-not-watched");
  mkdirSync(folder);
  writeFileSync(join(folder, "b.yaml"), sound("b"));
  await expectNames(scene, ["b"], 1_000);
  writeFileSync(join(folder, "c.yaml"), sound("c"));
  await expectNames(scene, ["b", "c"], 1_000);
});

test("a folder that is swapped for another of its name is watched", async () => {
  const parent = makeFolder();
  const folder = join(parent, "policies");
  for (const [name, policy] of [
    ["policies", "a"],
    ["other", "b"],
  ] as const) {
    mkdirSync(join(parent, name, "sub"), { recursive: true });
    writeFileSync(join(parent, name, "sub", "a.yaml"), sound(policy));
  }
  const scene = startWatching(folder);
  await expectNames(scene, ["a"]);
  renameSync(folder, join(parent, "old"));
  renameSync(join(parent, "other"), folder);
  await expectNames(scene, ["b"]);
  await scene.pass(2_000);
  writeFileSync(join(folder, "sub", "a.yaml"), sound("c"));
  await expectNames(scene, ["c"]);
  expect(scene.clock.monotonic()).toBeLessThan(60 * minute);
});

test("a folder that is emptied counts as unread", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "a.yaml"), sound("a"));
  const scene = startWatching(folder);
  await expectNames(scene, ["a"]);
  rmSync(join(folder, "a.yaml"));
  await expect
    .poll(async () => {
      await scene.pass(100);
      return scene.keeper.statuses()[0]?.code;
    })
    .toBe("SourceEmpty");
  expect(scene.names()).toEqual(["a"]);
});

test("a checkout under way is not read as if policies were deleted", async () => {
  const folder = makeFolder();
  for (const name of ["a", "b", "c"]) writeFileSync(join(folder, `${name}.yaml`), sound(name));
  const scene = startWatching(folder);
  await expectNames(scene, ["a", "b", "c"]);
  await scene.pass(2_000);
  const seen = new Set<string>();
  for (const name of ["a", "b", "c"]) {
    rmSync(join(folder, `${name}.yaml`));
    scene.keeper.nudge();
    await scene.pass(100);
    seen.add(String(scene.names()));
    writeFileSync(join(folder, `${name}.yaml`), sound(`${name}2`));
    await scene.pass(100);
    seen.add(String(scene.names()));
  }
  await expectNames(scene, ["a2", "b2", "c2"]);
  expect([...seen]).toEqual(["a,b,c"]);
});

test("a folder that never stands still is told of", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "a.yaml"), sound("a"));
  const scene = startWatching(folder);
  await expectNames(scene, ["a"]);
  await scene.pass(2_000);
  let count = 0;
  await expect
    .poll(async () => {
      writeFileSync(join(folder, "b.yaml"), sound(`b${count++}`));
      scene.keeper.nudge();
      await scene.pass(100);
      return scene.keeper.statuses()[0]?.message;
    })
    .toContain("did not stand still for 300 ms in 10 reads");
  expect(scene.names()).toEqual(["a"]);
});

test("when it is over, nothing is watched and nobody sleeps", async () => {
  const folder = makeFolder();
  mkdirSync(join(folder, "sub"));
  writeFileSync(join(folder, "sub", "a.yaml"), sound("a"));
  const scene = startWatching(folder);
  await expectNames(scene, ["a"]);
  expect(scene.clock.sleepers).toBeGreaterThan(0);
  await scene.stop();
  expect(scene.clock.sleepers).toBe(0);
  const watchers = process.getActiveResourcesInfo().filter((name) => /FSEvent/i.test(name));
  expect(watchers).toEqual([]);
});

// State in a folder: whole or not at all, one writer at a time, and no way out of the folder.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createFolderStore } from "../../../controller/state/folder.ts";
import { takeHold } from "../../../controller/state/folder-lock.ts";
import type { StateStore, StoredObject } from "../../../controller/state/object-store.ts";

let folder: string;
let store: StateStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ecsmon-state-"));
  const made = folder;
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  store = createFolderStore(folder);
});

async function get(key: string): Promise<StoredObject> {
  const found = await store.get(key);
  if (found === undefined || found === "unchanged") throw new Error(`${key}: ${found}`);
  return found;
}

describe("objects", () => {
  it("are written, read, changed and removed, on conditions", async () => {
    expect(await store.get("a/b.json")).toBeUndefined();
    const first = await store.put("a/b.json", "one", { condition: { ifAbsent: true } });
    if (first === "conflict") throw new Error("conflict");
    expect(await get("a/b.json")).toEqual({ text: "one", etag: first.etag });
    expect(await store.get("a/b.json", { ifNoneMatch: first.etag })).toBe("unchanged");
    expect(await store.put("a/b.json", "two", { condition: { ifAbsent: true } })).toBe("conflict");
    expect(await store.put("a/b.json", "two", { condition: { ifMatch: '"other"' } })).toBe("conflict");
    expect(await store.put("c.json", "two", { condition: { ifMatch: first.etag } })).toBe("conflict");
    const second = await store.put("a/b.json", "two", { condition: { ifMatch: first.etag } });
    expect(await get("a/b.json")).toMatchObject({ text: "two" });
    expect(await store.remove("a/b.json", { ifMatch: first.etag })).toBe("conflict");
    expect(await store.remove("a/b.json", { ifMatch: (second as { etag: string }).etag })).toBe("removed");
    expect(await store.remove("a/b.json")).toBe("removed");
    expect(await store.get("a/b.json")).toBeUndefined();
    expect(await readdir(join(folder, "a"))).toEqual([]);
  });

  it("are listed in order, by any beginning, without what is being written", async () => {
    for (const key of ["t/b.json", "t/a.json", "t/sub/c.json", "u.json", "t2/x.json"])
      await store.put(key, key);
    await writeFile(join(folder, "t", ".b.json.lock"), "");
    expect(await store.list("")).toEqual(["t/a.json", "t/b.json", "t/sub/c.json", "t2/x.json", "u.json"]);
    expect(await store.list("t/")).toEqual(["t/a.json", "t/b.json", "t/sub/c.json"]);
    expect(await store.list("t")).toHaveLength(4);
    expect(await store.list("t/", { after: "t/b.json" })).toEqual(["t/sub/c.json"]);
    expect(await store.list("none/")).toEqual([]);
    await symlink("/etc/hostname", join(folder, "link.json"));
    expect(await store.list("l")).toEqual([]);
  });

  it.each(["../x", "a/../x", "/x", "a//x", ".x", "a/.lock", "", "a\\x", "a\0x", "a/"])(
    "have no key %j",
    async (key) => {
      await expect((async () => store.put(key, "x"))()).rejects.toMatchObject({ code: "InvalidKey" });
      await expect((async () => store.get(key))()).rejects.toMatchObject({ code: "InvalidKey" });
    },
  );
});

describe("writers", () => {
  it("of one process count without losing one", async () => {
    await store.put("n", "0");
    const increase = async (): Promise<void> => {
      for (;;) {
        const { text, etag } = await get("n");
        const put = await store.put("n", String(Number(text) + 1), {
          condition: { ifMatch: etag },
          timeout: 60_000,
        });
        if (put !== "conflict") return;
      }
    };
    await Promise.all(Array.from({ length: 20 }, increase));
    expect((await get("n")).text).toBe("20");
    expect(await readdir(folder)).toEqual(["n"]);
  });

  it("one that stands still loses its turn, and changes nothing when it goes on", async () => {
    await store.put("n", "old");
    const until = performance.now() + 60_000;
    const still = await takeHold(join(folder, "n"), "of the one that stood still", { until });
    await store.put("n", "new", { timeout: 60_000 });
    expect(await still.put(join(folder, "n"))).toBe(false);
    expect(await still.take(join(folder, "n"))).toBe(false);
    await still.release();
    expect((await get("n")).text).toBe("new");
    expect(await readdir(folder)).toEqual(["n"]);
  });

  it("one that has died between any two steps keeps nobody out", async () => {
    await mkdir(join(folder, ".n.lock"), { recursive: true });
    await store.put("n", "1");
    await mkdir(join(folder, ".n.lock", "dead"), { recursive: true });
    await writeFile(join(folder, ".n.lock", "dead", "new"), "half");
    await store.put("n", "2", { timeout: 60_000 });
    expect((await get("n")).text).toBe("2");
    expect(await readdir(folder)).toEqual(["n"]);
  });

  it.each([
    ["a text", () => store.put("a/n", "1", { timeout: 60_000 })],
    ["bytes", () => store.putBytes("a/n", new Uint8Array([1]))],
  ])("of %s sweep what killed ones left an hour ago and more, and nothing else", async (_, write) => {
    const [old, waiting, lock] = [randomUUID(), randomUUID(), randomUUID()];
    await mkdir(join(folder, "a", `.n.${old}`, old), { recursive: true });
    await writeFile(join(folder, "a", `.n.${old}`, old, "new"), "half");
    await mkdir(join(folder, "a", `.n.lock.${lock}`));
    await mkdir(join(folder, "a", `.n.${waiting}`, waiting), { recursive: true });
    for (const name of [`.page.${old}`, `.page.${waiting}`, ".other", `n2.${old}`, `${old}.json`])
      await writeFile(join(folder, "a", name), "half");
    for (const name of [`.n.${old}`, `.n.lock.${lock}`, `.page.${old}`, ".other", `n2.${old}`, `${old}.json`])
      await utimes(join(folder, "a", name), 0, 0);
    const keys = [`a/${old}.json`, `a/n2.${old}`].sort();
    expect(await store.list("")).toEqual(keys);
    await write();
    expect((await readdir(join(folder, "a"))).sort()).toEqual(
      [`${old}.json`, `n2.${old}`, "n", ".other", `.n.${waiting}`, `.page.${waiting}`].sort(),
    );
    expect(await store.list("")).toEqual([...keys, "a/n"].sort());
  });

  /** Takes away what a write makes beside a file, as soon as it holds the text: as if it had stood still for an hour. */
  async function sweepUnder<T>(write: Promise<T>, form: RegExp): Promise<T> {
    let isDone = false;
    const end = write.finally(() => {
      isDone = true;
    });
    for (let own: string | undefined; own === undefined && !isDone; ) {
      const paths = await readdir(folder, { recursive: true }).catch(() => []);
      own = paths.map((path) => form.exec(path)?.[1]).find((one) => one !== undefined);
      if (own !== undefined) await rm(join(folder, own), { recursive: true, force: true });
    }
    return end;
  }

  it("one that was swept while it stood still writes all the same", async () => {
    const other = await takeHold(join(folder, "n"), "x", { until: performance.now() + 60_000 });
    const put = store.put("n", "1", { timeout: 600_000 });
    expect(await sweepUnder(put, /^(\.n\.[0-9a-f-]{36})\/.*new$/)).toHaveProperty("etag");
    await other.release();
    expect((await get("n")).text).toBe("1");

    const bytes = new Uint8Array(32 * 1024 * 1024).fill(7);
    await sweepUnder(store.putBytes("page", bytes), /^(\.page\..+)$/);
    expect(Buffer.compare((await store.getBytes("page")) ?? Buffer.alloc(0), bytes)).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(["n", "page"]);
  });

  it("says so when another one keeps writing", async () => {
    const hold = await takeHold(join(folder, "n"), "x", { until: performance.now() + 1_000 });
    const put = store.put("n", "1", { timeout: 50 });
    await expect(put).rejects.toMatchObject({ code: "StoreBusy", remedy: "retry" });
    await hold.release();
  });

  it("that are killed at any moment leave a whole object, and every write that was told of", {
    timeout: 60_000,
  }, async () => {
    let told = 0;
    let torn = 0;
    for (let round = 0; round < 6; round++) {
      const writers = [1, 2].map(() => {
        const args = ["--import", "tsx", join(import.meta.dirname, "folder-writer.ts"), folder, "200000"];
        const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
        let said = 0;
        const spoke = new Promise<void>((resolve) => {
          child.stdout.on("data", (data: Buffer) => {
            said += data.toString().split("\n").length - 1;
            if (said >= 3 + round) resolve();
          });
        });
        const exited = new Promise<void>((resolve) => child.on("exit", () => resolve()));
        return { child, spoke, exited, said: () => said };
      });
      await Promise.race(writers.map(({ spoke }) => spoke));
      for (const { child } of writers) child.kill("SIGKILL");
      for (let reads = 0; reads < 20; reads++) {
        const { text } = await get("a/count.json");
        if (JSON.parse(text).end !== true) torn += 1;
      }
      await Promise.all(writers.map(({ exited }) => exited));
      told += writers.reduce((sum, { said }) => sum + said(), 0);
    }
    const { count } = JSON.parse((await get("a/count.json")).text);
    expect(torn).toBe(0);
    // A write can be done and its teller killed before telling; none is lost.
    expect(count).toBeGreaterThanOrEqual(told);
    expect(count).toBeLessThanOrEqual(told + 12 * 2);
    expect(await store.put("a/count.json", "{}", { timeout: 60_000 })).toHaveProperty("etag");
  });
});

describe("a place that is not as it should be", () => {
  it("a file instead of a folder is told of, with what to do", async () => {
    await writeFile(join(folder, "file"), "");
    const broken = createFolderStore(join(folder, "file"));
    await expect(broken.put("n", "1")).rejects.toMatchObject({
      code: "StoreFailed",
      message: expect.stringContaining("name a folder"),
    });
  });
});

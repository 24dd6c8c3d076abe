// The source keeper with Git repositories behind a token: many files, pushes by force, outages, restarts, and a repository
// that holds what no policy is.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { PolicySource } from "../../controller/sources/source.ts";
import { foldersIn, token, useGitScene } from "./git-scene.ts";
import { broken, createFakeSource, minute, sound, startKeeper } from "./keeper-scene.ts";

const scene = useGitScene();
/** What git does takes its own time. */
const files = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`p/${index}.yaml`, sound(`policy-${index}`)]),
  );
const kept = (source: PolicySource, allowRewind = false) => [{ source, allowRewind }];

test.each([1, 100, 1000])(
  "%i policies are read whole, polled for little, and read again when one changes",
  async (count) => {
    const repository = scene.makeRepository();
    const first = repository.commit(files(count));
    const keeper = startKeeper(kept(scene.open(repository, "?path=p")));
    await keeper.pass(0);
    expect(keeper.names()).toHaveLength(count);
    expect(keeper.keeper.current()?.revision).toBe(first);
    scene.server.requests.length = 0;
    await keeper.pass(3 * minute);
    // What a poll asks for: which commit it is, in the two steps of protocol v2, the first of which is refused once.
    const polls = scene.server.requests.length / 3;
    expect(polls).toBeLessThanOrEqual(3);
    expect(keeper.changes).toBe(1);
    const second = repository.commit({ ...files(count), "p/new.yaml": sound("new") });
    await keeper.pass(minute);
    expect(keeper.names()).toHaveLength(count + 1);
    expect(keeper.keeper.current()).toMatchObject({ revision: second });
    const file = keeper.keeper.current()?.policies.policies.find(({ name }) => name === "new")?.file ?? "";
    expect(keeper.keeper.current()?.revisionOf(file)).toBe(second);
    const [saved] = keeper.saved.values();
    expect(saved).toMatchObject({ revision: second });
    expect(saved?.files).toHaveLength(count + 1);
  },
);

test("one broken file among a thousand holds the push back", async () => {
  const repository = scene.makeRepository();
  const first = repository.commit(files(1000));
  const keeper = startKeeper(kept(scene.open(repository, "?path=p")));
  await keeper.pass(0);
  repository.commit({ "p/1.yaml": broken("policy-1") });
  await keeper.pass(minute);
  expect(keeper.names()).toHaveLength(1000);
  expect(keeper.keeper.statuses()[0]).toMatchObject({
    revision: first,
    code: "Invalid",
    message: expect.stringMatching(/p\/1\.yaml:6:\d+: unknown field/),
  });
  const fixed = repository.commit({ "p/1.yaml": sound("policy-1") });
  await keeper.pass(minute);
  expect(keeper.keeper.current()?.revision).toBe(fixed);
});

test("a push by force is held back, over a restart too, and taken with allowRewind", async () => {
  const repository = scene.makeRepository();
  const base = repository.commit({ "a.yaml": sound("a") });
  const good = repository.commit({ "a.yaml": sound("a"), "b.yaml": sound("b") });
  const first = startKeeper(kept(scene.open(repository)));
  await first.pass(0);
  repository.commit({ "c.yaml": sound("c") }, { parent: base });
  await first.pass(2 * minute);
  expect(first.names()).toEqual(["a", "b"]);
  expect(first.keeper.statuses()[0]).toMatchObject({
    revision: good,
    code: "Rewound",
    message: expect.stringContaining("allowRewind"),
    staleSince: "2026-01-01T00:01:00.000Z",
  });
  expect(first.logged.map(({ event }) => event)).toEqual(["source-updated", "source-held-back"]);
  await first.stop();

  const { clock, saved: store } = first;
  const second = startKeeper(kept(scene.open(repository)), { clock, store });
  await second.pass(0);
  expect(second.names()).toEqual(["a", "b"]);
  expect(second.keeper.statuses()[0]?.code).toBe("Rewound");
  // What is pushed upon it is no better.
  const ahead = repository.commit({ "c.yaml": sound("c"), "d.yaml": sound("d") });
  await second.pass(minute);
  expect(second.names()).toEqual(["a", "b"]);
  expect(second.logged.map(({ fields }) => fields["code"])).toEqual(["Rewound", "Rewound"]);
  await second.stop();

  const third = startKeeper(kept(scene.open(repository), true), { clock, store });
  await third.pass(0);
  expect(third.names()).toEqual(["c", "d"]);
  expect(third.keeper.statuses()[0]).toMatchObject({ revision: ahead });
  expect(third.keeper.statuses()[0]).not.toHaveProperty("code");
  expect(third.logged[0]).toMatchObject({ event: "source-rewound", fields: { from: good, revision: ahead } });
});

test("a push by force that is pushed back is over", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": sound("a") });
  const good = repository.commit({ "b.yaml": sound("b") });
  const keeper = startKeeper(kept(scene.open(repository)));
  await keeper.pass(0);
  repository.commit({ "c.yaml": sound("c") }, { parent: null });
  await keeper.pass(minute);
  expect(keeper.keeper.statuses()[0]?.code).toBe("Rewound");
  repository.git("update-ref", "refs/heads/main", good);
  await keeper.pass(minute);
  expect(keeper.keeper.statuses()[0]).toMatchObject({ revision: good });
  expect(keeper.keeper.statuses()[0]).not.toHaveProperty("code");
  const next = repository.commit({ "d.yaml": sound("d") });
  await keeper.pass(minute);
  expect(keeper.keeper.current()?.revision).toBe(next);
});

test("ten minutes without an answer keep the last good revision, over a restart too", async () => {
  const repository = scene.makeRepository();
  const good = repository.commit({ "a.yaml": sound("a") });
  const other = createFakeSource("b", { "b.yaml": sound("b") });
  const first = startKeeper([...kept(scene.open(repository)), other]);
  await first.pass(0);
  await scene.server.stop();
  try {
    await first.pass(5 * minute);
    expect(first.names()).toEqual(["a", "b"]);
    const stale = { revision: good, code: "SourceUnreachable", staleSince: "2026-01-01T00:01:00.000Z" };
    expect(first.keeper.statuses()[0]).toMatchObject({
      ...stale,
      message: expect.stringContaining("cannot be reached"),
      readAt: "2026-01-01T00:00:00.000Z",
    });
    await first.stop();

    const { clock, saved: store } = first;
    const second = startKeeper([...kept(scene.open(repository)), other], { clock, store });
    await second.pass(0);
    expect(second.names()).toEqual(["a", "b"]);
    expect(
      second.keeper
        .current()
        ?.revisionOf(`git+${scene.server.url}/${repository.folder.slice(scene.root.length + 1)}:a.yaml`),
    ).toBe(good);
    // The other source goes on.
    other.files = { "b2.yaml": sound("b2") };
    await second.pass(5 * minute);
    expect(second.names()).toEqual(["a", "b2"]);
    expect(second.keeper.statuses()[0]).toMatchObject({ code: "SourceUnreachable" });
    expect(second.logged.filter(({ event }) => event === "source-unreadable")).toHaveLength(1);

    await scene.server.start();
    const next = repository.commit({ "a.yaml": sound("a"), "c.yaml": sound("c") });
    await second.pass(minute);
    expect(second.names()).toEqual(["a", "b2", "c"]);
    expect(second.keeper.statuses()[0]).toMatchObject({ revision: next });
    expect(second.keeper.statuses()[0]).not.toHaveProperty("staleSince");
    expect(second.logged.map(({ event }) => event)).toContain("source-back");
  } finally {
    await scene.server.stop();
    await scene.server.start();
  }
});

test("a server that hangs is given up, its git is ended, and the other source goes on meanwhile", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": sound("a") });
  const other = createFakeSource("b", { "b.yaml": sound("b") });
  const keeper = startKeeper([...kept(scene.open(repository)), other]);
  await keeper.pass(0);
  scene.server.behaviour = "hang";
  const { clock } = keeper;
  scene.server.requests.length = 0;
  await clock.advance(minute);
  // It stands in front of the server before time goes on.
  await expect.poll(() => scene.server.requests.length).toBe(1);
  other.files = { "b2.yaml": sound("b2") };
  keeper.keeper.nudge((name) => name === "b");
  // So long it is asked whether it has news, too.
  for (let second = 0; second < 12; second++) await clock.advance(1_000);
  expect(keeper.names()).toEqual(["a", "b2"]);
  expect(keeper.keeper.statuses()[0]).not.toHaveProperty("code");
  await clock.advance(48_000);
  await clock.advance(0);
  expect(keeper.keeper.statuses()[0]).toMatchObject({
    code: "SourceUnreachable",
    message: expect.stringContaining("was not read within 60 seconds"),
  });
  // The next read hangs, too: nobody waits for it again.
  await expect.poll(() => foldersIn(scene.temporary)).toEqual([]);
  await keeper.pass(0);
  await clock.advance(6_000);
  await expect.poll(() => scene.server.requests.length).toBe(2);
  other.files = { "b3.yaml": sound("b3") };
  keeper.keeper.nudge((name) => name === "b");
  for (let turn = 0; turn < 20; turn++) await clock.advance(100);
  expect(keeper.names()).toEqual(["a", "b3"]);
  await clock.advance(minute);
  await expect.poll(() => foldersIn(scene.temporary)).toEqual([]);
  scene.server.behaviour = "serve";
  await keeper.pass(minute);
  expect(keeper.keeper.statuses()[0]).not.toHaveProperty("code");
});

test("a restart stops the read that is under way and leaves nothing behind", async () => {
  const repository = scene.makeRepository();
  repository.commit({ "a.yaml": sound("a") });
  scene.server.behaviour = "hang";
  const keeper = startKeeper(kept(scene.open(repository)));
  await expect.poll(() => scene.server.requests.length).toBe(1);
  await keeper.stop();
  expect(keeper.logged).toEqual([]);
  expect(keeper.clock.sleepers).toBe(0);
  await expect.poll(() => foldersIn(scene.temporary)).toEqual([]);
});

test("links, submodules and 100 MB beside the policies cost no memory, and the token is seen nowhere", async () => {
  const repository = scene.makeRepository();
  // Written by git alone: this process must not have been large before.
  const zeros = join(scene.root, "zeros");
  writeFileSync(zeros, "");
  truncateSync(zeros, 100 * 1024 * 1024);
  const big = { object: repository.git("-c", "core.bigFileThreshold=1m", "hash-object", "-w", zeros) };
  const commit = (name: string): string =>
    repository.commit({
      "p/a.yaml": sound("a"),
      [`p/${name}.yaml`]: sound(name),
      "p/disk.img": big,
      "p/link.yaml": { link: "../outside.yaml" },
      "p/up": { link: ".." },
      "p/sub": { submodule: "0123456789".repeat(4) },
      ".gitmodules": `[submodule "sub"]\n\tpath = p/sub\n\turl = ext::sh -c touch% ${join(scene.root, "ext")}\n`,
      "outside.yaml": sound("outside"),
      "p2/b.yaml": broken("b"),
    });
  commit("b");
  // What each git, and what it starts, was called with; and its files, as long as it runs.
  const bin = join(scene.root, "bin");
  const calls = join(scene.root, "calls");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "git"),
    `#!/bin/sh\nPATH=\${PATH#*:}\nprintf '%s\\n' "$*" >> ${calls}\nulimit -v 100000\nexec git "$@"\n`,
  );
  chmodSync(join(bin, "git"), 0o755);
  const processes: string[] = [];
  scene.server.onRequest = () => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
      try {
        processes.push(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
      } catch {
        // It has ended.
      }
  };
  const env = { ...scene.env, PATH: `${bin}:${scene.env["PATH"]}` };
  const before = process.resourceUsage().maxRSS;
  const keeper = startKeeper(kept(scene.open(repository, "?path=p", { env })));
  await keeper.pass(0);
  expect(keeper.names()).toEqual(["a", "b"]);
  commit("c");
  await keeper.pass(minute);
  expect(keeper.names()).toEqual(["a", "c"]);
  // Refused, unreachable, held back: messages of each kind.
  await scene.server.stop();
  await keeper.pass(minute);
  await scene.server.start();
  const denied = startKeeper(
    kept(scene.open(repository, "?path=p", { env: { ...env, TOKEN: `${token}x` } })),
  );
  await denied.pass(0);
  expect(denied.keeper.statuses()[0]?.message).toContain("TOKEN");
  repository.commit({ "p/a.yaml": broken("a") }, { parent: null });
  await keeper.pass(minute);
  expect(keeper.keeper.statuses()[0]?.code).toBe("Rewound");

  // In KiB; what a collector has not come to is part of it.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
  expect(existsSync(join(scene.root, "ext"))).toBe(false);
  const notes = keeper.logged.find(({ event }) => event === "source-notes")?.fields["notes"];
  expect(notes).toHaveLength(3);
  const argv = readFileSync(calls, "utf8");
  expect(argv).toContain("ls-remote");
  expect(argv).toContain("fetch");
  expect(processes.some((line) => line.includes("remote-http"))).toBe(true);
  const forms = [
    token,
    Buffer.from(token).toString("base64"),
    Buffer.from(`x-access-token:${token}`).toString("base64"),
  ];
  const seen = JSON.stringify([
    [keeper, denied].map((one) => [one.logged, one.keeper.statuses(), [...one.saved]]),
    keeper.keeper.current()?.policies,
    argv,
    processes,
  ]);
  for (const form of forms) expect(seen).not.toContain(form.replace(/=+$/, ""));
});

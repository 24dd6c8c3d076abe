// The source keeper with sources that a test writes: what is taken, what is held back, what is told of it.
import { describe, expect, test } from "vitest";
import { EcsmonError } from "../../controller/model/errors.ts";
import { broken, createFakeSource, minute, sound, startKeeper } from "./keeper-scene.ts";

const eventsOf = (logged: readonly { event: string }[]) => logged.map(({ event }) => event);

test("a new revision holds within one poll, and is told of once", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const scene = startKeeper([a]);
  expect(scene.keeper.current()).toBeUndefined();
  await scene.pass(0);
  expect(scene.names()).toEqual(["x"]);
  expect(scene.changes).toBe(1);
  a.files = { "x.yaml": sound("x"), "y.yaml": sound("y") };
  await scene.pass(minute - 2_000);
  expect(scene.names()).toEqual(["x"]);
  await scene.pass(2_000);
  expect(scene.names()).toEqual(["x", "y"]);
  expect(scene.changes).toBe(2);
  await scene.pass(5 * minute);
  expect(scene.changes).toBe(2);
  expect(eventsOf(scene.logged)).toEqual(["source-updated", "source-updated"]);
  const revision = JSON.stringify(a.files);
  expect(scene.keeper.current()).toMatchObject({ revision, diagnostics: [] });
  expect(scene.keeper.current()?.revisionOf("a/y.yaml")).toBe(revision);
  expect(scene.keeper.current()?.revisionOf("a/z.yaml")).toBeUndefined();
  expect(scene.reads.at(-1)).toEqual({ name: "a", held: revision, lastGood: revision });
  expect(scene.saved.get("a")).toEqual({
    name: "a",
    revision,
    at: "2026-01-01T00:01:00.000Z",
    files: [
      { file: "a/x.yaml", text: sound("x") },
      { file: "a/y.yaml", text: sound("y") },
    ],
  });
});

test("reads are spread over the interval, and never later than it", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const scene = startKeeper([a], { random: () => 0 });
  await scene.pass(10 * minute);
  // Every 48 seconds.
  expect(scene.reads).toHaveLength(13);
});

test("one broken file holds the revision back, with its place, and deletes nothing", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x"), "y.yaml": sound("y") });
  const b = createFakeSource("b", { "z.yaml": sound("z") });
  const scene = startKeeper([a, b]);
  await scene.pass(0);
  const before = scene.keeper.current();
  a.files = { "x.yaml": broken("x"), "new.yaml": sound("new") };
  await scene.pass(minute);
  expect(scene.keeper.current()).toBe(before);
  await scene.pass(3 * minute);
  const [held] = scene.keeper.statuses();
  expect(held).toEqual({
    name: "a",
    revision: before?.revisionOf("a/x.yaml"),
    staleSince: "2026-01-01T00:01:00.000Z",
    code: "Invalid",
    message: expect.stringMatching(/^a\/x\.yaml:6:\d+: unknown field "loging"/),
    readAt: "2026-01-01T00:04:00.000Z",
  });
  expect(eventsOf(scene.logged)).toEqual(["source-updated", "source-updated", "source-held-back"]);
  // The other source goes on.
  b.files = { "z2.yaml": sound("z2") };
  await scene.pass(minute);
  expect(scene.names()).toEqual(["x", "y", "z2"]);
  expect(eventsOf(scene.logged).filter((event) => event === "source-held-back")).toHaveLength(1);
  a.files = { "new.yaml": sound("new") };
  await scene.pass(minute);
  expect(scene.names()).toEqual(["new", "z2"]);
  expect(scene.keeper.statuses()[0]).toEqual({
    name: "a",
    revision: JSON.stringify(a.files),
    readAt: "2026-01-01T00:06:00.000Z",
  });
});

test("what was held back and is taken back at the source is over", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const scene = startKeeper([a]);
  await scene.pass(0);
  const before = scene.keeper.current();
  const { files } = a;
  a.files = { "x.yaml": broken("x") };
  await scene.pass(minute);
  a.files = files;
  await scene.pass(minute);
  expect(scene.keeper.current()).toBe(before);
  expect(scene.keeper.statuses()[0]?.staleSince).toBeUndefined();
  expect(eventsOf(scene.logged)).toEqual(["source-updated", "source-held-back", "source-back"]);
});

test("trouble is told of as it comes, goes and becomes another, and in between not again", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const scene = startKeeper([a]);
  await scene.pass(minute);
  expect(scene.troubles).toBe(0);
  const { files } = a;
  a.files = { "x.yaml": broken("x") };
  await scene.pass(3 * minute);
  expect(scene.troubles).toBe(1);
  // It is as old as it was, and stale for as long.
  a.files = { "x.yaml": sound("x"), "y.yaml": broken("y") };
  await scene.pass(3 * minute);
  expect(scene.troubles).toBe(2);
  expect(scene.keeper.statuses()[0]).toMatchObject({
    staleSince: "2026-01-01T00:02:00.000Z",
    message: expect.stringContaining("a/y.yaml:6:"),
  });
  for (const took of [1, 2, 3]) {
    a.failure = new EcsmonError("SourceUnreachable", `no answer after ${took} ms`);
    await scene.pass(minute);
  }
  expect(scene.troubles).toBe(3);
  Object.assign(a, { files, failure: undefined });
  await scene.pass(3 * minute);
  expect(scene.troubles).toBe(4);
  // The pass that follows other policies tells of it.
  a.files = { "x.yaml": broken("x") };
  await scene.pass(minute);
  expect(scene.troubles).toBe(5);
  a.files = { "x.yaml": sound("x"), "y.yaml": sound("y") };
  await scene.pass(3 * minute);
  expect(scene.troubles).toBe(5);
  expect(scene.changes).toBe(2);
});

test("a name used twice over sources holds back the one that changed, until the other lets it go", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const scene = startKeeper([a, b]);
  await scene.pass(0);
  a.files = { "x.yaml": sound("x"), "y.yaml": sound("y") };
  await scene.pass(minute);
  expect(scene.names()).toEqual(["x", "y"]);
  expect(scene.keeper.current()?.revisionOf("b/y.yaml")).toBeDefined();
  expect(scene.keeper.statuses().map(({ code }) => code)).toEqual(["Invalid", undefined]);
  expect(scene.keeper.statuses()[0]?.message).toContain(
    'another MonitoringPolicy is named "y", at a/y.yaml:3',
  );
  b.files = { "z.yaml": sound("z") };
  await scene.pass(minute);
  expect(scene.names()).toEqual(["x", "y", "z"]);
  expect(scene.keeper.current()?.revisionOf("a/y.yaml")).toBe(JSON.stringify(a.files));
  expect(scene.keeper.statuses().map(({ code }) => code)).toEqual([undefined, undefined]);
});

test("policies that change places between sources move at once, beside a third that is broken", async () => {
  const a = createFakeSource("a", { "p.yaml": sound("x") });
  const b = createFakeSource("b", { "p.yaml": sound("y") });
  const c = createFakeSource("c", { "p.yaml": sound("z") });
  const scene = startKeeper([a, b, c]);
  await scene.pass(0);
  a.files = { "p.yaml": sound("y") };
  b.files = { "p.yaml": sound("x") };
  c.files = { "p.yaml": broken("z") };
  await scene.pass(minute);
  expect(scene.names()).toEqual(["x", "y", "z"]);
  expect(scene.keeper.statuses().map(({ code }) => code)).toEqual([undefined, undefined, "Invalid"]);
  expect(scene.keeper.current()?.revisionOf("a/p.yaml")).toBe(JSON.stringify(a.files));
});

test("a file that two sources reach is as the newer read found it", async () => {
  const outer = createFakeSource("/p", { "sub/x.yaml": sound("x"), "y.yaml": sound("y") });
  const inner = createFakeSource("/p/sub", { "x.yaml": sound("x") });
  const scene = startKeeper([outer, inner]);
  await scene.pass(0);
  expect(scene.names()).toEqual(["x", "y"]);
  inner.files = { "x.yaml": sound("x", "60d") };
  await scene.pass(minute);
  const retention = scene.keeper.current()?.policies.policies.find(({ name }) => name === "x")?.spec
    .logging?.retention;
  expect(retention).toBe(60 * 86_400);
  expect(scene.keeper.statuses().every(({ code }) => code === undefined)).toBe(true);
});

test("what moves from one source to another is never gone meanwhile, however the polls fall", async () => {
  for (const nudged of ["a", "b"]) {
    const a = createFakeSource("a", { "x.yaml": sound("x"), "y.yaml": sound("y") });
    const b = createFakeSource("b", { "z.yaml": sound("z") });
    const held: string[] = [];
    const scene = startKeeper([a, b], { onChange: () => held.push(String(scene.names())) });
    await scene.pass(30_000);
    a.files = { "y.yaml": sound("y") };
    b.files = { "z.yaml": sound("z"), "x.yaml": sound("x") };
    scene.keeper.nudge((name) => name === nudged);
    await scene.pass(2_000);
    expect(held).toEqual(["x,y,z", "x,y,z"]);
    expect(scene.keeper.current()?.revisionOf("b/x.yaml")).toBe(JSON.stringify(b.files));
  }
});

test("a source that does not answer holds the news of the others up for ten seconds", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const { read } = b;
  const scene = startKeeper([a, b]);
  await scene.pass(30_000);
  let release = (): void => undefined;
  const hang = new Promise<void>((resolve) => {
    release = resolve;
  });
  b.read = async (options) => {
    await hang;
    return read.call(b, options);
  };
  a.files = { "x2.yaml": sound("x2") };
  scene.keeper.nudge((name) => name === "a");
  const go = async (seconds: number): Promise<void> => {
    for (let turn = 0; turn < seconds; turn++) await scene.clock.advance(1_000);
  };
  await go(9);
  expect(scene.names()).toEqual(["x", "y"]);
  await go(2);
  expect(scene.names()).toEqual(["x2", "y"]);
  release();
  await scene.pass(0);
});

test("nothing holds until every source has something good", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  b.failure = new EcsmonError("SourceUnreachable", "b cannot be reached", { remedy: "retry" });
  const scene = startKeeper([a, b]);
  await scene.pass(2 * minute);
  expect(scene.keeper.current()).toBeUndefined();
  expect(scene.changes).toBe(0);
  expect(scene.keeper.statuses()[1]).toEqual({
    name: "b",
    staleSince: "2026-01-01T00:00:00.000Z",
    code: "SourceUnreachable",
    message: "b cannot be reached",
  });
  b.failure = undefined;
  await scene.pass(minute);
  expect(scene.names()).toEqual(["x", "y"]);
  expect(scene.changes).toBe(1);
  expect(eventsOf(scene.logged)).toEqual([
    "source-unreadable",
    "source-updated",
    "source-back",
    "source-updated",
  ]);
});

test("a source that was broken from the first read on is told of, and nothing holds", async () => {
  const a = createFakeSource("a", { "x.yaml": broken("x") });
  const scene = startKeeper([a]);
  await scene.pass(0);
  expect(scene.keeper.current()).toBeUndefined();
  expect(scene.keeper.statuses()).toEqual([
    {
      name: "a",
      staleSince: "2026-01-01T00:00:00.000Z",
      code: "Invalid",
      message: expect.stringContaining("a/x.yaml:6:"),
      readAt: "2026-01-01T00:00:00.000Z",
    },
  ]);
  expect(scene.saved.size).toBe(0);
});

test("after a restart, the first read decides; what was saved holds where it fails", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const first = startKeeper([a, b]);
  await first.pass(0);
  await first.stop();
  const { clock, saved: store } = first;
  a.failure = new EcsmonError("SourceUnreachable", "a cannot be reached");
  b.files = { "y.yaml": sound("y"), "z.yaml": sound("z") };
  const second = startKeeper([a, b], { clock, store });
  await second.pass(0);
  expect(second.names()).toEqual(["x", "y", "z"]);
  // Never what was saved of `b`: it was read anew.
  expect(second.changes).toBe(1);
  expect(second.keeper.statuses()[0]).toMatchObject({
    revision: JSON.stringify(a.files),
    code: "SourceUnreachable",
  });
  expect(second.reads[0]).toMatchObject({ held: JSON.stringify(a.files), lastGood: JSON.stringify(a.files) });
  a.failure = undefined;
  await second.pass(minute);
  expect(second.keeper.statuses()[0]).not.toHaveProperty("staleSince");
});

test("after a restart, a saved policy and a new one of its name do not hold together", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const first = startKeeper([a, b]);
  await first.pass(0);
  await first.stop();
  a.failure = new EcsmonError("SourceUnreachable", "a cannot be reached");
  b.files = { "y.yaml": sound("x") };
  const second = startKeeper([a, b], { store: first.saved });
  await second.pass(0);
  expect(second.names()).toEqual(["x", "y"]);
  expect(second.keeper.statuses().map(({ code }) => code)).toEqual(["SourceUnreachable", "Invalid"]);
});

test("saved revisions that no longer go together let no pass run", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const first = startKeeper([a, b]);
  await first.pass(0);
  await first.stop();
  const [file] = first.saved.get("b")?.files ?? [];
  const { revision = "" } = first.saved.get("b") ?? {};
  const files = [{ file: file?.file ?? "", text: sound("x") }];
  first.saved.set("b", { name: "b", revision, at: "2026-01-01T00:00:00.000Z", files });
  const second = startKeeper([a, b], { store: first.saved });
  await second.pass(0);
  expect(second.keeper.current()).toBeUndefined();
  expect(second.keeper.statuses()[1]).toMatchObject({
    code: "Invalid",
    message: expect.stringContaining("b/y.yaml:3"),
  });
  b.files = { "y.yaml": sound("z") };
  await second.pass(minute);
  expect(second.names()).toEqual(["x", "z"]);
  expect(second.keeper.statuses()[1]).not.toHaveProperty("code");
});

test("a revision that was pushed over by force is held back, unless that is allowed", async () => {
  for (const allowRewind of [false, true]) {
    const source = createFakeSource("a", { "x.yaml": sound("x") });
    const scene = startKeeper([{ source, allowRewind }]);
    await scene.pass(0);
    source.files = { "y.yaml": sound("y") };
    source.rewound = true;
    await scene.pass(2 * minute);
    expect(scene.names()).toEqual(allowRewind ? ["y"] : ["x"]);
    expect(scene.keeper.statuses()[0]?.code).toBe(allowRewind ? undefined : "Rewound");
    expect(eventsOf(scene.logged)).toEqual(
      allowRewind
        ? ["source-updated", "source-rewound", "source-updated"]
        : ["source-updated", "source-held-back"],
    );
  }
});

test("without knowing what was good last, nothing new is taken", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  let isDown = true;
  const scene = startKeeper([a], {
    saved: {
      read: async () => {
        if (isDown) throw new Error("no answer");
        return undefined;
      },
      write: async () => undefined,
    },
  });
  await scene.pass(minute);
  expect(scene.keeper.current()).toBeUndefined();
  expect(scene.keeper.statuses()[0]).toMatchObject({
    code: "SourceUnreadable",
    message: "cannot look up which revision of a was good last: no answer",
  });
  expect(scene.reads).toEqual([]);
  isDown = false;
  await scene.pass(minute);
  expect(scene.names()).toEqual(["x"]);
});

test("what cannot be saved is logged, holds all the same, and is saved later", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const written: string[] = [];
  let isDown = true;
  const scene = startKeeper([a], {
    saved: {
      read: async () => undefined,
      write: async ({ revision }) => {
        if (isDown) throw new Error("no answer");
        written.push(revision);
      },
    },
  });
  await scene.pass(0);
  expect(scene.names()).toEqual(["x"]);
  expect(eventsOf(scene.logged)).toEqual(["source-updated", "source-not-saved"]);
  isDown = false;
  await scene.pass(3 * minute);
  expect(written).toEqual([JSON.stringify(a.files)]);
});

test("a source that never answers stops no other, and is asked no second time meanwhile", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const first = startKeeper([a, b]);
  await first.pass(0);
  await first.stop();
  let asked = 0;
  let answer = (_: Error): void => undefined;
  const hanging = {
    name: "b",
    read: () => {
      asked += 1;
      return new Promise<never>((_, reject) => {
        answer = reject;
      });
    },
  };
  a.files = { "x2.yaml": sound("x2") };
  const second = startKeeper([a, hanging], { store: first.saved });
  const { clock } = second;
  for (let turn = 0; turn < 59; turn++) await clock.advance(1_000);
  // What is saved of `b` may be old: its read decides, or its deadline.
  expect(second.keeper.current()).toBeUndefined();
  await clock.advance(1_000);
  await clock.advance(0);
  expect(second.names()).toEqual(["x2", "y"]);
  expect(second.keeper.statuses()[1]).toMatchObject({
    code: "SourceUnreachable",
    message: "b was not read within 60 seconds; check the network, or the disk it is on",
  });
  // Nor is it waited for again.
  a.files = { "x3.yaml": sound("x3") };
  second.keeper.nudge((name) => name === "a");
  for (let turn = 0; turn < 20; turn++) await clock.advance(100);
  expect(second.names()).toEqual(["x3", "y"]);
  for (let turn = 0; turn < 300; turn++) await clock.advance(1_000);
  expect(asked).toBe(1);
  answer(new Error("at last"));
  for (let turn = 0; turn < 120; turn++) await clock.advance(1_000);
  expect(asked).toBe(2);
  answer(new Error("the end"));
});

test("nudges are one read, at once, of those that are meant", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const b = createFakeSource("b", { "y.yaml": sound("y") });
  const scene = startKeeper([a, b]);
  await scene.pass(10_000);
  scene.reads.length = 0;
  a.files = { "x2.yaml": sound("x2") };
  for (let time = 0; time < 1_000; time++) scene.keeper.nudge((name) => name === "b");
  await scene.pass(0);
  expect(scene.reads.map(({ name }) => name)).toEqual(["b"]);
  await scene.pass(5_000);
  for (let time = 0; time < 1_000; time++) scene.keeper.nudge((name) => name === "a");
  await scene.pass(0);
  expect(scene.names()).toEqual(["x2", "y"]);
  // News of one: the other is asked, too.
  expect(scene.reads.map(({ name }) => name)).toEqual(["b", "a", "b"]);
  scene.reads.length = 0;
  await scene.pass(5_000);
  // A flood of them is a few reads a second.
  for (let time = 0; time < 100; time++) {
    scene.keeper.nudge();
    await scene.clock.advance(100);
  }
  await scene.pass(5_000);
  const count = scene.reads.filter(({ name }) => name === "a").length;
  expect(count).toBeGreaterThanOrEqual(30);
  expect(count).toBeLessThanOrEqual(42);
});

test("a failing source is asked again sooner than the interval", async () => {
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  a.failure = new EcsmonError("SourceUnreachable", "a cannot be reached");
  const scene = startKeeper([a]);
  await scene.pass(0);
  a.failure = undefined;
  await scene.pass(5_000);
  expect(scene.names()).toEqual(["x"]);
});

test("an exception that is too far ahead holds back until the day comes", async () => {
  const exception = (expires: string): string =>
    `apiVersion: ecsmon.dev/v1alpha1\nkind: MonitoringException\nmetadata: { name: e }\nspec:\n  selector: { services: [x] }\n  except: [logging]\n  reason: a test\n  expires: ${expires}\n`;
  const a = createFakeSource("a", { "x.yaml": sound("x") });
  const scene = startKeeper([a]);
  await scene.pass(0);
  // 90 days after the first of January is the first of April.
  a.files = { "x.yaml": sound("x"), "e.yaml": exception('"2026-04-02"') };
  await scene.pass(minute);
  expect(scene.keeper.statuses()[0]).toMatchObject({
    code: "Invalid",
    message: expect.stringContaining("a/e.yaml:8:"),
  });
  await scene.clock.advance(24 * 60 * minute);
  await scene.pass(minute);
  expect(scene.keeper.statuses()[0]).not.toHaveProperty("code");
  expect(scene.keeper.current()?.policies.exceptions).toHaveLength(1);
});

describe("as of now", () => {
  test("a refresh waits for a read that began after it", async () => {
    const a = createFakeSource("a", { "x.yaml": sound("x") });
    const scene = startKeeper([a]);
    await scene.pass(5_000);
    a.files = { "x2.yaml": sound("x2") };
    const refreshed = scene.keeper.refresh(new AbortController().signal);
    await scene.pass(300);
    expect(await refreshed).toBe(true);
    expect(scene.names()).toEqual(["x2"]);
  });

  test("where the source cannot be read, what another replica has saved since holds", async () => {
    const a = createFakeSource("a", { "x.yaml": sound("x") });
    const scene = startKeeper([a]);
    await scene.pass(5_000);
    a.failure = new EcsmonError("SourceUnreachable", "a cannot be reached");
    const at = new Date(scene.clock.now().getTime() + 1).toISOString();
    scene.saved.set("a", {
      name: "a",
      revision: "newer",
      at,
      files: [{ file: "x9.yaml", text: sound("x9") }],
    });
    const refreshed = scene.keeper.refresh(new AbortController().signal);
    await scene.pass(20_000);
    expect(await refreshed).toBe(true);
    expect(scene.names()).toEqual(["x9"]);
  });

  test("what was saved earlier does not take the place of what was read later", async () => {
    const a = createFakeSource("a", { "x.yaml": sound("x") });
    const scene = startKeeper([a]);
    await scene.pass(5_000);
    a.failure = new EcsmonError("SourceUnreachable", "a cannot be reached");
    const stored = { name: "a", revision: "older", at: "2020-01-01T00:00:00.000Z" };
    scene.saved.set("a", { ...stored, files: [{ file: "x0.yaml", text: sound("x0") }] });
    const refreshed = scene.keeper.refresh(new AbortController().signal);
    await scene.pass(20_000);
    expect(await refreshed).toBe(true);
    expect(scene.names()).toEqual(["x"]);
  });
});

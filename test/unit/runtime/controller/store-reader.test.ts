// What many look at is read once while it is as it was, and not kept when nobody looks.
import { expect, it, onTestFinished } from "vitest";
import type { KeptState, KeptTarget } from "../../../../controller/runtime/controller/kept-target.ts";
import { readFromStore } from "../../../../controller/runtime/controller/store-reader.ts";
import { findUntold } from "../../../../controller/runtime/controller/untold-targets.ts";
import { openJournal } from "../../../../controller/state/journal.ts";
import { createMemoryStore } from "../../../../controller/state/memory.ts";
import { writeTarget } from "../../../../controller/state/status-store.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { entryOf } from "../../page/sample-sight.ts";
import { createStoreDouble } from "../../state/store-double.ts";
import { describeTarget } from "./http-scene.ts";

function createScene(held: readonly Pick<KeptTarget, "name" | "state">[] = []) {
  const clock = createVirtualClock(new Date("2026-11-22T10:00:00Z"));
  const memory = createMemoryStore();
  const double = createStoreDouble(clock, memory);
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const reader = readFromStore(double, {
    clock,
    log: () => undefined,
    pause: () => undefined,
    untold: (told) => findUntold(held, told),
    signal: end.signal,
  });
  return { clock, memory, double, reader };
}

it("gives the same object while the status is the same", async () => {
  const { memory, reader } = createScene();
  const status = describeTarget("us-east-1", ["web"]);
  await writeTarget(memory, status);
  const [first] = (await reader.targets()).targets;
  expect((await reader.targets()).targets[0]).toBe(first);
  await writeTarget(memory, { ...status, epoch: 2 });
  expect((await reader.targets()).targets[0]).toMatchObject({ epoch: 2 });
});

it("names a target that cannot be read, with why, and gives the others", async () => {
  const { memory, reader } = createScene();
  const ireland = describeTarget("eu-west-1", ["web"]);
  await writeTarget(memory, ireland);
  await memory.put("targets/ecsmon-123456789012-us-east-1.json", "garbage");
  const { targets, unread } = await reader.targets();
  expect(targets).toEqual([ireland]);
  expect(unread).toMatchObject([
    {
      target: "ecsmon-123456789012-us-east-1",
      code: expect.any(String),
      message: expect.stringMatching(/us-east-1/),
    },
  ]);
});

it("names a target of this process that was never told of: it cannot be reached, or its status was taken away", async () => {
  const kept = (name: string, state: KeptState) => ({ name: () => name, state: () => state });
  const lastPassAt = new Date("2026-11-22T09:59:00Z");
  const failure = { code: "AccessDenied", message: "sts:AssumeRole was denied" };
  const { memory, reader } = createScene([
    kept("ecsmon-123456789012-eu-west-1", { is: "held", lastPassAt }),
    kept("ecsmon-123456789012-us-east-1", { is: "held", lastPassAt }),
    kept("us-east-1 as arn:aws:iam::222222222222:role/ecsmon", { is: "unknown", failure }),
    kept("us-west-2", { is: "unknown" }),
    kept("ecsmon-123456789012-us-west-1", { is: "held" }),
    kept("ecsmon-123456789012-sa-east-1", { is: "elsewhere", lastPassAt }),
  ]);
  await writeTarget(memory, describeTarget("eu-west-1", ["web"]));
  const { targets, unread } = await reader.targets();
  expect(targets).toHaveLength(1);
  expect(unread).toEqual([
    {
      target: "ecsmon-123456789012-us-east-1",
      code: "StatusMissing",
      message: "a pass ended at 2026-11-22T09:59:00.000Z, and the status store has nothing of it",
    },
    { target: "us-east-1 as arn:aws:iam::222222222222:role/ecsmon", ...failure, unreached: true },
  ]);
});

it("tells of an error that is not ours no more than its code", async () => {
  const { double, memory, reader } = createScene();
  await writeTarget(memory, describeTarget("us-east-1", ["web"]));
  double.get = () => Promise.reject(new TypeError("/etc/secret is undefined"));
  const { unread } = await reader.targets();
  expect(unread).toMatchObject([{ message: "the log of the controller says why" }]);
});

it("keeps nothing in mind for more than two minutes in which nobody asks", async () => {
  const { clock, memory, reader } = createScene();
  await writeTarget(memory, describeTarget("us-east-1", ["web"]));
  const [first] = (await reader.targets()).targets;
  await clock.advance(59_000);
  expect((await reader.targets()).targets[0]).toBe(first);
  await clock.advance(121_000);
  expect(clock.sleepers).toBe(0);
  const [again] = (await reader.targets()).targets;
  expect(again).toEqual(first);
  expect(again).not.toBe(first);
});

it("reads passes that have ended once, and those that go on again", async () => {
  const { double, memory, reader } = createScene();
  const target = "ecsmon-123456789012-us-east-1";
  await writeTarget(memory, describeTarget("us-east-1", ["web"]));
  const journal = openJournal(memory, target);
  const ended = await journal.begin([entryOf({ result: "begun", name: "ended" })]);
  await ended.finish([entryOf({ name: "ended" })]);
  const running = await journal.begin([
    entryOf({ result: "begun", name: "running", at: "2026-11-22T09:30:00.000Z" }),
  ]);
  const ask = async (search = "") => {
    const from = double.calls.length;
    const { entries } = await reader.history({ limit: 10, search }, new AbortController().signal);
    const gets = double.calls.slice(from).filter(({ operation }) => operation === "get").length;
    return { found: entries.map(({ name, result }) => `${name} ${result}`), gets };
  };
  expect(await ask()).toEqual({ found: ["running begun", "ended applied"], gets: 2 });
  expect(await ask()).toEqual({ found: ["running begun", "ended applied"], gets: 1 });
  await running.finish([entryOf({ name: "running", at: "2026-11-22T09:30:00.000Z" })]);
  expect((await ask()).found).toEqual(["running applied", "ended applied"]);
  expect(await ask("DRIFT ended prod/drifting")).toEqual({ found: ["ended applied"], gets: 0 });
  expect((await ask("nothing")).found).toEqual([]);
});

import { expect, test } from "vitest";
import type { Change, Outcome, Plan } from "../../../../controller/model/plan.ts";
import {
  createRolloutJob,
  type RolloutJobOptions,
} from "../../../../controller/runtime/controller/rollout-job.ts";

const plan = { leftBehind: [] } as unknown as Plan;
const change = (service: string): Change => ({ cluster: "prod", service }) as Change;
const outcome = (service: string): Outcome => ({ cluster: "prod", service, result: "applied" }) as Outcome;
type Steps = Parameters<RolloutJobOptions["write"]>[2];

test("one job at a time; who asks meanwhile is told when it ends", async () => {
  const ended: unknown[] = [];
  let finish = (): void => undefined;
  const job = createRolloutJob({
    write: () =>
      new Promise<void>((resolve) => {
        finish = resolve;
      }),
    onMove: () => undefined,
    onEnd: (left, ending) => void ended.push({ left, ...ending }),
  });
  expect(job.start(plan, [change("web"), change("api")])).toBe(true);
  await Promise.resolve();
  expect(job.start(plan, [change("other")])).toBe(false);
  expect(ended).toEqual([]);
  finish();
  await job.done();
  expect(ended).toEqual([{ left: ["prod/api", "prod/web"], waited: true }]);
});

test("what rolls is what has begun and not ended; the rest waits for its turn", async () => {
  let steps: Steps | undefined;
  let finish = (): void => undefined;
  const moves: string[] = [];
  const left: unknown[] = [];
  const job = createRolloutJob({
    write: (_plan, _changes, given) =>
      new Promise<void>((resolve) => {
        steps = given;
        finish = resolve;
      }),
    onMove: (service, outcome) => void moves.push(`${service} ${outcome?.result ?? "begun"}`),
    onEnd: (services) => void left.push(services),
  });
  job.start({ ...plan, leftBehind: [change("left")] }, [change("web"), change("api")]);
  await Promise.resolve();
  expect([job.rolling(), job.queued()]).toEqual([[], ["prod/api", "prod/left", "prod/web"]]);
  steps?.onBegin(change("left"));
  expect([job.rolling(), job.queued()]).toEqual([["prod/left"], ["prod/api", "prod/web"]]);
  steps?.onOutcome(outcome("left"));
  steps?.onBegin(change("api"));
  expect([job.rolling(), job.queued()]).toEqual([["prod/api"], ["prod/web"]]);
  steps?.onOutcome(outcome("api"));
  finish();
  await job.done();
  expect(moves).toEqual(["prod/left begun", "prod/left applied", "prod/api begun", "prod/api applied"]);
  expect(left).toEqual([["prod/web"]]);
  expect([job.rolling(), job.queued()]).toEqual([[], []]);
});

test("a job that could not begin ends with its error, and the next one may begin", async () => {
  const ended: unknown[] = [];
  const job = createRolloutJob({
    write: () => Promise.reject(new Error("no room")),
    onMove: () => undefined,
    onEnd: (_left, { error }) => void ended.push((error as Error).message),
  });
  job.start(plan, [change("web")]);
  await job.done();
  expect(ended).toEqual(["no room"]);
  expect(job.start(plan, [change("web")])).toBe(true);
  await job.done();
});

test("stop tells the writer", async () => {
  let aborted = false;
  const job = createRolloutJob({
    write: async (_plan, _changes, { signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      aborted = signal.aborted;
    },
    onMove: () => undefined,
    onEnd: () => undefined,
  });
  job.start(plan, [change("web")]);
  await Promise.resolve();
  job.stop();
  await job.done();
  expect(aborted).toBe(true);
});

import { expect, test } from "vitest";
import type { Change, Outcome, Plan } from "../../../../controller/model/plan.ts";
import { createRolloutJob } from "../../../../controller/runtime/controller/rollout-job.ts";

const plan = { leftBehind: [] } as unknown as Plan;
const change = (service: string): Change => ({ cluster: "prod", service }) as Change;

test("one job at a time; who asks meanwhile is told when it ends", async () => {
  const ended: unknown[] = [];
  let finish: (outcomes: readonly Outcome[]) => void = () => undefined;
  const job = createRolloutJob({
    write: () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
    onEnd: (services, outcomes, ending) => ended.push({ services, outcomes: outcomes.length, ...ending }),
  });
  expect(job.start(plan, [change("web"), change("api"), change("web")])).toBe(true);
  expect(job.services()).toEqual(["prod/api", "prod/web"]);
  await Promise.resolve();
  expect(job.start(plan, [change("other")])).toBe(false);
  expect(ended).toEqual([]);
  finish([{} as Outcome]);
  await job.done();
  expect(ended).toEqual([{ services: ["prod/api", "prod/web"], outcomes: 1, waited: true }]);
  expect(job.services()).toEqual([]);
});

test("a job that could not begin ends with its error, and the next one may begin", async () => {
  const ended: unknown[] = [];
  const job = createRolloutJob({
    write: () => Promise.reject(new Error("no room")),
    onEnd: (_services, _outcomes, { error }) => ended.push((error as Error).message),
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
      return [];
    },
    onEnd: () => undefined,
  });
  job.start(plan, [change("web")]);
  await Promise.resolve();
  job.stop();
  await job.done();
  expect(aborted).toBe(true);
});

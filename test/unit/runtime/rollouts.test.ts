import { describe, expect, test } from "vitest";
import type { RollingChange, Rollout } from "../../../controller/aws/rollout.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { rollOut } from "../../../controller/runtime/rollouts.ts";

interface Told {
  readonly told: string[];
  readonly putBack: string[];
  readonly seconds: number;
}

/** Rolls services out, each of which stands as `standing` says after so many seconds. */
async function run(
  services: readonly string[],
  standing: (service: string, seconds: number) => Rollout,
  over: { readonly stops?: (change: Change, seconds: number) => string | undefined } = {},
): Promise<Told> {
  let seconds = 0;
  const told: string[] = [];
  const putBack: string[] = [];
  const changes = services.map(
    (service) =>
      ({
        cluster: "prod",
        service,
        rollout: { maxConcurrent: 1, timeout: 90, pauseOnFailure: true },
      }) as Change,
  );
  await rollOut(changes, [], {
    begin: async ({ service = "" }): Promise<RollingChange> => ({
      check: async () => standing(service, seconds),
      explain: async () => ["a task stopped: it died"],
      putBack: async () => {
        putBack.push(service);
        return undefined;
      },
    }),
    takeUp: () => Promise.reject(new Error("there is nothing to take up")),
    finish: ({ service }, result, error) =>
      told.push(`${service} ${result}${error ? ` ${error.code}: ${error.message}` : ""}`),
    leave: ({ service }) => told.push(`${service} left`),
    stops: (change) => {
      const code = over.stops?.(change, seconds);
      return code === undefined ? undefined : { code, message: "not now" };
    },
    describe: (error) => ({ code: "Unknown", message: String(error) }),
    progress: () => undefined,
    now: () => seconds * 1000,
    sleep: async (milliseconds) => {
      seconds += milliseconds / 1000;
    },
    signal: new AbortController().signal,
  });
  return { told, putBack, seconds };
}

const rolling = (own?: { readonly seconds: number; readonly isShifting: boolean }): Rollout => ({
  state: "rolling",
  text: "2 of 2 tasks run",
  ...(own && { own: { strategy: "BLUE_GREEN", ...own } }),
});

describe("the time that a rollout has", () => {
  test("is over: put back, with the exact time and the reasons of tasks", async () => {
    const { told, putBack, seconds } = await run(["a", "b"], () => rolling());
    expect(told).toEqual([
      "a failed RolloutTimeout: the deployment has not settled within 90s: 2 of 2 tasks run; a task stopped: it died; what ran before is put back",
      "b skipped RolloutStopped: not begun, since the rollout of prod/a failed (RolloutTimeout, see there)",
    ]);
    expect([putBack, seconds]).toEqual([["a"], 90]);
  });

  test("is longer by what ECS's own strategy takes; what still runs then is left to ECS, and the rest waits", async () => {
    const { told, putBack, seconds } = await run(["a", "b"], () =>
      rolling({ seconds: 600, isShifting: true }),
    );
    expect(told).toEqual([
      "a failed RolloutTimeout: the deployment has not settled within 690s: 2 of 2 tasks run; all of its tasks run, so it is left to ECS to end it (BLUE_GREEN)",
      "b skipped RolloutStopped: not begun, since the rollout of prod/a failed (RolloutTimeout, see there)",
    ]);
    expect([putBack, seconds]).toEqual([[], 690]);
  });

  test("is judged anew at each look: tasks that die while traffic shifts are put back", async () => {
    const { putBack, seconds } = await run(["a"], (_, at) =>
      rolling(at < 300 ? { seconds: 600, isShifting: true } : { seconds: 0, isShifting: false }),
    );
    expect([putBack, seconds]).toEqual([["a"], 300]);
  });
});

test("whether a service may begin is asked when it is its turn", async () => {
  const settles = (_: string, seconds: number): Rollout =>
    seconds % 60 === 0 ? { state: "settled" } : rolling();
  const stops = (_: Change, seconds: number): string | undefined =>
    seconds >= 60 ? "OutsideWindow" : undefined;
  const first = (service: string, seconds: number): Rollout =>
    service === "a" && seconds < 60 ? rolling() : settles(service, seconds);
  const { told } = await run(["a", "b"], first, { stops });
  expect(told).toEqual(["a applied", "b skipped OutsideWindow: not now"]);
});

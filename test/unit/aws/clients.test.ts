// What becomes of attempts that fail: one that is never answered, and one that is too many.
import { ListClustersCommand } from "@aws-sdk/client-ecs";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { createAws } from "../../../controller/aws/clients.ts";
import { describeAwsError } from "../../../controller/aws/errors.ts";
import { systemTimer } from "../../../controller/aws/rate-limiter.ts";
import { type Sandbox, startSandbox } from "../../../controller/sandbox/server.ts";

let sandbox: Sandbox;
const before = { ...process.env };

beforeAll(async () => {
  sandbox = await startSandbox({ seed: "empty" });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_MAX_ATTEMPTS: "1",
  });
});
afterEach(() => sandbox.control.clearFaults());
afterAll(async () => {
  process.env = before;
  await sandbox.close();
});

test("it is unreachable after its time", async () => {
  sandbox.control.addFault({ operation: "ListClusters", action: "timeout", holdMs: 60_000 });
  const aws = createAws({ requestTimeout: 20 });
  const failure = await aws.ecs.send(new ListClustersCommand({})).then(
    () => undefined,
    (error: unknown) => describeAwsError(error, "ecs:ListClusters"),
  );
  expect(failure?.code).toBe("Unreachable");
  aws.destroy();
});

test("the limiter hears of what was throttled, and of nothing else", async () => {
  const told: string[] = [];
  const note = (what: string) => (service: string, operation: string) => {
    told.push(`${what} ${service} ${operation}`);
  };
  const aws = createAws({
    limiter: { take: async (...call) => note("take")(...call), throttled: note("throttled") },
  });
  const ask = () => aws.ecs.send(new ListClustersCommand({})).catch(() => undefined);
  for (const action of ["denied", "throttle"] as const) {
    sandbox.control.addFault({ operation: "ListClusters", action });
    await ask();
    sandbox.control.clearFaults();
  }
  await ask();
  expect(told).toEqual([
    "take ECS ListClusters",
    "take ECS ListClusters",
    "throttled ECS ListClusters",
    "take ECS ListClusters",
  ]);
  aws.destroy();
});

test.each([
  [undefined, [false, true]],
  ["on", [false, true]],
  ["off", [false, false]],
])(
  "before an emulator, with ECSMON_RATE_LIMITS=%s, a call waits after one that was throttled: %j",
  async (value, waits) => {
    if (value !== undefined) process.env["ECSMON_RATE_LIMITS"] = value;
    vi.spyOn(systemTimer, "now").mockReturnValue(0);
    const sleep = vi.spyOn(systemTimer, "sleep").mockResolvedValue();
    try {
      const aws = createAws();
      const ask = () => aws.ecs.send(new ListClustersCommand({})).catch(() => undefined);
      for (let call = 0; call < 25; call += 1) await ask();
      const before = sleep.mock.calls.length > 0;
      sandbox.control.addFault({ operation: "ListClusters", action: "throttle", times: 1 });
      await ask();
      await ask();
      expect([before, sleep.mock.calls.length > 0]).toEqual(waits);
      aws.destroy();
    } finally {
      delete process.env["ECSMON_RATE_LIMITS"];
      sandbox.control.clearFaults();
      vi.restoreAllMocks();
    }
  },
);

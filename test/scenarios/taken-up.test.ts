// A run dies in the middle of a rollout, and ECS, which has no circuit breaker there, would try for ever. The next
// apply takes the rollout up: what is healthy settles, what is not is put back when its time is over, and what
// somebody else deployed is left alone.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { currentTask, registerTask, seedEstate, webPolicy } from "./estate.ts";
import { type Any, type Flags, useWorld } from "./harness.ts";
import { startTripwire, type Tripwire, throughEndpoint } from "./tripwire.ts";

const world = useWorld({ deploymentSeconds: 60 });
const minutes = 60_000;
const service = "web-000";
const only: Flags = { service: [service] };
const policy = policyWith("timeout: 5m");

let wire: Tripwire;
beforeAll(async () => {
  wire = await startTripwire(() => world.sandbox.endpoint);
});
afterAll(() => wire.close());

/** The estate, its first deployments settled. */
beforeEach(() => {
  seedEstate(world);
  world.sandbox.control.advance(10 * minutes);
  for (const index of [0, 1, 2, 3, 4, 5]) currentTask(world, "prod-a", `web-00${index}`);
});

function policyWith(rollout: string, more = ""): string {
  return webPolicy({ extra: `  rollout: { ${rollout} }\n${more}` });
}

function describeService(): Any {
  return world.call("ecs", "DescribeServices", {
    cluster: "prod-a",
    services: [service],
    include: ["TAGS"],
  })["services"][0];
}

function running(): string {
  return describeService().taskDefinition;
}

function marks(): string[] {
  return describeService()
    .tags.map(({ key }: Any) => key)
    .filter((key: string) => key.startsWith("ecsmon.dev/"));
}

function fail(mode: "unhealthy" | undefined): void {
  world.sandbox.control.failDeployments("prod-a", service, mode && { mode });
}

/** By the clock that deployments go by. */
function sandboxNow(): Date {
  return new Date(world.sandbox.control.now());
}

function apply(flags: Flags = {}, policies = policy): ReturnType<typeof world.apply> {
  world.sandbox.control.clearCalls();
  return world.apply(policies, { ...only, asOf: sandboxNow(), ...flags });
}

/** Ends the run right after it has begun its first rollout. */
async function dieInRollout(policies = policy, flags: Flags = only): Promise<void> {
  wire.lay(({ operation }) => (operation === "UpdateService" ? "cut" : "pass"));
  await throughEndpoint(wire.endpoint, () => world.apply(policies, flags));
  expect(wire.isCut()).toBe(true);
}

function deploy(taskDefinition: string): void {
  world.call("ecs", "UpdateService", { cluster: "prod-a", service, taskDefinition });
}

function taskOutcomes(json: Any): string[] {
  return json.outcomes
    .filter(({ kind }: Any) => kind === "TaskDefinition")
    .map(({ service: of, action, result, error }: Any) =>
      [of, action, result, ...(error ? [error.code] : [])].join(" "),
    );
}

function updates(): number {
  return world.writes().filter((operation) => operation === "UpdateService").length;
}

/** A copy of the running revision, tags and all, as deploy tools make it. */
function copyRevision(arn: string, image: string): string {
  const { taskDefinition, tags } = world.call("ecs", "DescribeTaskDefinition", {
    taskDefinition: arn,
    include: ["TAGS"],
  });
  const { family, networkMode, requiresCompatibilities, cpu, memory, executionRoleArn } = taskDefinition;
  const containerDefinitions = taskDefinition.containerDefinitions.map((container: Any) =>
    container.name === "app" ? { ...container, image } : container,
  );
  const task = { networkMode, requiresCompatibilities, cpu, memory, executionRoleArn };
  return registerTask(world, family, { task: { ...task, containerDefinitions, tags } });
}

describe("a rollout that stays unhealthy", () => {
  let before: string;
  let begun: number;

  beforeEach(async () => {
    before = running();
    fail("unhealthy");
    await dieInRollout();
    begun = describeService().deployments[0].createdAt.getTime();
    expect(running()).not.toBe(before);
  });

  /** Put back, remembered, and tried no more. */
  async function expectPutBack(ran: Awaited<ReturnType<typeof apply>>, policies = policy): Promise<void> {
    expect(ran.code).toBe(1);
    expect(taskOutcomes(ran.json)).toContain("web-000 update failed RolloutTimeout");
    expect(updates()).toBe(1);
    expect(running()).toBe(before);
    expect(marks()).toEqual(["ecsmon.dev/ecsmon/stalled"]);
    fail(undefined);
    for (let pass = 0; pass < 10; pass += 1) {
      world.sandbox.control.advance(60 * minutes);
      const { json } = await apply({}, policies);
      expect(json.plan.blocked.map(({ code }: Any) => code)).toEqual(["Stalled"]);
      expect([updates(), taskOutcomes(json)]).toEqual([0, []]);
    }
    expect(running()).toBe(before);
  }

  test("before its time is over it is waited for, and then put back", async () => {
    world.sandbox.control.advance(2 * minutes);
    const progress: number[] = [];
    const ran = await apply({
      whileWaiting: () => {
        if (updates() === 0) progress.push(world.sandbox.control.now());
      },
    });
    expect(ran.stderr).toContain("an earlier run left the rollout of prod-a/web-000 behind");
    expect(progress.length).toBeGreaterThan(10);
    // Its time runs since the deployment began, not since it was taken up.
    const waited = (progress.at(-1) ?? 0) - begun;
    expect(waited).toBeGreaterThan(5 * minutes - 10_000);
    expect(waited).toBeLessThan(5 * minutes + 10_000);
    expect(ran.json.outcomes.find(({ error }: Any) => error)?.error.message).toMatch(
      /has not settled within 5m: .*; what ran before is put back$/,
    );
    await expectPutBack(ran);
  });

  test("after its time it is put back at once", async () => {
    world.sandbox.control.advance(60 * minutes);
    let waits = 0;
    const ran = await apply({ whileWaiting: () => (waits += 1) });
    expect(waits).toBe(0);
    await expectPutBack(ran);
  });

  test("what was to roll next waits for it, and does not begin when it fails", async () => {
    const { code, json } = await apply({ service: [], maxRedeploys: 10 });
    expect(code).toBe(1);
    expect(taskOutcomes(json)).toEqual([
      "web-000 update failed RolloutTimeout",
      ...[1, 2, 3, 4, 5].map((index) => `web-00${index} update skipped RolloutStopped`),
    ]);
    expect(updates()).toBe(1);
  });

  test("another layer is wanted by now: what hangs is put back first, and the next run tries the other", async () => {
    const image = "public.ecr.aws/example/jmx-exporter:1.0.2";
    const fixed = webPolicy({ image, extra: "  rollout: { timeout: 5m }\n" });
    const ran = await apply({}, fixed);
    expect(ran.json.plan.blocked.map(({ code }: Any) => code)).toEqual(["DeploymentInProgress"]);
    expect([ran.code, running()]).toEqual([1, before]);
    fail(undefined);
    world.sandbox.control.advance(10 * minutes);
    expect(running()).toBe(before);
    const next = await apply({}, fixed);
    expect([next.code, taskOutcomes(next.json)]).toEqual([0, ["web-000 update applied"]]);
    expect(marks()).toEqual([]);
  });

  test("no policy wants the layer any more: it is put back all the same", async () => {
    world.sandbox.control.advance(60 * minutes);
    const ran = await apply({ maxDeletes: 100 }, webPolicy({ services: '"none-*"' }));
    expect(taskOutcomes(ran.json)).toEqual(["web-000 update failed RolloutTimeout"]);
    expect(running()).toBe(before);
  });

  test("Ctrl-C ends the watch, and ECS goes on", async () => {
    const controller = new AbortController();
    const ran = await apply({ signal: controller.signal, whileWaiting: () => controller.abort() });
    expect(ran.code).toBe(130);
    expect([updates(), running() !== before]).toEqual([0, true]);
  });

  test("an owner's deployment in the middle wins", async () => {
    const theirs = registerTask(world, "prod-a-web-000", { app: { image: "app:9" } });
    let deployed = false;
    const ran = await apply({
      whileWaiting: () => {
        if (!deployed) deploy(theirs);
        deployed = true;
      },
    });
    expect(taskOutcomes(ran.json)).toEqual(["web-000 update skipped OwnerDeployed"]);
    expect([running(), marks()]).toEqual([theirs, []]);
  });

  test("the run that puts it back dies before it is remembered: what is put back is not put back in turn", async () => {
    world.sandbox.control.advance(60 * minutes);
    wire.lay(({ operation }) => (operation === "UpdateService" ? "cut" : "pass"));
    await throughEndpoint(wire.endpoint, () => apply());
    expect([wire.isCut(), running(), marks()]).toEqual([true, before, []]);
    world.sandbox.control.advance(60 * minutes);
    expect((await apply()).code).toBe(3);
    expect([updates(), running()]).toEqual([0, before]);
  });

  describe("is left alone", () => {
    async function expectUntouched(flags: Flags = {}, policies = policy): Promise<void> {
      const stands = running();
      world.sandbox.control.advance(60 * minutes);
      const ran = await apply(flags, policies);
      expect(ran.stderr).not.toContain("left the rollout");
      expect([updates(), taskOutcomes(ran.json)]).toEqual([0, []]);
      expect([running(), marks()]).toEqual([stands, []]);
      expect(ran.json.plan.diagnostics.map(({ code }: Any) => code)).toContain("RolloutNotSettled");
    }

    test("with --no-wait", () => expectUntouched({ wait: false }));

    test("without consent", async () => {
      world.sandbox.control.advance(60 * minutes);
      const ran = await apply({ yes: false });
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain("nothing was changed");
      expect(world.writes()).toEqual([]);
    });

    test("where the policy is in Audit, or suspended", async () => {
      await expectUntouched({}, policyWith("timeout: 5m", "  enforcement: Audit\n"));
      await expectUntouched({}, policyWith("timeout: 5m", "  suspend: true\n"));
    });

    test("where more than one revision runs beside it", async () => {
      const hanging = running();
      deploy(registerTask(world, "prod-a-web-000"));
      deploy(copyRevision(hanging, "app:1"));
      expect(describeService().deployments).toHaveLength(4);
      await expectUntouched();
    });
  });
});

test("what we put back, registered anew, is no rollout to be put back in turn", async () => {
  expect((await apply()).code).toBe(0);
  const former = running();
  fail("unhealthy");
  const another = webPolicy({ image: "public.ecr.aws/example/jmx-exporter:1.0.2" });
  let failing = "";
  const whileWaiting = (): void => {
    if (failing === "") failing = running();
  };
  await apply({ whileWaiting }, another);
  expect([running(), marks()]).toEqual([former, ["ecsmon.dev/ecsmon/stalled"]]);
  // As ECS stands after a put-back that had to register the former revision anew.
  fail(undefined);
  deploy(failing);
  world.sandbox.control.advance(10 * minutes);
  running();
  fail("unhealthy");
  const anew = copyRevision(former, "app:1");
  deploy(anew);
  world.sandbox.control.advance(60 * minutes);
  const { json } = await apply({}, another);
  expect(describeService().deployments).toHaveLength(2);
  expect([updates(), taskOutcomes(json), running()]).toEqual([0, [], anew]);
});

test("a rollout that settles before the next run leaves nothing to do", async () => {
  await dieInRollout();
  world.sandbox.control.advance(10 * minutes);
  // The first run never came to the alarms; the second makes them.
  expect((await apply()).code).toBe(0);
  const { code, json, stderr } = await apply();
  expect([code, json.outcomes, world.writes()]).toEqual([0, [], []]);
  expect(stderr).not.toContain("left the rollout");
});

test("a rollout that settles while it is watched is told as applied, and those after it begin", async () => {
  await dieInRollout(policy, {});
  const { code, json } = await apply({ service: [] });
  expect(code).toBe(0);
  expect(taskOutcomes(json)).toEqual([0, 1, 2, 3, 4, 5].map((index) => `web-00${index} update applied`));
  expect(updates()).toBe(5);
});

describe("an owner's deployment that carries our layer is the owner's, however long it hangs", () => {
  beforeEach(async () => {
    expect((await apply()).code).toBe(0);
    fail("unhealthy");
  });

  async function expectUntouched(code = 0): Promise<void> {
    const stands = running();
    world.sandbox.control.advance(60 * minutes);
    const ran = await apply();
    expect([ran.code, world.writes(), ran.json.outcomes]).toEqual([code, [], []]);
    expect(ran.stderr).not.toContain("left the rollout");
    expect(running()).toBe(stands);
    const { deployments } = describeService();
    expect(deployments.map(({ status }: Any) => status)).toEqual(["PRIMARY", "ACTIVE"]);
  }

  test("a copy of the revision with another image", async () => {
    deploy(copyRevision(running(), "app:2"));
    await expectUntouched();
  });

  test("a copy of the revision with nothing else in it", async () => {
    deploy(copyRevision(running(), "app:1"));
    await expectUntouched();
  });

  test("the same revision once more", async () => {
    world.call("ecs", "UpdateService", { cluster: "prod-a", service, forceNewDeployment: true });
    await expectUntouched();
  });

  test("an earlier revision, with an earlier layer of ours", async () => {
    const earlier = running();
    fail(undefined);
    const image = "public.ecr.aws/example/jmx-exporter:1.0.2";
    expect((await apply({}, webPolicy({ image }))).code).toBe(0);
    fail("unhealthy");
    deploy(earlier);
    await expectUntouched();
  });

  test("a pipeline that lays our layer on by itself", async () => {
    const { containerDefinitions } = currentTask(world, "prod-a", service);
    fail(undefined);
    deploy(registerTask(world, "prod-a-web-000"));
    world.sandbox.control.advance(10 * minutes);
    running();
    fail("unhealthy");
    deploy(registerTask(world, "prod-a-web-000", { task: { containerDefinitions } }));
    await expectUntouched();
  });
});

// What the controller costs while nothing changes, how much memory it holds, and what one event costs: the built command
// against a sandbox in another process.

import { countFloor, sum } from "./floor.ts";
import { beyond, type Hourly, hourOf, type LoggedCall, purposeOf } from "./idle-calls.ts";
import {
  type ControllerProcess,
  envFor,
  type LogLine,
  type Memory,
  startControllerProcess,
  startSandboxProcess,
} from "./idle-processes.ts";
import { type IdleScene, setIdleScene } from "./idle-scene.ts";
import { measureSuccess, median } from "./measure.ts";
import { alarmsPerService, writeBenchPolicy } from "./policy.ts";

export interface IdleResult {
  readonly services: number;
  /** Calls of an hour at the real intervals, of the replica that holds the target. */
  readonly holder: Hourly;
  /** What a second replica adds that waits for the lease. */
  readonly standBy: Hourly;
  /** Calls of one full pass, status included, and the fewest that could read as much from nothing. */
  readonly pass: number;
  readonly floor: number;
  readonly event: EventResult;
}

export interface EventResult {
  /** Of the look at the one service, by `service:Operation`. */
  readonly calls: Readonly<Record<string, number>>;
  /** From somebody's write to ours, that puts it right: medians and the most. */
  readonly milliseconds: number;
  readonly mostMilliseconds: number;
}

export interface MemoryResult {
  readonly services: number;
  readonly nodeFlags: readonly string[];
  /** While everything is made but what redeploys, then as everything stands. */
  readonly making: PassMemory;
  readonly starting: PassMemory;
  readonly steady: PassMemory;
}

/** Megabytes; `seconds` is the pass's. */
interface PassMemory extends Memory {
  readonly seconds: number;
}

export interface BenchOptions {
  readonly cli: string;
  readonly nodeFlags: readonly string[];
}

const real = { resync: 300_000, pollInterval: 60_000 };
/** Long polls take 20 s: in 70 there are at least three. */
const spanMs = 70_000;
const standBySpanMs = 45_000;
const eventsMeasured = 7;

const isFullPass = ({ event, look }: LogLine): boolean => event === "pass" && look === "full";

export async function benchIdle(services: number, options: BenchOptions): Promise<IdleResult> {
  const policyFolder = await writeBenchPolicy();
  const sandbox = await startSandboxProcess(options.cli, services);
  const scene = await setIdleScene(sandbox.endpoint, policyFolder);
  const running: ControllerProcess[] = [];
  const start = async (name: string, intervals: Parameters<IdleScene["writeConfig"]>[1]) => {
    const config = await scene.writeConfig(name, intervals);
    const controller = startControllerProcess(options, config, sandbox.endpoint);
    running.push(controller);
    return controller;
  };
  try {
    await applyAll(options.cli, policyFolder, services, sandbox.endpoint);

    const often = { resync: "15s", pollInterval: "5s" };
    const first = await start("often", often);
    await waitForPasses(first, 2);
    await sandbox.forget();
    const passes = await waitForPasses(first, 1, spanMs);
    const span = { calls: await sandbox.calls(), passes, pollInterval: 5_000 };
    const second = await start("often", often);
    await second.until(({ event }) => event === "lease-waiting");
    await waitForPasses(first, 1);
    await sandbox.forget();
    const passesOfBoth = await waitForPasses(first, 1, standBySpanMs);
    const spanOfBoth = { calls: await sandbox.calls(), passes: passesOfBoth, pollInterval: 5_000 };
    await second.close();
    await first.close();

    const rare = await start("rare", { resync: "1d", pollInterval: "60s" });
    await waitForPasses(rare, 1);
    const event = await measureEvents(rare, scene, sandbox);
    await rare.close();

    const holder = hourOf(span, real);
    const ofPass = span.calls.filter((call) => isOfPass(call)).length / passes;
    return {
      services,
      holder,
      standBy: ofClock(beyond(hourOf(spanOfBoth, real), holder)),
      pass: ofPass,
      floor: sum(Object.values(countFloor(estateSize(services)))),
      event,
    };
  } finally {
    await Promise.all(running.map((one) => one.close()));
    scene.close();
    await sandbox.close();
  }
}

/** @param options the flags are Node's, for the controller */
export async function benchMemory(services: number, options: BenchOptions): Promise<MemoryResult> {
  const policyFolder = await writeBenchPolicy();
  const sandbox = await startSandboxProcess(options.cli, services);
  const scene = await setIdleScene(sandbox.endpoint, policyFolder);
  let controller: ControllerProcess | undefined;
  try {
    const config = await scene.writeConfig("memory", { resync: "20s", pollInterval: "60s" });
    controller = startControllerProcess(options, config, sandbox.endpoint);
    const making = await memoryOfPass(controller);
    await controller.close();
    await applyAll(options.cli, policyFolder, services, sandbox.endpoint);
    await sandbox.forget();
    controller = startControllerProcess(options, config, sandbox.endpoint);
    const starting = await memoryOfPass(controller);
    await controller.forgetPeak();
    await waitForPasses(controller, 4);
    const steady = await memoryOfPass(controller);
    return { services, nodeFlags: options.nodeFlags, making, starting, steady };
  } finally {
    await controller?.close();
    scene.close();
    await sandbox.close();
  }
}

async function memoryOfPass(controller: ControllerProcess): Promise<PassMemory> {
  const pass = await controller.until(isFullPass, controller.lines.length);
  const memory = (await controller.memory()) ?? { resident: Number.NaN, peak: Number.NaN };
  return { ...memory, seconds: Number(pass["seconds"]) };
}

/** Waits for so many full passes, and on, to the end of one, until the time is over. Gives how many there were. */
async function waitForPasses(controller: ControllerProcess, count: number, atLeastMs = 0): Promise<number> {
  const until = performance.now() + atLeastMs;
  let passes = 0;
  while (passes < count || performance.now() < until) {
    await controller.until(isFullPass, controller.lines.length);
    passes += 1;
  }
  return passes;
}

async function applyAll(cli: string, folder: string, services: number, endpoint: string): Promise<void> {
  const args = [cli, "apply", "--policies", folder, "--yes", "--no-wait", "--max-redeploys"];
  await measureSuccess({
    file: process.execPath,
    args: [...args, String(services), "--format", "json"],
    env: envFor(endpoint),
  });
}

async function measureEvents(
  controller: ControllerProcess,
  scene: IdleScene,
  sandbox: { calls(): Promise<readonly LoggedCall[]>; forget(): Promise<void> },
): Promise<EventResult> {
  const times: number[] = [];
  let calls: Record<string, number> = {};
  for (let index = 1; index <= eventsMeasured; index++) {
    await sandbox.forget();
    const from = controller.lines.length;
    const alarm = await scene.editAlarm(`ecsmon/prod-a/web-${String(index).padStart(4, "0")}/cpu-high`);
    await controller.until(({ event, look }) => event === "pass" && look !== "full", from);
    const all = await sandbox.calls();
    const writes = all.filter(
      ({ operation, input }) =>
        operation === "PutMetricAlarm" && (input as { AlarmName: string }).AlarmName === alarm,
    );
    const [theirs, ours] = writes;
    if (theirs === undefined || ours === undefined) throw new Error(`${alarm} was not put right`);
    times.push(ours.at - theirs.at);
    // What is seen of a log line comes a little after the calls: all of the look's are there.
    calls = {};
    for (const call of all.slice(all.indexOf(theirs) + 1)) {
      if (!isOfPass(call)) continue;
      const name = `${call.service}:${call.operation}`;
      calls[name] = (calls[name] ?? 0) + 1;
    }
  }
  return { calls, milliseconds: median(times), mostMilliseconds: Math.max(...times) };
}

function isOfPass(call: LoggedCall): boolean {
  const purpose = purposeOf(call);
  return purpose === "look" || purpose === "status";
}

/** Passes are the holder's. */
function ofClock(hourly: Hourly): Hourly {
  return Object.fromEntries(
    Object.entries(hourly).filter(
      ([name, count]) => !name.startsWith("look ") && !name.startsWith("status ") && count >= 1,
    ),
  );
}

/** The sandbox's large estate: clusters of 250 services, each with a target group and a log group. */
function estateSize(services: number): Parameters<typeof countFloor>[0] {
  const clusters = Math.ceil(services / 250);
  return {
    services: Array.from({ length: clusters }, (_, index) => Math.min(250, services - 250 * index)),
    revisions: services,
    targetGroups: services,
    alarms: services * alarmsPerService,
    metricFilters: services,
    logGroups: services,
    taggedLogGroups: services,
    queryDefinitions: 0,
    dashboards: 0,
  };
}

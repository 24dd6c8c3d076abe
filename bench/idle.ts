// What the controller costs while nothing changes, how much memory it holds, and what one event costs: the built command
// against a sandbox in another process.
import { setTimeout as sleep } from "node:timers/promises";
import { countFloor, sum } from "./floor.ts";
import { beyond, type Hourly, hourOf, type LoggedCall, purposeOf } from "./idle-calls.ts";
import {
  type ControllerProcess,
  envFor,
  type LogLine,
  type Memory,
  type SandboxProcess,
  startControllerProcess,
  startSandboxProcess,
} from "./idle-processes.ts";
import { type IdleScene, setIdleScene } from "./idle-scene.ts";
import { measureSuccess, median } from "./measure.ts";
import { benchSize, writeBenchPolicy } from "./policy.ts";

export interface IdleResult {
  readonly services: number;
  /** Calls of an hour at the real intervals, of the replica that holds the target. */
  readonly holder: Hourly;
  /** What a second replica adds that waits for the lease. */
  readonly standBy: Hourly;
  /** Calls of one full pass, status included. */
  readonly pass: number;
  /** The fewest that could read as much, from nothing and where revisions are known: those never change. */
  readonly floor: number;
  readonly floorWithRevisions: number;
  readonly event: EventResult;
}

export interface EventResult {
  /** Calls of the look at the one service, what it writes and keeps included, by `service:Operation`. */
  readonly look: Readonly<Record<string, number>>;
  /** Calls of what follows, when the event of our own write has come. */
  readonly echo: number;
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
const passesMeasured = 4;
const eventsMeasured = 7;
/** Until all that an event leads to is over. */
const echoMs = 4_000;

/** The end of the next full pass. @throws where the lease was lost in it, or it could not read everything */
async function nextPass(controller: ControllerProcess): Promise<LogLine> {
  const line = await controller.until(
    ({ event, look }) => event === "lease-lost" || (event === "pass" && look === "full"),
    controller.lines.length,
  );
  if (line.event === "pass" && line["unknown"] === 0) return line;
  throw new Error(`a pass was no good: ${JSON.stringify(line)}`);
}

export async function benchIdle(services: number, options: BenchOptions): Promise<IdleResult> {
  const policyFolder = await writeBenchPolicy();
  const sandbox = await startSandboxProcess(options.cli, services);
  // The queue comes after it: what it changes is no news to the controller.
  await applyAll(options.cli, policyFolder, services, sandbox.endpoint);
  const scene = await setIdleScene(sandbox.endpoint, policyFolder);
  const running: ControllerProcess[] = [];
  const start = async (name: string, intervals: Parameters<IdleScene["writeConfig"]>[1]) => {
    const config = await scene.writeConfig(name, intervals);
    const controller = startControllerProcess(options, config, sandbox.endpoint);
    running.push(controller);
    return controller;
  };
  try {
    // Short intervals for what a pass costs; for the clock's own calls a span without passes, since those make it wait.
    const often = await start("often", { resync: "15s", pollInterval: "60s" });
    await waitForPasses(often, 2);
    await waitForQuiet(often, sandbox);
    await sandbox.forget();
    const passes = await waitForPasses(often, passesMeasured);
    const ofPasses = (await sandbox.calls()).filter(isOfPass);
    await often.close();

    const intervals = { resync: "1d", pollInterval: "5s" };
    const rare = await start("rare", intervals);
    await waitForPasses(rare, 1);
    const alone = await watch(sandbox, spanMs);
    const event = await measureEvents(rare, scene, sandbox);
    const second = await start("second", intervals);
    await second.until(({ event }) => event === "lease-waiting");
    const both = await watch(sandbox, spanMs);
    await second.close();
    await rare.close();

    const estate = benchSize(clustersOf(services));
    const span = { passes, pollInterval: 5_000 };
    const holder = hourOf({ ...span, calls: [...ofPasses, ...alone] }, real);
    return {
      services,
      holder,
      standBy: beyond(hourOf({ ...span, calls: both }, real), holder),
      pass: ofPasses.length / passes,
      floor: sum(Object.values(countFloor(estate))),
      floorWithRevisions: sum(Object.values(countFloor({ ...estate, revisions: 0 }))),
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
    const config = await scene.writeConfig("memory", { resync: "20s", pollInterval: "60s", snapshot: true });
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
  const pass = await nextPass(controller);
  const memory = (await controller.memory()) ?? { resident: Number.NaN, peak: Number.NaN };
  return { ...memory, seconds: Number(pass["seconds"]) };
}

async function waitForPasses(controller: ControllerProcess, count: number): Promise<number> {
  for (let passes = 0; passes < count; passes++) await nextPass(controller);
  return count;
}

/** The clock's own calls of a while. */
async function watch(sandbox: SandboxProcess, milliseconds: number): Promise<readonly LoggedCall[]> {
  await sandbox.forget();
  await sleep(milliseconds);
  return (await sandbox.calls()).filter((call) => !isOfPass(call));
}

/** Until no message comes between one pass and the next: the first look at a service ends its deployment in the sandbox. */
async function waitForQuiet(controller: ControllerProcess, sandbox: SandboxProcess): Promise<void> {
  for (;;) {
    await sandbox.forget();
    await waitForPasses(controller, 1);
    if (!(await sandbox.calls()).some(({ operation }) => operation === "DeleteMessageBatch")) return;
  }
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
  sandbox: SandboxProcess,
): Promise<EventResult> {
  const times: number[] = [];
  let look: Record<string, number> = {};
  let echo = 0;
  for (let index = 1; index <= eventsMeasured; index++) {
    await sleep(echoMs);
    await sandbox.forget();
    const from = controller.lines.length;
    const alarm = await scene.editAlarm(`ecsmon/prod-a/web-${String(index).padStart(4, "0")}/cpu-high`);
    await controller.until(({ event, look }) => event === "pass" && look !== "full", from);
    const calls = await sandbox.calls();
    const writes = calls.filter(
      ({ operation, input }) =>
        operation === "PutMetricAlarm" && (input as { AlarmName: string }).AlarmName === alarm,
    );
    const [theirs, ours] = writes;
    if (theirs === undefined || ours === undefined) throw new Error(`${alarm} was not put right`);
    times.push(ours.at - theirs.at);
    look = countByName(calls.slice(calls.indexOf(theirs) + 1).filter(isOfPass));
    await sleep(echoMs);
    echo = (await sandbox.calls()).slice(calls.length).filter(isOfPass).length;
  }
  return { look, echo, milliseconds: median(times), mostMilliseconds: Math.max(...times) };
}

function countByName(calls: readonly LoggedCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { service, operation } of calls)
    counts[`${service}:${operation}`] = (counts[`${service}:${operation}`] ?? 0) + 1;
  return counts;
}

function isOfPass(call: LoggedCall): boolean {
  const purpose = purposeOf(call);
  return purpose === "look" || purpose === "status";
}

/** The sandbox's large estate has clusters of 250 services. */
function clustersOf(services: number): number[] {
  const clusters = Math.ceil(services / 250);
  return Array.from({ length: clusters }, (_, index) => Math.min(250, services - 250 * index));
}

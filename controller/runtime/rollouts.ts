// Rolls services out: the first alone, as a canary, then as many at once as their policies allow. One that fails is put
// back to what ran before, and keeps the rest from beginning. What is told to stop leaves ECS to finish what runs.
// Rollouts that an earlier run left behind are watched as if they were begun here: the rest waits for them.
import { formatDuration } from "../api/duration.ts";
import type { OwnRollout, RollingChange, Rollout } from "../aws/rollout.ts";
import { serviceKey } from "../core/names.ts";
import type { Failure } from "../model/errors.ts";
import type { Change, OutcomeResult } from "../model/plan.ts";

export interface RolloutSteps {
  /** Writes the change; throws what AWS says when nothing was begun. */
  readonly begin: (change: Change) => Promise<RollingChange>;
  /** Takes up the watch of a rollout that is under way already; throws nothing. */
  readonly takeUp: (change: Change) => Promise<RollingChange>;
  readonly finish: (change: Change, result: OutcomeResult, error?: Failure) => void;
  /** Its deployment goes on, and nobody waits for it. */
  readonly leave: (change: Change) => void;
  /** Why the change must not begin now, if so: told to stop, its window has closed, or what it needs has failed. */
  readonly stops: (change: Change) => Failure | undefined;
  readonly describe: (error: unknown) => Failure;
  readonly progress: (texts: readonly string[]) => void;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal: AbortSignal;
}

const pollInterval = 5_000;
/** Reads of one rollout that may fail in a row before it is given up on (it goes on without us). */
const patience = 5;

interface Flight {
  readonly change: Change;
  readonly rolling: RollingChange;
  /** When it began, in milliseconds. */
  readonly since: number;
  misses: number;
  text: string;
}

export async function rollOut(
  changes: readonly Change[],
  leftBehind: readonly Change[],
  steps: RolloutSteps,
): Promise<void> {
  const waiting = [...changes];
  const flights: Flight[] = [];
  for (const change of steps.signal.aborted ? [] : leftBehind)
    flights.push(toFlight(change, await steps.takeUp(change), steps));
  let proven = false;
  let halt: Failure | undefined;
  for (;;) {
    while (waiting[0] !== undefined && halt === undefined && hasRoom(waiting[0], flights, proven)) {
      const change = waiting.shift() as Change;
      const flight = await takeOff(change, steps);
      if (flight !== undefined) flights.push(flight);
    }
    if (flights.length === 0) break;
    for (const flight of [...flights]) {
      const landed = await look(flight, steps);
      if (landed === undefined) continue;
      flights.splice(flights.indexOf(flight), 1);
      if (landed === "settled") proven = true;
      else if (landed.halt !== undefined) halt ??= landed.halt;
    }
    if (flights.length === 0) continue;
    steps.progress(flights.map(({ change, text }) => `${place(change)}: ${text}`));
    if (steps.signal.aborted) break;
    await steps.sleep(pollInterval);
  }
  // ECS finishes by itself what was begun.
  for (const { change } of flights) steps.leave(change);
  for (const change of waiting) steps.finish(change, "skipped", halt ?? steps.stops(change) ?? interrupted);
}

const interrupted: Failure = { code: "Interrupted", message: "not begun: interrupted" };

function hasRoom(next: Change, flights: readonly Flight[], proven: boolean): boolean {
  if (flights.length === 0) return true;
  const limits = [next, ...flights.map(({ change }) => change)].map(
    ({ rollout }) => rollout?.maxConcurrent ?? 1,
  );
  return proven && flights.length < Math.min(...limits);
}

async function takeOff(change: Change, steps: RolloutSteps): Promise<Flight | undefined> {
  const stop = steps.stops(change);
  if (stop !== undefined) {
    steps.finish(change, "skipped", stop);
    return undefined;
  }
  try {
    return toFlight(change, await steps.begin(change), steps);
  } catch (error) {
    steps.finish(change, "failed", steps.describe(error));
    return undefined;
  }
}

function toFlight(change: Change, rolling: RollingChange, { now }: RolloutSteps): Flight {
  return { change, rolling, since: rolling.since ?? now(), misses: 0, text: "begun" };
}

type Landed = "settled" | { readonly halt: Failure | undefined };

/** undefined: still under way. */
async function look(flight: Flight, steps: RolloutSteps): Promise<Landed | undefined> {
  const { change, rolling } = flight;
  let rollout: Rollout;
  try {
    rollout = await rolling.check();
    flight.misses = 0;
  } catch (error) {
    // A read that failed says nothing of the rollout: ask again, and in the end say that it is not known.
    flight.misses += 1;
    if (flight.misses < patience) return undefined;
    const failure = steps.describe(error);
    return fail(
      change,
      { code: failure.code, message: `how the rollout stands is not known: ${failure.message}` },
      steps,
    );
  }
  if (rollout.state === "settled") {
    steps.finish(change, "applied");
    return "settled";
  }
  if (rollout.state === "superseded") {
    const message = `somebody deployed ${rollout.by} meanwhile; ${theirsStays}`;
    steps.finish(change, "skipped", { code: "OwnerDeployed", message });
    return { halt: undefined };
  }
  if (rollout.state === "failed") return putBack(flight, rollout.failure, rollout.restored, steps);
  flight.text = rollout.text;
  const seconds = (change.rollout?.timeout ?? 900) + (rollout.own?.seconds ?? 0);
  if (steps.now() < flight.since + seconds * 1000) return undefined;
  return runOut(flight, seconds, rollout, steps);
}

const theirsStays = "theirs stays, and the next run puts the layer on it";

/** Its time is over. What runs as it should, and only has not taken over yet, is left to ECS all the same. */
async function runOut(
  flight: Flight,
  seconds: number,
  { text, own }: { readonly text: string; readonly own?: OwnRollout },
  steps: RolloutSteps,
): Promise<Landed> {
  const within = `the deployment has not settled within ${formatDuration(seconds)}: ${text}`;
  if (own?.isShifting) {
    const message = `${within}; all of its tasks run, so it is left to ECS to end it (${own.strategy})`;
    return fail(flight.change, { code: "RolloutTimeout", message }, steps);
  }
  const message = [within, ...(await flight.rolling.explain())].join("; ");
  return putBack(flight, { code: "RolloutTimeout", message }, false, steps);
}

async function putBack(
  { change, rolling }: Flight,
  failure: Failure,
  restored: boolean,
  steps: RolloutSteps,
): Promise<Landed> {
  let theirs: string | undefined;
  try {
    theirs = await rolling.putBack();
  } catch (error) {
    const message = `${failure.message}; putting back what ran before failed too: ${steps.describe(error).message}`;
    return fail(change, { code: failure.code, message }, steps);
  }
  if (theirs !== undefined) {
    const message = `${failure.message}; somebody deployed ${theirs} before it was put back; ${theirsStays}`;
    steps.finish(change, "skipped", { code: "OwnerDeployed", message });
    // It has failed all the same: the rest must not go the same way.
    return { halt: haltAfter(change, failure) };
  }
  const how = restored ? "ECS has put back what ran before" : "what ran before is put back";
  return fail(change, { code: failure.code, message: `${failure.message}; ${how}` }, steps);
}

function fail(change: Change, failure: Failure, steps: RolloutSteps): Landed {
  steps.finish(change, "failed", failure);
  return { halt: haltAfter(change, failure) };
}

/** Why the rest does not begin. The whole reason stands with the one that failed. */
function haltAfter(change: Change, { code }: Failure): Failure | undefined {
  if (change.rollout?.pauseOnFailure === false) return undefined;
  const message = `not begun, since the rollout of ${place(change)} failed (${code}, see there)`;
  return { code: "RolloutStopped", message };
}

function place({ cluster = "", service = "" }: Change): string {
  return serviceKey(cluster, service);
}

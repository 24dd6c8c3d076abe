// Rolls services out: the first alone, as a canary, then as many at once as their policies allow. One that fails is put
// back to what ran before, and keeps the rest from beginning. What is told to stop leaves ECS to finish what runs.
// Rollouts that an earlier run left behind are watched as if they were begun here: the rest waits for them.
import type { RollingChange, Rollout } from "../aws/rollout.ts";
import type { Failure } from "../model/errors.ts";
import type { Change, OutcomeResult } from "../model/plan.ts";

export interface RolloutSteps {
  /** Writes the change; throws what AWS says when nothing was begun. */
  readonly begin: (change: Change) => Promise<RollingChange>;
  /** Takes up the watch of a rollout that is under way already; throws nothing. */
  readonly takeUp: (change: Change) => Promise<RollingChange>;
  readonly finish: (change: Change, result: OutcomeResult, error?: Failure) => void;
  /** Why the change must not begin, if so: told to stop, or what it needs has failed. */
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
  readonly deadline: number;
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
  for (const { change } of flights) steps.finish(change, "applied");
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
  const timeout = (change.rollout?.timeout ?? 900) * 1000;
  return { change, rolling, deadline: (rolling.since ?? now()) + timeout, misses: 0, text: "begun" };
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
    const message = `somebody deployed ${rollout.by} meanwhile; theirs stays, and the next run puts the layer on it`;
    steps.finish(change, "skipped", { code: "OwnerDeployed", message });
    return { halt: undefined };
  }
  if (rollout.state === "failed") return putBack(flight, rollout.failure, rollout.restored, steps);
  flight.text = rollout.text;
  if (steps.now() < flight.deadline) return undefined;
  const minutes = Math.round((change.rollout?.timeout ?? 900) / 60);
  return putBack(
    flight,
    { code: "RolloutTimeout", message: `the deployment has not settled within ${minutes}m: ${rollout.text}` },
    false,
    steps,
  );
}

async function putBack(
  { change, rolling }: Flight,
  failure: Failure,
  restored: boolean,
  steps: RolloutSteps,
): Promise<Landed> {
  try {
    await rolling.putBack();
    const how = restored ? "ECS has put back what ran before" : "what ran before is put back";
    return fail(change, { code: failure.code, message: `${failure.message}; ${how}` }, steps);
  } catch (error) {
    const message = `${failure.message}; putting back what ran before failed too: ${steps.describe(error).message}`;
    return fail(change, { code: failure.code, message }, steps);
  }
}

function fail(change: Change, failure: Failure, steps: RolloutSteps): Landed {
  steps.finish(change, "failed", failure);
  const message = `not begun, since the rollout of ${place(change)} failed: ${failure.message}`;
  return { halt: change.rollout?.pauseOnFailure === false ? undefined : { code: "RolloutStopped", message } };
}

function place({ cluster, service }: Change): string {
  return `${cluster}/${service}`;
}

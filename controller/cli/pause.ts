// `ecsmon pause` and `ecsmon resume`: the freeze switch, which every controller over the same status store obeys.
import { EcsmonError } from "../model/errors.ts";
import type { Pause } from "../model/status.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { listTargets } from "../state/status-store.ts";
import { pauseWrites, readSwitch, resumeWrites } from "../state/switch.ts";
import type { Io } from "./io.ts";
import { safeText } from "./render/safe-text.ts";
import { openStatusPlace, type PlaceFlags } from "./status-place.ts";

const longest = 500;

export async function runPause(flags: PlaceFlags & { readonly reason: string }, io: Io): Promise<number> {
  const reason = flags.reason.trim();
  if (reason === "" || reason.length > longest)
    throw new EcsmonError(
      "InvalidOption",
      `--reason has ${reason.length} characters; say in 1 to ${longest} why nothing may be written, for those who find it so`,
    );
  const store = await openStatusPlace(flags, io);
  if (store === undefined) return 1;
  const before = await readSound(store);
  const pause: Pause = { reason, by: whoAmI(io.env), at: io.now().toISOString() };
  await pauseWrites(store, pause);
  if (before !== undefined && before !== "unsound") io.stdout(`It was paused already ${describe(before)}.\n`);
  io.stdout(
    `Paused ${describe(pause)}. Within 5 seconds no controller that keeps its status in ${safeText(store.name)} starts another write; what has begun is ended.\n`,
  );
  await warnOfEmptiness(store, io);
  return 0;
}

export async function runResume(flags: PlaceFlags, io: Io): Promise<number> {
  const store = await openStatusPlace(flags, io);
  if (store === undefined) return 1;
  const before = await readSound(store);
  if (before !== undefined) await resumeWrites(store);
  io.stdout(`${describeResumed(before)}\n`);
  await warnOfEmptiness(store, io);
  return 0;
}

/** A switch that cannot be read as one counts as paused until it is written anew. `undefined`: it is off. */
async function readSound(store: ObjectStore): Promise<Pause | "unsound" | undefined> {
  try {
    return await readSwitch(store);
  } catch (error) {
    if (error instanceof EcsmonError && error.code === "SwitchUnread") return "unsound";
    throw error;
  }
}

function describeResumed(before: Pause | "unsound" | undefined): string {
  if (before === undefined) return "It was not paused.";
  if (before === "unsound")
    return "Resumed; what stood there was no switch of ecsmon's, which counts as paused.";
  return `Resumed; it was paused ${describe(before)}.`;
}

/** In an incident, nobody should believe that a switch is turned which no controller looks at. */
async function warnOfEmptiness(store: ObjectStore, io: Io): Promise<void> {
  // Who may not list has turned it all the same.
  const targets = await listTargets(store).catch(() => undefined);
  if (targets?.length === 0)
    io.stderr(
      `ecsmon: no controller has told its status in ${safeText(store.name)} yet: check that it is the place that ecsmon run has in spec.status\n`,
    );
}

export function describe({ by, at, reason }: Pause): string {
  return safeText(`by ${by} at ${at}: ${reason}`);
}

function whoAmI(env: Io["env"]): string {
  return env["USER"] || env["LOGNAME"] || env["USERNAME"] || "somebody";
}

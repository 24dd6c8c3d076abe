// `ecsmon snapshot`: everything a plan needs to know of the accounts of a configuration, in one file without secrets.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { nameTarget } from "../api/target-name.ts";
import { describeAwsError } from "../aws/errors.ts";
import { toError } from "../aws/snapshot/facts.ts";
import { concealFacts } from "../core/conceal-facts.ts";
import { countHiddenOfOurs } from "../core/hidden-of-ours.ts";
import { writeInChunks } from "../core/snapshot-file.ts";
import { createMackerel } from "../mackerel/client.ts";
import { EcsmonError } from "../model/errors.ts";
import { isObject } from "../model/json.ts";
import { plural } from "../model/plural.ts";
import type { Fault, Snapshot, SnapshotFacts } from "../model/snapshot.ts";
import { openTarget } from "../runtime/open-target.ts";
import { concealBy, readConcealKey } from "../runtime/snapshot/conceal-key.ts";
import { takeSnapshot } from "../runtime/snapshot/take-snapshot.ts";
import { checkDoubles } from "./check-doubles.ts";
import type { Io } from "./io.ts";
import { keepInputs } from "./keep-inputs.ts";
import { chooseTargets } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readConfig } from "./read-config.ts";
import { checkOut, writeWhole } from "./write-whole.ts";

export interface SnapshotFlags {
  readonly out: string;
  readonly config?: string;
  readonly region?: string;
  /** Of this ecsmon. */
  readonly version: string;
}

/** Failed reads that are told one by one. */
const maxTold = 5;

export async function runSnapshot(flags: SnapshotFlags, io: Io): Promise<number> {
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, "text", io);
  if (flags.config !== undefined && config === undefined) return 1;
  await keepInputs([{ option: `--out ${flags.out}`, path: flags.out }], flags);
  await checkOut(flags.out, "Snapshot");
  const { conceal, keyFingerprint } = concealBy(readConcealKey(io.env));
  const takenAt = io.now().toISOString();
  const opened = chooseTargets(flags, config).map((target) => openTarget(target));
  const progress = createProgress(io);
  try {
    if (opened.length > 1) await checkDoubles(opened);
    const targets: SnapshotFacts[] = [];
    for (const { target, aws, enter } of opened) {
      await enter();
      const facts = await takeSnapshot(aws, {
        mackerel: createMackerel({ sleep: (milliseconds) => io.sleep(milliseconds) }),
        progress: (what, done, total) => progress.report({ phase: "read", what, done, total }),
      });
      progress.end();
      refuseNowhere(facts, nameTarget(target));
      tellFaults(facts, io);
      targets.push(concealFacts(facts, conceal));
    }
    if (keyFingerprint === null) tellKeyless(targets, io);
    const snapshot: Snapshot = { version: flags.version, takenAt, keyFingerprint, targets };
    await write(flags.out, snapshot);
    io.stderr(
      `ecsmon: the snapshot was written to ${flags.out}; ecsmon plan --snapshot ${flags.out} reads it\n`,
    );
    return 0;
  } finally {
    progress.end();
    for (const each of opened) each.close();
  }
}

/** An account that nothing is known of, its number included, would plan nothing but unknowns. */
function refuseNowhere({ account, clusters, caller }: SnapshotFacts, target: string): void {
  if (account !== "") return;
  const none = `nothing could be read of ${target}, so no snapshot was written`;
  const [fault, operation] =
    "fault" in clusters
      ? [clusters.fault, "ecs:ListClusters"]
      : "fault" in caller
        ? [caller.fault, "sts:GetCallerIdentity"]
        : [undefined, ""];
  const retry = { fault: "aws", remedy: "retry" } as const;
  if (fault === undefined) throw new EcsmonError("SnapshotEmpty", `${none}: no account`, retry);
  // Its code says how to go on, as it does in a plan.
  const { code, message } = describeAwsError(toError(fault), operation);
  throw new EcsmonError(code, `${none}: ${message}`, retry);
}

/** What could not be read is in the file as such; whoever takes it should know. */
function tellFaults(facts: SnapshotFacts, io: Io): void {
  const counts = new Map<string, number>();
  for (const line of listFaults(facts)) counts.set(line, (counts.get(line) ?? 0) + 1);
  if (counts.size === 0) return;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const lines = [...counts].slice(0, maxTold).map(([line, count]) => `  ${count} × ${line}\n`);
  const rest = counts.size > maxTold ? `  and ${counts.size - maxTold} other errors\n` : "";
  io.stderr(
    `ecsmon: ${total} of what was to be read of account ${facts.account} in ${facts.region} could not be, and plans will say unknown of what that hides:\n${lines.join("")}${rest}`,
  );
}

/** A key that was thrown away hides from plans what they compare: who takes the snapshot can still set one. */
function tellKeyless(targets: readonly SnapshotFacts[], io: Io): void {
  const counts = targets.map(countHiddenOfOurs);
  const total = (of: "definitions" | "monitors"): number => counts.reduce((sum, one) => sum + one[of], 0);
  const parts = [
    ...(total("definitions") > 0 ? [plural(total("definitions"), "task definition")] : []),
    ...(total("monitors") > 0 ? [plural(total("monitors"), "monitor")] : []),
  ];
  if (parts.length === 0) return;
  io.stderr(
    `ecsmon: ECSMON_SNAPSHOT_KEY is not set, so hidden values of ours in ${parts.join(" and ")} cannot be compared: plans from this snapshot take them to be as policies want them, and warn of it; to have them compared, set one key here and where it is planned from\n`,
  );
}

/** Sections whose own names say too little. */
const words: Readonly<Record<string, string>> = {
  settled: "past deployments",
  caller: "the caller's identity",
};

/** What an emulator has not got at all hides nothing, and a topic that is not there is something to know. */
function listFaults(facts: SnapshotFacts): string[] {
  return Object.entries(facts).flatMap(([name, section]: [string, unknown]): string[] => {
    if (!isObject(section)) return [];
    const all: unknown[] = isFault(section) ? [section] : Object.values(section);
    const what = words[name] ?? name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return all.filter(isFault).flatMap(({ fault }) => {
      const isTold = !fault.lacking && !(name === "topics" && /^NotFound/.test(fault.name));
      return isTold ? [tell(fault, `the read of ${what}`)] : [];
    });
  });
}

function tell(fault: Fault, what: string): string {
  const { code, message } = describeAwsError(toError(fault), what);
  return `${code}: ${message}`;
}

function isFault(fact: unknown): fact is { readonly fault: Fault } {
  return isObject(fact) && isObject(fact["fault"]);
}

async function write(file: string, snapshot: Snapshot): Promise<void> {
  try {
    await writeWhole(file, async (handle) => {
      const lines = Readable.from(writeInChunks(snapshot));
      const zip = file.endsWith(".gz") ? [createGzip()] : [];
      await pipeline([lines, ...zip, handle.createWriteStream({ flush: true })]);
    });
  } catch (error) {
    if (error instanceof EcsmonError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new EcsmonError(
      "SnapshotNotWritten",
      `the snapshot could not be written to ${file}: ${message}; give --out a file in a folder that you may write to`,
      { cause: error },
    );
  }
}

// The action's first step: policies checked, findings put on their lines, and the plan made once for all its readers.
// It has no token of GitHub's: what it reads was written by whoever opened the pull request.
import { readFile, writeFile } from "node:fs/promises";
import type { Diagnostic } from "../../model/diagnostic.ts";
import { toFailure } from "../../model/errors.ts";
import { isObject } from "../../model/json.ts";
import type { Io } from "../io.ts";
import { placeIn, renderValidation } from "../render/validation.ts";
import { refuseLinksOut } from "./check-links.ts";
import { withoutCommands, writeOutputs } from "./commands.ts";
import { checkEvent } from "./event.ts";
import { readPlanInputs } from "./inputs.ts";
import { type LookPaths, makeFolder, writeLook } from "./look-folder.ts";
import { findingsToSarif } from "./sarif.ts";
import type { Look, PlanDocument } from "./verdict.ts";

/** Runs another command of this program. */
export type RunCommand = (argv: readonly string[], io: Io) => Promise<number>;

/** 0 also where there are errors: the second step tells of them, and judges. */
export async function runPlanStep(io: Io, run: RunCommand): Promise<number> {
  checkEvent(io.env);
  const paths = await makeFolder(io.env);
  await writeOutputs(io.env, { folder: paths.folder });
  try {
    return await lookInto(paths, io, run);
  } catch (error) {
    // Or the comment would go on saying what was true of an earlier commit.
    const complaint = `ecsmon: ${toFailure(error).message}\n`;
    await writeLook(paths, { findings: [], exitCode: 1, plans: [], failed: 0, complaint });
    throw error;
  }
}

async function lookInto(paths: LookPaths, io: Io, run: RunCommand): Promise<number> {
  const { checked, paths: read, planFlags, name } = readPlanInputs(io.env);
  // GitHub knows files by their path in the repository, and a workflow may name them by their whole one.
  const root = io.env["GITHUB_WORKSPACE"] || process.cwd();
  await refuseLinksOut(read, root);

  const validated = await capture(io, run, ["validate", "--format=json", "--", ...checked]);
  const own = diagnosticsOf(parseJson(validated.stdout));
  const stops = validated.exitCode !== 0;
  const planned = stops
    ? { exitCode: 1, stdout: "", stderr: validated.stderr }
    : await capture(io, run, [
        "--log-level=warn",
        "plan",
        ...planFlags,
        "--format=json",
        `--also=markdown=${paths.markdown}`,
        `--also=html=${paths.html}`,
        `--also=text=${paths.text}`,
      ]);
  const document = parseJson(planned.stdout);
  const { plans, failed } = plansOf(document);
  const said = plans.flatMap(({ diagnostics }) =>
    diagnostics.map(({ origin: _, ...diagnostic }) => diagnostic),
  );
  const findings = unique([...own, ...diagnosticsOf(document), ...said]).map(({ file, ...finding }) =>
    file === undefined ? finding : { ...finding, file: placeIn(root, file) },
  );

  await writeFile(paths.json, planned.stdout);
  await writeFile(paths.sarif, findingsToSarif(findings, name));
  await writeLook(paths, {
    findings,
    exitCode: planned.exitCode,
    plans,
    failed,
    complaint: planned.stderr,
    ...takenAt(planFlags, plans),
  });
  const text = await readFile(paths.text, "utf8").catch(() => "");
  io.stdout(withoutCommands(`${text}${planned.stderr}`));
  io.stdout(renderValidation(findings, "github", { documents: 0, colour: false }));
  await writeOutputs(io.env, {
    "plan-json": paths.json,
    "plan-html": paths.html,
    "sarif-file": paths.sarif,
  });
  return 0;
}

interface Captured {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command writes must not reach the log by itself: names in it could be read as commands of the runner. */
async function capture(io: Io, run: RunCommand, argv: readonly string[]): Promise<Captured> {
  const written = { stdout: "", stderr: "" };
  const exitCode = await run(argv, {
    ...io,
    colour: { stdout: false, stderr: false },
    isTty: { stdin: false, stdout: false, stderr: false },
    stdout: (text) => {
      written.stdout += text;
    },
    stderr: (text) => {
      written.stderr += text;
    },
  });
  return { exitCode, ...written };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A plan, or several in a list; anything else holds none. */
function plansOf(document: unknown): Pick<Look, "plans" | "failed"> {
  const { kind, items, failed } = isObject(document) ? document : {};
  if (kind === "Plan") return { plans: [document as PlanDocument], failed: 0 };
  if (kind !== "PlanList") return { plans: [], failed: 0 };
  return {
    plans: items as unknown as readonly PlanDocument[],
    failed: Array.isArray(failed) ? failed.length : 0,
  };
}

/** A plan from a snapshot is as of the moment at which that was taken. */
function takenAt(planFlags: readonly string[], plans: readonly PlanDocument[]): { takenAt?: string } {
  const asOf = plans[0]?.metadata?.asOf;
  const isOfSnapshot = planFlags.some((flag) => flag.startsWith("--snapshot="));
  return isOfSnapshot && asOf !== undefined ? { takenAt: asOf } : {};
}

/** Of what `validate` prints, and `plan` in its place. */
function diagnosticsOf(document: unknown): readonly Diagnostic[] {
  if (!isObject(document) || document["kind"] !== undefined) return [];
  return (document["diagnostics"] ?? []) as unknown as readonly Diagnostic[];
}

/** Errors first: only so many annotations of a step are shown. */
function unique(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const each = [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
  const isError = ({ severity }: Diagnostic) => severity === "error";
  return [...each.filter(isError), ...each.filter((finding) => !isError(finding))];
}

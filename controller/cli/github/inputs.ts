// The inputs of action.yml. They reach us as variables of the environment, never as text of a script; a workflow may
// have put a branch's name into one, so each becomes one argument, joined to its flag, whatever stands in it.
import { EcsmonError } from "../../model/errors.ts";
import type { Io } from "../io.ts";
import { type FailOn, failOns } from "./verdict.ts";

export interface PlanInputs {
  /** What `ecsmon validate` is given. */
  readonly checked: readonly string[];
  /** All that is read and may be a path. */
  readonly paths: readonly string[];
  /** Flags of `ecsmon plan`. */
  readonly planFlags: readonly string[];
  readonly name: string;
}

export interface ReportInputs {
  readonly token: string;
  /** Tells several uses in one repository apart: comment, check and category of code scanning bear it. */
  readonly name: string;
  readonly failOn: ReadonlySet<FailOn>;
  readonly comment: boolean;
  /** The login that the token writes as. */
  readonly author: string;
  readonly check: boolean;
  readonly sarif: boolean;
}

/** Input → flag of `ecsmon plan`. */
const single = [
  "config",
  "owner",
  "region",
  "snapshot",
  "max-age",
  "backtest",
  "prices",
  "max-deletes",
  "max-redeploys",
] as const;
const repeated = ["policies", "cluster", "service", "base"] as const;

export function readPlanInputs(env: Io["env"]): PlanInputs {
  const policies = readLines(env, "policies");
  const config = readInput(env, "config");
  if ((policies.length === 0) === (config === ""))
    throw invalid(
      policies.length === 0
        ? "neither policies nor config is given; say which policies are planned"
        : "policies and config are both given; a configuration names the sources of its policies",
    );
  return {
    checked: config === "" ? policies : [config],
    paths: [
      ...policies,
      ...readLines(env, "base"),
      ...["config", "snapshot", "prices"].map((name) => readInput(env, name)).filter((path) => path !== ""),
    ],
    planFlags: [
      ...repeated.flatMap((name) => readLines(env, name).map((value) => `--${name}=${value}`)),
      ...single.flatMap((name) => {
        const value = readInput(env, name);
        if (/[\r\n]/.test(value)) throw invalid(`${name} has several lines; give one value`);
        return value === "" ? [] : [`--${name}=${value}`];
      }),
    ],
    name: readName(env),
  };
}

export function readReportInputs(env: Io["env"]): ReportInputs {
  return {
    token: env["ECSMON_INPUT_GITHUB_TOKEN"] ?? "",
    name: readName(env),
    failOn: readFailOn(readInput(env, "fail-on")),
    comment: readSwitch(env, "comment"),
    author: readInput(env, "comment-author") || "github-actions[bot]",
    check: readSwitch(env, "check"),
    sarif: readSwitch(env, "sarif"),
  };
}

function readInput(env: Io["env"], name: string): string {
  return (env[`ECSMON_INPUT_${name.toUpperCase().replaceAll("-", "_")}`] ?? "").trim();
}

function readLines(env: Io["env"], name: string): string[] {
  return readInput(env, name)
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Short: the comment's first line grows by it. */
function readName(env: Io["env"]): string {
  const name = readInput(env, "name") || "ecsmon";
  if (/^[A-Za-z0-9]([A-Za-z0-9_-]{0,18}[A-Za-z0-9])?$/.test(name) && !name.includes("--")) return name;
  throw invalid(`name is "${name}"; letters, digits, single - and _, at most 20 of them, make one`);
}

function readFailOn(text: string): ReadonlySet<FailOn> {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const odd = words.find((word) => word !== "none" && !isFailOn(word));
  if (odd !== undefined || words.length === 0 || (words.includes("none") && words.length > 1))
    throw invalid(`fail-on is "${text}"; give none, or some of ${failOns.join(", ")}`);
  return new Set(words.filter(isFailOn));
}

function isFailOn(word: string): word is FailOn {
  return (failOns as readonly string[]).includes(word);
}

function readSwitch(env: Io["env"], name: string): boolean {
  const value = readInput(env, name);
  if (value === "true" || value === "false") return value === "true";
  throw invalid(`${name} is "${value}"; it takes true or false`);
}

function invalid(message: string): EcsmonError {
  return new EcsmonError("InvalidInput", message);
}

// action.yml as a runner runs it: its shell steps, each in a bash of its own, with a GITHUB_* environment. What it does
// not understand it refuses, so that nothing of the action goes untested unseen.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface ActionStep {
  readonly name: string;
  readonly id?: string;
  readonly shell: string;
  readonly run: string;
  /** Left out: only where no step before has failed. */
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly description: string; readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly ActionStep[] };
}

const known = ["name", "id", "if", "shell", "run", "env"];
/** Also after a failure of another step; a run of ours is never cancelled. */
const afterStep = /^\$\{\{ !cancelled\(\) && steps\.([\w-]+)\.outcome == 'success' \}\}$/;

export function readAction(): Action {
  const action = parse(readFileSync("action.yml", "utf8")) as Action;
  for (const step of action.runs.steps)
    for (const key of Object.keys(step))
      if (!known.includes(key))
        throw new Error(`the test does not understand ${key} of the step ${step.name}`);
  return action;
}

export interface RunOptions {
  /** Where the repository of the pull request is checked out. */
  readonly workspace: string;
  readonly actionPath: string;
  /** For files of the runner. */
  readonly temp: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly token: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Ran {
  /** Of the first step that failed. */
  readonly code: number;
  /** What stood in the log, standard output and error together. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

let runs = 0;

export async function runAction(options: RunOptions): Promise<Ran> {
  const { inputs, outputs, runs: composite } = readAction();
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, options.inputs[name] ?? input.default]),
  );
  const odd = Object.keys(options.inputs).find((name) => !Object.hasOwn(inputs, name));
  if (odd !== undefined) throw new Error(`action.yml has no input ${odd}`);

  const steps: Record<string, Record<string, string>> = {};
  const evaluate = (text: string): string =>
    text.replaceAll(/\$\{\{\s*([^}]*?)\s*\}\}/g, (_, expression: string) => {
      const [, input] = /^inputs\.([\w-]+)$/.exec(expression) ?? [];
      const [, step, output] = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression) ?? [];
      if (expression === "github.token") return options.token;
      if (input !== undefined) return evaluate(given[input] ?? "");
      if (step !== undefined && output !== undefined) return steps[step]?.[output] ?? "";
      throw new Error(`the test does not understand \${{ ${expression} }}`);
    });

  let [code, log, summary] = [0, "", ""];
  const succeeded = new Set<string>();
  for (const step of composite.steps) {
    const [, after] = afterStep.exec(step.if ?? "") ?? [];
    if (step.if !== undefined && after === undefined)
      throw new Error(`the test does not understand if: ${step.if}`);
    if (after === undefined ? code !== 0 : !succeeded.has(after)) continue;
    if (step.shell !== "bash") throw new Error(`the test does not understand the shell ${step.shell}`);
    runs += 1;
    const files = join(options.temp, `_runner_${runs}`);
    mkdirSync(files);
    const [script, output, summaryFile] = ["step.sh", "output", "summary"].map((name) =>
      join(files, name),
    ) as [string, string, string];
    writeFileSync(script, step.run);
    writeFileSync(output, "");
    writeFileSync(summaryFile, "");
    const env = Object.fromEntries(
      Object.entries(step.env ?? {}).map(([name, value]) => [name, evaluate(value)]),
    );
    const ran = await runScript(script, options.workspace, {
      ...options.env,
      GITHUB_ACTIONS: "true",
      GITHUB_ACTION_PATH: options.actionPath,
      GITHUB_WORKSPACE: options.workspace,
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summaryFile,
      RUNNER_TEMP: options.temp,
      ...env,
    });
    [code, log] = [code === 0 ? ran.code : code, log + ran.log];
    if (ran.code === 0 && step.id !== undefined) succeeded.add(step.id);
    summary += readFileSync(summaryFile, "utf8");
    if (step.id !== undefined) steps[step.id] = readOutputs(readFileSync(output, "utf8"));
  }
  const values = Object.entries(outputs).map(([name, { value }]) => [name, evaluate(value)]);
  return { code, log, summary, outputs: Object.fromEntries(values) };
}

/** As a runner starts `shell: bash`. */
function runScript(
  script: string,
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let log = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => {
        log += part.toString("utf8");
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? -1, log }));
  });
}

function readOutputs(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const at = line.indexOf("=");
        if (at < 1 || line.slice(0, at).includes("<<")) throw new Error(`no NAME=VALUE: ${line}`);
        return [line.slice(0, at), line.slice(at + 1)];
      }),
  );
}

/** Lines that the runner takes as commands: `::name …::` at the beginning of a line, `##[name …]` anywhere in it. */
export function readCommands(log: string): readonly { readonly name: string; readonly line: string }[] {
  const commands: { name: string; line: string }[] = [];
  let stopped: string | undefined;
  for (const line of log.split(/\r\n|\n|\r/)) {
    const [, v2] = /^\s*::([^\s:]+)(?:\s[^:]*(?:::?[^:]+)*?)?::/.exec(line) ?? [];
    const [, v1] = /##\[([^\s\]]+)[^\]]*\]/.exec(line) ?? [];
    const name = v2 ?? v1;
    if (name === undefined) continue;
    if (stopped !== undefined) {
      if (name === stopped) stopped = undefined;
      continue;
    }
    if (name === "stop-commands") stopped = line.slice(line.lastIndexOf("::") + 2);
    else commands.push({ name, line });
  }
  return commands;
}

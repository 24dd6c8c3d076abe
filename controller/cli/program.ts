// The command line: its commands, what they have in common, and how errors end. Each command's code is loaded only when
// it is called, so that `validate` never waits for the AWS SDK.
import { Command, CommanderError, Option } from "commander";
import { addAudit, addSnapshot } from "./commands/account.ts";
import type { AddCommand, Cli } from "./commands/command.ts";
import { addGet, addPause, addResume, addRun } from "./commands/controller.ts";
import { addDemo, addSandbox } from "./commands/local.ts";
import { addApply, addGithub, addPlan } from "./commands/plans.ts";
import { addExplain, addIam, addInject, addSchema, addTest, addValidate } from "./commands/policies.ts";
import { describeFailure } from "./failure.ts";
import { type Io, type LogLevel, logLevels, withOutputOptions } from "./io.ts";

/** In the order of the help. */
const commands: readonly AddCommand[] = [
  addValidate,
  addPlan,
  addApply,
  addSnapshot,
  addGithub,
  addRun,
  addGet,
  addPause,
  addResume,
  addInject,
  addSchema,
  addTest,
  addIam,
  addAudit,
  addExplain,
  addSandbox,
  addDemo,
];

interface OutputFlags {
  readonly logLevel: LogLevel;
  readonly color: boolean;
}

/** Runs one command line and gives its exit code. Errors end here, as text. */
export async function runProgram(argv: readonly string[], io: Io, version: string): Promise<number> {
  let exitCode = 0;
  let logLevel: LogLevel = "info";
  const program = buildProgram(io, version, async (flags, command) => {
    logLevel = flags.logLevel;
    exitCode = await command(withOutputOptions(io, flags));
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has already written what it has to say.
    if (error instanceof CommanderError) return error.exitCode;
    io.stderr(describeFailure(error, logLevel));
    return 1;
  }
}

type Run = (flags: OutputFlags, command: (io: Io) => Promise<number>) => Promise<void>;

function buildProgram(io: Io, version: string, run: Run): Command {
  const program = new Command("ecsmon")
    .description("Keeps the monitoring of Amazon ECS services as your policies say.")
    .version(version, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .helpCommand("help [command]", "show the help of a command")
    .addOption(
      new Option("--log-level <level>", "how much to say on standard error")
        .choices(logLevels)
        .default("info"),
    )
    .option("--no-color", "no colours; the same as NO_COLOR=1")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true, optionDescription: describeOption })
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHasColors: () => io.colour.stdout,
      getErrHasColors: () => io.colour.stderr,
      outputError: (text, write) => write(text.replace(/^error: /, "ecsmon: ")),
    })
    .showHelpAfterError("See `ecsmon --help`.")
    .hook("preAction", (_, command) => refuseEmpty(command));

  const cli: Cli = {
    version,
    start: (command) => run(program.opts<OutputFlags>(), command),
    runProgram: (argv, inner) => runProgram(argv, inner, version),
  };
  for (const add of commands) add(program, cli);
  return program;
}

/** What a variable of a script that is not set leaves behind. */
function refuseEmpty(command: Command): void {
  const refuse = (what: string): never =>
    command.error(`error: ${what} is empty; give it a value, or leave it out`, {
      code: "commander.invalidArgument",
    });
  for (const option of command.options)
    if (command.getOptionValue(option.attributeName()) === "") refuse(`option '${option.flags}'`);
  for (const given of command.args) if (given === "") refuse("an argument");
}

/** As commander does it, without quotes around choices and without `default: false`. */
function describeOption({ description, argChoices, defaultValue }: Option): string {
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(defaultValue === undefined || typeof defaultValue === "boolean" ? [] : [`default ${defaultValue}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

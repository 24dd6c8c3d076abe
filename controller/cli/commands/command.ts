// What all commands are made of.
import { type Command, Option } from "commander";
import type { Io } from "../io.ts";
import { collect, parseFormat } from "../option-values.ts";

/** Adds one command to the program. */
export type AddCommand = (program: Command, cli: Cli) => void;

export interface Cli {
  /** Of this ecsmon. */
  readonly version: string;
  /** Runs what a command does; its result is the exit code. */
  start(command: (io: Io) => Promise<number>): Promise<void>;
  /** Another command line, and its exit code. */
  runProgram(argv: readonly string[], io: Io): Promise<number>;
}

export const configFile = "an OperatorConfig (a file, s3://…, or env:NAME)";

export function addCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError(`See \`ecsmon ${name} --help\`.`);
}

export function formatOption(formats: readonly string[]): Option {
  return new Option("--format <format>", `how to print it: ${formats.join(" or ")}`)
    .argParser(parseFormat(formats))
    .default("text");
}

/** @param note what is to be known of it here */
export function policiesOption(note: string): Option {
  const what = "a file, folder, git+https://… or s3://… of policies";
  return new Option("--policies <src>", `${what}; ${note}`).argParser(collect);
}

export function clusterOption(): Option {
  return new Option("--cluster <glob>", "only these clusters; may be given again").argParser(collect);
}

export function serviceOption(): Option {
  return new Option("--service <glob>", "only these services; may be given again").argParser(collect);
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

// The controller, and commands that ask it and stop it.
import { type Command, Option } from "commander";
import {
  type GetFlags,
  type GetSubject,
  getOutputs,
  getSubjects,
  parseSince,
  parseSubject,
} from "../get-options.ts";
import { collect, parseLimit, parseOwner, parseRegion } from "../option-values.ts";
import type { RunFlags } from "../run.ts";
import {
  type AddCommand,
  addCommand,
  clusterOption,
  configFile,
  examples,
  serviceOption,
} from "./command.ts";

export const addRun: AddCommand = (program, cli) => {
  addCommand(program, "run", "Run the controller: sources, reconcile loop, until SIGTERM.")
    .requiredOption("--config <file>", configFile)
    .option("--owner <id>", "must be that of the configuration", parseOwner)
    .option("--region <region>", "only its targets there", parseRegion)
    .addOption(clusterOption())
    .addOption(serviceOption())
    .addHelpText(
      "after",
      examples(
        "ecsmon run --config operator.yaml",
        "ecsmon run --config s3://monitoring-policies/operator.yaml",
        "ecsmon run --config operator.yaml --log-level debug",
        "ecsmon run --config operator.yaml --cluster 'staging-*'",
      ),
    )
    .action((flags: RunFlags) =>
      cli.start(async (io) => {
        const { runRun } = await import("../run.ts");
        return runRun(flags, cli.version, io);
      }),
    );
};

export const addGet: AddCommand = (program, cli) => {
  addPlaceOptions(
    addCommand(program, "get", "Show how things stand, and what was written, as controllers tell it."),
  )
    .argument("<what>", getSubjects.join(", "), parseSubject)
    .argument("[names...]", "only these; globs. History: names of services")
    .addOption(new Option("-o, --output <format>", "how to print it").choices(getOutputs).default("table"))
    .option("-w, --watch", "go on showing it until Ctrl-C", false)
    .option("--target <glob>", "only these targets; may be given again", collect)
    .addOption(clusterOption())
    .addOption(serviceOption())
    .option("--since <when>", "history from then on: 2h, 7d, or an instant", parseSince)
    .option("--limit <n>", "entries of history, the newest; default 50", parseLimit)
    .addHelpText(
      "after",
      examples(
        "ecsmon get policies --config operator.yaml",
        "ecsmon get services 'prod/web*' --config operator.yaml --watch",
        "ecsmon get history web --since 24h --status s3://monitoring-state/status/ -o wide",
        "ecsmon get resources --service web --status ./state -o json",
      ),
    )
    .action((what: GetSubject, names: string[], flags: GetFlags, command: Command) =>
      cli.start(async (io) => {
        requirePlace(flags, command);
        const { runGet } = await import("../get.ts");
        return runGet(what, names, flags, io);
      }),
    );
};

export const addPause: AddCommand = (program, cli) => {
  addPlaceOptions(addCommand(program, "pause", "The freeze switch: no controller starts another write."))
    .requiredOption("--reason <text>", "why, for those who find it so")
    .addHelpText(
      "after",
      examples(
        'ecsmon pause --reason "load test until 14:00" --config operator.yaml',
        'ecsmon pause --reason "INC-4711" --status s3://monitoring-state/status/',
      ),
    )
    .action((flags: { reason: string; config?: string; status?: string }, command: Command) =>
      cli.start(async (io) => {
        requirePlace(flags, command);
        const { runPause } = await import("../pause.ts");
        return runPause(flags, io);
      }),
    );
};

export const addResume: AddCommand = (program, cli) => {
  addPlaceOptions(addCommand(program, "resume", "Let controllers write again."))
    .addHelpText(
      "after",
      examples(
        "ecsmon resume --config operator.yaml",
        "ecsmon resume --status s3://monitoring-state/status/",
      ),
    )
    .action((flags: { config?: string; status?: string }, command: Command) =>
      cli.start(async (io) => {
        requirePlace(flags, command);
        const { runResume } = await import("../pause.ts");
        return runResume(flags, io);
      }),
    );
};

/** Where controllers keep what they tell. */
function addPlaceOptions(command: Command): Command {
  return command
    .option("--config <file>", "the controllers' OperatorConfig: a file, s3://…, or env:NAME")
    .option("--status <place>", "its spec.status itself: s3://BUCKET/PREFIX or a folder");
}

function requirePlace({ config, status }: { config?: string; status?: string }, command: Command): void {
  if (config === undefined && status === undefined)
    command.error("error: required option '--config <file>' not specified; or give '--status <place>'");
  if (config !== undefined && status !== undefined)
    command.error(
      "error: options '--config <file>' and '--status <place>' exclude each other: a configuration says where status is kept",
    );
}

// Commands that make a plan, and write it.
import { Argument, type Command, Option } from "commander";
import type { GithubStep } from "../github/index.ts";
import {
  collect,
  collectCopy,
  parseAge,
  parseCount,
  parseInstant,
  parseOwner,
  parsePast,
  parseRegion,
} from "../option-values.ts";
import type { ApplyFlags, PlanFlags, ReconcileFlags } from "../options.ts";
import {
  type AddCommand,
  addCommand,
  clusterOption,
  configFile,
  examples,
  formatOption,
  policiesOption,
  serviceOption,
} from "./command.ts";

const planFormats = ["text", "json", "markdown", "html"];

export const addPlan: AddCommand = (program, cli) => {
  addReconcileOptions(addCommand(program, "plan", "Show what would be changed. Changes nothing."))
    .addOption(formatOption(planFormats))
    .option(
      "--also <format=file>",
      "the same plan in another format, into a file; may be given again",
      collectCopy(planFormats),
    )
    .option("--detailed-exitcode", "exit with 2 when there are changes to write", false)
    .option(
      "--base <src>",
      "policies as they were: tells what this change does from what drifts anyway; may be given again",
      collect,
    )
    .option("--out <file>", "save the plan, for `ecsmon apply FILE`")
    .option("--snapshot <file>", "what `ecsmon snapshot` wrote, in place of AWS: needs no credentials")
    .option("--max-age <duration>", "refuse a snapshot that is older: 90s, 30m, 6h, 7d", parseAge)
    .option(
      "--backtest <duration>",
      "what its alarms would have done in the last 14d, say, and who would have been told",
      parsePast,
    )
    .option("--prices <file>", "prices that are stronger than AWS's list prices; see docs/costs.md")
    .addHelpText(
      "after",
      examples(
        "ecsmon plan --policies policies/",
        "ecsmon plan --policies policies/ --cluster 'prod-*' --service web",
        "ecsmon plan --policies policies/ --format json --detailed-exitcode > plan.json",
        "ecsmon plan --policies policies/ --format markdown > comment.md",
        "ecsmon plan --policies policies/ --also json=plan.json --also html=plan.html",
        "ecsmon plan --config operator.yaml --format html > plan.html",
        "ecsmon plan --config operator.yaml",
        "ecsmon plan --policies policies/ --out reviewed.plan",
        "ecsmon plan --policies policies/ --prices prices.yaml",
        "ecsmon plan --policies policies/ --snapshot account.snapshot --max-age 6h",
        "ecsmon plan --policies policies/ --backtest 14d",
        "ecsmon plan --policies policies/ --base 'git+file:///srv/infra?path=policies#main'",
      ),
    )
    .action(({ out, ...flags }: PlanFlags & { readonly out?: string }, command: Command) =>
      cli.start(async (io) => {
        requirePolicies(flags, command);
        const { runPlan } = await import("../plan.ts");
        return runPlan(
          out === undefined ? flags : { ...flags, saveTo: { file: out, version: cli.version } },
          io,
        );
      }),
    );
};

export const addApply: AddCommand = (program, cli) => {
  addReconcileOptions(addCommand(program, "apply", "Plan, show the plan, ask, and write it."))
    .addOption(formatOption(["text", "json"]))
    .option("--yes", "do not ask", false)
    .option("--no-wait", "let all services roll at once and go: no canary, nothing is put back")
    .option("--force", "change services with a deployment in progress too", false)
    .addHelpText(
      "after",
      examples(
        "ecsmon apply --policies policies/",
        "ecsmon apply --policies policies/ --yes --no-wait",
        "ecsmon apply --policies policies/ --yes --max-deletes 40",
        "ecsmon apply --config operator.yaml --region eu-central-1",
        "ecsmon apply reviewed.plan",
      ),
    )
    .argument(
      "[planfile]",
      "what `ecsmon plan --out` saved: exactly that is written, or it is refused as stale",
    )
    .action((planFile: string | undefined, flags: ApplyFlags, command: Command) =>
      cli.start(async (io) => {
        if (planFile === undefined) requirePolicies(flags, command);
        else refuseBesidePlan(flags, command);
        const { runApply } = await import("../apply.ts");
        return runApply(
          planFile === undefined ? flags : { ...flags, saved: { file: planFile, version: cli.version } },
          io,
        );
      }),
    );
};

export const addGithub: AddCommand = (program, cli) => {
  addCommand(program, "github", "What the GitHub Action runs: plan, then report. Only there.")
    .addArgument(
      new Argument("<step>", "plan looks, without a token; report tells the pull request").choices([
        "plan",
        "report",
      ]),
    )
    .addHelpText("after", githubHelp)
    .action((step: GithubStep) =>
      cli.start(async (io) => {
        const { runGithub } = await import("../github/index.ts");
        return runGithub(step, io, cli.runProgram);
      }),
    );
};

/** What becomes {@link ReconcileFlags}: plan and apply have it in common. No defaults: a configuration has them too. */
function addReconcileOptions(command: Command): Command {
  return command
    .addOption(policiesOption("may be given again"))
    .option(
      "--config <file>",
      `${configFile}: its sources, targets, owner and guards, and what policies may reach`,
    )
    .option(
      "--owner <id>",
      "whose monitoring this is; several operators can share an account (default ecsmon)",
      parseOwner,
    )
    .option(
      "--region <region>",
      "default: what the AWS SDK finds; with --config: its targets there",
      parseRegion,
    )
    .addOption(clusterOption())
    .addOption(serviceOption())
    .option("--max-deletes <n>", "hold all deletes back when there are more (default 10)", parseCount)
    .option("--max-redeploys <n>", "hold all redeployments back when there are more (default 10)", parseCount)
    .addOption(
      new Option("--delete-policy <policy>", "upsert-only never deletes; default sync").choices([
        "sync",
        "upsert-only",
      ]),
    )
    .option("--as-of <instant>", "judge windows and expiry as of this instant", parseInstant);
}

/** Not commander's `requiredOption`: one of two is required, and not both. */
function requirePolicies({ policies, config }: ReconcileFlags, command: Command): void {
  if (policies === undefined && config === undefined)
    command.error("error: required option '--policies <src>' not specified; or give '--config <file>'");
  if (policies !== undefined && config !== undefined)
    command.error(
      "error: options '--policies <src>' and '--config <file>' exclude each other: a configuration names the sources of its policies",
    );
}

/** What is narrowed or limited in another way than at the time of the plan is another plan. */
function refuseBesidePlan(flags: ReconcileFlags, command: Command): void {
  const given = {
    "--cluster <glob>": flags.cluster,
    "--service <glob>": flags.service,
    "--max-deletes <n>": flags.maxDeletes,
    "--max-redeploys <n>": flags.maxRedeploys,
    "--delete-policy <policy>": flags.deletePolicy,
  };
  const [option] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined)
    command.error(
      `error: option '${option}' cannot be given with a saved plan: it was made, and reviewed, with its own; plan again`,
    );
  if (flags.policies !== undefined && flags.config !== undefined) requirePolicies(flags, command);
}

const githubHelp = `
Use action.yml (docs/pull-requests.md): it gives its inputs as variables ECSMON_INPUT_…, and the token to report alone.
${examples("ecsmon github plan", 'ECSMON_FOLDER="$folder" ecsmon github report')}`;

// The commands, their options and their help. Each command's code is loaded only when it is called, so that
// `validate` never waits for the AWS SDK.
import { Argument, Command, CommanderError, Option } from "commander";
import type { AuditFlags } from "./audit.ts";
import { describeFailure } from "./failure.ts";
import {
  type GetFlags,
  type GetSubject,
  getOutputs,
  getSubjects,
  parseSince,
  parseSubject,
} from "./get-options.ts";
import type { GithubStep } from "./github/index.ts";
import type { IamFlags } from "./iam.ts";
import { collectTag, type InjectFlags, parseAccount, parseEcsName } from "./inject-options.ts";
import { type Io, type LogLevel, logLevels, withOutputOptions } from "./io.ts";
import {
  collect,
  collectCopy,
  parseAge,
  parseCount,
  parseEstate,
  parseFormat,
  parseInstant,
  parseLimit,
  parseOwner,
  parsePast,
  parsePort,
  parseRegion,
  parseScore,
} from "./option-values.ts";
import type { ApplyFlags, PlanFlags, ReconcileFlags } from "./options.ts";
import type { RunFlags } from "./run.ts";
import type { SnapshotFlags } from "./snapshot.ts";

const configFile = "an OperatorConfig (a file, s3://…, or env:NAME)";

const planFormats = ["text", "json", "markdown", "html"];

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

  const start = (command: (io: Io) => Promise<number>) => run(program.opts<OutputFlags>(), command);

  addCommand(program, "validate", "Check policies and OperatorConfigs. Needs no AWS.")
    .argument("<path...>", "files, folders of *.yaml and *.yml, git+https://… and s3://…")
    .addOption(formatOption(["text", "json", "github", "sarif"]))
    .addHelpText(
      "after",
      examples("ecsmon validate policies/", "ecsmon validate --format json web.yaml batch.yaml"),
    )
    .action((paths: string[], flags: { format: string }) =>
      start(async (io) => {
        const { runValidate } = await import("./validate.ts");
        return runValidate(paths, flags, io);
      }),
    );

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
      start(async (io) => {
        requirePolicies(flags, command);
        const { runPlan } = await import("./plan.ts");
        return runPlan(out === undefined ? flags : { ...flags, saveTo: { file: out, version } }, io);
      }),
    );

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
      start(async (io) => {
        if (planFile === undefined) requirePolicies(flags, command);
        else refuseBesidePlan(flags, command);
        const { runApply } = await import("./apply.ts");
        return runApply(
          planFile === undefined ? flags : { ...flags, saved: { file: planFile, version } },
          io,
        );
      }),
    );

  addCommand(program, "snapshot", "Write all that a plan asks of an account to one file, without secrets.")
    .requiredOption("--out <file>", "the file; gzipped if its name ends in .gz")
    .option("--config <file>", configFile)
    .option("--region <region>", "only its targets there; without --config, the Region", parseRegion)
    .addHelpText(
      "after",
      examples(
        "ecsmon snapshot --out account.snapshot",
        "ecsmon snapshot --config operator.yaml --out account.snapshot.gz",
        "ecsmon plan --policies policies/ --snapshot account.snapshot",
      ),
    )
    .action((flags: Omit<SnapshotFlags, "version">) =>
      start(async (io) => {
        const { runSnapshot } = await import("./snapshot.ts");
        return runSnapshot({ ...flags, version }, io);
      }),
    );

  addCommand(program, "github", "What the GitHub Action runs: plan, then report. Only there.")
    .addArgument(
      new Argument("<step>", "plan looks, without a token; report tells the pull request").choices([
        "plan",
        "report",
      ]),
    )
    .addHelpText("after", githubHelp)
    .action((step: GithubStep) =>
      start(async (io) => {
        const { runGithub } = await import("./github/index.ts");
        return runGithub(step, io, (argv, inner) => runProgram(argv, inner, version));
      }),
    );

  addCommand(program, "run", "Run the controller: sources, reconcile loop, until SIGTERM.")
    .requiredOption("--config <file>", configFile)
    .option("--owner <id>", "must be that of the configuration", parseOwner)
    .option("--region <region>", "only its targets there", parseRegion)
    .option("--cluster <glob>", "only these clusters; may be given again", collect)
    .option("--service <glob>", "only these services; may be given again", collect)
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
      start(async (io) => {
        const { runRun } = await import("./run.ts");
        return runRun(flags, version, io);
      }),
    );

  addPlaceOptions(
    addCommand(program, "get", "Show how things stand, and what was written, as controllers tell it."),
  )
    .argument("<what>", getSubjects.join(", "), parseSubject)
    .argument("[names...]", "only these; globs. History: names of services")
    .addOption(new Option("-o, --output <format>", "how to print it").choices(getOutputs).default("table"))
    .option("-w, --watch", "go on showing it until Ctrl-C", false)
    .option("--target <glob>", "only these targets; may be given again", collect)
    .option("--cluster <glob>", "only these clusters; may be given again", collect)
    .option("--service <glob>", "only these services; may be given again", collect)
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
      start(async (io) => {
        requirePlace(flags, command);
        const { runGet } = await import("./get.ts");
        return runGet(what, names, flags, io);
      }),
    );

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
      start(async (io) => {
        requirePlace(flags, command);
        const { runPause } = await import("./pause.ts");
        return runPause(flags, io);
      }),
    );

  addPlaceOptions(addCommand(program, "resume", "Let controllers write again."))
    .addHelpText(
      "after",
      examples(
        "ecsmon resume --config operator.yaml",
        "ecsmon resume --status s3://monitoring-state/status/",
      ),
    )
    .action((flags: { config?: string; status?: string }, command: Command) =>
      start(async (io) => {
        requirePlace(flags, command);
        const { runResume } = await import("./pause.ts");
        return runResume(flags, io);
      }),
    );

  addCommand(
    program,
    "inject",
    "Patch a task definition file as apply would patch the running one. Needs no AWS.",
  )
    .argument("<file>", "the task definition; - reads standard input")
    .option(
      "--policies <src>",
      "a file, folder, git+https://… or s3://… of policies; may be given again",
      collect,
    )
    .option("--cluster <name>", "the cluster that the service runs in", parseEcsName)
    .option("--service <name>", "the service that the task definition is for", parseEcsName)
    .option("--service-tag <key=value>", "a tag of the service; may be given again", collectTag)
    .option("--account <id>", "the account, where policies refer to it", parseAccount)
    .option("--region <region>", "the Region, where policies refer to it", parseRegion)
    .addOption(
      new Option(
        "--launch-type <type>",
        "the service's, where policies select by it; default: the file's requiresCompatibilities",
      ).choices(["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]),
    )
    .option("--owner <id>", "whose monitoring this is", parseOwner, "ecsmon")
    .addOption(
      new Option("--format <format>", "what the file is").choices(["json", "cloudformation"]).default("json"),
    )
    .option("--logical-id <id>", "which task definition of a CloudFormation template")
    .option("--eject", "take everything of ours out; needs no policies", false)
    .addHelpText("after", injectHelp)
    .action((file: string, flags: InjectFlags, command: Command) =>
      start(async (io) => {
        const needed = flags.eject ? [] : (["policies", "cluster", "service"] as const);
        const missing = needed.find((name) => flags[name] === undefined);
        if (missing !== undefined) {
          const value = missing === "policies" ? "src" : "name";
          command.error(`error: required option '--${missing} <${value}>' not specified`);
        }
        const { runInject } = await import("./inject.ts");
        return runInject(file, flags, io);
      }),
    );

  addCommand(program, "schema", "Print the JSON Schema of policies, for editors.")
    .option("--out <dir>", "write it to this folder instead, with the CustomResourceDefinitions")
    .addHelpText(
      "after",
      examples("ecsmon schema > monitoringpolicy.schema.json", "ecsmon schema --out crds"),
    )
    .action((flags: { out?: string }) =>
      start(async (io) => {
        const { runSchema } = await import("./schema.ts");
        return runSchema(flags, io);
      }),
    );

  addCommand(program, "test", "Run your own tests of policies, each on a sandbox. Needs no AWS.")
    .argument("<path>", "a file or folder with documents of kind PolicyTest")
    .addHelpText("after", examples("ecsmon test tests/", "ecsmon test tests/web.yaml"))
    .action((path: string) =>
      start(async (io) => {
        const { runTest } = await import("./test.ts");
        return runTest(path, io);
      }),
    );

  addCommand(program, "iam", "Print the least IAM policy that the given policies need. Needs no AWS.")
    .option(
      "--policies <src>",
      "a file, folder, git+https://… or s3://… of policies; default: whatever they may ask",
      collect,
    )
    .option("--config <file>", `${configFile}: what its controller needs`)
    .option("--owner <id>", "whose monitoring this is (default ecsmon)", parseOwner)
    .option("--backtest", "also what `plan --backtest` reads")
    .option("--audit", "what `ecsmon audit` reads: only that, or with --policies or --config that as well")
    .option(
      "--snapshot",
      "what `ecsmon snapshot` reads: only that, or with --policies or --config that as well",
    )
    .addHelpText(
      "after",
      examples(
        "ecsmon iam --policies policies/",
        "ecsmon iam > ecsmon-policy.json",
        "ecsmon iam --config operator.yaml",
      ),
    )
    .action((flags: IamFlags) =>
      start(async (io) => {
        const { runIam } = await import("./iam.ts");
        return runIam(flags, io);
      }),
    );

  addCommand(
    program,
    "audit",
    "Show which monitoring each service has and lacks, with a score. Needs no policy; changes nothing.",
  )
    .addOption(formatOption(["text", "json", "markdown", "html"]))
    .option(
      "--fail-under <n>",
      "exit with 2 where the score is under this, 0 to 100, or no service is there; with 1 where it cannot be judged",
      parseScore,
    )
    .option("--baseline <file>", "an earlier `audit --format json`: what got better and worse since")
    .option("--suggest-policy", "print one MonitoringPolicy that mends what a policy can mend", false)
    .option("--notify <arn>", "what suggested alarms and events tell, such as an SNS topic")
    .option("--snapshot <file>", "what `ecsmon snapshot` wrote, in place of AWS: needs no credentials")
    .option("--max-age <duration>", "refuse a snapshot that is older: 90s, 30m, 6h, 7d", parseAge)
    .option("--config <file>", `${configFile}: its targets and owner`)
    .option("--owner <id>", "whose the suggested policy is to be (default ecsmon)", parseOwner)
    .option(
      "--region <region>",
      "default: what the AWS SDK finds; with --config: its targets there",
      parseRegion,
    )
    .option("--cluster <glob>", "only these clusters; may be given again", collect)
    .option("--service <glob>", "only these services; may be given again", collect)
    .addHelpText(
      "after",
      examples(
        "ecsmon audit",
        "ecsmon audit --cluster 'prod-*' --fail-under 70",
        "ecsmon audit --format json > audit.json",
        "ecsmon audit --format html > audit.html",
        "ecsmon audit --snapshot account.snapshot",
        "ecsmon audit --baseline audit.json",
        "ecsmon audit --suggest-policy --notify arn:aws:sns:us-east-1:123456789012:alerts > suggested.yaml",
      ),
    )
    .action((flags: AuditFlags) =>
      start(async (io) => {
        const { runAudit } = await import("./audit.ts");
        return runAudit(flags, io);
      }),
    );

  addCommand(program, "explain", "Show the documentation of a field of the policy language.")
    .argument("[field...]", "such as spec.alarms.threshold, or alarms.preset; none: the whole policy")
    .option("--recursive", "all fields below it, by name and type", false)
    .addOption(
      new Option("--format <format>", "markdown: the whole reference as one page")
        .choices(["text", "markdown"])
        .default("text"),
    )
    .addHelpText(
      "after",
      examples(
        "ecsmon explain",
        "ecsmon explain spec.alarms.threshold",
        "ecsmon explain alarms.preset",
        "ecsmon explain MonitoringException --recursive",
      ),
    )
    .action((fields: string[], flags: { recursive: boolean; format: string }) =>
      start(async (io) => {
        const { runExplain } = await import("./explain.ts");
        return runExplain(fields, flags, io);
      }),
    );

  addCommand(program, "sandbox", "Run a small local AWS to try things on.")
    .option("--port <port>", "port on 127.0.0.1; 0 takes a free one", parsePort, 0)
    .addOption(
      new Option("--seed <seed>", "what stands in it at the start")
        .choices(["demo", "empty"])
        .default("demo"),
    )
    .option("--services <count>", "seed this many services, for a large estate", parseEstate)
    .option("--rates", "throttle calls as AWS does", false)
    .addHelpText(
      "after",
      examples(
        "ecsmon sandbox --port 4566",
        "ecsmon sandbox --seed empty",
        "ecsmon sandbox --services 1000 --rates",
      ),
    )
    .action((flags: { port: number; seed: "demo" | "empty"; services?: number; rates: boolean }) =>
      start(async (io) => {
        const { runSandbox } = await import("./sandbox.ts");
        return runSandbox(flags, io);
      }),
    );

  addCommand(program, "demo", "Watch it work on the sandbox. Needs no AWS account.")
    .option("--keep", "leave the sandbox running at the end", false)
    .addHelpText("after", examples("ecsmon demo", "ecsmon demo --keep"))
    .action((flags: { keep: boolean }) =>
      start(async (io) => {
        const { runDemo } = await import("./demo.ts");
        return runDemo(flags, io);
      }),
    );

  return program;
}

function addCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError(`See \`ecsmon ${name} --help\`.`);
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

/** What becomes {@link ReconcileFlags}: plan and apply have it in common. No defaults: a configuration has them too. */
function addReconcileOptions(command: Command): Command {
  return command
    .option(
      "--policies <src>",
      "a file, folder, git+https://… or s3://… of policies; may be given again",
      collect,
    )
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
    .option("--cluster <glob>", "only these clusters; may be given again", collect)
    .option("--service <glob>", "only these services; may be given again", collect)
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

/** As commander does it, without quotes around choices and without `default: false`. */
function describeOption({ description, argChoices, defaultValue }: Option): string {
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(defaultValue === undefined || typeof defaultValue === "boolean" ? [] : [`default ${defaultValue}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

function formatOption(formats: readonly string[]): Option {
  return new Option("--format <format>", `how to print it: ${formats.join(" or ")}`)
    .argParser(parseFormat(formats))
    .default("text");
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

const injectHelp = `
The file is printed in the shape that it has: what RegisterTaskDefinition takes, what DescribeTaskDefinition gives, or
a CloudFormation template. A layer that is blocked is an error, and nothing is printed. Where no policy selects the
service, or all of it is in Audit or suspended, the file comes out as it went in, with a note on standard error.

Tags decide whether policies with \`selector.tags\` select the service: give those it has by --service-tag. One that
is not given counts as absent.
${examples(
  "ecsmon inject --policies policies/ --cluster prod --service web --service-tag tier=web task.json > out.json",
  "aws ecs describe-task-definition --task-definition web | ecsmon inject --policies policies/ --cluster prod --service web -",
  "ecsmon inject --policies policies/ --cluster prod --service web --format cloudformation template.yaml",
  "ecsmon inject --eject task.json",
)}`;

function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

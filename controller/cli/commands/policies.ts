// Commands on policies alone: none needs an AWS account.
import { type Command, Option } from "commander";
import type { IamFlags } from "../iam.ts";
import { collectTag, type InjectFlags, parseAccount, parseEcsName } from "../inject-options.ts";
import { parseOwner, parseRegion } from "../option-values.ts";
import {
  type AddCommand,
  addCommand,
  configFile,
  examples,
  formatOption,
  policiesOption,
} from "./command.ts";

export const addValidate: AddCommand = (program, cli) => {
  addCommand(program, "validate", "Check policies and OperatorConfigs. Needs no AWS.")
    .argument("<path...>", "files, folders of *.yaml and *.yml, git+https://… and s3://…")
    .addOption(formatOption(["text", "json", "github", "sarif"]))
    .addHelpText(
      "after",
      examples("ecsmon validate policies/", "ecsmon validate --format json web.yaml batch.yaml"),
    )
    .action((paths: string[], flags: { format: string }) =>
      cli.start(async (io) => {
        const { runValidate } = await import("../validate.ts");
        return runValidate(paths, flags, io);
      }),
    );
};

export const addInject: AddCommand = (program, cli) => {
  addCommand(
    program,
    "inject",
    "Patch a task definition file as apply would patch the running one. Needs no AWS.",
  )
    .argument("<file>", "the task definition; - reads standard input")
    .addOption(policiesOption("may be given again"))
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
      cli.start(async (io) => {
        const needed = flags.eject ? [] : (["policies", "cluster", "service"] as const);
        const missing = needed.find((name) => flags[name] === undefined);
        if (missing !== undefined) {
          const value = missing === "policies" ? "src" : "name";
          command.error(`error: required option '--${missing} <${value}>' not specified`);
        }
        const { runInject } = await import("../inject.ts");
        return runInject(file, flags, io);
      }),
    );
};

export const addSchema: AddCommand = (program, cli) => {
  addCommand(program, "schema", "Print the JSON Schema of policies, for editors.")
    .option("--out <dir>", "write it to this folder instead, with the CustomResourceDefinitions")
    .addHelpText(
      "after",
      examples("ecsmon schema > monitoringpolicy.schema.json", "ecsmon schema --out crds"),
    )
    .action((flags: { out?: string }) =>
      cli.start(async (io) => {
        const { runSchema } = await import("../schema.ts");
        return runSchema(flags, io);
      }),
    );
};

export const addTest: AddCommand = (program, cli) => {
  addCommand(program, "test", "Run your own tests of policies, each on a sandbox. Needs no AWS.")
    .argument("<path>", "a file or folder with documents of kind PolicyTest")
    .addHelpText("after", examples("ecsmon test tests/", "ecsmon test tests/web.yaml"))
    .action((path: string) =>
      cli.start(async (io) => {
        const { runTest } = await import("../test.ts");
        return runTest(path, io);
      }),
    );
};

export const addIam: AddCommand = (program, cli) => {
  addCommand(program, "iam", "Print the least IAM policy that the given policies need. Needs no AWS.")
    .addOption(policiesOption("default: whatever they may ask"))
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
      cli.start(async (io) => {
        const { runIam } = await import("../iam.ts");
        return runIam(flags, io);
      }),
    );
};

export const addExplain: AddCommand = (program, cli) => {
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
      cli.start(async (io) => {
        const { runExplain } = await import("../explain.ts");
        return runExplain(fields, flags, io);
      }),
    );
};

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

// Commands that look at an account, without policies.
import type { AuditFlags } from "../audit.ts";
import { parseAge, parseOwner, parseRegion, parseScore } from "../option-values.ts";
import type { SnapshotFlags } from "../snapshot.ts";
import {
  type AddCommand,
  addCommand,
  clusterOption,
  configFile,
  examples,
  formatOption,
  serviceOption,
} from "./command.ts";

export const addSnapshot: AddCommand = (program, cli) => {
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
      cli.start(async (io) => {
        const { runSnapshot } = await import("../snapshot.ts");
        return runSnapshot({ ...flags, version: cli.version }, io);
      }),
    );
};

export const addAudit: AddCommand = (program, cli) => {
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
    .addOption(clusterOption())
    .addOption(serviceOption())
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
      cli.start(async (io) => {
        const { runAudit } = await import("../audit.ts");
        return runAudit(flags, io);
      }),
    );
};

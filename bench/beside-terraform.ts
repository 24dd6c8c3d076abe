// The same estate on moto: our plan with nothing to do beside Terraform's, which keeps only the alarms of it.
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeAlarmsCommand, type MetricAlarm } from "@aws-sdk/client-cloudwatch";
import { awsEnvironment, type Clients, createClients } from "../test/moto/clients.ts";
import { seedLargeEstate } from "../test/moto/estate.ts";
import { startMoto } from "../test/moto/moto-server.ts";
import { type RecordingProxy, startRecordingProxy } from "../test/moto/recording-proxy.ts";
import { type CallCounter, type Command, measurePlan, measureSuccess } from "./measure.ts";
import type { PlanResult } from "./results.ts";

export interface TerraformBench {
  readonly motoServer: string;
  readonly cli: string;
  readonly policyFolder: string;
  readonly services: number;
  readonly runs: number;
  /** Where Terraform finds the AWS provider; nothing is downloaded. */
  readonly pluginFolder: string | undefined;
}

export async function runBesideTerraform(bench: TerraformBench): Promise<PlanResult[]> {
  const moto = await startMoto(bench.motoServer);
  const proxy = await startRecordingProxy(moto.endpoint);
  try {
    const aws = createClients(moto.endpoint);
    await seedLargeEstate(aws, bench.services);
    const ours = (args: string[]): Command => ({
      file: process.execPath,
      args: [bench.cli, ...args, "--policies", bench.policyFolder],
      env: { PATH: process.env["PATH"], ...awsEnvironment(proxy.endpoint) },
    });
    const apply = ["apply", "--yes", "--no-wait", "--max-redeploys", String(bench.services)];
    await measureSuccess(ours(apply));
    const plan = ours(["plan", "--detailed-exitcode"]);
    const first = await measurePlan("ecsmon on moto", plan, callsOf(proxy), bench.runs);
    const second = await benchTerraform(bench, aws, proxy);
    return second === undefined ? [first] : [first, second];
  } finally {
    await proxy.close();
    await moto.stop();
  }
}

async function benchTerraform(
  { pluginFolder, runs }: TerraformBench,
  aws: Clients,
  proxy: RecordingProxy,
): Promise<PlanResult | undefined> {
  if (pluginFolder === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "ecsmon-terraform-"));
  await writeFile(
    join(folder, "main.tf.json"),
    JSON.stringify(terraformConfig(await readAlarms(aws), proxy.endpoint)),
  );
  const env = {
    PATH: process.env["PATH"],
    CHECKPOINT_DISABLE: "1",
    TF_CLI_CONFIG_FILE: "/dev/null",
    ...awsEnvironment(proxy.endpoint),
  };
  const terraform = (...args: string[]): Command => ({ file: "terraform", args, env, cwd: folder });
  await measureSuccess(terraform("init", "-input=false", `-plugin-dir=${pluginFolder}`));
  await measureSuccess(terraform("apply", "-input=false", "-auto-approve"));
  const plan = terraform("plan", "-input=false", "-detailed-exitcode");
  return measurePlan("Terraform on moto, its alarms only", plan, callsOf(proxy), runs);
}

function callsOf(proxy: RecordingProxy): CallCounter {
  return { forget: () => proxy.reset(), count: () => proxy.counts() };
}

async function readAlarms(aws: Clients): Promise<MetricAlarm[]> {
  const all: MetricAlarm[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmNamePrefix: "ecsmon/", NextToken }),
    );
    all.push(...(page.MetricAlarms ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return all;
}

/** The alarms as ours stand there, under names of Terraform's own. */
function terraformConfig(alarms: readonly MetricAlarm[], endpoint: string): unknown {
  const resources = alarms.map((alarm, index) => [
    `alarm_${index}`,
    {
      alarm_name: alarm.AlarmName?.replace("ecsmon/", "terraform/"),
      namespace: alarm.Namespace,
      metric_name: alarm.MetricName,
      ...(alarm.ExtendedStatistic === undefined
        ? { statistic: alarm.Statistic }
        : { extended_statistic: alarm.ExtendedStatistic }),
      dimensions: Object.fromEntries((alarm.Dimensions ?? []).map(({ Name, Value }) => [Name, Value])),
      period: alarm.Period,
      evaluation_periods: alarm.EvaluationPeriods,
      threshold: alarm.Threshold,
      comparison_operator: alarm.ComparisonOperator,
      treat_missing_data: alarm.TreatMissingData ?? "missing",
      alarm_actions: alarm.AlarmActions,
    },
  ]);
  return {
    terraform: { required_providers: { aws: { source: "hashicorp/aws" } } },
    provider: {
      aws: {
        skip_credentials_validation: true,
        skip_metadata_api_check: true,
        skip_requesting_account_id: true,
        endpoints: { cloudwatch: endpoint, sts: endpoint },
      },
    },
    resource: { aws_cloudwatch_metric_alarm: Object.fromEntries(resources) },
  };
}

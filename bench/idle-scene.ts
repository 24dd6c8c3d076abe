// What a controller needs to run on the sandbox: buckets, a queue that EventBridge writes to, policies and a configuration.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { places } from "./idle-calls.ts";

export interface IdleScene {
  /** Writes a configuration and gives its path. */
  writeConfig(name: string, intervals: Intervals): Promise<string>;
  /** Somebody doubles the threshold of an alarm of ours, and EventBridge tells of it. Gives the alarm's name. */
  editAlarm(prefix: string): Promise<string>;
  close(): void;
}

/** As the configuration has them, such as `60s`. */
export interface Intervals {
  readonly resync: string;
  readonly pollInterval: string;
  /** Whether snapshots are kept: their reads are those of a pass once more, and would be counted as its own. */
  readonly snapshot?: boolean;
  /** Redeployments of a day; left out: the default. */
  readonly maxRedeploys?: number;
}

const account = "123456789012";

export async function setIdleScene(endpoint: string, policyFolder: string): Promise<IdleScene> {
  const options = {
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  };
  const s3 = new S3Client({ ...options, forcePathStyle: true });
  const sqs = new SQSClient(options);
  const events = new EventBridgeClient(options);
  const alarms = new CloudWatchClient(options);

  for (const Bucket of [places.policies, places.state]) await s3.send(new CreateBucketCommand({ Bucket }));
  const Body = await readFile(join(policyFolder, "policy.yaml"));
  await s3.send(new PutObjectCommand({ Bucket: places.policies, Key: "policy.yaml", Body }));
  await sqs.send(new CreateQueueCommand({ QueueName: "events" }));
  const EventPattern = JSON.stringify({ source: ["aws.ecs", "aws.cloudwatch"] });
  await events.send(new PutRuleCommand({ Name: "bench", EventPattern }));
  const Targets = [{ Id: "queue", Arn: `arn:aws:sqs:us-east-1:${account}:events` }];
  await events.send(new PutTargetsCommand({ Rule: "bench", Targets }));

  return {
    async writeConfig(name, { resync, pollInterval, snapshot = false, maxRedeploys }) {
      const file = join(policyFolder, `${name}.json`);
      const s3At = (prefix: string) => ({ s3: { bucket: places.state, prefix } });
      const spec = {
        sources: [{ s3: { bucket: places.policies } }],
        targets: [{ region: "us-east-1" }],
        pollInterval,
        resync,
        events: { queueUrl: `${endpoint}/${account}/events` },
        lease: { duration: "15s", ...s3At(places.leases) },
        status: { ...s3At(places.status), snapshot },
        ...(maxRedeploys === undefined ? {} : { maxRedeploys }),
      };
      // JSON is YAML too.
      const config = { apiVersion: "ecsmon.dev/v1alpha1", kind: "OperatorConfig", metadata: { name }, spec };
      await writeFile(file, JSON.stringify(config));
      return file;
    },

    async editAlarm(AlarmNamePrefix) {
      const { MetricAlarms: [alarm] = [] } = await alarms.send(
        new DescribeAlarmsCommand({ AlarmNamePrefix, MaxRecords: 1 }),
      );
      if (alarm?.AlarmName === undefined) throw new Error(`no alarm is named ${AlarmNamePrefix}…`);
      const { AlarmName, Namespace, MetricName, Dimensions, Period, EvaluationPeriods } = alarm;
      await alarms.send(
        new PutMetricAlarmCommand({
          AlarmName,
          Namespace,
          MetricName,
          Dimensions,
          Period,
          EvaluationPeriods,
          Statistic: alarm.Statistic,
          ComparisonOperator: alarm.ComparisonOperator,
          AlarmActions: alarm.AlarmActions,
          AlarmDescription: alarm.AlarmDescription,
          Threshold: 2 * (alarm.Threshold ?? 1),
        }),
      );
      return AlarmName;
    },

    close() {
      for (const client of [s3, sqs, events, alarms]) client.destroy();
    },
  };
}

// `ecsmon demo`: the main job with no AWS account. The real commands, one after the other, against the sandbox.

import { fileURLToPath } from "node:url";
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import { DescribeServicesCommand, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { type AwsClients, createAws } from "../aws/clients.ts";
import { readTaskDefinition, registerTaskDefinition } from "../aws/task-definitions.ts";
import { containersOf } from "../core/layer.ts";
import { EcsmonError } from "../model/errors.ts";
import { startSandbox } from "../sandbox/server.ts";
import { runApply } from "./apply.ts";
import type { Io } from "./io.ts";
import { useSandbox } from "./local-aws.ts";
import { runPlan } from "./plan.ts";

const policies = fileURLToPath(new URL("../crds/examples/demo", import.meta.url));
const common = {
  policies: [policies],
  owner: "ecsmon",
  maxDeletes: 10,
  maxRedeploys: 10,
  deletePolicy: "sync",
  format: "text",
} as const;

export async function runDemo({ keep }: { readonly keep: boolean }, io: Io): Promise<number> {
  const sandbox = await startSandbox({ seed: "demo" });
  useSandbox(sandbox.endpoint);
  const aws = createAws();
  try {
    say(io, "A local AWS is up, with two clusters and twelve services. The policies: crds/examples/demo.");
    await step(io, "plan", () => runPlan({ ...common, detailedExitcode: false }, io));
    await step(io, "apply --yes", () => runApply({ ...common, yes: true, wait: true, force: false }, io));
    await step(io, "plan", () => runPlan({ ...common, detailedExitcode: true }, io));
    say(
      io,
      "Now somebody edits an alarm by hand, deletes another, and deploys checkout-api from a file without the sidecar.",
    );
    await breakThings(aws);
    await step(io, "plan", () => runPlan({ ...common, detailedExitcode: false }, io));
    await step(io, "apply --yes", () => runApply({ ...common, yes: true, wait: true, force: false }, io));
    await step(io, "plan --detailed-exitcode", () => runPlan({ ...common, detailedExitcode: true }, io));
    const { image, sidecar } = await lookAtCheckout(aws);
    say(
      io,
      `All is as the policies say. checkout-api runs the image that was deployed (${image}), with ${sidecar} beside it again.`,
    );
    if (keep) await leaveRunning(sandbox.endpoint, io);
    return 0;
  } finally {
    aws.destroy();
    await sandbox.close();
  }
}

async function step(io: Io, command: string, run: () => Promise<number>): Promise<void> {
  say(io, `$ ecsmon ${command} --policies crds/examples/demo`);
  const code = await run();
  if (code !== 0)
    throw new EcsmonError("DemoFailed", `\`ecsmon ${command}\` ended with ${code}; this is a fault of ours`, {
      fault: "operator",
    });
}

function say(io: Io, text: string): void {
  io.stdout(`\n${io.colour.stdout ? `\u001b[1m${text}\u001b[22m` : text}\n\n`);
}

async function breakThings(aws: AwsClients): Promise<void> {
  const { MetricAlarms = [] } = await aws.cloudwatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: "ecsmon/prod/storefront/" }),
  );
  const edited = MetricAlarms.find(({ AlarmName }) => AlarmName?.endsWith("/cpu-high"));
  await aws.cloudwatch.send(
    new PutMetricAlarmCommand({
      ...edited,
      Threshold: 99,
      ActionsEnabled: false,
    } as PutMetricAlarmCommandInput),
  );
  await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["ecsmon/prod/catalog-api/p99-latency"] }));

  const current = await readCheckout(aws);
  const containers = containersOf(current.input)
    .filter(({ name }) => name !== "mackerel-container-agent")
    .map(({ dockerLabels: _, healthCheck: __, logConfiguration: ___, ...own }) => ({
      ...own,
      image: "acme/checkout-api:1.43.0",
    }));
  const taskDefinition = await registerTaskDefinition(aws, {
    ...current.input,
    containerDefinitions: containers,
  });
  await aws.ecs.send(new UpdateServiceCommand({ cluster: "prod", service: "checkout-api", taskDefinition }));
}

async function lookAtCheckout(aws: AwsClients): Promise<{ image: unknown; sidecar: unknown }> {
  const [app, ...others] = containersOf((await readCheckout(aws)).input);
  return { image: app?.["image"], sidecar: others.map(({ name }) => name).join(", ") };
}

async function readCheckout(aws: AwsClients): ReturnType<typeof readTaskDefinition> {
  const { services } = await aws.ecs.send(
    new DescribeServicesCommand({ cluster: "prod", services: ["checkout-api"] }),
  );
  return readTaskDefinition(aws, services?.[0]?.taskDefinition ?? "");
}

async function leaveRunning(endpoint: string, io: Io): Promise<void> {
  say(io, "The sandbox stays up until Ctrl-C. In another terminal:");
  io.stdout(
    [
      `export AWS_ENDPOINT_URL=${endpoint}`,
      "export AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=demo AWS_SECRET_ACCESS_KEY=demo",
      "npx ecsmon plan --policies crds/examples/demo",
      "",
    ].join("\n"),
  );
  await new Promise<void>((resolve) => {
    io.onInterrupt(() => resolve());
  });
}

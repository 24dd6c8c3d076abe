// The table of audit situations on moto: what it can hold of them gives the same findings as on the sandbox.
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as ecs from "@aws-sdk/client-ecs";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import * as events from "@aws-sdk/client-eventbridge";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { type Call, seedAccount, seedServices } from "../scenarios/audit-estate.ts";
import { named, situations } from "../scenarios/audit-situations.ts";
import type { Any } from "../scenarios/harness.ts";
import { region } from "./clients.ts";
import { runEcsmon } from "./ecsmon.ts";
import { motoEndpoint } from "./endpoint.ts";
import { findDefaultNetwork } from "./estate.ts";
import { resetMoto } from "./moto-server.ts";

/** What moto cannot hold, and why. */
const beyondMoto: Readonly<Record<string, string>> = {
  "composite-tells": "PutCompositeAlarm ends with an internal error",
  "log-alarm": "there is no PutLogAlarm",
  "cpu-of-another-account": "an alarm's metrics lose their AccountId",
  edge: "a network load balancer has the ARN of an application load balancer",
  "no-unhealthy-nlb": "the same",
};

/** Findings that cannot be judged there: moto keeps neither a service's grace period nor its deployment configuration. */
const untellable: ReadonlySet<string> = new Set([
  "GracePeriodShort",
  "NoCircuitBreaker",
  "CircuitBreakerKeepsBroken",
]);

const tellable = (codes: readonly string[]): readonly string[] =>
  codes.filter((code) => !untellable.has(code));

const endpoint = motoEndpoint();

/** The SDK's own command for an operation, sent. */
function createCall(): Call {
  const config = { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  const clients: Readonly<Record<string, readonly [client: Any, commands: Any]>> = {
    ecs: [new ecs.ECSClient(config), ecs],
    monitoring: [new cloudwatch.CloudWatchClient(config), cloudwatch],
    logs: [new logs.CloudWatchLogsClient(config), logs],
    elasticloadbalancing: [new elb.ElasticLoadBalancingV2Client(config), elb],
    events: [new events.EventBridgeClient(config), events],
    sns: [new sns.SNSClient(config), sns],
    sqs: [new sqs.SQSClient(config), sqs],
  };
  return async (service, operation, input) => {
    const [client, commands] = clients[service] as readonly [Any, Any];
    return client.send(new commands[`${operation}Command`](input));
  };
}

test("every finding of the table that moto can hold, and none besides", async () => {
  await resetMoto(endpoint);
  const call = createCall();
  await call("sqs", "CreateQueue", { QueueName: "pages" });
  await seedAccount(call);
  const held = situations.filter(
    ([name, , codes]) => beyondMoto[name] === undefined && !codes.some((code) => untellable.has(code)),
  );
  expect(held.length).toBeGreaterThanOrEqual(40);
  const parts = new Map(held.map(([name, given]) => [name, named(name, given)]));
  await seedServices(call, parts, await findDefaultNetwork(endpoint));
  const { code, stdout, stderr } = await runEcsmon(endpoint, ["audit", "--format", "json"]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { services } = JSON.parse(stdout) as Any;
  const found = services.map(({ service, findings }: Any) => [
    service,
    tellable(findings.map(({ code: one }: Any) => one)),
  ]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(held.map(([name, , codes]) => [name, codes])));
});

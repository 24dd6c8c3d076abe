// The account of the simulation: two clusters of services, a queue that EventBridge tells of what happens, a bucket of
// policies, one of state, and things of others that nobody may touch.
import { placeOfKey } from "../../controller/core/names.ts";
import type { SandboxControl } from "../../controller/sandbox/control.ts";
import { type Builder, builder } from "../../controller/sandbox/seed-builder.ts";
import type { Any } from "../scenarios/harness.ts";
import { putAlarm } from "../scenarios/reference-estate.ts";

export const home = { account: "123456789012", region: "us-east-1" };
/** Of policies; it tells EventBridge of its objects. */
export const bucket = "ops";
/** Of leases, status and journal. */
export const stateBucket = "state";
export const clusters = ["prod", "edge"] as const;
/** `CLUSTER/SERVICE`; those of the second half stand behind a load balancer. */
export const firstServices = ["prod/web-0", "prod/web-1", "edge/web-2", "prod/web-3", "edge/web-4"];

export type Call = (service: string, operation: string, input: Any) => Any;

export interface Estate {
  readonly call: Call;
  /** Anew, at the first image. */
  createService(key: string): void;
  /** What others made, as it stands. */
  foreign(): unknown;
}

export function seedEstate(control: SandboxControl): Estate {
  const call: Call = (service, operation, input) => control.call(service, operation, input);
  const build = builder(call, home);
  for (const clusterName of clusters) call("ecs", "CreateCluster", { clusterName });
  const balancer = build.loadBalancer("front", "application");
  const behind = new Map<string, Any>();
  for (const key of firstServices.slice(2))
    behind.set(key, balancer.target(key.replace("/", "-"), "app", 8080, "/"));
  const createService = (key: string): void => createOne(build, key, behind.get(key));
  for (const key of firstServices) createService(key);
  // Not selected.
  createOne(build, "prod/batch", undefined, "batch");
  putForeign(call, build);
  prepareState(call);
  prepareEvents(call);
  return { call, createService, foreign: () => readForeign(call) };
}

function createOne(build: Builder, key: string, target: Any, tier = "web"): void {
  const { cluster, service } = placeOfKey(key);
  build.service({
    cluster,
    name: service,
    desiredCount: 2,
    tags: { tier, product: "shop" },
    containers: [build.web("app", "acme/app:1", 8080)],
    ...(target === undefined ? {} : { balancers: [target] }),
  });
}

function putForeign(call: Call, build: Builder): void {
  build.logGroup("/ecs/prod/batch", 7);
  call("logs", "PutMetricFilter", {
    logGroupName: "/ecs/prod/batch",
    filterName: "theirs",
    filterPattern: "x",
    metricTransformations: [{ metricName: "x", metricNamespace: "theirs", metricValue: "1" }],
  });
  call("logs", "PutQueryDefinition", { name: "theirs", queryString: "fields @message" });
  for (const AlarmName of ["theirs", "ecsmonitor/prod/web-0/cpu-high"]) putAlarm({ call }, AlarmName);
  const widget = { type: "text", x: 0, y: 0, width: 6, height: 6, properties: { markdown: "theirs" } };
  const DashboardBody = JSON.stringify({ widgets: [widget] });
  call("monitoring", "PutDashboard", { DashboardName: "theirs", DashboardBody });
}

function readForeign(call: Call): unknown {
  const { MetricAlarms } = call("monitoring", "DescribeAlarms", { MaxRecords: 100 });
  const { metricFilters } = call("logs", "DescribeMetricFilters", {});
  const { queryDefinitions } = call("logs", "DescribeQueryDefinitions", {});
  const { logGroups } = call("logs", "DescribeLogGroups", { logGroupNamePrefix: "/ecs/prod/batch" });
  const { Rules } = call("events", "ListRules", {});
  return {
    alarms: MetricAlarms.filter(({ AlarmName }: Any) => !AlarmName.startsWith("ecsmon/")),
    filters: metricFilters.filter(({ filterName }: Any) => filterName === "theirs"),
    queries: queryDefinitions.filter(({ name }: Any) => name === "theirs"),
    groups: logGroups,
    dashboard: call("monitoring", "GetDashboard", { DashboardName: "theirs" }).DashboardBody,
    rules: Rules.filter(({ Name }: Any) => Name === "to-queue").map(({ Name, EventPattern }: Any) => [
      Name,
      EventPattern,
    ]),
    batch: call("ecs", "DescribeServices", { cluster: "prod", services: ["batch"] }).services[0]
      .taskDefinition,
  };
}

function prepareState(call: Call): void {
  for (const Bucket of [bucket, stateBucket]) call("s3", "CreateBucket", { Bucket });
  call("s3", "PutBucketNotificationConfiguration", {
    Bucket: bucket,
    NotificationConfiguration: { EventBridgeConfiguration: {} },
  });
}

/** Two queues get the same: one for the controller, one to send late and again from. */
function prepareEvents(call: Call): void {
  const ids = ["events", "tap"];
  for (const QueueName of ids) call("sqs", "CreateQueue", { QueueName });
  setListening(call, true);
  call("events", "PutTargets", {
    Rule: "to-queue",
    Targets: ids.map((Id) => ({ Id, Arn: `arn:aws:sqs:${home.region}:${home.account}:${Id}` })),
  });
}

/** What happens while nobody listens is lost. */
export function setListening(call: Call, isOn: boolean): void {
  call("events", "PutRule", {
    Name: "to-queue",
    State: isOn ? "ENABLED" : "DISABLED",
    EventPattern: JSON.stringify({
      source: ["aws.ecs", "aws.cloudwatch", "aws.logs", "aws.elasticloadbalancing", "aws.s3"],
    }),
  });
}

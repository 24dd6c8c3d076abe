// The policy's schema: every section, its shape and its one line of documentation; field docs are written here once.
// It holds no defaults: merging must tell what a policy says from what it leaves out.
// `null` is allowed for any optional field: it removes what a policy of lower priority says.
import * as z from "zod";
import { alarm } from "./alarms.ts";
import { deployment, event, healthCheck, targetGroup } from "./liveness.ts";
import { logging, logMetric, query } from "./logs.ts";
import { mackerel } from "./mackerel.ts";
import { rollout } from "./rollout.ts";
import { selector } from "./selector.ts";
import { sidecar } from "./sidecars.ts";
import { name, text } from "./words.ts";

const enforcementMode = z.enum(["Enforce", "Audit"]);
const kindName = z.enum([
  "default",
  "ClusterSettings",
  "LogGroup",
  "TaskDefinition",
  "Service",
  "TargetGroup",
  "MetricFilter",
  "QueryDefinition",
  "MetricAlarm",
  "LogAlarm",
  "CompositeAlarm",
  "EventRule",
  "Dashboard",
  "MackerelMonitor",
]);

/** How the policy itself is held. */
const attitude = {
  enforcement: z
    .union([enforcementMode, z.partialRecord(kindName, enforcementMode)], {
      error: "use Enforce, Audit, or a mapping of kinds such as { default: Enforce, TaskDefinition: Audit }",
    })
    .optional()
    .describe("Enforce (default), Audit (show, never write), or by kind."),
  suspend: z.boolean().optional().describe("Leave everything of this policy as it stands."),
  deletionPolicy: z
    .enum(["Delete", "Retain"])
    .optional()
    .describe("What becomes of its things when no policy wants them any more. Default Delete."),
};

/** More entries than this are no policy for people; what is laid over each other is compared pair by pair. */
const maxEntries = 500;

/** What the policy asks for. */
const sections = {
  notifications: z
    .record(name, z.array(text).min(1).max(5).nullable())
    .nullish()
    .describe("Severity → action ARNs, at most five."),
  cluster: z
    .strictObject({
      containerInsights: z
        .enum(["enabled", "enhanced", "disabled"])
        .nullish()
        .describe("enhanced: metrics of each container too. CloudWatch charges for both."),
    })
    .nullish()
    .describe("Settings of the clusters that the selected services run in."),
  taskSize: z
    .enum(["fit", "grow"])
    .nullish()
    .describe(
      "fit (default): NoRoom if the sidecars do not fit the task. grow: the next valid Fargate size that holds them; elsewhere plainly more. The task's own size comes back with the last of them.",
    ),
  sharedFamily: z
    .enum(["block", "allow"])
    .nullish()
    .describe(
      "block (default): SharedFamily if other services or scheduled tasks use the task definition family too. allow: our revision may become the family's latest all the same.",
    ),
  sidecars: z
    .array(sidecar)
    .max(maxEntries)
    .nullish()
    .describe("Containers that run beside yours, in the same task."),
  healthCheck: healthCheck.nullish().describe("The health check that ECS runs in a container."),
  targetGroup: targetGroup.nullish().describe("The target groups that the service registers its tasks with."),
  deployment: deployment.nullish().describe("How ECS judges a deployment of the service."),
  logging: logging.nullish().describe("Where containers log to, and how long logs stay."),
  logMetrics: z
    .array(logMetric)
    .max(maxEntries)
    .nullish()
    .describe("Metrics that count log lines (metric filters)."),
  queries: z
    .array(query)
    .max(maxEntries)
    .nullish()
    .describe("Logs Insights queries, saved, and alarms on them."),
  alarms: z
    .array(alarm)
    .max(maxEntries)
    .nullish()
    .describe("CloudWatch alarms, one of each for every selected service."),
  events: z
    .array(event)
    .max(maxEntries)
    .nullish()
    .describe("What happens to a service, told of by EventBridge."),
  dashboard: z
    .union([z.boolean(), z.record(z.string(), z.unknown())], {
      error: "use true for the standard dashboard, or a dashboard body with `widgets`",
    })
    .nullish()
    .describe("true: one CloudWatch dashboard a service. Or: a dashboard body of your own, as a template."),
  mackerel: mackerel.nullish().describe("Mackerel's own monitors; the key comes from MACKEREL_APIKEY."),
  rollout: rollout.nullish().describe("How and when services redeploy."),
};

const override = z
  .strictObject({ selector, ...attitude, ...sections })
  .describe(
    "What is laid over the policy for some of its services; a later override wins over an earlier one.",
  );

export const policySpec = z.strictObject({
  selector,
  ...attitude,
  priority: z.int().optional().describe("The higher one wins where policies differ. Default 0."),
  ...sections,
  overrides: z
    .array(override)
    .max(maxEntries)
    .optional()
    .describe("What differs for some of the selected services."),
});

const metadata = z
  .strictObject({
    name: name.describe("Unique among the documents of its kind."),
    labels: z.record(z.string(), z.string()).optional().describe("For people; ecsmon reads none."),
    annotations: z
      .record(z.string(), z.string())
      .optional()
      .describe("For people. Of a policy, `ecsmon.dev/runbook` stands in the descriptions of its alarms."),
  })
  .describe("What the document is called.");

const apiVersion = z
  .literal("ecsmon.dev/v1alpha1")
  .describe("The version of this language: ecsmon.dev/v1alpha1.");

/** The kinds of documents that a source of policies may hold. */
export const policyKinds = ["MonitoringPolicy", "MonitoringException"] as const;

export const policyDocument = z.strictObject({
  apiVersion,
  kind: z.literal("MonitoringPolicy").describe("MonitoringPolicy."),
  metadata,
  spec: policySpec.describe("Which services are meant, and what they get."),
});

const exceptionSpec = z.strictObject({
  selector,
  except: z
    .array(
      text.regex(
        /^(alarms|logMetrics|queries|events|sidecars)\.\S+$|^mackerel\..+$|^(healthCheck|targetGroup|deployment|logging|dashboard|cluster)$/,
        "name an item: alarms.NAME, logMetrics.NAME, queries.NAME, events.NAME, sidecars.NAME, mackerel.NAME, or healthCheck, targetGroup, deployment, logging, dashboard, cluster",
      ),
    )
    .min(1)
    .describe("What is waived: an alarm stands with its actions off, everything else is left as it stands."),
  reason: text.describe("Why, for those who read the plan."),
  expires: z.iso
    .date({ error: "use a date such as 2027-01-31" })
    .describe("The last day, in UTC: a date at most 90 days ahead."),
});

export const exceptionDocument = z.strictObject({
  apiVersion,
  kind: z.literal("MonitoringException").describe("MonitoringException: a waiver for a time."),
  metadata,
  spec: exceptionSpec.describe("What is waived, for which services, why and until when."),
});

export type PolicySpec = z.infer<typeof policySpec>;
export type Override = z.infer<typeof override>;
export type ExceptionSpec = z.infer<typeof exceptionSpec>;

// A test of policies, as users write it: what runs, what the policies should make of it.
import * as z from "zod";
import { name, text } from "./words.ts";

const json = z.record(z.string(), z.unknown());

const workload = z
  .strictObject({
    cluster: text,
    service: text,
    tags: z.record(z.string(), z.string()).optional().describe("Tags of the service."),
    desiredCount: z.int().min(0).optional().describe("Default 1."),
    taskDefinition: z
      .union([text, json], { error: "use a file, or a definition as RegisterTaskDefinition takes it" })
      .optional()
      .describe(
        "A JSON file beside this one, or the definition itself. Default: one container, app, on Fargate.",
      ),
    loadBalancers: z
      .array(
        z.strictObject({
          type: z.enum(["application", "network"]),
          container: text.optional().describe("Default: the first container with a port."),
          port: z.int().optional(),
        }),
      )
      .optional()
      .describe("Each brings a target group of its own."),
    fields: json.optional().describe("More fields of the service, as CreateService takes them."),
  })
  .describe("A service that runs.");

const change = z
  .strictObject({
    action: z.enum(["create", "update", "delete"]).optional(),
    kind: text,
    name: text.optional().describe("The whole name, or its last part: cpu-high."),
    cluster: text.optional(),
    service: text.optional(),
    impact: z.enum(["none", "deployment", "dataloss"]).optional(),
    after: json.optional().describe("What is to stand, as far as it matters; lists must be equal."),
  })
  .describe("A change that must be planned; what is left out may be anything.");

const blocked = z
  .strictObject({
    code: text,
    kind: text.optional(),
    name: text.optional(),
    cluster: text.optional(),
    service: text.optional(),
  })
  .describe("An item that must be blocked.");

const lines = z
  .strictObject({
    metric: text.describe("The name of the log metric."),
    cluster: text.optional(),
    service: text,
    matches: z.array(z.string()).optional().describe("Lines that its pattern must match."),
    ignores: z.array(z.string()).optional().describe("Lines that it must not match."),
  })
  .describe("Sample log lines for a metric filter.");

export const policyTestDocument = z.strictObject({
  apiVersion: z.literal("ecsmon.dev/v1alpha1"),
  kind: z.literal("PolicyTest"),
  metadata: z.strictObject({ name }),
  spec: z
    .strictObject({
      policies: z.array(text).min(1).describe("Files and folders, from where this file is."),
      owner: text.optional().describe("Default ecsmon."),
      account: z
        .string()
        .regex(/^\d{12}$/, "an account has 12 digits")
        .optional(),
      region: text.optional().describe("Default us-east-1."),
      asOf: z.iso
        .datetime({ error: "use an instant such as 2026-11-23T02:00:00Z" })
        .optional()
        .describe(
          "The instant that windows and expiry are judged by. Default: now, or when the snapshot was taken.",
        ),
      clusters: z
        .array(
          z.strictObject({
            name: text,
            containerInsights: z.enum(["enabled", "enhanced", "disabled"]).optional(),
          }),
        )
        .optional()
        .describe("Only needed for clusters that are not as AWS makes them."),
      logGroups: z
        .array(z.strictObject({ name: text, retentionInDays: z.int().optional() }))
        .optional()
        .describe("Log groups that are there."),
      workloads: z.array(workload).min(1).optional(),
      snapshot: text
        .optional()
        .describe(
          "In place of workloads: what `ecsmon snapshot` wrote, from where this file is. Of several targets `account` and `region` tell which.",
        ),
      expect: z
        .strictObject({
          changes: z.array(change).optional(),
          blocked: z.array(blocked).optional(),
          absent: z.array(change).optional().describe("Changes that must not be planned."),
          exact: z.boolean().optional().describe("Nothing but `changes` and `blocked` may be in the plan."),
        })
        .optional(),
      logs: z.array(lines).optional(),
    })
    .refine((spec) => (spec.workloads === undefined) !== (spec.snapshot === undefined), {
      error: "give either workloads or a snapshot: what the policies are planned for",
    })
    .refine((spec) => spec.snapshot === undefined || (spec.clusters ?? spec.logGroups) === undefined, {
      error: "clusters and logGroups belong to workloads; a snapshot has its own",
    }),
});

export type PolicyTestSpec = z.infer<typeof policyTestDocument>["spec"];
export type ExpectedChange = z.infer<typeof change>;
export type ExpectedBlocked = z.infer<typeof blocked>;

// Which services a policy, an override or an exception is for.
import * as z from "zod";
import { globs, text } from "./words.ts";

export const selector = z
  .strictObject({
    accounts: globs.optional().describe("Account ids, as globs; a leading `!` negates."),
    regions: globs.optional().describe("Regions, as globs."),
    clusters: globs.optional().describe("Cluster names, as globs."),
    services: globs.optional().describe("Service names, as globs."),
    tags: z
      .record(z.string(), z.string())
      .refine((tags) => Object.keys(tags).length > 0, "tags is empty; name a tag, or leave it out")
      .meta({ minProperties: 1 })
      .optional()
      .describe("Service tags that must have exactly these values."),
    matchExpressions: z
      .array(
        z.strictObject({
          key: text.describe("A service tag."),
          operator: z
            .enum(["In", "NotIn", "Exists", "DoesNotExist"])
            .describe("NotIn also holds where the tag is absent."),
          values: z.array(z.string()).optional().describe("For In and NotIn."),
        }),
      )
      .min(1)
      .optional()
      .describe("Conditions on service tags, as Kubernetes label selectors have them."),
    launchTypes: z
      .array(z.enum(["EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES"]))
      .min(1)
      .optional()
      .describe("How the service's tasks are launched; capacity providers count as what they are."),
  })
  .refine((value) => Object.keys(value).length > 0, {
    message: 'a selector needs at least one condition; `services: ["*"]` selects every service',
  })
  .meta({ minProperties: 1 })
  .describe("Which services are meant. All conditions must hold.");

export type Selector = z.infer<typeof selector>;

// Mackerel's own monitors, in the JSON of Mackerel's API. Values are judged by api/lint/mackerel.ts and by Mackerel.
import * as z from "zod";
import { text } from "./words.ts";

/** Source: mackerel.io API documentation, monitors. */
export const monitorTypes = [
  "host",
  "connectivity",
  "service",
  "external",
  "expression",
  "anomalyDetection",
  "query",
] as const;

const monitor = z
  .looseObject({
    type: z
      .enum(monitorTypes)
      .optional()
      .describe("What kind of monitor it is. One policy at least gives it."),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the policy language's own template
    name: text.describe("What alerts call it; with `${service.name}` and the like, one for each service."),
  })
  .describe("One monitor, as Mackerel's API takes it (POST /api/v0/monitors).");

export const mackerel = z.strictObject({
  monitors: z
    .array(monitor)
    .max(500)
    .nullish()
    .describe("Monitors of the organization that MACKEREL_APIKEY belongs to."),
});

export type MonitorSpec = z.infer<typeof monitor>;

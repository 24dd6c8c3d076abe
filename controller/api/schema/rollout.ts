// How and when services are redeployed.
import * as z from "zod";
import { duration, text } from "./words.ts";

export const rollout = z.strictObject({
  maxConcurrent: z
    .int()
    .min(1)
    .nullish()
    .describe("Services that roll at once. Default 1; the first is always alone."),
  timeout: duration.nullish().describe("Until a deployment that has not settled is put back. Default 15m."),
  pauseOnFailure: z
    .boolean()
    .nullish()
    .describe("One that fails keeps the rest from beginning. Default true."),
  windows: z
    .array(
      z.strictObject({
        cron: text.describe("When the window opens: minute, hour, day of month, month, day of week."),
        duration: duration.describe("How long it stays open."),
        timeZone: text.optional().describe("IANA name, such as Asia/Tokyo. Default UTC."),
      }),
    )
    .min(1)
    .nullish()
    .describe("Redeployments begin only while one of these is open. Default: any time."),
  relayer: z
    .enum(["window", "always"])
    .nullish()
    .describe(
      "Putting our layer back after someone else's deployment: only in a window, or always (the default).",
    ),
});

export type RolloutSpec = z.infer<typeof rollout>;

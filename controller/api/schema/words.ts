// The words that several sections of the policy share.
// A namespace import: esbuild then leaves zod's 50 translations out of the bundle.
import * as z from "zod";
import { durationPattern, parseDuration } from "../duration.ts";

export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
    "use letters, digits, `.`, `_` and `-`, with a letter or digit at both ends",
  )
  .max(100);

const durationHint = "use a duration such as 30s, 5m, 1h, 30d, or whole seconds";

export function durationFrom(least: number) {
  return z.union(
    [z.int().min(least), z.string().regex(durationPattern, durationHint).transform(parseDuration)],
    {
      error: durationHint,
    },
  );
}

export const duration = durationFrom(1);

export const text = z.string().min(1);

export const stringMap = z.record(z.string(), z.string().nullable());

export const globs = z.array(text).min(1);

export const severity = text.describe("A key of `notifications`: whose actions are run.");

export const secretRef = z.strictObject({
  valueFrom: text.describe("ARN of an SSM parameter or a Secrets Manager secret."),
});

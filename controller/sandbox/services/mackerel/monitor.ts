// What Mackerel takes for a monitor, type by type, and what it fills in.
// After https://mackerel.io/api-docs/entry/monitors. Fields it doesn't know are kept as they came.
import * as z from "zod";

const minutes = (min: number, max: number) => z.int().min(min).max(max);
/** Mackerel writes a null for a threshold that isn't set. */
const threshold = z.number().nullish().default(null);
const attempts = minutes(1, 10).default(1);
const operator = z.enum([">", "<"]);
const text = z.string().min(1);
const missingDuration = minutes(10, 10_080)
  .refine((value) => value % 10 === 0, "must be a multiple of 10")
  .nullish();

/** `Service` or `Service:Role`, which comes back with a blank after the colon. */
const scope = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]+(:\s*[A-Za-z0-9][A-Za-z0-9_-]+)?$/, "must be Service or Service:Role")
  .transform((value) => value.replace(/:\s*/, ": "));
const scopes = z.array(scope).default([]);

const common = {
  name: text,
  memo: z.string().max(2048).default(""),
  isMute: z.boolean().default(false),
  notificationInterval: z.int().min(10).nullish(),
};
const thresholds = { operator, warning: threshold, critical: threshold };

const host = z.looseObject({
  type: z.literal("host"),
  ...common,
  ...thresholds,
  metric: text,
  duration: minutes(1, 10),
  maxCheckAttempts: attempts,
  scopes,
  excludeScopes: scopes,
});
const connectivity = z.looseObject({
  type: z.literal("connectivity"),
  ...common,
  name: text.default("connectivity"),
  alertStatusOnGone: z.enum(["CRITICAL", "WARNING"]).default("CRITICAL"),
  scopes,
  excludeScopes: scopes,
});
const service = z.looseObject({
  type: z.literal("service"),
  ...common,
  ...thresholds,
  service: text,
  metric: text,
  duration: minutes(1, 10),
  maxCheckAttempts: attempts,
  missingDurationWarning: missingDuration,
  missingDurationCritical: missingDuration,
});
const external = z.looseObject({
  type: z.literal("external"),
  ...common,
  method: z.enum(["GET", "POST", "PUT", "DELETE"]).default("GET"),
  url: z.string().regex(/^https?:\/\/[^\s/]+/, "must be an http or https URL"),
  service: text.nullish(),
  responseTimeWarning: z.number().min(0).nullish(),
  responseTimeCritical: z.number().min(0).nullish(),
  responseTimeDuration: minutes(1, 10).nullish(),
  requestBody: z.string().nullish(),
  headers: z
    .array(z.looseObject({ name: text, value: z.string() }))
    .nullish()
    .transform((value) => value ?? []),
  containsString: z.string().nullish(),
  expectedStatusCode: z.int().min(100).max(599).nullish(),
  followRedirect: z.boolean().default(false),
  skipCertificateVerification: z.boolean().default(false),
  certificationExpirationWarning: z.int().min(0).nullish(),
  certificationExpirationCritical: z.int().min(0).nullish(),
  maxCheckAttempts: attempts,
});
const expression = z.looseObject({
  type: z.literal("expression"),
  ...common,
  ...thresholds,
  expression: text,
  evaluateBackwardMinutes: minutes(2, 10).default(2),
});
const sensitivity = z.enum(["insensitive", "normal", "sensitive"]).nullish();
const anomalyDetection = z.looseObject({
  type: z.literal("anomalyDetection"),
  ...common,
  scopes: z.array(scope).min(1),
  warningSensitivity: sensitivity,
  criticalSensitivity: sensitivity,
  trainingPeriodFrom: z.int().min(0).nullish(),
  maxCheckAttempts: attempts,
});
const query = z.looseObject({
  type: z.literal("query"),
  ...common,
  ...thresholds,
  query: text,
  legend: z.string(),
  evaluateBackwardMinutes: minutes(0, 10).default(0),
});

const monitor = z
  .discriminatedUnion("type", [host, connectivity, service, external, expression, anomalyDetection, query])
  .superRefine((value, context) => {
    if ("operator" in value && value.warning === null && value.critical === null)
      context.addIssue({ code: "custom", message: "warning or critical is required" });
    if (value.type === "anomalyDetection" && !(value.warningSensitivity ?? value.criticalSensitivity))
      context.addIssue({ code: "custom", message: "warningSensitivity or criticalSensitivity is required" });
  });

/** A monitor as it is stored, without its id; or what is wrong with it, as a text. */
export function readMonitor(input: unknown): Record<string, unknown> | string {
  const read = monitor.safeParse(input);
  if (!read.success)
    return read.error.issues
      .map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`))
      .join("; ");
  // Nulls are kept only where Mackerel writes them itself.
  return Object.fromEntries(
    Object.entries(read.data).filter(
      ([name, value]) => value !== undefined && (value !== null || ["warning", "critical"].includes(name)),
    ),
  );
}

// The file of `plan --out`: what stands in it, and when it is refused. Pure. Why it holds neither policies nor what they
// hide, and what its checksum is worth, is in docs/adr/0016-saved-plans.md.
import { createHash } from "node:crypto";
import * as z from "zod";
import { EcsmonError } from "../model/errors.ts";
import { type Json, type JsonObject, stableStringify } from "../model/json.ts";
import type { Plan } from "../model/plan.ts";
import { markLength, type ReviewedPlan } from "./reviewed-plan.ts";

/** What was narrowed or chosen on the command line; what is left out is the configuration's, or the default. */
export interface SavedOptions {
  readonly owner?: string | undefined;
  readonly region?: string | undefined;
  readonly cluster?: readonly string[] | undefined;
  readonly service?: readonly string[] | undefined;
  readonly deletePolicy?: "sync" | "upsert-only" | undefined;
}

export interface SavedPlan {
  /** Of the ecsmon that made it. */
  readonly version: string;
  /** Where its policies lie: what `--policies` or `--config` named. */
  readonly from: { readonly policies: readonly string[] } | { readonly config: string };
  readonly options: SavedOptions;
  /** Random; goes into the digests of the pins, so that those of two files say nothing of each other. */
  readonly salt: string;
  /** One a target, in the order of the configuration. */
  readonly plans: readonly ReviewedPlan[];
}

const apiVersion = "ecsmon.dev/v1alpha1";
const kind = "SavedPlan";
/** Goes up whenever what stands in the file means something else. */
const format = 2;

const text = z.string();
const shown = z.custom<JsonObject>((value) => typeof value === "object" && value !== null);
const metadata = z.custom<Plan["metadata"]>(
  (value) =>
    z
      .object({ owner: text, region: text, account: text, sourceRevision: text, createdAt: text, asOf: text })
      .safeParse(value).success,
);
const blocked = z.custom<ReviewedPlan["plan"]["blocked"][number]>(
  (value) =>
    z.object({ kind: text, name: text, policies: z.array(text), code: text, message: text }).safeParse(value)
      .success,
);
/** In one text, which for 100,000 items is shorter by half than a list. */
const marks = z
  .string()
  .regex(/^[\w-]*$/)
  .transform(splitMarks);
const reviewedPlan = z
  .object({
    plan: z.looseObject({ metadata, changes: z.array(shown), blocked: z.array(blocked) }),
    items: z.array(z.object({ item: text, pins: z.record(text, text) })),
    standing: marks,
  })
  .refine(({ plan, items }) => plan.changes.length === items.length);
const contents = z.object({
  ecsmon: text,
  from: z.union([z.strictObject({ policies: z.array(text) }), z.strictObject({ config: text })]),
  options: z.strictObject({
    owner: text.optional(),
    region: text.optional(),
    cluster: z.array(text).optional(),
    service: z.array(text).optional(),
    deletePolicy: z.enum(["sync", "upsert-only"]).optional(),
  }),
  salt: text,
  plans: z.array(reviewedPlan).min(1),
});

/** Ends with a newline. */
export function writeSavedPlan({ version, from, options, salt, plans }: SavedPlan): string {
  const packed = plans.map((plan) => ({ ...plan, standing: plan.standing.join("") }));
  const body = { apiVersion, kind, format, ecsmon: version, from, options, salt, plans: packed };
  return `${JSON.stringify({ ...body, checksum: sum(body) }, null, 2)}\n`;
}

/**
 * @param name of the file, for people
 * @param version of the ecsmon that reads it
 * @throws EcsmonError `InvalidPlanFile` for what is no saved plan, is damaged, or was made by another version
 */
export function readSavedPlan(text: string, name: string, version: string): SavedPlan {
  const value = parse(text);
  if (value === undefined) throw refuse(`${name} is no saved plan, or it is cut short; ${makeOne(name)}`);
  if (value["kind"] === "Plan" || value["kind"] === "PlanList")
    throw refuse(
      `${name} is what plan --format json prints, which is for reading; save a plan with ecsmon plan --out ${name}`,
    );
  if (value["kind"] !== kind) throw refuse(`${name} is no saved plan; ${makeOne(name)}`);
  if (value["apiVersion"] !== apiVersion || value["format"] !== format)
    throw refuse(
      `${name} is a saved plan of another format, ${tell(value["apiVersion"])} ${tell(value["format"])}, and this ecsmon reads ${apiVersion} ${format}; plan again with this one, or apply it with the one that made it (${tell(value["ecsmon"])})`,
    );
  const { checksum, ...body } = value;
  if (checksum !== sum(body))
    throw refuse(
      `${name} is damaged or was changed after it was saved: its checksum does not fit; plan again, and have the new plan reviewed`,
    );
  if (body["ecsmon"] !== version)
    throw refuse(
      `${name} was saved by ecsmon ${tell(body["ecsmon"])}, and this is ${version}; plan again with this one, or apply it with that one`,
    );
  const read = contents.safeParse(body);
  if (!read.success)
    throw refuse(
      `${name} has a checksum that fits and is no plan that ecsmon has saved; plan again, and have the new plan reviewed`,
    );
  const { ecsmon, ...rest } = read.data;
  return { version: ecsmon, ...rest };
}

/** The file may be anything: a plan is not to be saved over it. */
function makeOne(name: string): string {
  return `make one with ecsmon plan --out FILE, or write what policies say with ecsmon apply --policies ${name}`;
}

function splitMarks(text: string): string[] {
  return Array.from({ length: Math.ceil(text.length / markLength) }, (_, index) =>
    text.slice(index * markLength, (index + 1) * markLength),
  );
}

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : undefined;
  } catch {
    return undefined;
  }
}

function sum(body: object): string {
  return `sha256:${createHash("sha256").update(stableStringify(body)).digest("hex")}`;
}

function tell(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, 60) : "unknown";
}

function refuse(message: string): EcsmonError {
  return new EcsmonError("InvalidPlanFile", message);
}

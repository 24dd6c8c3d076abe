// How the objects of the status store are written: each says what it is and in which format. What cannot be read as
// that is an error and never nothing: a ledger taken for empty would give away its budget.
import * as z from "zod";
import type { Ledger } from "../core/budget.ts";
import type { AuditReport } from "../model/audit.ts";
import { EcsmonError } from "../model/errors.ts";
import { isObject } from "../model/json.ts";
import type { JournalEntry, TargetDiffs, TargetStatus } from "../model/status.ts";
import type { StoredSource } from "../model/stored-source.ts";

/** What each kind of object holds. */
interface Stored {
  TargetStatus: TargetStatus;
  Budget: Ledger;
  Journal: readonly JournalEntry[];
  Diffs: TargetDiffs;
  Audit: AuditReport;
  Source: StoredSource;
}

/** Grows when what is written can no longer be read by those before. */
const format = 1;
/** Characters; far above what an estate of 10,000 services needs. */
const maxText = 128 * 1024 * 1024;

const ref = {
  kind: z.string(),
  name: z.string(),
  cluster: z.string().optional(),
  service: z.string().optional(),
};
const strings = z.array(z.string());
const refs = z.array(z.looseObject(ref));
const pending = z.array(z.looseObject({ ...ref, action: z.string(), enforcement: z.string() }));
const troubles = z.array(z.looseObject({ ...ref, code: z.string(), message: z.string() }));
const conditions = z.array(
  z.looseObject({
    type: z.string(),
    status: z.enum(["True", "False", "Unknown"]),
    reason: z.string(),
    message: z.string(),
    lastTransitionTime: z.string(),
    observedGeneration: z.string(),
  }),
);

const score = z.number().nullable();
const pillarScores = z.array(z.looseObject({ pillar: z.string(), score, partial: z.boolean() }));

const schemas: { readonly [Kind in keyof Stored]: z.ZodType } = {
  TargetStatus: z.looseObject({
    target: z.string(),
    owner: z.string(),
    account: z.string(),
    region: z.string(),
    holder: z.string(),
    epoch: z.number(),
    sourceRevision: z.string(),
    pass: z.looseObject({ startedAt: z.string(), endedAt: z.string(), result: z.string() }).optional(),
    conditions,
    sources: z.array(z.looseObject({ name: z.string() })),
    policies: z.array(
      z.looseObject({
        name: z.string(),
        at: z.string(),
        generation: z.string(),
        conditions,
        services: z.number(),
        managed: z.number(),
        troubled: z.number(),
      }),
    ),
    services: z.array(
      z.looseObject({
        cluster: z.string(),
        service: z.string(),
        policies: strings,
        managed: z.record(z.string(), strings),
        pending,
        blocked: troubles,
        failed: troubles,
        drift: z.looseObject({ found: z.number(), repaired: z.number(), open: strings.optional() }),
      }),
    ),
    shared: z.looseObject({ managed: refs, blocked: troubles, failed: troubles }),
    gone: z.record(z.string(), z.string()),
  }),
  Budget: z.looseObject({
    entries: z.array(
      z.looseObject({
        // An instant that is none would never be over, or count for nothing.
        at: z.iso.datetime(),
        id: z.string(),
        deletes: z.int().min(0),
        redeploys: strings,
        items: z.array(z.looseObject({ item: z.string(), action: z.string(), deletes: z.int().min(0) })),
      }),
    ),
  }),
  Journal: z.array(
    z.looseObject({
      ...ref,
      at: z.iso.datetime(),
      target: z.string(),
      holder: z.string(),
      epoch: z.number(),
      action: z.string(),
      why: z.string(),
      policies: strings,
      revisions: z.record(z.string(), z.string()),
      paths: strings,
      redeploys: z.boolean(),
      result: z.string(),
    }),
  ),
  Audit: z.looseObject({
    score,
    partial: z.boolean(),
    services: z.array(
      z.looseObject({
        cluster: z.string(),
        service: z.string(),
        score,
        partial: z.boolean(),
        pillars: pillarScores,
        findings: z.array(
          z.looseObject({
            code: z.string(),
            pillar: z.string(),
            weight: z.number(),
            message: z.string(),
            why: z.string(),
            policy: z.string().optional(),
            byHand: z.string().optional(),
          }),
        ),
        unknown: z.array(z.looseObject({ check: z.string(), code: z.string(), message: z.string() })),
      }),
    ),
  }),
  Diffs: z.looseObject({
    target: z.string(),
    services: z.record(
      z.string(),
      z.looseObject({
        at: z.string(),
        items: z.array(
          z.looseObject({ ...ref, lines: z.array(z.looseObject({ sign: z.string(), text: z.string() })) }),
        ),
      }),
    ),
  }),
  Source: z.looseObject({
    name: z.string(),
    revision: z.string(),
    at: z.string(),
    files: z.array(z.looseObject({ file: z.string(), text: z.string() })),
  }),
};

export function writeFormat<Kind extends keyof Stored>(kind: Kind, value: Stored[Kind]): string {
  return `${JSON.stringify({ kind, format, value })}\n`;
}

/**
 * @param place where it stands, for people: `targets/x.json in s3://bucket/status/`.
 * @throws EcsmonError `StateNewer`: another version of ecsmon wrote it; `StateBroken`: it is not what it should be.
 */
export function readFormat<Kind extends keyof Stored>(kind: Kind, text: string, place: string): Stored[Kind] {
  if (text.length > maxText) throw broken(place, `it is larger than ${maxText} characters`);
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw broken(place, "it is no JSON");
  }
  if (!isObject(data) || typeof data["format"] !== "number" || typeof data["kind"] !== "string")
    throw broken(place, "it was not written by ecsmon");
  if (data["kind"] !== kind)
    throw broken(place, `it is of kind ${JSON.stringify(data["kind"])}, not ${kind}`);
  if (data["format"] > format)
    throw new EcsmonError(
      "StateNewer",
      `${place} has format ${data["format"]}, and this version of ecsmon reads up to ${format}; use the version that wrote it, or a newer one`,
    );
  const checked = schemas[kind].safeParse(data["value"]);
  if (checked.success) return data["value"] as unknown as Stored[Kind];
  const [issue] = checked.error.issues;
  throw broken(place, `${issue?.path.join(".") || "its value"}: ${issue?.message ?? "not as it should be"}`);
}

function broken(place: string, why: string): EcsmonError {
  return new EcsmonError(
    "StateBroken",
    `${place} cannot be read: ${why}; put an earlier version of it back, or remove it if nothing of it is needed`,
  );
}

// `deletionPolicy: Retain`, kept in the thing itself: it has to be known when no policy tells it any more, and when the
// service is gone (docs/adr/0012). What the marks look like is frozen like names (docs/adr/0004).
import { createHash } from "node:crypto";
import type { Policy } from "../api/policy.ts";
import type { Tags } from "../model/workload.ts";
import { recordKey } from "./record.ts";

/** Retain if any policy that has a say wants that: keeping a thing too many is the safe side. */
export function retainOf(policies: readonly Policy[]): { readonly retain?: true } {
  return policies.some(({ spec }) => spec.deletionPolicy === "Retain") ? { retain: true } : {};
}

/** Stands in descriptions, queries and memos. */
export const retainMark = "(deletionPolicy: Retain)";

/** A description with the mark at its end: the last line of an alarm's, after a blank where there is only one line. */
export function markDescription(text: string, retain: boolean | undefined, gap: "\n" | " " = "\n"): string {
  if (!retain) return text;
  const own = text.trimEnd();
  return own === "" ? retainMark : `${own}${gap}${retainMark}`;
}

export function isMarkedDescription(text: unknown): boolean {
  return typeof text === "string" && text.trimEnd().endsWith(retainMark);
}

/** A Logs Insights query with the mark as its first line, which is a comment there. */
export function markQuery(text: string, retain: boolean | undefined): string {
  return retain ? `# ${retainMark}\n${text}` : text;
}

export function isMarkedQuery(text: unknown): boolean {
  return typeof text === "string" && text.trimStart().startsWith(`# ${retainMark}`);
}

/** The tag beside the records that we keep in a thing's tags. */
export const retainField = "deletion-policy";
/** That of the layer in a service's task definition, on the service: a mark in the definition would redeploy. */
export const layerRetainField = "layer-deletion-policy";

/** That of a metric filter, on its log group: filters have neither tags nor text of their own. */
export function filterRetainField(filterName: string): string {
  const hash = createHash("sha256").update(filterName).digest("hex").slice(0, 12);
  return `filter-${hash}-deletion-policy`;
}

/** A value that we have not written says that there was something to keep. */
export function isMarkedByTag(tags: Tags, owner: string, field: string = retainField): boolean {
  return tags[recordKey(owner, field)] !== undefined;
}

export function retainTag(owner: string, field: string = retainField): Tags {
  return { [recordKey(owner, field)]: "Retain" };
}

/** What is to be done about the mark of a thing whose tags we keep records in. */
export interface MarkOverlay {
  readonly lay: Tags;
  readonly drop: readonly string[];
}

export interface MarkQuestion {
  readonly tags: Tags;
  readonly owner: string;
  readonly field?: string;
  readonly retain: boolean | undefined;
  /** Something of ours will stand there: a mark beside nothing says nothing. */
  readonly stands: boolean;
  /** Not all policies that have a say are known: what is marked stays so. */
  readonly partial?: boolean;
}

export function overlayMark(question: MarkQuestion): MarkOverlay {
  const { tags, owner, field = retainField, retain = false, stands, partial = false } = question;
  const key = recordKey(owner, field);
  if (retain && stands) return { lay: tags[key] === "Retain" ? {} : retainTag(owner, field), drop: [] };
  return { lay: {}, drop: tags[key] === undefined || (partial && stands) ? [] : [key] };
}

export function changesMark({ lay, drop }: MarkOverlay): boolean {
  return Object.keys(lay).length > 0 || drop.length > 0;
}

// The record of one overlaid field: what stood there (`original`) and what we wrote (`written`), as one tag.
// Tag values hold letters, digits, spaces and `+ - = . _ : / @`, at most 256 characters: hence this plain form.

import { compareText } from "../model/json.ts";
import type { Tags } from "../model/workload.ts";
import type { Reason } from "./select.ts";

export interface FieldRecord {
  /** undefined: there was no value. */
  readonly original: string | undefined;
  /** The thing itself is of our making: there is nobody's value to put back, so what stands stays. */
  readonly made?: true;
  readonly written: string;
  /** What we had written before, while it is not certain that `written` has taken its place. */
  readonly was?: string;
}

const none = "-";
const made = "+";

export function recordKey(owner: string, field: string): string {
  return `ecsmon.dev/${owner}/${field}`;
}

/** `original:disabled written:enhanced` */
export function writeRecord({ original, made: ours, written, was }: FieldRecord): string {
  return `original:${ours ? made : (original ?? none)} written:${written}${was === undefined ? "" : ` was:${was}`}`;
}

/** undefined when there is no record, or none that we can read: then nothing is put back. */
export function readRecord(tags: Tags, owner: string, field: string): FieldRecord | undefined {
  const match = /^original:(\S+) written:(\S+)(?: was:(\S+))?$/.exec(tags[recordKey(owner, field)] ?? "");
  if (match === null) return undefined;
  const [, original, written, was] = match as unknown as [string, string, string, string | undefined];
  return {
    original: original === none || original === made ? undefined : original,
    ...(original === made ? { made: true } : {}),
    written,
    ...(was === undefined ? {} : { was }),
  };
}

/** Whether a live value is one that we wrote: then it is the original that is put back. */
export function isWritten(record: FieldRecord | undefined, live: string | undefined): record is FieldRecord {
  return record !== undefined && live !== undefined && (record.written === live || record.was === live);
}

/**
 * The record to lay down before `desired` is written over `live`: a live value that we did not write is the owner's
 * new original.
 */
export function nextRecord(
  record: FieldRecord | undefined,
  live: string | undefined,
  desired: string,
): FieldRecord {
  // A thing of our making whose first value did not get written is still of our making.
  if (record?.made && live === undefined) return { original: undefined, made: true, written: desired };
  if (!isWritten(record, live)) return { original: live, written: desired };
  // Should the write fail, the live value must still be known as ours.
  return {
    original: record.original,
    ...(record.made ? { made: true } : {}),
    written: desired,
    ...(live === undefined || live === desired ? {} : { was: live }),
  };
}

/** What is to be done about one overlaid field. */
export interface Overlay {
  /** The value that is to stand; undefined: none. */
  readonly value: string | undefined;
  /** Tags to lay down before the value is written. */
  readonly lay: Tags;
  /** Tags to lay down once it is: what was written before is no longer ours then. */
  readonly confirm: Tags;
  /** Tags to take away once it is. */
  readonly drop: readonly string[];
  /** The value stands, but its record is not confirmed: there is something to write all the same. */
  readonly unfinished: boolean;
}

/** `desired` undefined: no policy speaks of the field, so what we changed is given back, and the rest left. */
export function overlayField(
  tags: Tags,
  owner: string,
  field: string,
  live: string | undefined,
  desired: string | undefined,
): Overlay {
  const key = recordKey(owner, field);
  const record = readRecord(tags, owner, field);
  if (desired === undefined) {
    const value = isWritten(record, live) && !record.made ? record.original : live;
    // A record that cannot be read is left for a person to look at.
    return { value, lay: {}, confirm: {}, drop: record === undefined ? [] : [key], unfinished: false };
  }
  if (desired === live) {
    // A run that ended between the write and its confirmation has left `was` behind.
    const unfinished = record?.was !== undefined;
    const confirm = unfinished ? { [key]: writeRecord(confirmed(record)) } : {};
    return { value: live, lay: {}, confirm, drop: [], unfinished };
  }
  const next = nextRecord(record, live, desired);
  const confirm: Tags = next.was === undefined ? {} : { [key]: writeRecord(confirmed(next)) };
  return { value: desired, lay: { [key]: writeRecord(next) }, confirm, drop: [], unfinished: false };
}

function confirmed({ was: _, ...record }: FieldRecord): FieldRecord {
  return record;
}

/** The record of a value in a thing that we made: there is no one else's to put back, so it stays as it is. */
export function madeRecord(owner: string, field: string, value: string): Tags {
  return { [recordKey(owner, field)]: writeRecord({ original: undefined, made: true, written: value }) };
}

/** Why a field cannot be put back, if its record is there but cannot be read. */
export function findLostRecord(tags: Tags, owner: string, field: string): Reason | undefined {
  const key = recordKey(owner, field);
  if (tags[key] === undefined || readRecord(tags, owner, field) !== undefined) return undefined;
  const message = `the record in tag ${key} cannot be read, so what stood there before is not known; it stays as it is`;
  return { code: "OriginalUnknown", message };
}

/** Another operator whose record says that it wrote what stands: two must not take turns in writing over each other. */
export function findOtherWriter(
  tags: Tags,
  owner: string,
  field: string,
  live: string | undefined,
): Reason | undefined {
  for (const key of Object.keys(tags).sort(compareText)) {
    const [, other, its] = /^ecsmon\.dev\/([^/]+)\/(.+)$/.exec(key) ?? [];
    if (other === undefined || other === owner || its !== field) continue;
    if (!isWritten(readRecord(tags, other, field), live)) continue;
    return {
      code: "NotOwned",
      message: `${field} is kept by owner ${other}, whose policies want it as it is`,
    };
  }
  return undefined;
}

// The record of one overlaid field: what stood there (`original`) and what we wrote (`written`), as one tag.
// Tag values hold letters, digits, spaces and `+ - = . _ : / @`, at most 256 characters: hence this plain form.
import type { Tags } from "../model/workload.ts";

export interface FieldRecord {
  /** undefined: there was no value. */
  readonly original: string | undefined;
  readonly written: string;
}

const none = "-";

export function recordKey(owner: string, field: string): string {
  return `ecsmon.dev/${owner}/${field}`;
}

/** `original:disabled written:enhanced` */
export function writeRecord({ original, written }: FieldRecord): string {
  return `original:${original ?? none} written:${written}`;
}

/** undefined when there is no record, or none that we can read: then nothing is put back. */
export function readRecord(tags: Tags, owner: string, field: string): FieldRecord | undefined {
  const match = /^original:(\S+) written:(\S+)$/.exec(tags[recordKey(owner, field)] ?? "");
  if (match === null) return undefined;
  const [, original, written] = match as unknown as [string, string, string];
  return { original: original === none ? undefined : original, written };
}

/**
 * The record to lay down before `desired` is written over `live`: a live value that we did not write is the owner's
 * new original.
 */
export function nextRecord(record: FieldRecord | undefined, live: string | undefined, desired: string): FieldRecord {
  const original = record !== undefined && record.written === live ? record.original : live;
  return { original, written: desired };
}

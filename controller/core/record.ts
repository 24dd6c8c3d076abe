// The record of one overlaid field: what stood there (`original`) and what we wrote (`written`), as one tag.
// Tag values hold letters, digits, spaces and `+ - = . _ : / @`, at most 256 characters: hence this plain form.
import type { Tags } from "../model/workload.ts";

export interface FieldRecord {
  /** undefined: there was no value. */
  readonly original: string | undefined;
  readonly written: string;
  /** What we had written before, while it is not certain that `written` has taken its place. */
  readonly was?: string;
}

const none = "-";

export function recordKey(owner: string, field: string): string {
  return `ecsmon.dev/${owner}/${field}`;
}

/** `original:disabled written:enhanced` */
export function writeRecord({ original, written, was }: FieldRecord): string {
  return `original:${original ?? none} written:${written}${was === undefined ? "" : ` was:${was}`}`;
}

/** undefined when there is no record, or none that we can read: then nothing is put back. */
export function readRecord(tags: Tags, owner: string, field: string): FieldRecord | undefined {
  const match = /^original:(\S+) written:(\S+)(?: was:(\S+))?$/.exec(tags[recordKey(owner, field)] ?? "");
  if (match === null) return undefined;
  const [, original, written, was] = match as unknown as [string, string, string, string | undefined];
  return {
    original: original === none ? undefined : original,
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
  if (!isWritten(record, live)) return { original: live, written: desired };
  // Should the write fail, the live value must still be known as ours.
  return {
    original: record.original,
    written: desired,
    ...(live === undefined || live === desired ? {} : { was: live }),
  };
}

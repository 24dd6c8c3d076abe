// Conditional requests: what must hold of the object that is there now. Node runs one operation at a
// time, so nothing comes between a check here and the write after it.
import type { Input } from "../../service.ts";
import { type Bucket, currentObject, currentVersion, type StoredObject } from "./bucket-store.ts";
import { noSuchKey, notImplemented, preconditionFailed } from "./errors.ts";

/** PutObject: `If-None-Match: *` wants nothing there, `If-Match` that very object. */
export function checkWrite(bucket: Bucket, key: string, { IfMatch, IfNoneMatch }: Input): void {
  const there = currentObject(bucket, key);
  if (IfMatch !== undefined && IfNoneMatch !== undefined) throw notImplemented("If-Match with If-None-Match");
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch !== "*") throw notImplemented("If-None-Match with anything but *");
    if (there !== undefined) throw preconditionFailed("If-None-Match");
  }
  if (IfMatch === undefined) return;
  if (there === undefined) throw noSuchKey(key);
  if (!isSame(IfMatch, there.etag)) throw preconditionFailed("If-Match");
}

/** DeleteObject: `If-Match` with an ETag, or `*` for any object that is there. */
export function checkDelete(bucket: Bucket, key: string, ifMatch: unknown): void {
  if (ifMatch === undefined) return;
  const there = currentObject(bucket, key);
  if (there === undefined && (ifMatch === "*" || currentVersion(bucket, key) !== undefined))
    throw preconditionFailed("If-Match");
  if (there === undefined) throw noSuchKey(key);
  if (ifMatch !== "*" && !isSame(ifMatch, there.etag)) throw preconditionFailed("If-Match");
}

/** GetObject and HeadObject: whether the caller's copy is still good. */
export function isUnchanged(
  { etag }: StoredObject,
  lastModified: number,
  { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince }: Input,
): boolean {
  if (IfMatch !== undefined) {
    if (!matchesAny(IfMatch, etag)) throw preconditionFailed("If-Match");
  } else if (lastModified > dateOf(IfUnmodifiedSince, Number.POSITIVE_INFINITY))
    throw preconditionFailed("If-Unmodified-Since");
  if (IfNoneMatch !== undefined) return matchesAny(IfNoneMatch, etag);
  return lastModified <= dateOf(IfModifiedSince, Number.NEGATIVE_INFINITY);
}

function matchesAny(header: unknown, etag: string): boolean {
  return String(header)
    .split(",")
    .some((each) => each.trim() === "*" || isSame(each.trim(), etag));
}

/** With quotes or without. */
function isSame(given: unknown, etag: string): boolean {
  return String(given).replaceAll('"', "") === etag.replaceAll('"', "");
}

/** A date that can't be read sets no condition. */
function dateOf(header: unknown, none: number): number {
  const date = header instanceof Date ? header.getTime() : Date.parse(String(header));
  return header === undefined || Number.isNaN(date) ? none : date;
}

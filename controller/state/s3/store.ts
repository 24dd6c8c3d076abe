// State below a prefix of an S3 bucket, with S3's own conditional writes.
// Source: user guide of Amazon S3, conditional requests; API reference of PutObject, DeleteObject and GetObject.
import { statusOf } from "../../model/s3-failure.ts";
import { checkKey, checkKeyPrefix } from "../key.ts";
import type { CallOptions, StateStore, StoredObject } from "../object-store.ts";
import { openStoreClients, type StoreClients } from "./client.ts";
import { describeStoreError, incomplete, unreachable } from "./errors.ts";
import { listKeys } from "./list.ts";

export interface S3Place {
  readonly bucket: string;
  /** What keys begin with; `/` is added where it ends without. */
  readonly prefix?: string | undefined;
}

const defaultTimeout = 5_000;

export function createS3Store(
  { bucket, prefix: given = "" }: S3Place,
  env: Readonly<Record<string, string | undefined>>,
  openClients: typeof openStoreClients = openStoreClients,
): StateStore {
  const prefix = given === "" || given.endsWith("/") ? given : `${given}/`;
  const name = `s3://${bucket}/${prefix}`;
  let opened: Promise<StoreClients> | undefined;
  const call = async <T>(
    verb: string,
    needs: string,
    key: string,
    options: CallOptions,
    work: (clients: StoreClients, abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const what = `${verb} ${name}${key}`;
    opened ??= openClients(env);
    const clients = await opened;
    return within(options, what, (abortSignal) => work(clients, abortSignal)).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      throw describeStoreError(error, { what, needs, bucket });
    });
  };

  return {
    name,
    get: (key, { ifNoneMatch, ...options } = {}) =>
      call("read", "s3:GetObject", checkKey(key), options, async ({ steady }, abortSignal) => {
        const { GetObjectCommand } = await import("@aws-sdk/client-s3");
        try {
          const input = { Bucket: bucket, Key: prefix + key, IfNoneMatch: ifNoneMatch };
          const { ETag: etag, Body } = await steady.send(new GetObjectCommand(input), { abortSignal });
          if (etag === undefined || Body === undefined)
            throw incomplete(`read ${name}${key}`, "its text and ETag");
          return { text: await Body.transformToString("utf-8"), etag } satisfies StoredObject;
        } catch (error) {
          if (statusOf(error) === 304) return "unchanged";
          if (isGone(error)) return undefined;
          throw error;
        }
      }),

    put: (key, text, { condition, ...options } = {}) =>
      call("write", "s3:PutObject", checkKey(key), options, async ({ steady, once }, abortSignal) => {
        const { PutObjectCommand } = await import("@aws-sdk/client-s3");
        const command = new PutObjectCommand({
          Bucket: bucket,
          Key: prefix + key,
          Body: text,
          ContentType: "application/json",
          ...(condition !== undefined && "ifMatch" in condition ? { IfMatch: condition.ifMatch } : {}),
          ...(condition !== undefined && "ifAbsent" in condition ? { IfNoneMatch: "*" } : {}),
        });
        try {
          const client = condition === undefined ? steady : once;
          const { ETag: etag } = await client.send(command, { abortSignal });
          if (etag === undefined) throw incomplete(`write ${name}${key}`, "its ETag");
          return { etag };
        } catch (error) {
          if (condition !== undefined && (isConflict(error) || isGone(error))) return "conflict";
          throw error;
        }
      }),

    getBytes: (key, options = {}) =>
      call("read", "s3:GetObject", checkKey(key), options, async ({ steady }, abortSignal) => {
        const { GetObjectCommand } = await import("@aws-sdk/client-s3");
        try {
          const input = { Bucket: bucket, Key: prefix + key };
          const { Body } = await steady.send(new GetObjectCommand(input), { abortSignal });
          if (Body === undefined) throw incomplete(`read ${name}${key}`, "its content");
          return await Body.transformToByteArray();
        } catch (error) {
          if (isGone(error)) return undefined;
          throw error;
        }
      }),

    putBytes: (key, bytes, options = {}) =>
      call("write", "s3:PutObject", checkKey(key), options, async ({ steady }, abortSignal) => {
        const { PutObjectCommand } = await import("@aws-sdk/client-s3");
        const input = { Bucket: bucket, Key: prefix + key, Body: bytes, ContentType: "application/gzip" };
        await steady.send(new PutObjectCommand(input), { abortSignal });
      }),

    remove: (key, { ifMatch, ...options } = {}) =>
      call("remove", "s3:DeleteObject", checkKey(key), options, async ({ steady, once }, abortSignal) => {
        const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
        try {
          const client = ifMatch === undefined ? steady : once;
          const input = { Bucket: bucket, Key: prefix + key, IfMatch: ifMatch };
          await client.send(new DeleteObjectCommand(input), { abortSignal });
          return "removed";
        } catch (error) {
          if (isConflict(error)) return "conflict";
          if (isGone(error)) return "removed";
          throw error;
        }
      }),

    list: (start, { after, ...options } = {}) =>
      call("list", "s3:ListBucket", checkKeyPrefix(start), options, ({ steady }, abortSignal) =>
        listKeys(steady, { name, bucket, prefix, start, after }, abortSignal),
      ),
  };
}

/** 412: the condition does not hold; 409: another write came between. */
function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  return status === 412 || status === 409;
}

function isGone(error: unknown): boolean {
  return statusOf(error) === 404 && !(error instanceof Error && error.name === "NoSuchBucket");
}

/** Ends by itself when the time is over, whatever the SDK is waiting for. */
async function within<T>(
  { signal, timeout = defaultTimeout }: CallOptions,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const ending = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    ending.signal.addEventListener("abort", () => reject(ending.signal.reason), { once: true });
  });
  const stop = (): void => ending.abort(signal?.reason);
  const timer = setTimeout(() => ending.abort(unreachable(what, `not within ${timeout} ms`)), timeout);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work(ending.signal), stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

// Where the controller keeps what must outlive it: small text objects under keys, with conditional writes.
// Two places know how: a prefix of an S3 bucket, and a folder (for one replica on one machine).

export interface StoredObject {
  readonly text: string;
  /** Changes with every write that changes the text. */
  readonly etag: string;
}

/** What must hold for a write to happen; left out: nothing. */
export type WriteCondition = { readonly ifMatch: string } | { readonly ifAbsent: true };

export interface CallOptions {
  /** Ends the call early. */
  readonly signal?: AbortSignal;
  /** Milliseconds until a call that is not answered counts as failed. Default 5,000. */
  readonly timeout?: number;
}

export interface ObjectStore {
  /** As people write it: `s3://bucket/prefix/` or the folder's path. */
  readonly name: string;
  /** `undefined`: there is none, said by the store itself. `unchanged`: it still has the ETag `ifNoneMatch`. */
  get(
    key: string,
    options?: CallOptions & { readonly ifNoneMatch?: string },
  ): Promise<StoredObject | "unchanged" | undefined>;
  /** The new ETag, or `conflict` where the condition did not hold; nothing was written then. */
  put(
    key: string,
    text: string,
    options?: CallOptions & { readonly condition?: WriteCondition },
  ): Promise<{ readonly etag: string } | "conflict">;
  /** Also where there is none. `conflict`: it is another one than `ifMatch`. */
  remove(key: string, options?: CallOptions & { readonly ifMatch?: string }): Promise<"removed" | "conflict">;
  /** All keys with the prefix, in order, every page. */
  list(prefix: string, options?: CallOptions & { readonly after?: string }): Promise<readonly string[]>;
}

/** Of what is no text, or too much to be held as one: whoever writes last has written. */
export interface ByteStore {
  /** `undefined`: there is none. */
  getBytes(key: string, options?: CallOptions): Promise<Uint8Array | undefined>;
  putBytes(key: string, bytes: Uint8Array, options?: CallOptions): Promise<void>;
}

export type StateStore = ObjectStore & ByteStore;

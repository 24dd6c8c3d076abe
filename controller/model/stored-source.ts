// The last good revision of a source, as it outlives the process: what holds where the source cannot be read.

export interface StoredSource {
  /** As `PolicySource.name` gives it. */
  readonly name: string;
  readonly revision: string;
  /** ISO 8601, UTC: when it was taken. */
  readonly at: string;
  readonly files: readonly StoredFile[];
}

export interface StoredFile {
  /** The path shown to people. */
  readonly file: string;
  readonly text: string;
}

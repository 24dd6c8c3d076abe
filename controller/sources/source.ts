// What a place that policies come from can do. The command reads a source once; the controller polls it.
import type { SourceFile } from "../api/policy.ts";

/** What a caller knows of a source from earlier reads. */
export interface ReadOptions {
  /** The revision whose files the caller still has: where the source still stands there, none are read again. */
  readonly held?: string;
  /** The revision that was good last; a source with a history tells whether it went on from there. Default: `held`. */
  readonly lastGood?: string;
  /** Ends the read early; it fails with the signal's reason. */
  readonly signal?: AbortSignal;
}

export type SourceResult =
  | { readonly unchanged: true; readonly revision: string }
  | {
      readonly unchanged: false;
      /** Changes with any name or byte: a Git commit, or `sha256:` and 12 digits. */
      readonly revision: string;
      readonly files: readonly SourceFile[];
      /** The source no longer has `lastGood` in its history: somebody pushed by force. The caller decides. */
      readonly rewound: boolean;
      /** What was left out of the files and why, for people. */
      readonly notes: readonly string[];
    };

export interface PolicySource {
  /** As people write it; holds no secret. */
  readonly name: string;
  /** @throws EcsmonError where not all of it could be read; `remedy` is `retry` for what may pass by itself. */
  read(options?: ReadOptions): Promise<SourceResult>;
}

// A parsed policy: what it says, and where each word of it stands.
import type { Diagnostic, Position } from "../model/diagnostic.ts";
import type { ExceptionSpec, PolicySpec } from "./schema.ts";

/** A larger file is refused without being read: no policy is so long. */
export const maxFileBytes = 256 * 1024;

/** A source file as it was read. `file` is the path shown to people. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
  /** The size of a file of more than {@link maxFileBytes}; its text is empty then. */
  readonly bytes?: number;
}

export interface Policy {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** What the document gives, without defaults; durations are whole seconds. */
  readonly spec: PolicySpec;
  readonly file: string;
  /** Where a field stands; for a field that is not there, its nearest parent. */
  readonly at: (path: readonly (string | number)[]) => Position;
}

/** A waiver for a time: what of the policies does not hold for some services, why, and until when. */
export interface Exception {
  readonly name: string;
  readonly spec: ExceptionSpec;
  readonly file: string;
  readonly at: (path: readonly (string | number)[]) => Position;
}

export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly Exception[];
  readonly diagnostics: readonly Diagnostic[];
  /** YAML documents seen, the broken ones too. */
  readonly documents: number;
}

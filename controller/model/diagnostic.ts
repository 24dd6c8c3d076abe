// What a person is told about their input: where it is, what is wrong, what to do.

export type Severity = "error" | "warning";

/** A place in a source: 1-based line and column, as editors count. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Diagnostic extends Partial<Position> {
  readonly severity: Severity;
  /** Stable, CamelCase: `UnknownField`, `InvalidValue`, `NotSupportedYet`. */
  readonly code: string;
  /** Lower case, no full stop; holds the bad value and the fix. */
  readonly message: string;
  /** The field, as `spec.alarms[0].threshold`. */
  readonly path?: string;
}

// Unknown is not empty: what was read is either known or a failure, in the types.
import type { Failure } from "./errors.ts";

export type Read<T> =
  | { readonly known: true; readonly value: T }
  | { readonly known: false; readonly failure: Failure };

export function known<T>(value: T): Read<T> {
  return { known: true, value };
}

export function unknown(failure: Failure): Read<never> {
  return { known: false, failure };
}

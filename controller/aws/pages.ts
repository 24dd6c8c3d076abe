// Every page of a list, or a failure: a part of a list is never passed on as the whole.
import { EcsmonError } from "../model/errors.ts";
import { describeAwsError, malformed } from "./errors.ts";

export interface Page<T> {
  /** `undefined` when the answer lacks the list, which AWS always gives. */
  readonly items: readonly T[] | undefined;
  readonly next: string | undefined;
}

export async function readAllPages<T>(
  operation: string,
  readPage: (token: string | undefined) => Promise<Page<T>>,
): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  do {
    const { items, next } = await readPage(token).catch((error: unknown) => {
      const { code, message } = describeAwsError(error, operation);
      throw new EcsmonError(code, message, { fault: "aws", remedy: "retry", cause: error });
    });
    if (items === undefined) throw malformed(operation, "its list");
    all.push(...items);
    if (next !== undefined && seen.has(next))
      throw malformed(operation, "an end: it gave the same page token twice");
    if (next !== undefined) seen.add(next);
    token = next === "" ? undefined : next;
  } while (token !== undefined);
  return all;
}

/** Slices of at most `size`, in order. */
export function inBatches<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = [];
  for (let start = 0; start < items.length; start += size) batches.push(items.slice(start, start + size));
  return batches;
}

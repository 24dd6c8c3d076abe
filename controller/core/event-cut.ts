// Cuts what one rule cannot hold, so that a service that comes or goes changes one rule and no other (docs/adr/0011).
import { createHash } from "node:crypto";
import { compareText } from "../model/json.ts";
import { maxPatternBytes } from "./event-pattern.ts";
import { maxRuleSplits } from "./names.ts";

interface Placed {
  readonly name: string;
  readonly workload: { readonly service: string };
}

/** What one rule holds; `bits` tells the rules of one group apart. */
export interface Bucket<T> {
  readonly entries: readonly T[];
  readonly bits: string;
}

export interface Cut<T> {
  readonly rules: readonly Bucket<T>[];
  readonly tooLarge: readonly T[];
}

/**
 * Cuts a group until every part fits a pattern: by the bits of a hash of the service's name, like a binary tree. A
 * service that comes or goes changes the one rule that it belongs to, and at most cuts that one in two.
 */
export function cutGroup<T extends Placed>(
  entries: readonly T[],
  bytesOf: (entries: readonly T[]) => number,
  bits = "",
): Cut<T> {
  if (bytesOf(entries) <= maxPatternBytes) return { rules: [{ entries, bits }], tooLarge: [] };
  const services = new Set(entries.map(({ workload }) => workload.service));
  if (services.size === 1 || bits.length === maxRuleSplits) return dropLargest(entries, bytesOf, bits);
  const halves = ["0", "1"].map((bit): Cut<T> => {
    const half = entries.filter(({ workload }) => bitOf(workload.service, bits.length) === bit);
    return half.length === 0 ? { rules: [], tooLarge: [] } : cutGroup(half, bytesOf, `${bits}${bit}`);
  });
  return {
    rules: halves.flatMap(({ rules }) => rules),
    tooLarge: halves.flatMap(({ tooLarge }) => tooLarge),
  };
}

/** What cannot be cut any more: the largest entries are left out, so that the others stand. */
function dropLargest<T extends Placed>(
  entries: readonly T[],
  bytesOf: (entries: readonly T[]) => number,
  bits: string,
): Cut<T> {
  const kept = [...entries].sort((a, b) => bytesOf([a]) - bytesOf([b]) || compareText(a.name, b.name));
  const tooLarge: T[] = [];
  for (let last = kept.at(-1); last !== undefined && bytesOf(kept) > maxPatternBytes; last = kept.at(-1)) {
    tooLarge.push(last);
    kept.pop();
  }
  return { rules: kept.length === 0 ? [] : [{ entries: kept, bits }], tooLarge };
}

function bitOf(service: string, index: number): string {
  const byte = createHash("sha256").update(service).digest()[index >> 3] ?? 0;
  return (byte >> (7 - (index & 7))) & 1 ? "1" : "0";
}

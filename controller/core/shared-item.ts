// What belongs to several services (a cluster's settings, a shared target group) is merged over all of them.
import { compareText, type Json } from "../model/json.ts";
import { type Contribution, mergeContributions } from "./merge.ts";
import type { Item, Reason } from "./select.ts";

export type MergedOver =
  | { readonly ok: true; readonly value: Json | undefined }
  | { readonly ok: false; readonly reason: Reason };

/** Blocked by whatever blocks one service's item; a conflict is judged anew, over the words of all of them. */
export function mergeOverServices(items: readonly Item<unknown>[]): MergedOver {
  const reasons = items.flatMap(({ result }) =>
    result.ok || result.reason.code === "Conflict" ? [] : [result.reason],
  );
  const [reason] = reasons.sort((a, b) => compareText(a.message, b.message));
  if (reason !== undefined) return { ok: false, reason };
  const merged = mergeContributions(distinct(items.flatMap((item) => item.contributions)));
  return merged.ok ? merged : { ok: false, reason: { code: "Conflict", message: merged.message } };
}

/** Every selected service repeats what its policies say; once is enough. */
function distinct(contributions: readonly Contribution[]): Contribution[] {
  return [
    ...new Map(contributions.map((one) => [`${one.policy} ${JSON.stringify(one.value)}`, one])).values(),
  ];
}

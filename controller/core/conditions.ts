// Conditions as Kubernetes has them: the time moves when the status does, and with nothing else.
import type { Condition } from "../model/status.ts";

/** What is said now, without since when. */
export type Said = Omit<Condition, "lastTransitionTime" | "observedGeneration">;

/** @param at ISO 8601, UTC: when it was found to be so. */
export function toConditions(
  previous: readonly Condition[],
  said: readonly Said[],
  at: string,
  observedGeneration: string,
): readonly Condition[] {
  return said.map((one) => {
    const before = previous.find(({ type }) => type === one.type);
    const lastTransitionTime = before?.status === one.status ? before.lastTransitionTime : at;
    return { ...one, lastTransitionTime, observedGeneration };
  });
}

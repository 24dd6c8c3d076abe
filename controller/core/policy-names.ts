// By which policies an item is wanted, as plans and tags tell it. Pure.
import type { Policy } from "../api/policy.ts";
import { compareText } from "../model/json.ts";

/** Each name once, in order. Of what several services share, a policy has a say as often as its overrides set them apart. */
export function policyNames(policies: readonly Policy[]): readonly string[] {
  return [...new Set(policies.map(({ name }) => name))].sort(compareText);
}

// A policy as it is for one service: its own sections, and over them those of its overrides that match.
import type { FieldPath } from "../api/issues.ts";
import type { Policy } from "../api/policy.ts";
import type { Override, PolicySpec } from "../api/schema.ts";
import type { Workload } from "../model/workload.ts";
import { matchesSelector } from "./selectors.ts";

/** What a policy and its overrides have in common. */
export type Sections = Omit<PolicySpec, "selector" | "priority" | "overrides">;

export interface Layer {
  readonly spec: Sections;
  /** Where it stands below `spec`. */
  readonly path: FieldPath;
}

export interface LayeredPolicy {
  /** The policy, with the attitude (enforcement, suspend, deletionPolicy) that it has for this service. */
  readonly policy: Policy;
  /** A later one wins over an earlier one. */
  readonly layers: readonly Layer[];
}

export function layerPolicy(policy: Policy, workload: Workload): LayeredPolicy {
  const own: Layer = { spec: policy.spec, path: [] };
  const over = (policy.spec.overrides ?? []).flatMap((override, index) =>
    matchesSelector(override.selector, workload) ? [{ spec: override, path: ["overrides", index] }] : [],
  );
  if (over.length === 0) return { policy, layers: [own] };
  const attitude = Object.assign({}, ...over.map(({ spec }) => attitudeOf(spec))) as Partial<PolicySpec>;
  return { policy: { ...policy, spec: { ...policy.spec, ...attitude } }, layers: [own, ...over] };
}

function attitudeOf({ enforcement, suspend, deletionPolicy }: Override): Partial<PolicySpec> {
  return {
    ...(enforcement === undefined ? {} : { enforcement }),
    ...(suspend === undefined ? {} : { suspend }),
    ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
  };
}

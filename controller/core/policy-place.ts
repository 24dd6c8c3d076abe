// Where in the policies the reason stands for what is told of a service: a code host shows it beside that line. Pure.
import { type FieldPath, pathText, valueAt } from "../api/issues.ts";
import type { Policy } from "../api/policy.ts";
import type { Position } from "../model/diagnostic.ts";
import { compareText } from "../model/json.ts";

/**
 * The first of the fields of `spec` that a policy gives itself, in the one that wins. What only an override gives has no
 * place: which one it is hangs on the service.
 */
export function findPolicyPlace(
  policies: readonly Policy[],
  fields: readonly FieldPath[],
): (Position & { readonly path: string }) | undefined {
  const inOrder = policies
    .filter(({ spec }) => spec.suspend !== true)
    .sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || compareText(a.name, b.name));
  for (const field of fields) {
    const path = ["spec", ...field];
    const policy = inOrder.find(({ spec }) => (valueAt(spec, field) ?? null) !== null);
    if (policy !== undefined) return { ...policy.at(path), path: pathText(path) };
  }
  return undefined;
}

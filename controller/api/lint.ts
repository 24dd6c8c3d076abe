// What the schema cannot say: whether a policy means something that AWS can do.
import type { Diagnostic } from "../model/diagnostic.ts";
import { isObject } from "../model/json.ts";
import { type FieldPath, pathText } from "./issues.ts";
import { alarmChecks } from "./lint/alarms.ts";
import type { Check, World } from "./lint/check.ts";
import { containerChecks } from "./lint/containers.ts";
import { logChecks } from "./lint/logs.ts";
import { rolloutChecks } from "./lint/rollout.ts";
import { selectorChecks } from "./lint/selectors.ts";
import { templateChecks } from "./lint/templates.ts";
import { unbuiltChecks } from "./lint/unbuilt.ts";
import type { Policy } from "./policy.ts";

/** A document that the schema refused: its spec may still complete what other policies lay over it. */
export interface LintDocument {
  readonly spec: unknown;
}

export interface LintFinding extends Diagnostic {
  readonly policy: Policy;
}

const checks: readonly Check[] = [
  ...selectorChecks,
  ...alarmChecks,
  ...logChecks,
  ...containerChecks,
  ...rolloutChecks,
  ...templateChecks,
  ...unbuiltChecks,
];

/** More findings than this in one policy help nobody. */
const maxFindings = 200;

export function lintPolicies(
  policies: readonly Policy[],
  broken: readonly LintDocument[] = [],
): LintFinding[] {
  const views = policies.flatMap((policy) => [{ policy, path: [], view: policy }, ...viewOverrides(policy)]);
  const specs = [...views.map(({ view }) => view.spec as unknown), ...broken.map(({ spec }) => spec)];
  const world: World = { policies: views.map(({ view }) => view), specs: specs.filter(isObject) };
  const found = views.flatMap(({ policy, path, view }) =>
    checks
      .flatMap((check) => check(view, world))
      .map((one) => ({ ...one, policy, path: [...one.path.slice(0, 1), ...path, ...one.path.slice(1)] })),
  );
  return policies.flatMap((policy) =>
    found
      .filter((one) => one.policy === policy)
      // Errors first: a cut must not turn an invalid policy into a valid one.
      .sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"))
      .slice(0, maxFindings)
      .map(({ code, message, path, severity }) => ({
        policy,
        severity: severity ?? "error",
        code,
        message,
        ...policy.at(path),
        path: pathText(path),
      })),
  );
}

/** Each override as a policy of its own: what holds for a section holds for it there too. */
function viewOverrides(policy: Policy): { policy: Policy; path: FieldPath; view: Policy }[] {
  return (policy.spec.overrides ?? []).map((spec, index) => {
    const path = ["overrides", index];
    const at: Policy["at"] = ([root, ...rest]) =>
      policy.at(root === "spec" ? ["spec", ...path, ...rest] : []);
    return { policy, path, view: { ...policy, spec, at } };
  });
}

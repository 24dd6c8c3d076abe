// What the schema cannot say: whether a policy means something that AWS can do.
import type { Diagnostic } from "../model/diagnostic.ts";
import { isObject } from "../model/json.ts";
import { pathText } from "./issues.ts";
import { alarmChecks } from "./lint/alarms.ts";
import type { Check, World } from "./lint/check.ts";
import { containerChecks } from "./lint/containers.ts";
import { logChecks } from "./lint/logs.ts";
import { rolloutChecks } from "./lint/rollout.ts";
import { selectorChecks } from "./lint/selectors.ts";
import { templateChecks } from "./lint/templates.ts";
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
];

/** More findings than this in one policy help nobody. */
const maxFindings = 200;

export function lintPolicies(
  policies: readonly Policy[],
  broken: readonly LintDocument[] = [],
): LintFinding[] {
  const specs = [...policies.map(({ spec }) => spec as unknown), ...broken.map(({ spec }) => spec)];
  const world: World = { policies, specs: specs.filter(isObject) };
  return policies.flatMap((policy) => {
    const found = checks.flatMap((check) => check(policy, world));
    // Errors first: a cut must not turn an invalid policy into a valid one.
    found.sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
    return found.slice(0, maxFindings).map(({ code, message, path, severity }) => ({
      policy,
      severity: severity ?? "error",
      code,
      message,
      ...policy.at(path),
      path: pathText(path),
    }));
  });
}

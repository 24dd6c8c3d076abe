// What the plan means for the job and the check run: what is counted, what fails it, and one line that says so. Pure.
// It reads the plan as others' programs do, from its JSON. Beside a base only what this change does counts: whoever
// mends a typo need not answer for what drifts anyway.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { type Blocked, isBlockedError } from "../../model/plan.ts";

export const failOns = ["error", "delete", "redeploy", "any"] as const;
export type FailOn = (typeof failOns)[number];

/** Given beside a base. */
interface Origin {
  readonly origin?: "change" | "drift";
}

interface PlanItems {
  readonly changes: readonly (Origin & {
    readonly action: string;
    readonly enforcement: string;
    readonly impact: string;
    readonly cluster?: string;
    readonly service?: string;
  })[];
  readonly unknown: readonly Origin[];
  readonly blocked: readonly (Blocked & Origin)[];
  readonly diagnostics: readonly (Diagnostic & Origin)[];
}

/** The members of a plan's JSON that decide. */
export interface PlanDocument extends PlanItems {
  /** `dropped`: what the base would do and this change no longer does; left out where the base has errors. */
  readonly base?: { readonly dropped?: PlanItems };
}

/** What the first step found. */
export interface Look {
  /** Of the policies; each once. */
  readonly findings: readonly Diagnostic[];
  /** Of `ecsmon plan`; 1 where it was not run, because the policies have errors. */
  readonly exitCode: number;
  /** One for each target that has a plan. */
  readonly plans: readonly PlanDocument[];
  /** Targets without a plan, where there are several. */
  readonly failed: number;
}

export interface Verdict {
  readonly creates: number;
  readonly updates: number;
  readonly deletes: number;
  /** Services. */
  readonly redeploys: number;
  readonly errors: boolean;
  /** There is nothing that a reviewer would want to know. */
  readonly isQuiet: boolean;
  readonly conclusion: "success" | "failure" | "neutral";
  /** Why it fails; empty where it does not. */
  readonly reasons: readonly string[];
  /** One line, lower case. */
  readonly title: string;
}

export function judge(look: Look, failOn: ReadonlySet<FailOn>): Verdict {
  const { findings, plans } = look;
  const changes = plans.flatMap((plan, index) =>
    plan.changes.filter(isOfChange).map((change) => ({ ...change, plan: index })),
  );
  const written = changes.filter(({ enforcement }) => enforcement === "Enforce");
  const count = (action: string) => written.filter((change) => change.action === action).length;
  const [creates, updates, deletes] = [count("create"), count("update"), count("delete")];
  const redeploys = new Set(
    written
      .filter(({ impact }) => impact === "deployment")
      .map(({ plan, cluster = "", service = "" }) => JSON.stringify([plan, cluster, service])),
  ).size;
  const errors = describeErrors(look);

  const told: Readonly<Record<FailOn, string | undefined>> = {
    error: errors,
    delete: deletes > 0 ? `${plural(deletes, "item")} would be deleted` : undefined,
    redeploy: redeploys > 0 ? `${plural(redeploys, "service")} would be redeployed` : undefined,
    any: written.length > 0 ? `${plural(written.length, "change")} would be written` : undefined,
  };
  const reasons = failOns.flatMap((word) => (failOn.has(word) ? (told[word] ?? []) : []));
  const counts = [
    ...(plans.length === 0 ? ["there is no plan"] : written.length === 0 ? ["nothing to write"] : []),
    ...(creates > 0 ? [`${creates} to create`] : []),
    ...(updates > 0 ? [`${updates} to change`] : []),
    ...(deletes > 0 ? [`${deletes} to delete`] : []),
    ...(redeploys > 0 ? [`${plural(redeploys, "service")} to redeploy`] : []),
    ...(errors === undefined || plans.length === 0 ? [] : ["with errors"]),
  ];
  const isCompared = plans.length > 0 && plans.every(({ base }) => base?.dropped !== undefined);
  const warnings = isCompared ? plans.flatMap(({ diagnostics }) => diagnostics.filter(isOfChange)) : findings;
  const dropped = plans.flatMap(({ base }) => base?.dropped?.changes ?? []);
  return {
    creates,
    updates,
    deletes,
    redeploys,
    errors: errors !== undefined,
    isQuiet: errors === undefined && changes.length + warnings.length + dropped.length === 0,
    conclusion: reasons.length > 0 ? "failure" : errors === undefined ? "success" : "neutral",
    reasons,
    title: counts.join(", "),
  };
}

function isOfChange({ origin }: Origin): boolean {
  return origin !== "drift";
}

/** What could not be read is an error whoever caused it: of a plan that is not whole nothing can be concluded. */
function describeErrors({ findings, exitCode, plans, failed }: Look): string | undefined {
  const all = plans.flatMap(({ blocked }) => blocked.filter(isBlockedError));
  const held = all.filter(isOfChange);
  const counts = [
    [
      findings.filter(({ severity }) => severity === "error").length,
      "error",
      "in policies or where they come from",
    ],
    [plans.reduce((total, { unknown }) => total + unknown.length, 0), "read", "that failed"],
    [held.length, "item", "blocked"],
    [failed, "target", "without a plan"],
  ] as const;
  const given = counts.filter(([number]) => number > 0);
  if (given.length > 0)
    return `there are errors: ${given.map(([number, noun, what]) => `${plural(number, noun)} ${what}`).join(", ")}`;
  // What is blocked without this change, too, is why the plan itself ends with 1.
  const isExplained = exitCode === 0 || (exitCode === 1 && plans.length > 0 && all.length > held.length);
  return isExplained ? undefined : "the plan could not be made as a whole";
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

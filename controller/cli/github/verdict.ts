// What the plan means for the job and the check run: what is counted, what fails it, and one line that says so. Pure.
// It reads the plan as others' programs do, from its JSON. Beside a base only what this change does counts: whoever
// mends a typo need not answer for what drifts anyway. What a guard holds back, or what waits for its window, counts as
// what it is: whoever applies it may have other limits, and the hour of a review says nothing of the change.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { type Blocked, isBlockedError, isGuarded, isWaiting } from "../../model/plan.ts";
import { plural } from "../../model/plural.ts";

export const failOns = ["error", "delete", "redeploy", "any"] as const;
export type FailOn = (typeof failOns)[number];

/** Given beside a base. */
interface Origin {
  readonly origin?: "change" | "drift";
}

interface Doing {
  readonly action: string;
  readonly enforcement: string;
  readonly impact: string;
  /** Of an update that takes something away, such as a sidecar. */
  readonly deletes?: number;
}

interface Place {
  readonly cluster?: string;
  readonly service?: string;
}

interface PlanItems {
  readonly changes: readonly (Origin & Place & Doing)[];
  readonly unknown: readonly Origin[];
  /** `would`: what it would do, were it not blocked. */
  readonly blocked: readonly (Blocked & Origin & { readonly would?: Doing })[];
  readonly diagnostics: readonly (Diagnostic & Origin)[];
}

/** The members of a plan's JSON that decide, and the instant that it is of. */
export interface PlanDocument extends PlanItems {
  readonly metadata?: { readonly asOf?: string };
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
  /** Items that are deleted, and updates that take something away. */
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
  const written = plans.flatMap(listWritten);
  const count = (action: string) => written.filter((one) => one.action === action).length;
  const [creates, updates, deleted] = [count("create"), count("update"), count("delete")];
  const losses = written.filter(({ action, deletes = 0 }) => action === "delete" || deletes > 0);
  const rolling = written.filter(({ impact }) => impact === "deployment");
  const redeploys = countServices(rolling);
  const errors = describeErrors(look);

  const told: Readonly<Record<FailOn, string | undefined>> = {
    error: errors,
    delete:
      losses.length > 0
        ? `${plural(losses.length, "item")} would be deleted${losses.length > deleted ? " or taken off" : ""}${describeDelay(losses)}`
        : undefined,
    redeploy:
      redeploys > 0
        ? `${plural(redeploys, "service")} would be redeployed${describeDelay(rolling, countServices)}`
        : undefined,
    any:
      written.length > 0
        ? `${plural(written.length, "change")} would be written${describeDelay(written)}`
        : undefined,
  };
  const reasons = failOns.flatMap((word) => (failOn.has(word) ? (told[word] ?? []) : []));
  const counts = [
    ...(plans.length === 0 ? ["there is no plan"] : written.length === 0 ? ["nothing to write"] : []),
    ...(creates > 0 ? [`${creates} to create`] : []),
    ...(updates > 0 ? [`${updates} to change`] : []),
    ...(deleted > 0 ? [`${deleted} to delete`] : []),
    ...(redeploys > 0 ? [`${plural(redeploys, "service")} to redeploy`] : []),
    ...(errors === undefined || plans.length === 0 ? [] : ["with errors"]),
  ];
  const isCompared = plans.length > 0 && plans.every(({ base }) => base?.dropped !== undefined);
  const warnings = isCompared ? plans.flatMap(({ diagnostics }) => diagnostics.filter(isOfChange)) : findings;
  const changes = plans.flatMap((plan) => plan.changes.filter(isOfChange));
  const dropped = plans.flatMap(({ base }) => base?.dropped?.changes ?? []);
  return {
    creates,
    updates,
    deletes: losses.length,
    redeploys,
    errors: errors !== undefined,
    isQuiet: errors === undefined && written.length + changes.length + warnings.length + dropped.length === 0,
    conclusion: reasons.length > 0 ? "failure" : errors === undefined ? "success" : "neutral",
    reasons,
    title: `${counts.join(", ")}${describeDelay(written)}`,
  };
}

interface Written extends Doing {
  /** `undefined`: a change that belongs to no single service. */
  readonly place: string | undefined;
  readonly when: "now" | "held" | "later";
}

/** Of this change, what would be written now or at another time. */
function listWritten({ changes, blocked }: PlanDocument, index: number): readonly Written[] {
  const placeOf = ({ cluster, service }: Place) =>
    service === undefined ? undefined : JSON.stringify([index, cluster, service]);
  return [
    ...changes.filter(isOfChange).map((one) => ({ ...one, place: placeOf(one), when: "now" as const })),
    ...blocked.filter(isOfChange).flatMap((one) => {
      const when = isGuarded(one) ? ("held" as const) : isWaiting(one) ? ("later" as const) : undefined;
      const { would } = one;
      return when === undefined || would === undefined ? [] : [{ ...would, place: placeOf(one), when }];
    }),
  ].filter(({ enforcement }) => enforcement === "Enforce");
}

function countServices(written: readonly Written[]): number {
  return new Set(written.map(({ place }) => place)).size;
}

/** ` (11 held back by a guard, 2 later)` */
function describeDelay(
  written: readonly Written[],
  count = (some: readonly Written[]): number => some.length,
): string {
  const number = (when: Written["when"]) => count(written.filter((one) => one.when === when));
  const [held, later] = [number("held"), number("later")];
  const parts = [
    ...(held > 0 ? [`${held} held back by a guard`] : []),
    ...(later > 0 ? [`${later} later`] : []),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
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

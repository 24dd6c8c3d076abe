// The heart: what is wanted beside what was observed, and what follows. Pure.
// A read that failed hides things; what is hidden is neither changed nor released.
import { compareText, jsonEqual } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import { finishSteps } from "../model/steps.ts";
import { blockForbidden } from "./allow.ts";
import { withoutEqual } from "./conceal-wanted.ts";
import { findDifferences } from "./differences.ts";
import type { Held, ManagedItem } from "./findings.ts";
import type { DesiredContext, ManagedKind, Observed, Wanted } from "./managed.ts";
import { holdWhatLacksItsNeeds } from "./plan-needs.ts";
import {
  block,
  compareItems,
  doubt,
  findDark,
  isLeft,
  type MutableParts,
  type PlanInput,
  type PlanParts,
  toBlocked,
  toRef,
  toUnknown,
} from "./plan-parts.ts";
import { planReleases } from "./plan-releases.ts";
import { isSettled, settleDuplicates } from "./settle.ts";
import { keepNamedAlarms } from "./still-named.ts";

export interface ComputedPlan extends PlanParts {
  /** What is wanted and stands as wanted: as many as `unchanged`. */
  readonly standing: readonly ManagedItem[];
  readonly held: Held;
}

export function computePlan(given: PlanInput): ComputedPlan {
  return finishSteps(computeInSteps(given));
}

/** The same, some hundred items at a time: for thousands of services it takes seconds, in which leases are renewed. */
export function* computeInSteps(given: PlanInput): Generator<undefined, ComputedPlan> {
  const input = { ...given, wanted: withSettled(given, blockForbidden(unsettled(given), given)) };
  const parts: MutableParts = {
    changes: [],
    blocked: [],
    unknown: [],
    standing: [],
    held: new Map(),
  };
  for (const { failure, ...scope } of input.inventory.unreadable)
    parts.unknown.push({ kind: "Workload", ...scope, ...failure });
  for (const kind of input.kinds) yield* planKind(kind, input, parts);
  holdWhatLacksItsNeeds(input, parts);
  const { changes, blocked, staying } = keepNamedAlarms(parts, input.inventory.workloads);
  const order = new Map(input.kinds.map(({ name, phase }) => [name, phase]));
  return {
    unchanged: parts.standing.length,
    standing: parts.standing.sort(
      (a, b) => compareItems(a, b) || (order.get(a.kind) ?? 0) - (order.get(b.kind) ?? 0),
    ),
    changes: [...changes].sort(
      (a, b) =>
        compareItems(a, b) || (order.get(a.kind) ?? 0) - (order.get(b.kind) ?? 0) || compareText(a.id, b.id),
    ),
    blocked: [...blocked].sort(
      (a, b) => compareItems(a, b) || compareText(a.kind, b.kind) || compareText(a.code, b.code),
    ),
    unknown: parts.unknown.sort(
      (a, b) => compareItems(a, b) || compareText(a.kind, b.kind) || compareText(a.message, b.message),
    ),
    held: new Map([...parts.held, ...staying]),
  };
}

/** What was settled before is known to be allowed, too. */
function unsettled(input: PlanInput): PlanInput {
  return { ...input, wanted: pick(input.wanted, (item) => !isSettled(item)) };
}

function withSettled({ wanted }: PlanInput, open: PlanInput["wanted"]): PlanInput["wanted"] {
  const settled = pick(wanted, isSettled);
  return new Map([...open].map(([kind, items]) => [kind, [...items, ...(settled.get(kind) ?? [])]]));
}

function pick(wanted: PlanInput["wanted"], by: (item: Wanted) => boolean): PlanInput["wanted"] {
  return new Map([...wanted].map(([kind, items]) => [kind, items.filter(by)]));
}

/** Items between two steps. */
const stepLength = 200;

function* planKind(kind: ManagedKind, input: PlanInput, parts: MutableParts): Generator<undefined, void> {
  const wanted = settleDuplicates(input.wanted.get(kind.name) ?? []);
  const told = wanted.filter((item) => !isLeft(item, input));
  const observation = input.observations.get(kind.name);
  for (const item of told) {
    if (item.state.is === "blocked") blockWanted(item, item.state, parts);
    if (item.state.is === "unknown") parts.unknown.push(toUnknown(item, item.state.failure));
  }
  if (observation === undefined || !observation.known) {
    if (observation !== undefined) parts.unknown.push({ kind: kind.name, ...observation.failure });
    return;
  }
  const context: DesiredContext = {
    owner: input.owner,
    inventory: input.inventory,
    force: input.force,
    asOf: input.asOf,
    concealment: input.concealment,
  };
  yield;
  for (const [index, item] of told.entries()) {
    if (index % stepLength === stepLength - 1) yield;
    planWanted(kind, item, observation.value.items.get(item.id), context, input, parts);
  }
  yield;
  planReleases(kind, wanted, observation.value, context, input, parts);
}

function blockWanted(
  item: Wanted,
  { reason, spec }: Extract<Wanted["state"], { readonly is: "blocked" }>,
  parts: MutableParts,
): void {
  if (spec === undefined) {
    parts.blocked.push(toBlocked(item, reason));
    return;
  }
  const { id, policies, enforcement } = item;
  const written = { action: "update", before: null, after: spec, differences: [], impact: "none" } as const;
  block(parts, { ...toRef(item), id, policies, enforcement, ...written, deletes: 0, needs: [] }, reason);
}

function planWanted(
  kind: ManagedKind,
  item: Wanted,
  observed: Observed | undefined,
  context: DesiredContext,
  input: PlanInput,
  parts: MutableParts,
): void {
  if (item.state.is !== "wanted") return;
  if (isSettled(item)) {
    parts.standing.push({ ...toRef(item), policies: item.policies });
    return;
  }
  const {
    after,
    impact,
    write,
    deletes = 0,
    hold,
    needs = item.state.needs,
    rollout,
    unfinished = false,
    unread,
  } = kind.judge(item.state.spec, observed, item, context);
  const before = observed === undefined ? null : kind.canonical(observed.spec);
  const canonical = kind.canonical(after);
  if (before !== null && jsonEqual(before, canonical) && !unfinished) {
    const { policies } = item;
    parts.standing.push({ ...toRef(item), policies });
    return;
  }
  // What several services share cannot be decided while one of them is in the dark.
  const shared = item.service === undefined && (item.cluster !== undefined || observed !== undefined);
  const dark = shared ? findDark(item, input.inventory.unreadable) : undefined;
  const change: Change = {
    ...toRef(item),
    id: item.id,
    action: observed === undefined ? "create" : "update",
    policies: item.policies,
    enforcement: item.enforcement,
    before: observed?.spec ?? null,
    after,
    differences: [],
    impact,
    deletes,
    needs,
    ...(rollout === undefined ? {} : { rollout }),
    ...(write === undefined ? {} : { write }),
  };
  if (dark !== undefined) doubt(parts, change, dark);
  else if (hold !== undefined) block(parts, change, hold);
  else if (unread !== undefined) doubt(parts, change, unread);
  else
    parts.changes.push({
      ...change,
      differences:
        before === null ? [] : withoutEqual(findDifferences(before, canonical), context.concealment),
    });
}

// What the journal says of each write, and why it is made: so that "why did web redeploy at 03:12" has an answer.
import { compareText } from "../model/json.ts";
import type { Change, ItemRef, Outcome, Plan } from "../model/plan.ts";
import type { JournalEntry, ServiceStatus, TargetStatus } from "../model/status.ts";
import { areAsBefore, type Former, type GivenPolicy, isOf, readFormer, wasRight } from "./former.ts";
import { itemKey } from "./item-name.ts";
import { serviceKey } from "./names.ts";

/** What the entries of one pass have in common. */
export interface EntryContext {
  /** ISO 8601, UTC: when the pass begins to write. */
  readonly at: string;
  readonly target: string;
  readonly holder: string;
  readonly epoch: number;
  readonly owner: string;
  /** The status before the pass; left out: there was none. */
  readonly previous?: TargetStatus | undefined;
  readonly policies: readonly GivenPolicy[];
  /** By policy: the revision of its source; for Git, the commit. */
  readonly revisions: Readonly<Record<string, string>>;
}

/** Paths that one entry names; how many more there are is its last one. */
const maxPaths = 40;

/** One for each change that will be written, in the order of the plan; all of them `begun`. */
export function makeEntries(
  { changes }: Pick<Plan, "changes">,
  context: EntryContext,
): readonly JournalEntry[] {
  const former = readFormer(context.previous, context.owner);
  const policies = new Map(context.policies.map((policy) => [policy.name, policy]));
  return changes
    .filter(({ enforcement }) => enforcement === "Enforce")
    .map((change): JournalEntry => {
      const { kind, name, cluster, service } = change;
      return {
        kind,
        name,
        ...(cluster === undefined ? {} : { cluster }),
        ...(service === undefined ? {} : { service }),
        at: context.at,
        target: context.target,
        holder: context.holder,
        epoch: context.epoch,
        action: change.release && change.action === "update" ? "release" : change.action,
        why: explain(change, former, policies),
        policies: change.policies,
        revisions: pick(context.revisions, change.policies),
        paths: listPaths(change),
        redeploys: change.impact === "deployment",
        result: "begun",
      };
    });
}

/** The same entries with how they went, as far as that is known. */
export function finishEntries(
  begun: readonly JournalEntry[],
  outcomes: readonly Outcome[],
): readonly JournalEntry[] {
  const ended = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = keyOf(outcome, outcome.action);
    ended.set(key, [...(ended.get(key) ?? []), outcome]);
  }
  return begun.map((entry) => {
    // Two items of one name (filters of two log groups) end in the order in which they began.
    const outcome = ended.get(keyOf(entry, entry.action === "release" ? "update" : entry.action))?.shift();
    if (outcome === undefined) return entry;
    const { code, message = outcome.note } = { ...outcome.error };
    return {
      ...entry,
      result: outcome.result,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    };
  });
}

function explain(change: Change, former: Former, policies: ReadonlyMap<string, GivenPolicy>): string {
  if (change.gone) return "service gone";
  if (change.release || change.action === "delete") return "no longer wanted";
  if (former.status === undefined) return "first pass";
  const { cluster, service } = change;
  const status =
    cluster === undefined || service === undefined ? undefined : former.service(serviceKey(cluster, service));
  const isOpen = status?.drift.open?.includes(itemKey(change, former.owner)) ?? false;
  if (!areAsBefore(change.policies, policies, former)) {
    const isNew = change.policies.some((name) => former.generation(name) === undefined);
    return isNew ? "new policy" : "policy changed";
  }
  if (service !== undefined && status === undefined) return "new service";
  if (wasRight(change, former) || isOpen)
    return change.kind === "TaskDefinition"
      ? "drift: a deployment has replaced what stood"
      : `drift: ${change.action === "create" ? "it was deleted" : "it was changed"}`;
  return explainDelay(change, status, former);
}

/** Wanted before in the same words, and not made then. */
function explainDelay(change: Change, status: ServiceStatus | undefined, former: Former): string {
  const { shared } = former.status ?? {};
  const { blocked = [], failed = [], pending = [] } = status ?? shared ?? {};
  const isIt = (item: Parameters<typeof isOf>[0]): boolean => isOf(item, change, former.owner);
  const held = blocked.find(isIt);
  if (held !== undefined) return `held back before: ${held.code}`;
  const broken = failed.find(isIt);
  if (broken !== undefined) return `tried again after ${broken.code}`;
  return pending.some(isIt) ? "waited for its turn" : "service changed";
}

/** Never values. */
function listPaths({ differences }: Change): readonly string[] {
  const paths = [...new Set(differences.map(({ path }) => path))].sort(compareText);
  if (paths.length <= maxPaths) return paths;
  return [...paths.slice(0, maxPaths), `and ${paths.length - maxPaths} more`];
}

function pick(
  revisions: EntryContext["revisions"],
  policies: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    policies.flatMap((name) => {
      const revision = revisions[name];
      return revision === undefined ? [] : [[name, revision]];
    }),
  );
}

function keyOf({ kind, name, cluster = "", service = "" }: ItemRef, action: string): string {
  return JSON.stringify([kind, cluster, service, name, action]);
}

// The status of each service: what stands of ours, what is wanted and not made, what is held back, what failed, and
// what was found other than an earlier pass had left it.
import { compareText } from "../model/json.ts";
import type { KindName, Outcome } from "../model/plan.ts";
import type { ServiceStatus, Trouble } from "../model/status.ts";
import type { Findings, ManagedItem } from "./findings.ts";
import { areAsBefore, covers, type Former, type GivenPolicy, isOf, wasRight } from "./former.ts";
import { itemKey, lastPart } from "./item-name.ts";
import { serviceKey } from "./names.ts";
import { emptyPile, type Pile, type Piles, type Settled, settlePile } from "./piles.ts";

export interface Look {
  readonly findings: Findings;
  /** By `KIND/ID`. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** `CLUSTER/SERVICE` of services of which something was written. */
  readonly written: ReadonlySet<string>;
  readonly former: Former;
  readonly policies: ReadonlyMap<string, GivenPolicy>;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** By service; of those without anything to tell there is none. */
export function summarizeServices(
  keys: readonly string[],
  { services, shared }: Piles,
  look: Look,
): readonly ServiceStatus[] {
  const selected = new Map(
    look.findings.selected.map((one) => [serviceKey(one.cluster, one.service), one] as const),
  );
  return keys.flatMap((key) => {
    const former = look.former.service(key);
    const pile = services.get(key);
    const place = selected.get(key) ?? former ?? placeOf(key);
    const hides = shared.failed.filter((trouble) => covers(trouble, place));
    if (pile === undefined && !selected.has(key)) {
      if (former === undefined) return [];
      // Nothing was seen of it, and why is told elsewhere, or by `gone`: of what is not there, nothing is left undone.
      const isGone = look.findings.gone.includes(key);
      return [isGone ? { ...former, pending: [], blocked: [], failed: [] } : former];
    }
    const status = summarizeService(
      place,
      selected.get(key)?.policies ?? (pile?.failed.length ? former?.policies : undefined) ?? [],
      pile ?? emptyPile(),
      hides,
      former,
      look,
    );
    return selected.has(key) || hasAnything(status) ? [status] : [];
  });
}

function summarizeService(
  { cluster, service }: { readonly cluster: string; readonly service: string },
  policies: readonly string[],
  pile: Pile,
  hides: readonly Trouble[],
  former: ServiceStatus | undefined,
  look: Look,
): ServiceStatus {
  const { owner } = look.former;
  const settled = settlePile(pile, look, (item) => {
    return former?.managed[item.kind]?.includes(lastPart(item, owner)) ?? false;
  });
  const standing = settled.managed.map((item) => itemKey(item, owner));
  const seen = new Set([...standing, ...pile.changes.map((item) => itemKey(item, owner))]);
  const kept = keepUnclear([...settled.blocked, ...settled.failed, ...hides], seen, former, owner);
  const drift = followDrift(pile, seen, new Set(kept), settled, policies, former, look);
  const says = countSays(settled.managed, kept.length > 0 ? former?.says : undefined);
  const lastChangedAt = look.written.has(serviceKey(cluster, service)) ? look.at : former?.lastChangedAt;
  return {
    cluster,
    service,
    policies,
    managed: groupByKind([...standing, ...kept]),
    ...(Object.keys(says).length === 0 ? {} : { says }),
    pending: settled.pending,
    blocked: settled.blocked,
    failed: settled.failed,
    drift,
    ...(lastChangedAt === undefined ? {} : { lastChangedAt }),
  };
}

/** What could not be read, or was held back before it was compared, stands as the earlier pass had it. */
function keepUnclear(
  unclear: readonly Trouble[],
  seen: ReadonlySet<string>,
  former: ServiceStatus | undefined,
  owner: string,
): readonly string[] {
  if (unclear.length === 0 || former === undefined) return [];
  return Object.entries(former.managed)
    .flatMap(([kind, names]) => names.map((name) => `${kind}/${name}`))
    .filter((key) => !seen.has(key) && unclear.some((trouble) => hidesKey(trouble, key, owner)));
}

/** @param key `KIND/NAME`, of the service that the trouble is of or lies over. */
function hidesKey(trouble: Trouble, key: string, owner: string): boolean {
  const kind = key.slice(0, key.indexOf("/")) as KindName;
  const name = key.slice(kind.length + 1);
  return isOf({ kind: trouble.kind, name: lastPart(trouble, owner) }, { kind, name }, owner);
}

/**
 * Drift is what an earlier pass had left as wanted, and what is other now though the same words of the same policies
 * want it. It stays open until it stands again, by our hand or another.
 */
function followDrift(
  { changes, standing }: Pile,
  seen: ReadonlySet<string>,
  kept: ReadonlySet<string>,
  { pending, failed, blocked }: Settled,
  policies: readonly string[],
  former: ServiceStatus | undefined,
  look: Look,
): ServiceStatus["drift"] {
  const { owner } = look.former;
  const { found = 0, repaired = 0, lastAt, open: openBefore = [] } = former?.drift ?? {};
  const sameWords =
    former !== undefined && former.policies.join("\n") === policies.join("\n")
      ? (names: readonly string[]) => areAsBefore(names, look.policies, look.former)
      : () => false;
  const fresh = changes
    .filter(
      (change) =>
        change.enforcement === "Enforce" &&
        change.action !== "delete" &&
        !change.release &&
        sameWords(change.policies) &&
        wasRight(change, look.former),
    )
    .map((change) => itemKey(change, owner));
  const all = [...new Set([...openBefore, ...fresh])];
  if (all.length === 0) return { found, repaired, ...(lastAt === undefined ? {} : { lastAt }) };
  const wrong = new Set([...pending, ...failed, ...blocked].map((item) => itemKey(item, owner)));
  const isRight = new Set(standing.map((item) => itemKey(item, owner)));
  for (const { kind, id, ...change } of changes) {
    if (!change.release && look.outcomes.get(`${kind}/${id}`)?.result === "applied")
      isRight.add(itemKey({ kind, ...change }, owner));
  }
  const open = all
    .filter((key) => !isRight.has(key) && (wrong.has(key) || seen.has(key) || kept.has(key)))
    .sort(compareText);
  const last = fresh.length > 0 ? look.at : lastAt;
  return {
    found: found + fresh.filter((key) => !openBefore.includes(key)).length,
    repaired: repaired + all.filter((key) => isRight.has(key)).length,
    ...(last === undefined ? {} : { lastAt: last }),
    ...(open.length === 0 ? {} : { open }),
  };
}

/** Where some items could not be seen, the earlier number stands if it is higher. */
function countSays(
  managed: readonly ManagedItem[],
  before: Readonly<Record<string, number>> = {},
): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { policies } of managed)
    for (const policy of policies) counts.set(policy, (counts.get(policy) ?? 0) + 1);
  for (const [policy, count] of Object.entries(before))
    counts.set(policy, Math.max(counts.get(policy) ?? 0, count));
  return Object.fromEntries([...counts].sort(([a], [b]) => compareText(a, b)));
}

function groupByKind(keys: readonly string[]): ServiceStatus["managed"] {
  const groups = new Map<KindName, string[]>();
  for (const key of [...new Set(keys)].sort(compareText)) {
    const kind = key.slice(0, key.indexOf("/")) as KindName;
    const name = key.slice(kind.length + 1);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [name]);
    else group.push(name);
  }
  return Object.fromEntries(groups);
}

function hasAnything({ managed, pending, blocked, failed }: ServiceStatus): boolean {
  return Object.keys(managed).length + pending.length + blocked.length + failed.length > 0;
}

function placeOf(key: string): { readonly cluster: string; readonly service: string } {
  const slash = key.indexOf("/");
  return { cluster: key.slice(0, slash), service: key.slice(slash + 1) };
}

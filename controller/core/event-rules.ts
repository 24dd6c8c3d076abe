// Which rules there are to be: what policies say of events, gathered by cluster and set of targets, and cut into rules
// that fit EventBridge's limits in a way that a new service does not reshuffle (docs/adr/0011).
import type { Policy } from "../api/policy.ts";
import { compareText, type JsonObject } from "../model/json.ts";
import type { Workload } from "../model/workload.ts";
import { type Allow, createGrant, type Reach } from "./allow.ts";
import { markDescription, retainOf } from "./deletion-policy.ts";
import { type Bucket, cutGroup } from "./event-cut.ts";
import { type Frozen, type FrozenWanted, isFrozen, mayBe } from "./event-frozen.ts";
import {
  type Clause,
  composePattern,
  joinTold,
  maxPatternBytes,
  memberName,
  patternBytes,
  patternText,
  type Told,
} from "./event-pattern.ts";
import { narrowPattern, presetClauses } from "./event-presets.ts";
import { buildTargets, findTargets } from "./event-targets.ts";
import type { Wanted } from "./managed.ts";
import { eventRuleName, patternRuleName } from "./names.ts";
import { policyNames } from "./policy-names.ts";
import { enforcementOf, type Item, type MergedEvent, type Reason, type Selected } from "./select.ts";
import { isTakenInAudit } from "./takers.ts";

/** Beside a rule's spec: what it is made of, to be joined with what must stay. */
export interface RuleDetail {
  readonly clusterArn: string;
  readonly told: readonly Told[];
  readonly frozen: readonly Frozen[];
}

/** One entry of `events` for one service. */
interface Entry {
  readonly workload: Workload;
  readonly contributors: readonly Policy[];
  readonly name: string;
  readonly item: Item<MergedEvent>;
  readonly targets: readonly string[];
}

/** What `allow` forbids is blocked entry by entry here, so that what stands of it in shared rules is kept. */
export function wantRules(selection: readonly Selected[], owner: string, allow?: Allow): Wanted[] {
  const grant = createGrant(allow ?? {});
  const blocked: Wanted[] = [];
  const groups = new Map<string, (Entry & { readonly clauses: readonly Clause[] })[]>();
  const written = new Map<string, (Entry & { readonly pattern: string })[]>();
  for (const selected of selection) {
    const { workload } = selected;
    for (const [name, item] of selected.events) {
      const read = readItem(item, selected);
      if (!read.ok) {
        blocked.push(toBlocked(workload, name, item, read.reason));
        continue;
      }
      const { targets } = read;
      const { cluster } = workload;
      const reach = targets.map((what): Reach => ({ list: "actions", what }));
      const forbidden = grant({ kind: "EventRule", cluster }, reach);
      if (forbidden !== undefined) {
        blocked.push(toBlocked(workload, name, item, forbidden));
        continue;
      }
      const entry: Entry = { workload, contributors: item.contributors, name, item, targets };
      if ("clauses" in read)
        append(groups, JSON.stringify([workload.cluster, ...targets]), { ...entry, clauses: read.clauses });
      else append(written, JSON.stringify([read.pattern, ...targets]), { ...entry, pattern: read.pattern });
    }
  }
  const frozen = (): Frozen[] => blocked.filter(isFrozen).map((one) => one.frozen);
  // What does not fit is blocked first: it is frozen for every rule of its cluster.
  const cut = [...groups]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, entries]) => cutGroup(entries, bytesOf));
  for (const { tooLarge } of cut)
    for (const { workload, name, item } of tooLarge)
      blocked.push(toBlocked(workload, name, item, tooLargeReason));
  const held = findHeld(selection);
  const rules = cut
    .flatMap(({ rules: list }) => list.map((one) => wantRule(one, owner, frozen())))
    .map((rule): Wanted => (held.has(rule.cluster) ? { ...rule, enforcement: "Audit" } : rule));
  const asWritten = [...written]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, entries]) => wantWritten(entries, owner));
  return [...rules, ...asWritten, ...blocked];
}

/** Clusters where a policy in Audit says `null` of events: what it takes out of their rules is only shown. */
function findHeld(selection: readonly Selected[]): ReadonlySet<string | undefined> {
  const held = selection.filter(({ policies }) => isTakenInAudit(policies, "EventRule"));
  return new Set(held.map(({ workload }) => workload.cluster));
}

type ReadItem =
  | { readonly ok: true; readonly targets: readonly string[]; readonly clauses: readonly Clause[] }
  | { readonly ok: true; readonly targets: readonly string[]; readonly pattern: string }
  | { readonly ok: false; readonly reason: Reason };

function readItem({ result }: Item<MergedEvent>, selected: Selected): ReadItem {
  if (!result.ok) return result;
  const { source } = result.value;
  const refuse = (code: string, message: string): ReadItem => ({ ok: false, reason: { code, message } });
  if (source?.preset == null && source?.pattern == null)
    return refuse("Incomplete", "it has neither preset nor pattern in any policy that selects this service");
  const { deploymentController } = selected.workload;
  if (source.preset === "deployment-failed" && deploymentController !== "ECS")
    return refuse(
      "NotApplicable",
      `ECS tells of the deployments it makes itself; those of this service are made by ${deploymentController}`,
    );
  const targets = findTargets(result.value, selected);
  if (!targets.ok) return targets;
  if (source.preset != null)
    return { ok: true, targets: targets.arns, clauses: [presetClauses[source.preset]] };
  const pattern = source.pattern as JsonObject;
  const clauses = narrowPattern(pattern);
  if (clauses !== undefined) return { ok: true, targets: targets.arns, clauses };
  return patternBytes(pattern) > maxPatternBytes
    ? refuse(tooLargeReason.code, tooLargeReason.message)
    : { ok: true, targets: targets.arns, pattern: patternText(pattern) };
}

const tooLargeReason: Reason = {
  code: "PatternTooLarge",
  message: `for this service alone, the rule's event pattern would be larger than the ${maxPatternBytes} bytes that EventBridge takes; say less in it, or give it targets of its own`,
};

type ClauseEntry = Entry & { readonly clauses: readonly Clause[] };

function bytesOf(entries: readonly ClauseEntry[]): number {
  return patternBytes(composePattern(toldOf(entries), clusterArnOf(entries)));
}

function toldOf(entries: readonly ClauseEntry[]): Told[] {
  return joinTold(
    entries.flatMap(({ workload: { service, serviceArn }, clauses }) =>
      clauses.map((clause) => ({ ...clause, members: [memberName(clause.axis, service, serviceArn)] })),
    ),
  );
}

function clusterArnOf([first]: readonly Entry[]): string {
  return first === undefined ? "" : clusterArn(first.workload);
}

function clusterArn({ partition, region, account, cluster }: Workload): string {
  return `arn:${partition}:ecs:${region}:${account}:cluster/${cluster}`;
}

function wantRule({ entries, bits }: Bucket<ClauseEntry>, owner: string, frozen: readonly Frozen[]): Wanted {
  const [{ workload, targets }] = entries as readonly [ClauseEntry, ...ClauseEntry[]];
  const { cluster } = workload;
  const name = eventRuleName(owner, cluster, targets, bits);
  const detail: RuleDetail = {
    clusterArn: clusterArn(workload),
    told: toldOf(entries),
    frozen: frozen.filter((one) => one.cluster === cluster),
  };
  const ref = refOf(entries, name);
  const text = `What ${owner} tells of ECS services of ${cluster}, as policies in Git say; changes by hand are put back.`;
  const spec = buildSpec(
    name,
    markDescription(text, ref.retain, " "),
    composePattern(detail.told, detail.clusterArn),
    targets,
    owner,
  );
  return { ...ref, cluster, state: { is: "wanted", spec, needs: [], detail } };
}

/** What stands as its author wrote it is one rule, whatever clusters its services are in: told once. */
function wantWritten(entries: readonly (Entry & { readonly pattern: string })[], owner: string): Wanted {
  const [{ pattern, targets }] = entries as readonly [(typeof entries)[number], ...typeof entries];
  const name = patternRuleName(owner, pattern, targets);
  const ref = refOf(entries, name);
  const text = `An event pattern that ${owner} keeps as a policy in Git says; changes by hand are put back.`;
  const description = markDescription(text, ref.retain, " ");
  const spec = buildSpec(name, description, JSON.parse(pattern) as JsonObject, targets, owner);
  return { ...ref, state: { is: "wanted", spec, needs: [] } };
}

function refOf(entries: readonly Entry[], name: string): Omit<Wanted, "state"> {
  const contributors = [...new Set(entries.flatMap((entry) => entry.contributors))];
  return {
    kind: "EventRule",
    id: name,
    name,
    policies: policyNames(contributors),
    enforcement: enforcementOf(contributors, "EventRule"),
    ...retainOf(contributors),
  };
}

/** As PutRule takes it, with the Targets of PutTargets. */
function buildSpec(
  name: string,
  description: string,
  pattern: JsonObject,
  targets: readonly string[],
  owner: string,
): JsonObject {
  return {
    Name: name,
    Description: description,
    EventPattern: patternText(pattern),
    State: "ENABLED",
    Targets: buildTargets(targets, owner),
  };
}

function toBlocked(workload: Workload, name: string, item: Item<MergedEvent>, reason: Reason): Wanted {
  const { cluster, service } = workload;
  const wanted: Wanted = {
    kind: "EventRule",
    id: `${cluster}/${service}/${name}`,
    name: `${name} of ${service}`,
    cluster,
    service,
    policies: item.contributors.map((policy) => policy.name),
    enforcement: enforcementOf(item.contributors, "EventRule"),
    state: { is: "blocked", reason },
  };
  if (reason.code === "NotApplicable") return wanted;
  const frozen: Frozen = { cluster, clusterArn: clusterArn(workload), service, reason, ...mayBe(item) };
  return { ...wanted, frozen } as FrozenWanted;
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

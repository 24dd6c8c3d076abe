// What policies want of target groups: one health check for each, merged over all services that use it.
import type { TargetGroupSpec } from "../api/schema.ts";
import { retainOf } from "../core/deletion-policy.ts";
import type { Wanted } from "../core/managed.ts";
import { policyNames } from "../core/policy-names.ts";
import { enforcementOf, type Item, type Reason, type Selected } from "../core/select.ts";
import { mergeOverServices } from "../core/shared-item.ts";
import { wantTexts, writeTexts } from "../core/target-group.ts";
import { compareText, isObject } from "../model/json.ts";
import type { Inventory, TargetGroup } from "../model/workload.ts";

export function wantTargetGroups(selection: readonly Selected[], inventory: Inventory): Wanted[] {
  const members = new Map<string, { readonly group: TargetGroup; readonly by: Selected[] }>();
  const others: Wanted[] = [];
  for (const selected of selection) {
    if (selected.targetGroup === undefined || !asksForCheck(selected.targetGroup)) continue;
    const { targetGroups } = selected.workload;
    if (!targetGroups.known || targetGroups.value.length === 0) {
      others.push(wantNone(selected, selected.targetGroup));
      continue;
    }
    for (const group of targetGroups.value) {
      const entry = members.get(group.arn) ?? { group, by: [] };
      entry.by.push(selected);
      members.set(group.arn, entry);
    }
  }
  const groups = [...members.values()].sort((a, b) => compareText(a.group.arn, b.group.arn));
  return [...groups.flatMap(({ group, by }) => wantGroup(group, by, inventory)), ...others];
}

/** Every service that may use a target group was read. */
export function isWholeSeen({ narrowed, focused, unreadable }: Inventory): boolean {
  return (!narrowed || focused === true) && unreadable.length === 0;
}

type Place = { readonly cluster?: string; readonly service?: string };

/** The service that it belongs to, if that is only one. */
export function placeOf(arn: string, { workloads, narrowed, focused }: Inventory): Place {
  const users = workloads.filter(
    ({ targetGroups }) => targetGroups.known && targetGroups.value.some((group) => group.arn === arn),
  );
  const [only] = users;
  if (only === undefined || users.length > 1 || (narrowed && !focused)) return {};
  return { cluster: only.cluster, service: only.service };
}

/** `arn:…:targetgroup/web/0123456789abcdef` → `web`. */
export function nameOf(arn: string): string {
  return arn.split("/").at(-2) ?? arn;
}

function asksForCheck({ contributions, result }: Item<TargetGroupSpec>): boolean {
  const given = (value: unknown): boolean => isObject(value) && Object.keys(value).length > 0;
  return result.ok
    ? given(result.value.healthCheck)
    : contributions.length === 0 ||
        contributions.some(({ value }) => isObject(value) && given(value["healthCheck"]));
}

/** A service without target groups, or whose groups could not be read: then no group may be released, since it may be one. */
function wantNone({ workload }: Selected, { contributors }: Item<TargetGroupSpec>): Wanted {
  const { cluster, service, serviceArn, targetGroups } = workload;
  const base = {
    kind: "TargetGroup",
    id: `? ${serviceArn}`,
    name: "target groups",
    cluster,
    service,
    policies: contributors.map(({ name }) => name),
    enforcement: enforcementOf(contributors, "TargetGroup"),
  } as const;
  if (!targetGroups.known)
    return { ...base, state: { is: "unknown", failure: targetGroups.failure, nameless: true } };
  const reason = { code: "NotApplicable", message: "the service has no target group" };
  return { ...base, state: { is: "blocked", reason } };
}

/** One health check, merged over every service of the group that a policy selects, in whatever cluster. */
function wantGroup(group: TargetGroup, members: readonly Selected[], inventory: Inventory): Wanted[] {
  const items = members.map((selected) => selected.targetGroup as Item<TargetGroupSpec>);
  const contributors = [...new Set(items.flatMap((item) => item.contributors))];
  const base = {
    kind: "TargetGroup",
    id: group.arn,
    name: nameOf(group.arn),
    ...placeOf(group.arn, inventory),
    policies: policyNames(contributors),
    enforcement: enforcementOf(contributors, "TargetGroup"),
    ...retainOf(contributors),
  } as const;
  const block = (reason: Reason): Wanted[] => [{ ...base, state: { is: "blocked", reason } }];
  const merged = mergeOverServices(items);
  if (!merged.ok) return block(merged.reason);
  const { healthCheck } = (merged.value ?? {}) as TargetGroupSpec;
  if (healthCheck === undefined || healthCheck === null) return [];
  if (group.healthCheck === undefined)
    return block({
      code: "NotApplicable",
      message: "the service names this target group, but it does not exist",
    });
  const want = wantTexts(healthCheck, group);
  if (!want.ok) return block(want.reason);
  const spec = { TargetGroupArn: group.arn, ...writeTexts(want.texts, group) };
  return [{ ...base, state: { is: "wanted", spec, needs: [], detail: want.texts } }];
}

// Status as lists over all targets, for the HTTP interface.
import type { PolicyStatus, ServiceStatus, SourceStatus, TargetStatus } from "../../model/status.ts";

/** Names, which must be equal; what is left out does not narrow. */
export interface ListQuery {
  readonly target?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly policy?: string;
  readonly limit: number;
}

export interface View<Item> {
  /** At most as many as were asked for, in the order of targets. */
  readonly items: readonly (Item & { readonly target: string })[];
  /** All that there are. */
  readonly total: number;
}

/** Everything of a target but its long lists, of which the lengths are told. */
export function listTargets(targets: readonly TargetStatus[]): readonly Record<string, unknown>[] {
  return targets.map(({ policies, services, shared, gone, sources, ...rest }) => ({
    ...rest,
    policies: policies.length,
    services: services.length,
    sources: sources.length,
    troubled: services.filter(({ blocked, failed }) => blocked.length + failed.length > 0).length,
    gone: Object.keys(gone).length,
    shared: {
      managed: shared.managed.length,
      blocked: shared.blocked.length,
      failed: shared.failed.length,
    },
  }));
}

export function listPolicies(targets: readonly TargetStatus[], query: ListQuery): View<PolicyStatus> {
  return view(targets, query, ({ policies }) =>
    policies.filter(({ name }) => query.policy === undefined || name === query.policy),
  );
}

export function listServices(targets: readonly TargetStatus[], query: ListQuery): View<ServiceStatus> {
  return view(targets, query, ({ services }) =>
    services.filter(
      ({ cluster, service, policies }) =>
        (query.cluster === undefined || cluster === query.cluster) &&
        (query.service === undefined || service === query.service) &&
        (query.policy === undefined || policies.includes(query.policy)),
    ),
  );
}

export function listSources(targets: readonly TargetStatus[], query: ListQuery): View<SourceStatus> {
  return view(targets, query, ({ sources }) => sources);
}

function view<Item>(
  targets: readonly TargetStatus[],
  query: ListQuery,
  pick: (target: TargetStatus) => readonly Item[],
): View<Item> {
  const items = targets
    .filter(({ target }) => query.target === undefined || target === query.target)
    .flatMap((target) => pick(target).map((item) => ({ target: target.target, ...item })));
  return { items: items.slice(0, query.limit), total: items.length };
}

// What conditions are judged by: the troubles and the waiting of many services, gathered for each policy and for all.
import { isBlockedError, isWaiting } from "../model/plan.ts";
import type { Pending, ServiceStatus, TargetStatus, Trouble } from "../model/status.ts";
import { covers } from "./former.ts";
import { itemKey } from "./item-name.ts";
import { serviceKey } from "./names.ts";

export interface Facts {
  services: number;
  managed: number;
  /** Held back until a person acts. */
  readonly stalls: Trouble[];
  /** Not read, or not written: tried again. */
  readonly retries: Trouble[];
  /** They pass by themselves. */
  readonly waits: Trouble[];
  readonly pending: Pending[];
  /** Only shown. */
  readonly audits: Pending[];
  /** Drift that is not put right yet. */
  readonly open: (Pending | Trouble)[];
  /** `CLUSTER/SERVICE` */
  readonly rolling: string[];
  readonly queued: string[];
  suspended: boolean;
}

export interface AllFacts {
  readonly target: Facts;
  of(policy: string): Facts;
}

type Shared = TargetStatus["shared"];

export function gatherFacts(services: readonly ServiceStatus[], shared: Shared, owner: string): AllFacts {
  const target = noFacts();
  const byPolicy = new Map<string, Facts>();
  const of = (policy: string): Facts => {
    const facts = byPolicy.get(policy) ?? noFacts();
    byPolicy.set(policy, facts);
    return facts;
  };
  const clusters = new Map<string, Set<string>>();
  for (const service of services) {
    const { cluster, policies, managed, says = {} } = service;
    const here = clusters.get(cluster) ?? new Set();
    clusters.set(cluster, here);
    target.managed += Object.values(managed).reduce((sum, names) => sum + names.length, 0);
    target.services += policies.length > 0 ? 1 : 0;
    for (const policy of policies) {
      here.add(policy);
      of(policy).services += 1;
    }
    for (const [policy, count] of Object.entries(says)) of(policy).managed += count;
    const key = serviceKey(cluster, service.service);
    for (const facts of [target, ...policies.map(of)]) {
      if (service.rolling) facts.rolling.push(key);
      if (service.queued) facts.queued.push(key);
    }
    const open = new Set(service.drift.open ?? []);
    // A read of ours that failed is of no policy of its own: all that select the service wait for it.
    addItems(
      service,
      (own) => own ?? policies,
      {
        isOpen: (item) => open.has(itemKey(item, owner)),
        isRolling: ({ kind }) => service.rolling === true && kind === "TaskDefinition",
      },
      target,
      of,
    );
  }
  target.managed += shared.managed.length;
  for (const policy of shared.managed.flatMap((item) => item.policies ?? [])) of(policy).managed += 1;
  addItems(
    { ...shared, pending: shared.pending ?? [] },
    (own, trouble) => own ?? policiesUnder(trouble, clusters),
    { isOpen: () => false, isRolling: () => false },
    target,
    of,
  );
  return { target, of };
}

/** What is true of one service, with the reads over it that failed. */
export function factsOfService(service: ServiceStatus, shared: Shared, owner: string): Facts {
  const over = shared.failed.filter((trouble) => trouble.name === "*" && covers(trouble, service));
  const { target } = gatherFacts([service], { managed: [], blocked: [], failed: over }, owner);
  return target;
}

function addItems(
  { pending, blocked, failed }: Pick<ServiceStatus, "pending" | "blocked" | "failed">,
  policiesOf: (own: readonly string[] | undefined, item: Pending | Trouble) => readonly string[],
  {
    isOpen,
    isRolling,
  }: {
    readonly isOpen: (item: Pending | Trouble) => boolean;
    /** It is being made just now. */
    readonly isRolling: (item: Pending) => boolean;
  },
  target: Facts,
  of: (policy: string) => Facts,
): void {
  const add = (item: Pending | Trouble, put: (facts: Facts) => void): void => {
    const all = [target, ...policiesOf(item.policies, item).map(of)];
    for (const facts of all) {
      put(facts);
      if (isOpen(item)) facts.open.push(item);
    }
  };
  for (const item of pending)
    add(item, ({ audits, pending }) => {
      if (item.enforcement === "Audit") audits.push(item);
      else if (!isRolling(item)) pending.push(item);
    });
  for (const item of blocked) {
    if (isError(item)) add(item, ({ stalls }) => stalls.push(item));
    else if (isWait(item)) add(item, ({ waits }) => waits.push(item));
    else if (item.code === "Suspended")
      add(item, (facts) => {
        facts.suspended = true;
      });
  }
  for (const item of failed) add(item, ({ retries }) => retries.push(item));
}

/** Whether a person must act: of what is blocked, not of what failed. */
export function isError(trouble: Trouble): boolean {
  return isBlockedError({ ...trouble, kind: "Service", policies: [] });
}

/** Whether it passes by itself. */
export function isWait(trouble: Trouble): boolean {
  return isWaiting({ ...trouble, kind: "Service", policies: [] });
}

function policiesUnder(
  trouble: Pick<Trouble, "cluster">,
  clusters: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const under = [...clusters].filter(([cluster]) => covers(trouble, { cluster }));
  return [...new Set(under.flatMap(([, policies]) => [...policies]))];
}

function noFacts(): Facts {
  return {
    services: 0,
    managed: 0,
    stalls: [],
    retries: [],
    waits: [],
    pending: [],
    audits: [],
    open: [],
    rolling: [],
    queued: [],
    suspended: false,
  };
}

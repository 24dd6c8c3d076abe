// What is known of the items after a pass: of a full one what it saw, and of what it could not see what was known before;
// of a focused one its services beside all others as they were.
import { compareText } from "../model/json.ts";
import type { ServiceStatus, TargetStatus, Trouble } from "../model/status.ts";
import type { Findings, PassReport } from "./findings.ts";
import { covers, type Former, type GivenPolicy } from "./former.ts";
import { serviceKey } from "./names.ts";
import { emptyPile, type Piles, settlePile, sortIntoPiles, toRef } from "./piles.ts";
import { type Look, summarizeServices } from "./service-status.ts";

export interface ItemsInput {
  /** Without `findings`: nothing was looked at. */
  readonly report: Partial<Pick<PassReport, "findings" | "outcomes" | "focus">>;
  readonly policies: readonly GivenPolicy[];
  /** `CLUSTER/SERVICE` */
  readonly rolling: readonly string[];
  readonly queued?: readonly string[];
}

export function summarizeItems(
  former: Former,
  { report, policies, rolling, queued = [] }: ItemsInput,
  gone: TargetStatus["gone"],
  at: string,
): Pick<TargetStatus, "services" | "shared"> {
  const before = former.status?.services ?? [];
  const shared = former.status?.shared ?? { managed: [], blocked: [], failed: [] };
  const { findings, focus, outcomes = [] } = report;
  const mark = (services: readonly ServiceStatus[]) =>
    markRolling(services, new Set(rolling), new Set(queued));
  if (findings === undefined) return { services: mark(before), shared };
  const look: Look = {
    findings,
    outcomes: new Map(outcomes.map((outcome) => [`${outcome.kind}/${outcome.id}`, outcome])),
    written: new Set(
      outcomes.flatMap(({ result, cluster = "", service }) =>
        result === "applied" && service !== undefined ? [serviceKey(cluster, service)] : [],
      ),
    ),
    former,
    policies: new Map(policies.map((policy) => [policy.name, policy])),
    at,
  };
  const piles = sortIntoPiles(findings);
  if (focus === undefined) {
    const keys = keysOfAll(findings, piles, before, gone);
    return {
      services: mark(summarizeServices(keys, piles, look)),
      shared: summarizeShared(piles, look, shared),
    };
  }
  const inFocus = new Set(focus);
  const own = focusPiles(findings, piles, inFocus, former);
  const absent = new Set([...findings.absent, ...Object.keys(gone)]);
  const selected = findings.selected.map(({ cluster, service }) => serviceKey(cluster, service));
  const known = new Set([...own.services.keys(), ...selected, ...absent]);
  const seen = summarizeServices([...inFocus].filter((key) => known.has(key)).sort(compareText), own, look);
  const rest = before.filter(({ cluster, service }) => !inFocus.has(serviceKey(cluster, service)));
  return { services: mark([...rest, ...seen].sort(compareServices)), shared };
}

/** What was seen, and of what the earlier pass had: what is gone or hidden, for that is no knowledge of what stands. */
function keysOfAll(
  { selected }: Findings,
  { services, shared }: Piles,
  before: readonly ServiceStatus[],
  gone: TargetStatus["gone"],
): readonly string[] {
  const kept = before
    .filter(
      (one) =>
        gone[serviceKey(one.cluster, one.service)] !== undefined ||
        shared.failed.some((trouble) => covers(trouble, one)),
    )
    .map((one) => serviceKey(one.cluster, one.service));
  const seen = selected.map(({ cluster, service }) => serviceKey(cluster, service));
  return [...new Set([...seen, ...services.keys(), ...kept])].sort(comparePlaces);
}

/** In a focused look, a read of a whole kind that failed is a trouble of the services in focus. */
function focusPiles(
  { selected }: Findings,
  { services, shared }: Piles,
  focus: ReadonlySet<string>,
  former: Former,
): Piles {
  const wanted = new Map(selected.map((one) => [serviceKey(one.cluster, one.service), one]));
  const own = new Map([...services].filter(([key]) => focus.has(key)));
  for (const key of focus) {
    const place = wanted.get(key) ?? former.service(key);
    if (place === undefined) continue;
    const { cluster, service } = place;
    const over = shared.failed
      .filter((trouble) => covers(trouble, place))
      .map((trouble): Trouble => ({ ...trouble, cluster, service }));
    const pile = own.get(key) ?? emptyPile();
    if (over.length > 0) own.set(key, { ...pile, failed: [...pile.failed, ...over] });
  }
  return { services: own, shared: emptyPile() };
}

function summarizeShared(
  { shared }: Piles,
  look: Look,
  before: TargetStatus["shared"],
): TargetStatus["shared"] {
  const nameOf = ({ kind, name, cluster = "" }: Omit<Trouble, "code" | "message">): string =>
    `${cluster}/${kind}/${name}`;
  const stood = new Map(before.managed.map((item) => [nameOf(item), item]));
  const settled = settlePile(shared, look, (item) => stood.has(nameOf(item)));
  const seen = new Set([...settled.managed, ...shared.changes].map(nameOf));
  const unclear = [...settled.blocked, ...settled.failed];
  const kept = [...stood].filter(
    ([key, item]) =>
      !seen.has(key) &&
      unclear.some(
        (trouble) =>
          covers(trouble, item) &&
          (trouble.kind === "Workload" ||
            (trouble.kind === item.kind && (trouble.name === "*" || trouble.name === item.name))),
      ),
  );
  const managed = [
    ...settled.managed.map(({ policies, ...item }) => ({
      ...toRef(item),
      ...(policies.length === 0 ? {} : { policies }),
    })),
    ...kept.map(([, item]) => item),
  ];
  return {
    managed: managed.sort((a, b) => compareText(nameOf(a), nameOf(b))),
    ...(settled.pending.length === 0 ? {} : { pending: settled.pending }),
    blocked: settled.blocked,
    failed: settled.failed,
  };
}

function markRolling(
  services: readonly ServiceStatus[],
  rolling: ReadonlySet<string>,
  queued: ReadonlySet<string>,
): readonly ServiceStatus[] {
  return services.map((status) => {
    const key = serviceKey(status.cluster, status.service);
    const [isRolling, isQueued] = [rolling.has(key), queued.has(key)];
    if (isRolling === (status.rolling ?? false) && isQueued === (status.queued ?? false)) return status;
    const { rolling: _, queued: __, ...rest } = status;
    return { ...rest, ...(isRolling ? { rolling: true } : {}), ...(isQueued ? { queued: true } : {}) };
  });
}

function compareServices(a: ServiceStatus, b: ServiceStatus): number {
  return compareText(a.cluster, b.cluster) || compareText(a.service, b.service);
}

/** `CLUSTER/SERVICE` as {@link compareServices} has it: `/` comes after `-` in a text, and no name has a space. */
function comparePlaces(a: string, b: string): number {
  return compareText(a.replace("/", " "), b.replace("/", " "));
}

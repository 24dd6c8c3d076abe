// Policies, services, sources and targets as `get` shows them: rows, columns, and what a program gets instead. Pure.
import { judgeService } from "../../core/status.ts";
import { isError } from "../../core/status-facts.ts";
import type {
  Condition,
  PolicyStatus,
  ServiceStatus,
  SourceStatus,
  TargetStatus,
} from "../../model/status.ts";
import type { Style } from "./paint.ts";
import {
  compare,
  type StatusView,
  shortRevision,
  targetColumn,
  type ViewInput,
  waits,
} from "./status-view.ts";
import { type Column, formatAge } from "./table.ts";

type Said = Pick<Condition, "type" | "status" | "reason" | "message">;

function conditionColumns<Row>(of: (row: Row) => readonly Said[]): readonly Column<Row>[] {
  const ready = (row: Row): Said | undefined => of(row).find(({ type }) => type === "Ready");
  const styles: Readonly<Record<string, Style>> = { True: "green", False: "red", Unknown: "yellow" };
  return [
    {
      title: "READY",
      cell: (row) => ready(row)?.status ?? "-",
      style: (row) => styles[ready(row)?.status ?? ""],
    },
    { title: "REASON", cell: (row) => ready(row)?.reason ?? "-" },
    {
      title: "ALSO",
      cell: (row) =>
        of(row)
          .filter(({ type, status }) => type !== "Ready" && status === "True")
          .map(({ type }) => type)
          .join(","),
    },
  ];
}

/** Each thing once, where one condition says what another one says too. */
function messageOf(conditions: readonly Said[]): string {
  const messages = conditions.map(({ message }) => message);
  return messages
    .filter(
      (message, index) =>
        !messages.some(
          (other, at) => at !== index && other.includes(message) && (other !== message || at < index),
        ),
    )
    .join("; ");
}

type Policy = PolicyStatus & { readonly target: string };

export function viewPolicies({ targets, now }: ViewInput): StatusView<Policy> {
  return {
    rows: targets.flatMap(({ target, policies }) => policies.map((policy) => ({ target, ...policy }))),
    columns: [
      { title: "NAME", cell: ({ name }) => name },
      ...targetColumn<Policy>(targets),
      ...conditionColumns<Policy>(({ conditions }) => conditions),
      { title: "SERVICES", cell: ({ services }) => `${services}` },
      { title: "MANAGED", cell: ({ managed }) => `${managed}` },
      { title: "TROUBLED", cell: ({ troubled }) => `${troubled}` },
      {
        title: "AGE",
        isAge: true,
        cell: ({ conditions }) => formatAge(conditions[0]?.lastTransitionTime, now),
      },
      { title: "GENERATION", wide: true, cell: ({ generation }) => generation },
      { title: "AT", wide: true, cell: ({ at }) => at },
      { title: "MESSAGE", wide: true, cell: ({ conditions }) => messageOf(conditions) },
    ],
    namesOf: ({ name }) => [name],
    placeOf: () => ({}),
    keyOf: ({ target, name }) => `${target} ${name}`,
    toJson: (row) => row,
  };
}

type Service = ServiceStatus & { readonly target: string; readonly conditions: readonly Said[] };

export function viewServices({ targets, pause, now }: ViewInput): StatusView<Service> {
  return {
    rows: targets.flatMap((status) =>
      status.services.map((service) => ({
        target: status.target,
        ...service,
        conditions: judgeService(service, status, pause),
      })),
    ),
    columns: [
      { title: "NAME", cell: ({ cluster, service }) => `${cluster}/${service}` },
      ...targetColumn<Service>(targets),
      ...conditionColumns<Service>(({ conditions }) => conditions),
      {
        title: "MANAGED",
        cell: ({ managed }) => `${Object.values(managed).reduce((sum, names) => sum + names.length, 0)}`,
      },
      { title: "PENDING", cell: ({ pending }) => `${pending.length}` },
      {
        title: "BLOCKED",
        cell: ({ blocked }) => `${blocked.filter((one) => isError(one) || waits(one)).length}`,
      },
      { title: "FAILED", cell: ({ failed }) => `${failed.length}` },
      { title: "REPAIRED", cell: ({ drift }) => `${drift.repaired}/${drift.found}` },
      { title: "CHANGED", isAge: true, cell: ({ lastChangedAt }) => formatAge(lastChangedAt, now) },
      { title: "POLICIES", wide: true, cell: ({ policies }) => policies.join(",") },
      { title: "MESSAGE", wide: true, cell: ({ conditions }) => messageOf(conditions) },
    ],
    namesOf: ({ cluster, service }) => [service, `${cluster}/${service}`],
    placeOf: ({ cluster, service }) => ({ cluster, service }),
    keyOf: ({ target, cluster, service }) => `${target} ${cluster}/${service}`,
    toJson: (row) => row,
  };
}

/** A source is one for all targets: as the replica that asked it last has it. */
export function viewSources({ targets, now }: ViewInput): StatusView<SourceStatus> {
  const sources = new Map<string, SourceStatus>();
  for (const source of targets.flatMap((status) => status.sources)) {
    const other = sources.get(source.name);
    if (other === undefined || compare(other.readAt, source.readAt) < 0) sources.set(source.name, source);
  }
  return {
    rows: [...sources.values()].sort((a, b) => compare(a.name, b.name)),
    columns: [
      { title: "NAME", cell: ({ name }) => name },
      { title: "REVISION", cell: ({ revision }) => (revision === undefined ? "" : shortRevision(revision)) },
      {
        title: "STATE",
        cell: ({ staleSince }) => (staleSince === undefined ? "Current" : "Stale"),
        style: ({ staleSince }) => (staleSince === undefined ? "green" : "red"),
      },
      { title: "REASON", cell: ({ code }) => code ?? "" },
      { title: "STALE", isAge: true, cell: ({ staleSince }) => formatAge(staleSince, now) },
      { title: "READ", isAge: true, cell: ({ readAt }) => formatAge(readAt, now) },
      { title: "MESSAGE", wide: true, cell: ({ message }) => message ?? "" },
    ],
    namesOf: ({ name }) => [name],
    placeOf: () => ({}),
    keyOf: ({ name }) => name,
    toJson: (row) => row,
  };
}

export function viewTargets({ targets, now }: ViewInput): StatusView<TargetStatus> {
  return {
    rows: targets,
    columns: [
      { title: "NAME", cell: ({ target }) => target },
      ...conditionColumns<TargetStatus>(({ conditions }) => conditions),
      { title: "POLICIES", cell: ({ policies }) => `${policies.length}` },
      { title: "SERVICES", cell: ({ services }) => `${services.length}` },
      { title: "PASS", cell: ({ pass }) => pass?.result ?? "" },
      { title: "AGE", isAge: true, cell: ({ pass }) => formatAge(pass?.endedAt, now) },
      { title: "HOLDER", cell: ({ holder }) => holder },
      { title: "EPOCH", wide: true, cell: ({ epoch }) => `${epoch}` },
      { title: "REVISION", wide: true, cell: ({ sourceRevision }) => shortRevision(sourceRevision) },
      { title: "MESSAGE", wide: true, cell: ({ conditions }) => messageOf(conditions) },
    ],
    namesOf: ({ target }) => [target],
    placeOf: () => ({}),
    keyOf: ({ target }) => target,
    toJson: ({ policies, services, ...rest }) => ({
      ...rest,
      policies: policies.length,
      services: services.length,
    }),
  };
}

// The items of all services, one by one, with the worst that is to be said of each.
import { isError } from "../../core/status-facts.ts";
import type { ServiceStatus, TargetStatus } from "../../model/status.ts";
import type { Style } from "./paint.ts";
import { compare, placeOf, type StatusView, targetColumn, type ViewInput, waits } from "./status-view.ts";

interface Resource {
  readonly target: string;
  readonly kind: string;
  readonly name: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly state: "Stands" | "Pending" | "Audit" | "Waiting" | "Blocked" | "Failed" | "Skipped";
  readonly code?: string;
  readonly message?: string;
  readonly policies?: readonly string[];
}

const stateStyles: Readonly<Partial<Record<Resource["state"], Style>>> = {
  Stands: "green",
  Pending: "yellow",
  Waiting: "yellow",
  Audit: "cyan",
  Blocked: "red",
  Failed: "red",
};

export function viewResources({ targets }: ViewInput): StatusView<Resource> {
  return {
    rows: targets.flatMap(listResources),
    columns: [
      { title: "KIND", cell: ({ kind }) => kind },
      { title: "NAME", cell: ({ name }) => name },
      { title: "CLUSTER", cell: ({ cluster }) => cluster ?? "" },
      { title: "SERVICE", cell: ({ service }) => service ?? "" },
      ...targetColumn<Resource>(targets),
      { title: "STATE", cell: ({ state }) => state, style: ({ state }) => stateStyles[state] },
      { title: "REASON", cell: ({ code }) => code ?? "" },
      { title: "POLICIES", wide: true, cell: ({ policies = [] }) => policies.join(",") },
      { title: "MESSAGE", wide: true, cell: ({ message }) => message ?? "" },
    ],
    namesOf: ({ kind, name }) => [name, kind, `${kind}/${name}`],
    placeOf,
    keyOf: ({ target, kind, name, cluster, service }) =>
      JSON.stringify([target, kind, name, cluster, service]),
    toJson: (row) => row,
  };
}

/** Each item once, with the worst that is to be said of it. */
function listResources({ target, services, shared, owner }: TargetStatus): Resource[] {
  const rows = new Map<string, Resource>();
  const add = (row: Omit<Resource, "target">): void => {
    // Of what is held back the name may be whole, of what stands it is the last part.
    const short = row.name.startsWith(`${owner}/${row.cluster}/${row.service}/`)
      ? row.name.slice(`${owner}/${row.cluster}/${row.service}/`.length)
      : row.name;
    rows.set(JSON.stringify([row.cluster, row.service, row.kind, short]), { target, ...row, name: short });
  };
  const addAll = ({
    pending = [],
    blocked,
    failed,
  }: Pick<ServiceStatus, "blocked" | "failed"> & Partial<Pick<ServiceStatus, "pending">>): void => {
    for (const { action, enforcement, ...item } of pending)
      add({ ...item, state: enforcement === "Audit" ? "Audit" : "Pending", code: action });
    for (const item of blocked)
      add({ ...item, state: isError(item) ? "Blocked" : waits(item) ? "Waiting" : "Skipped" });
    for (const item of failed) add({ ...item, state: "Failed" });
  };
  for (const item of shared.managed) add({ ...item, state: "Stands" });
  addAll(shared);
  for (const status of services) {
    const { cluster, service } = status;
    for (const [kind, names] of Object.entries(status.managed))
      for (const name of names) add({ kind, name, cluster, service, state: "Stands" });
    addAll(status);
  }
  return [...rows.values()].sort(
    (a, b) =>
      compare(a.cluster, b.cluster) ||
      compare(a.service, b.service) ||
      compare(a.kind, b.kind) ||
      compare(a.name, b.name),
  );
}

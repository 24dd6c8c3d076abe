// What policies may reach, where the operator's configuration says so: whoever may write a policy is not thereby allowed
// to run any image, read any secret or call any action. What is NotAllowed stays as it stands.
import type { ConfigSpec } from "../api/schema/operator-config.ts";
import { matchesGlob } from "../model/glob.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import type { KindName } from "../model/plan.ts";
import type { DesiredContext, ManagedKind, Observation, Wanted } from "./managed.ts";
import type { Reason, Selected } from "./select.ts";

/** Lists of globs. One that is left out does not restrict; an empty one allows nothing. */
export type Allow = NonNullable<ConfigSpec["allow"]>;

type ListName = keyof Allow;

/** Something that an item would reach, and the list that allows it. */
export interface Reach {
  readonly list: ListName;
  readonly what: string;
}

/** Why an item that reaches this may not be; undefined if it may. */
export type Grant = (
  item: { readonly kind: KindName; readonly cluster?: string },
  reach: readonly Reach[],
) => Reason | undefined;

export function createGrant(allow: Allow): Grant {
  // The same few names come up for every service.
  const answers = new Map<string, boolean>();
  const isAllowed = ({ list, what }: Reach): boolean => {
    const globs = allow[list];
    if (globs === undefined) return true;
    const key = `${list} ${what}`;
    const answer = answers.get(key) ?? globs.some((glob) => matchesGlob(what, glob));
    answers.set(key, answer);
    return answer;
  };
  return ({ kind, cluster }, reach) => {
    const own: Reach[] = [
      { list: "kinds", what: kind },
      ...(cluster === undefined ? [] : [{ list: "clusters", what: cluster } as const]),
    ];
    const refused = [...own, ...reach].filter((one) => !isAllowed(one));
    return refused.length === 0 ? undefined : refuse(refused);
  };
}

const nouns: Readonly<Record<ListName, string>> = {
  images: "image",
  secrets: "secret",
  roles: "role",
  actions: "action",
  clusters: "cluster",
  kinds: "kind",
};

function refuse(refused: readonly Reach[]): Reason {
  const parts = refused.map(({ list, what }) => `the ${nouns[list]} ${what} is not in allow.${list}`);
  const told = [...new Set(parts)].join(", ");
  const message = `${told}; it stays as it stands: add what is missing to the operator's configuration, or take it out of the policies`;
  return { code: "NotAllowed", message };
}

interface AllowInput {
  readonly allow?: Allow | undefined;
  readonly kinds: readonly ManagedKind[];
  readonly selection: readonly Selected[];
  readonly wanted: ReadonlyMap<KindName, readonly Wanted[]>;
  readonly observations: ReadonlyMap<KindName, Observation>;
}

/** What is wanted, with what may not be blocked as NotAllowed. */
export function blockForbidden(
  { allow, kinds, selection, wanted, observations }: AllowInput,
  context: DesiredContext,
): ReadonlyMap<KindName, readonly Wanted[]> {
  if (allow === undefined) return wanted;
  const grant = createGrant(allow);
  const byKind = new Map(wanted);
  for (const kind of kinds) {
    const items = wanted.get(kind.name) ?? [];
    const observation = observations.get(kind.name);
    const strangers = findStrangers(kind, items, selection, context, grant);
    byKind.set(
      kind.name,
      items.map((item): Wanted => {
        if (item.state.is !== "wanted") return item;
        const observed = observation?.known ? observation.value.items.get(item.id) : undefined;
        const reach = kind.reaches?.(item.state.spec, observed, context.owner) ?? [];
        const reason = grant(item, [...reach, ...(strangers.get(item.id) ?? [])]);
        return reason === undefined
          ? item
          : { ...item, state: { is: "blocked", reason, spec: item.state.spec } };
      }),
    );
  }
  return byKind;
}

/** Of items that belong to no cluster: the clusters outside the list whose services want them too. */
function findStrangers(
  kind: ManagedKind,
  items: readonly Wanted[],
  selection: readonly Selected[],
  context: DesiredContext,
  grant: Grant,
): ReadonlyMap<string, readonly Reach[]> {
  const found = new Map<string, Reach[]>();
  if (items.every(({ cluster }) => cluster !== undefined)) return found;
  const byCluster = new Map<string, Selected[]>();
  for (const selected of selection) {
    const { cluster } = selected.workload;
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), selected]);
  }
  for (const [cluster, members] of byCluster) {
    const reach: Reach = { list: "clusters", what: cluster };
    if (grant({ kind: kind.name }, [reach]) === undefined) continue;
    for (const { id, state } of kind.desired(members, context))
      if (state.is === "wanted") found.set(id, [...(found.get(id) ?? []), reach]);
  }
  return found;
}

/** Of an alarm of any type: whom it calls, and what it runs as. */
export function alarmReach(spec: JsonObject): Reach[] {
  const query = spec["ScheduledQueryConfiguration"];
  return [
    ...["AlarmActions", "OKActions", "InsufficientDataActions"].flatMap((list) =>
      textsIn("actions", spec[list]),
    ),
    ...textsIn("roles", spec["ActionLogLineRoleArn"]),
    ...textsIn("roles", isObject(query) ? query["ScheduledQueryRoleARN"] : undefined),
  ];
}

/** Of a dashboard: the functions that its custom widgets call as somebody looks at it. */
export function dashboardReach(spec: JsonObject): Reach[] {
  const widgets = readBody(spec["DashboardBody"])["widgets"];
  return (Array.isArray(widgets) ? widgets : []).flatMap((widget) => {
    const properties = isObject(widget) ? widget["properties"] : undefined;
    return textsIn("actions", isObject(properties) ? properties["endpoint"] : undefined);
  });
}

function readBody(body: Json | undefined): JsonObject {
  if (isObject(body)) return body;
  try {
    const parsed = JSON.parse(String(body)) as Json;
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** Texts of a list, or the one text. */
export function textsIn(list: ListName, value: Json | undefined): Reach[] {
  const values: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
  return values.flatMap((what) => (typeof what === "string" ? [{ list, what }] : []));
}

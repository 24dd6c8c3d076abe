// Who is watched by what: each workload with the items that its policies give it, templates filled, conflicts settled.
import type { Policy } from "../api/policy.ts";
import type {
  AlarmSpec,
  HealthCheckSpec,
  LoggingSpec,
  LogMetricSpec,
  PolicySpec,
  RolloutSpec,
  Selector,
  SidecarSpec,
} from "../api/schema.ts";
import { fillTemplate, type TemplateValues } from "../api/template.ts";
import { matchesGlobList } from "../model/glob.ts";
import { compareText, isObject, type Json } from "../model/json.ts";
import type { Enforcement, KindName } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { type Contribution, mergeContributions } from "./merge.ts";

export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** One thing that policies ask for. Its value is merged and filled in, or it is blocked. */
export interface Item<T> {
  readonly contributors: readonly Policy[];
  readonly result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: Reason };
  /** Each policy's own words, filled in; what several services share is merged from these. */
  readonly contributions: readonly Contribution[];
}

export interface AlarmSource {
  readonly metric?: AlarmSpec["metric"];
  readonly expression?: AlarmSpec["expression"];
  readonly metrics?: AlarmSpec["metrics"];
}
export type MergedAlarm = Omit<AlarmSpec, "name" | "metric" | "expression" | "metrics"> & {
  readonly source?: AlarmSource;
};
export type MergedLogMetric = Omit<LogMetricSpec, "name">;

export interface Selected {
  readonly workload: Workload;
  /** The operator that selects: its name is in names and records. */
  readonly owner: string;
  /** Every policy whose selector matches, suspended ones too; by name. */
  readonly policies: readonly Policy[];
  readonly cluster: Item<NonNullable<PolicySpec["cluster"]>> | undefined;
  readonly notifications: ReadonlyMap<string, Item<readonly string[]>>;
  readonly sidecars: ReadonlyMap<string, Item<SidecarSpec>>;
  readonly taskSize: Item<NonNullable<PolicySpec["taskSize"]>> | undefined;
  readonly healthCheck: Item<HealthCheckSpec> | undefined;
  readonly logging: Item<LoggingSpec> | undefined;
  readonly rollout: Item<RolloutSpec> | undefined;
  readonly logMetrics: ReadonlyMap<string, Item<MergedLogMetric>>;
  readonly alarms: ReadonlyMap<string, Item<MergedAlarm>>;
}

export function selectWorkloads(
  policies: readonly Policy[],
  workloads: readonly Workload[],
  owner: string,
): Selected[] {
  return workloads.flatMap((workload) => {
    const matching = policies
      .filter(({ spec }) => matchesSelector(spec.selector, workload))
      .sort((a, b) => compareText(a.name, b.name));
    return matching.length === 0 ? [] : [selectItems(workload, matching, owner)];
  });
}

export function matchesSelector(selector: Selector, workload: Workload): boolean {
  return matchesPlace(selector, workload) && matchesTags(selector, workload);
}

/** All of the selector that is not about tags. */
export function matchesPlace(selector: Selector, workload: Workload): boolean {
  return (
    matchesGlobList(workload.account, selector.accounts ?? []) &&
    matchesGlobList(workload.region, selector.regions ?? []) &&
    matchesGlobList(workload.cluster, selector.clusters ?? []) &&
    matchesGlobList(workload.service, selector.services ?? []) &&
    (selector.launchTypes === undefined ||
      (selector.launchTypes as readonly string[]).includes(workload.launchType))
  );
}

function matchesTags(selector: Selector, { tags }: Workload): boolean {
  const equal = Object.entries(selector.tags ?? {}).every(([key, value]) => tags[key] === value);
  return (
    equal &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = tags[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      // As in Kubernetes, NotIn also holds where the key is absent.
      return operator === "In"
        ? value !== undefined && values.includes(value)
        : value === undefined || !values.includes(value);
    })
  );
}

/** Audit if any policy that has a say is in Audit: showing a change too many is the safe side. */
export function enforcementOf(policies: readonly Policy[], kind: KindName): Enforcement {
  return policies.some((policy) => enforcementOfPolicy(policy, kind) === "Audit") ? "Audit" : "Enforce";
}

export function enforcementOfPolicy({ spec: { enforcement } }: Policy, kind: KindName): Enforcement {
  if (enforcement === undefined || typeof enforcement === "string") return enforcement ?? "Enforce";
  return enforcement[kind] ?? enforcement.default ?? "Enforce";
}

export function templateValues(workload: Workload, owner: string): ReadonlyMap<string, string> {
  const values = new Map([
    ["cluster.name", workload.cluster],
    ["service.name", workload.service],
    ["service.desiredCount", String(workload.desiredCount)],
    ["taskDefinition.family", workload.taskDefinitionArn.split("/").at(-1)?.split(":")[0] ?? ""],
    ["account", workload.account],
    ["region", workload.region],
    ["partition", workload.partition],
    ["owner", owner],
  ]);
  for (const [key, value] of Object.entries(workload.tags)) values.set(`service.tags.${key}`, value);
  return values;
}

function selectItems(workload: Workload, policies: readonly Policy[], owner: string): Selected {
  const base = templateValues(workload, owner);
  const values = new Map(
    policies.map((policy) => [policy, new Map([...base, ["policy.name", policy.name]])]),
  );
  const given = (policy: Policy, path: readonly (string | number)[], value: unknown): Given => ({
    policy,
    path,
    value: value as Json,
  });

  const section = <T>(
    name: "cluster" | "taskSize" | "healthCheck" | "logging" | "rollout",
  ): Item<T> | undefined => {
    const found = policies.flatMap((policy) =>
      policy.spec[name] === undefined ? [] : [given(policy, [name], policy.spec[name])],
    );
    return found.length === 0 ? undefined : toItem<T>(found, values);
  };
  const list = <T>(collect: (policy: Policy) => [string, Given][]): ReadonlyMap<string, Item<T>> => {
    const byName = new Map<string, Given[]>();
    for (const [name, one] of policies.flatMap(collect)) byName.set(name, [...(byName.get(name) ?? []), one]);
    const names = [...byName.keys()].sort(compareText);
    return new Map(
      names.flatMap((name) => {
        const item = toItem<T>(byName.get(name) as Given[], values);
        return item === undefined ? [] : [[name, item]];
      }),
    );
  };

  return {
    workload,
    owner,
    policies,
    cluster: section("cluster"),
    taskSize: section("taskSize"),
    healthCheck: section("healthCheck"),
    logging: section("logging"),
    rollout: section("rollout"),
    notifications: list((policy) =>
      Object.entries(policy.spec.notifications ?? {}).map(([severity, arns]) => [
        severity,
        given(policy, ["notifications", severity], arns),
      ]),
    ),
    sidecars: list((policy) =>
      (policy.spec.sidecars ?? []).map((sidecar, index) => {
        const name = "preset" in sidecar ? sidecar.preset : sidecar.container.name;
        return [name, { ...given(policy, ["sidecars", index], { source: sidecar }), unwrap: "source" }];
      }),
    ),
    logMetrics: list((policy) =>
      (policy.spec.logMetrics ?? []).map(({ name, ...rest }, index) => [
        name,
        given(policy, ["logMetrics", index], rest),
      ]),
    ),
    alarms: list((policy) =>
      (policy.spec.alarms ?? []).map(({ name, metric, expression, metrics, ...rest }, index) => {
        const source =
          metric || expression || metrics ? { source: dropUndefined({ metric, expression, metrics }) } : {};
        return [name, given(policy, ["alarms", index], { ...rest, ...source })];
      }),
    ),
  };
}

interface Given {
  readonly policy: Policy;
  readonly path: readonly (string | number)[];
  readonly value: Json;
  /** A key that holds the whole value, so that it merges as one. */
  readonly unwrap?: string;
}

function toItem<T>(
  given: readonly Given[],
  values: ReadonlyMap<Policy, TemplateValues>,
): Item<T> | undefined {
  const contributors = [...new Set(given.map(({ policy }) => policy))].sort((a, b) =>
    compareText(a.name, b.name),
  );
  const suspended = contributors.find(({ spec }) => spec.suspend === true);
  const contributions: Contribution[] = [];
  let blocked: Reason | undefined =
    suspended === undefined
      ? undefined
      : { code: "Suspended", message: `policy ${suspended.name} is suspended; this stays as it stands` };
  for (const { policy, path, value } of given) {
    const filled = fillStrings(value, values.get(policy) as TemplateValues);
    const place = (inner: readonly string[]): string => {
      const { file, line } = policy.at(["spec", ...path, ...inner.filter((key) => key !== "source")]);
      return `${file}:${line}`;
    };
    if (filled.ok)
      contributions.push({
        policy: policy.name,
        priority: policy.spec.priority ?? 0,
        value: filled.value,
        place,
      });
    else {
      blocked ??= {
        code: "MissingReference",
        message: `\${${filled.missing}} has no value here (policy ${policy.name}, ${place([])}); set it on the service, or write a default: \${${filled.missing}:-…}`,
      };
    }
  }
  if (blocked !== undefined) return { contributors, contributions, result: { ok: false, reason: blocked } };
  const merged = mergeContributions(contributions);
  if (!merged.ok)
    return {
      contributors,
      contributions,
      result: { ok: false, reason: { code: "Conflict", message: merged.message } },
    };
  // A `null` of the highest priority: nobody wants it any more.
  if (merged.value === undefined) return undefined;
  const unwrap = given[0]?.unwrap;
  const value = unwrap !== undefined && isObject(merged.value) ? merged.value[unwrap] : merged.value;
  return { contributors, contributions, result: { ok: true, value: value as T } };
}

type Filled = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly missing: string };

function fillStrings(value: Json, values: TemplateValues): Filled {
  if (typeof value === "string") {
    if (!value.includes("${")) return { ok: true, value };
    const filled = fillTemplate(value, values);
    return filled.ok ? { ok: true, value: filled.text } : filled;
  }
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => fillStrings(item, values));
    return (
      items.find((item) => !item.ok) ?? {
        ok: true,
        value: items.map((item) => (item as { value: Json }).value),
      }
    );
  }
  if (!isObject(value)) return { ok: true, value };
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]) => [key, fillStrings(inner as Json, values)] as const);
  const missing = entries.find(([, inner]) => !inner.ok)?.[1];
  return (
    missing ?? {
      ok: true,
      value: Object.fromEntries(entries.map(([key, inner]) => [key, (inner as { value: Json }).value])),
    }
  );
}

function dropUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null),
  );
}

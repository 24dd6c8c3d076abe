// Who is watched by what: each workload with the items that its policies give it, templates filled, conflicts settled.
import type { FieldPath } from "../api/issues.ts";
import type { Exception, Policy } from "../api/policy.ts";
import type {
  AlarmSpec,
  EventSpec,
  LogMetricSpec,
  MonitorSpec,
  PolicySpec,
  QuerySpec,
  SidecarSpec,
} from "../api/schema.ts";
import { sidecarName } from "../api/sidecar-name.ts";
import { fillTemplate, type TemplateValues } from "../api/template.ts";
import { compareText, isObject, type Json } from "../model/json.ts";
import type { Enforcement, KindName } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { type LayeredPolicy, layerPolicy, type Sections } from "./layered.ts";
import { type Contribution, holds, mergeContributions, overlay } from "./merge.ts";
import { isOperatorService, namesExactly, type OperatorService } from "./operator-service.ts";
import { matchesSelector } from "./selectors.ts";
import { findWaivers, type Waiver, waive, waivedAlarms } from "./waivers.ts";

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
  readonly preset?: AlarmSpec["preset"];
  readonly metric?: AlarmSpec["metric"];
  readonly expression?: AlarmSpec["expression"];
  readonly metrics?: AlarmSpec["metrics"];
  readonly anomaly?: AlarmSpec["anomaly"];
  readonly composite?: AlarmSpec["composite"];
}
export type MergedAlarm = Omit<AlarmSpec, "name" | keyof AlarmSource> & { readonly source?: AlarmSource };
export type MergedLogMetric = Omit<LogMetricSpec, "name">;
export type MergedQuery = Omit<QuerySpec, "name">;
export type MergedEvent = Omit<EventSpec, "name" | "preset" | "pattern"> & {
  readonly source?: Pick<EventSpec, "preset" | "pattern">;
};

type Section<Name extends keyof PolicySpec> = Item<NonNullable<PolicySpec[Name]>> | undefined;
type Items<T> = ReadonlyMap<string, Item<T>>;

export interface Selected {
  readonly workload: Workload;
  /** The operator that selects: its name is in names and records. */
  readonly owner: string;
  /** Every policy whose selector matches, suspended ones too; by name. */
  readonly policies: readonly Policy[];
  /** Alarms that an exception waives, by name: they stand with their actions off. */
  readonly waivedAlarms: ReadonlyMap<string, Waiver>;
  readonly cluster: Section<"cluster">;
  readonly taskSize: Section<"taskSize">;
  readonly sharedFamily: Section<"sharedFamily">;
  readonly healthCheck: Section<"healthCheck">;
  readonly targetGroup: Section<"targetGroup">;
  readonly deployment: Section<"deployment">;
  readonly logging: Section<"logging">;
  readonly dashboard: Section<"dashboard">;
  readonly rollout: Section<"rollout">;
  readonly notifications: Items<readonly string[]>;
  readonly sidecars: Items<SidecarSpec>;
  readonly logMetrics: Items<MergedLogMetric>;
  readonly queries: Items<MergedQuery>;
  readonly alarms: Items<MergedAlarm>;
  readonly events: Items<MergedEvent>;
  readonly monitors: Items<MonitorSpec>;
}

export function selectWorkloads(
  policies: readonly Policy[],
  workloads: readonly Workload[],
  owner: string,
  /** Those that hold now. */
  exceptions: readonly Exception[] = [],
  /** The operator's own service. */
  self?: OperatorService,
): Selected[] {
  return workloads.flatMap((workload) => {
    const isOperator = isOperatorService(workload, self);
    const matching = policies
      .filter(
        ({ spec }) =>
          matchesSelector(spec.selector, workload) && (!isOperator || namesExactly(spec.selector, workload)),
      )
      .sort((a, b) => compareText(a.name, b.name));
    return matching.length === 0 ? [] : [new SelectedService(workload, matching, owner, exceptions)];
  });
}

/** Some policy, or an override in it, has the section: for whatever service. */
export function speaksOf(policies: readonly Policy[], section: keyof Sections): boolean {
  return policies.some(({ spec }) =>
    [spec, ...(spec.overrides ?? [])].some((part) => (part as Sections)[section] !== undefined),
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

/** Every one of these policies is suspended or in Audit, and there is one: then nothing of what they share goes. */
export function onlyLookOn(policies: readonly Policy[], kind: KindName): boolean {
  return (
    policies.length > 0 &&
    policies.every((policy) => policy.spec.suspend === true || enforcementOfPolicy(policy, kind) === "Audit")
  );
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

/**
 * The items are worked out when they are asked for, and forgotten when others were asked for since: those of thousands of
 * services at once would not fit.
 */
class SelectedService implements Selected {
  readonly workload: Workload;
  readonly owner: string;
  readonly policies: readonly Policy[];
  readonly #layered: readonly LayeredPolicy[];
  readonly #exceptions: readonly Exception[];
  #memo: Map<string, unknown> | undefined;

  constructor(
    workload: Workload,
    matching: readonly Policy[],
    owner: string,
    exceptions: readonly Exception[],
  ) {
    this.workload = workload;
    this.owner = owner;
    this.#layered = matching.map((policy) => layerPolicy(policy, workload));
    this.policies = this.#layered.map(({ policy }) => policy);
    this.#exceptions = exceptions;
  }

  get waivedAlarms(): ReadonlyMap<string, Waiver> {
    return this.#once("waivedAlarms", () => waivedAlarms(this.#waivers()));
  }
  get cluster(): Section<"cluster"> {
    return this.#section("cluster");
  }
  get taskSize(): Section<"taskSize"> {
    return this.#section("taskSize");
  }
  get sharedFamily(): Section<"sharedFamily"> {
    return this.#section("sharedFamily");
  }
  get healthCheck(): Section<"healthCheck"> {
    return this.#section("healthCheck");
  }
  get targetGroup(): Section<"targetGroup"> {
    return this.#section("targetGroup");
  }
  get deployment(): Section<"deployment"> {
    return this.#section("deployment");
  }
  get logging(): Section<"logging"> {
    return this.#section("logging");
  }
  get dashboard(): Section<"dashboard"> {
    return this.#section("dashboard");
  }
  get rollout(): Section<"rollout"> {
    return this.#section("rollout");
  }
  get notifications(): Items<readonly string[]> {
    return this.#list("notifications", undefined, ({ notifications }) =>
      Object.entries(notifications ?? {}).map(([severity, arns]) => ({
        name: severity,
        path: ["notifications", severity],
        value: arns,
      })),
    );
  }
  get sidecars(): Items<SidecarSpec> {
    return this.#list(
      "sidecars",
      "sidecars",
      ({ sidecars }) => entries("sidecars", sidecars, (sidecar) => [sidecarName(sidecar), sidecar]),
      true,
    );
  }
  get logMetrics(): Items<MergedLogMetric> {
    return this.#list("logMetrics", "logMetrics", ({ logMetrics }) =>
      entries("logMetrics", logMetrics, ({ name, ...rest }) => [name, rest]),
    );
  }
  get queries(): Items<MergedQuery> {
    return this.#list("queries", "queries", ({ queries }) =>
      entries("queries", queries, ({ name, ...rest }) => [name, rest]),
    );
  }
  get alarms(): Items<MergedAlarm> {
    return this.#list("alarms", undefined, ({ alarms }) =>
      entries(
        "alarms",
        alarms,
        ({ name, preset, metric, expression, metrics, anomaly, composite, ...rest }) => [
          name,
          { ...rest, ...oneOf({ preset, metric, expression, metrics, anomaly, composite }) },
        ],
      ),
    );
  }
  get events(): Items<MergedEvent> {
    return this.#list("events", "events", ({ events }) =>
      entries("events", events, ({ name, preset, pattern, ...rest }) => [
        name ?? preset ?? "",
        { ...rest, ...oneOf({ preset, pattern }) },
      ]),
    );
  }
  get monitors(): Items<MonitorSpec> {
    return this.#list(
      "monitors",
      "mackerel",
      ({ mackerel }) =>
        (mackerel?.monitors ?? []).map((monitor, index) => ({
          name: monitor.name,
          path: ["mackerel", "monitors", index],
          value: monitor,
        })),
      true,
    );
  }

  #section<Name extends SectionName>(name: Name): Section<Name> {
    return this.#once(name, () => {
      const given = this.#layered.flatMap(({ policy, layers }): Given[] => {
        const parts = layers.flatMap(({ spec, path }): Part[] =>
          spec[name] === undefined ? [] : [{ path: [...path, name], value: spec[name] as Json }],
        );
        return parts.length === 0 ? [] : [{ policy, parts }];
      });
      return given.length === 0 ? undefined : waive(toItem(given, this.#values()), this.#waivers().get(name));
    });
  }

  /** `prefix`: by which an exception names an entry; undefined: none freezes it. `whole`: entries merge as one value. */
  #list<T>(
    key: string,
    prefix: string | undefined,
    collect: (spec: Sections) => Entry[],
    whole = false,
  ): Items<T> {
    return this.#once(key, () => {
      const byName = new Map<string, Map<Policy, Part[]>>();
      for (const { policy, layers } of this.#layered) {
        for (const layer of layers) {
          for (const { name, path, value } of collect(layer.spec)) {
            const given = byName.get(name) ?? new Map<Policy, Part[]>();
            const part: Part = {
              path: [...layer.path, ...path],
              value: (whole ? { source: value } : value) as Json,
            };
            byName.set(name, given.set(policy, [...(given.get(policy) ?? []), part]));
          }
        }
      }
      const names = [...byName.keys()].sort(compareText);
      return new Map(
        names.flatMap((name) => {
          const given = [...(byName.get(name) as Map<Policy, Part[]>)].map(([policy, parts]) => ({
            policy,
            parts,
          }));
          const item = toItem<T>(given, this.#values(), whole);
          const waiver = this.#waivers().get(`${prefix}.${name}`);
          return item === undefined ? [] : [[name, waive(item, waiver) as Item<T>]];
        }),
      );
    });
  }

  #waivers(): ReadonlyMap<string, Waiver> {
    return this.#once("#waivers", () => findWaivers(this.#exceptions, this.workload));
  }

  #values(): ReadonlyMap<Policy, TemplateValues> {
    return this.#once("#values", () => {
      const base = templateValues(this.workload, this.owner);
      return new Map(
        this.policies.map((policy) => [policy, new Map([...base, ["policy.name", policy.name]])]),
      );
    });
  }

  #once<T>(key: string, workOut: () => T): T {
    if (this.#memo === undefined) {
      this.#memo = new Map();
      SelectedService.#remembering.push(this);
      if (SelectedService.#remembering.length > maxRemembered) {
        const oldest = SelectedService.#remembering.shift();
        if (oldest !== undefined) oldest.#memo = undefined;
      }
    }
    const memo = this.#memo;
    if (!memo.has(key)) memo.set(key, workOut());
    return memo.get(key) as T;
  }

  static readonly #remembering: SelectedService[] = [];
}

/** Services whose items are kept, for the next kind that asks. */
const maxRemembered = 128;

type SectionName =
  | "cluster"
  | "taskSize"
  | "sharedFamily"
  | "healthCheck"
  | "targetGroup"
  | "deployment"
  | "logging"
  | "dashboard"
  | "rollout";

/** One entry of a named list. */
interface Entry {
  readonly name: string;
  readonly path: FieldPath;
  readonly value: unknown;
}

function entries<T>(
  list: string,
  given: readonly T[] | null | undefined,
  split: (entry: T) => [name: string, value: unknown],
): Entry[] {
  return (given ?? []).map((entry, index) => {
    const [name, value] = split(entry);
    return { name, path: [list, index], value };
  });
}

/** Fields of which one is given: the choice of one policy replaces another's as a whole. */
function oneOf(fields: Record<string, unknown>): { readonly source?: unknown } {
  const source = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  );
  return Object.keys(source).length === 0 ? {} : { source };
}

/** What one policy says of an item: its own words, then those of its overrides. */
interface Given {
  readonly policy: Policy;
  readonly parts: readonly Part[];
}

interface Part {
  readonly path: FieldPath;
  readonly value: Json;
}

function toItem<T>(
  given: readonly Given[],
  values: ReadonlyMap<Policy, TemplateValues>,
  whole = false,
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
  for (const { policy, parts } of given) {
    const filled = fillStrings(
      overlay(parts.map(({ value }) => value)),
      values.get(policy) as TemplateValues,
    );
    const place = (inner: readonly string[]): string => {
      const part = parts.findLast(({ value }) => holds(value, inner)) ?? (parts.at(-1) as Part);
      const { file, line } = policy.at(["spec", ...part.path, ...inner.filter((key) => key !== "source")]);
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
  const value = whole && isObject(merged.value) ? merged.value["source"] : merged.value;
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

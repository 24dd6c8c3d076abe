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
import { fillTemplate, type TemplateValues } from "../api/template.ts";
import { compareText, isObject, type Json, type JsonObject } from "../model/json.ts";
import type { Enforcement, KindName } from "../model/plan.ts";
import type { Workload } from "../model/workload.ts";
import { type LayeredPolicy, layerPolicy, type Sections } from "./layered.ts";
import { type Contribution, holds, mergeContributions, overlay } from "./merge.ts";
import { type ListName, type NamedList, namedLists } from "./named-lists.ts";
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
  /** Of one that an exception leaves as it stands: what it would be. */
  readonly unwaived?: unknown;
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
  /** Alarms that an exception waives, by name, or whose log metric or query it does: they stand with their actions off. */
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
    return this.#once("waivedAlarms", () => waivedAlarms(this.#waivers(), this));
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
    return this.#list("notifications");
  }
  get sidecars(): Items<SidecarSpec> {
    return this.#list("sidecars");
  }
  get logMetrics(): Items<MergedLogMetric> {
    return this.#list("logMetrics");
  }
  get queries(): Items<MergedQuery> {
    return this.#list("queries");
  }
  get alarms(): Items<MergedAlarm> {
    return this.#list("alarms");
  }
  get events(): Items<MergedEvent> {
    return this.#list("events");
  }
  get monitors(): Items<MonitorSpec> {
    return this.#list("monitors");
  }

  #section<Name extends SectionName>(name: Name): Section<Name> {
    return this.#once(name, () => {
      const given = this.#layered.flatMap(({ policy, layers }): Given[] => {
        const parts = layers.flatMap(({ spec, path }): Part[] =>
          spec[name] === undefined ? [] : [{ path: [...path, name], value: spec[name] as Json }],
        );
        return parts.length === 0 ? [] : [{ policy, parts }];
      });
      return given.length === 0
        ? undefined
        : waive(toItem(name, given, this.#values()), this.#waivers().get(name));
    });
  }

  #list<T>(key: ListName): Items<T> {
    return this.#once(key, () => {
      const { label, isFrozen, entriesOf, finish }: NamedList = namedLists[key];
      const said = this.#layered.map(({ policy, layers }) => ({
        policy,
        entries: layers.flatMap((layer) =>
          entriesOf(layer.spec).map((entry) => ({ ...entry, path: [...layer.path, ...entry.path] })),
        ),
      }));
      const names = [
        ...new Set(said.flatMap(({ entries }) => entries.flatMap(({ name }) => name ?? []))),
      ].sort(compareText);
      const byName = new Map(names.map((name) => [name, new Map<Policy, Part[]>()]));
      for (const { policy, entries } of said) {
        for (const { name, ...part } of entries) {
          for (const one of name === undefined ? names : [name]) {
            const given = byName.get(one) as Map<Policy, Part[]>;
            given.set(policy, [...(given.get(policy) ?? []), part]);
          }
        }
      }
      return new Map(
        [...byName].flatMap(([name, words]) => {
          const given = [...words].map(([policy, parts]) => ({ policy, parts }));
          const item = toItem<T>(`${label}.${name}`, given, this.#values(), finish);
          const waiver = isFrozen ? this.#waivers().get(`${label}.${name}`) : undefined;
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

/** What one policy says of an item: its own words, then those of its overrides. */
interface Given {
  readonly policy: Policy;
  readonly parts: readonly Part[];
}

interface Part {
  readonly path: FieldPath;
  readonly value: Json;
}

/** `name`: of the item, for messages. */
function toItem<T>(
  name: string,
  given: readonly Given[],
  values: ReadonlyMap<Policy, TemplateValues>,
  finish?: NamedList["finish"],
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
        item: name,
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
  const finished = finish?.(merged.value as JsonObject) ?? { ok: true, value: merged.value };
  if (finished.ok) return { contributors, contributions, result: { ok: true, value: finished.value as T } };
  const places = contributions.map(({ policy, place }) => `policy ${policy}, ${place([])}`).join("; ");
  const message = `${finished.lacks} in any policy that selects this service (${places})`;
  return { contributors, contributions, result: { ok: false, reason: { code: "Incomplete", message } } };
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

// One MonitoringPolicy out of all that a policy can mend: what all services need stands once, and the rest in overrides for
// the services that need it. Only lines that close a finding are in it.
import { Document, isMap, isPair, isScalar, isSeq } from "yaml";
import type { AuditFacts } from "../../model/audit-facts.ts";
import { compareText, type JsonObject, stableStringify } from "../../model/json.ts";
import type { FindingCode } from "./findings.ts";
import { mergeSpecs } from "./merge-specs.ts";
import { listNames } from "./verdicts.ts";

/** What one service needs to have one finding closed. */
export interface Mending {
  readonly cluster: string;
  readonly service: string;
  readonly code: FindingCode;
  readonly spec: JsonObject;
  /** The one that its `logging` is for. */
  readonly logGroup?: string;
}

/** What is left for a person, and why. */
export interface Leftover {
  readonly cluster: string;
  readonly service: string;
  readonly code: FindingCode;
  readonly why: string;
}

export interface SuggestOptions {
  readonly notify: string | undefined;
  /** `--service` and what could not be read: then services are named one by one. */
  readonly named: boolean;
}

export const suggestedName = "audit-suggestion";

/** Nobody else's: two policies that say otherwise whom one severity tells are in conflict, and hold each other back. */
export const suggestedSeverity = "audit-suggestion";

/** @returns YAML, with what it cannot do in comments; where there is nothing to mend, only comments. */
export function writeSuggestion(
  facts: AuditFacts,
  mendings: readonly Mending[],
  leftovers: readonly Leftover[],
  { notify, named }: SuggestOptions,
): string {
  const head = comment([
    `What \`ecsmon audit\` suggests for account ${facts.account} in ${facts.region}.`,
    "Review it, and put it beside your other policies, which win where they say otherwise: `apply` of this file alone takes away what they made.",
    "Where it selects a whole cluster, services that come later get all of it, too.",
  ]);
  const rest = describeLeftovers(leftovers);
  if (mendings.length === 0)
    return `${head}${comment(["There is nothing that a policy would mend."])}${rest}`;
  const all = facts.services.map(({ workload: { cluster, service } }) => ({ cluster, service }));
  const everyone = placesOf(mendings);
  const [selector, ...others] = coverOf(everyone, all, named);
  const isOne = selector !== undefined && others.length === 0;
  const parts = groupParts(mendings);
  const isShared = ({ services }: Part): boolean => isOne && services.length === everyone.length;
  const base = mergeSpecs(parts.filter(isShared).flatMap(({ specs }) => specs));
  const overrides = parts
    .filter((part) => !isShared(part))
    .flatMap(({ services, specs, codes }) =>
      coverOf(services, all, named).map((one) => ({ selector: one, codes, spec: mergeSpecs(specs) })),
    );
  const whole = isOne
    ? selector
    : { clusters: [...new Set(mendings.map(({ cluster }) => cluster))].sort(compareText) };
  const document = new Document(
    {
      apiVersion: "ecsmon.dev/v1alpha1",
      kind: "MonitoringPolicy",
      metadata: { name: suggestedName },
      spec: {
        // It is for what other policies leave out.
        priority: -100,
        selector: whole,
        ...(notify === undefined ? {} : { notifications: { [suggestedSeverity]: [notify] } }),
        ...ordered(base),
        ...(overrides.length === 0
          ? {}
          : { overrides: overrides.map(({ selector: one, spec }) => ({ selector: one, ...ordered(spec) })) }),
      },
    },
    { aliasDuplicateObjects: false },
  );
  annotate(
    document,
    overrides.map(({ codes }) => codes),
  );
  return `${head}${document.toString({ lineWidth: 0 })}${rest}`;
}

/** Lines, and all services that need them. */
interface Part {
  readonly services: readonly Place[];
  readonly specs: readonly JsonObject[];
  readonly codes: readonly FindingCode[];
}

/** Lines that the same services need stand together, in the order of the first of each. */
function groupParts(mendings: readonly Mending[]): Part[] {
  const bySpec = new Map<string, Mending[]>();
  for (const one of mendings) {
    const text = stableStringify(one.spec);
    const same = bySpec.get(text);
    if (same === undefined) bySpec.set(text, [one]);
    else same.push(one);
  }
  const parts = new Map<string, { services: Place[]; specs: JsonObject[]; codes: FindingCode[] }>();
  for (const same of bySpec.values()) {
    const services = placesOf(same);
    const key = services.map(keyOf).join(" ");
    const part = parts.get(key) ?? { services, specs: [], codes: [] };
    parts.set(key, part);
    part.specs.push(...same.slice(0, 1).map(({ spec }) => spec));
    part.codes.push(...new Set(same.map(({ code }) => code)));
  }
  return [...parts.values()];
}

function placesOf(mendings: readonly Mending[]): Place[] {
  const places = mendings.map(({ cluster, service }): [string, Place] => [
    `${cluster}/${service}`,
    { cluster, service },
  ]);
  return [...new Map(places).values()].sort((a, b) => compareText(keyOf(a), keyOf(b)));
}

function keyOf({ cluster, service }: Place): string {
  return `${cluster}/${service}`;
}

/** As docs/policy has them. */
const fieldOrder = [
  "cluster",
  "sidecars",
  "targetGroup",
  "deployment",
  "logging",
  "logMetrics",
  "alarms",
  "events",
];

function ordered(spec: JsonObject): JsonObject {
  const at = (key: string): number => fieldOrder.indexOf(key);
  return Object.fromEntries(Object.entries(spec).sort(([a], [b]) => at(a) - at(b)));
}

interface Place {
  readonly cluster: string;
  readonly service: string;
}

type CoverSelector = { readonly clusters: readonly string[]; readonly services?: readonly string[] };

/** More names in one list are read by nobody, where clusters can be named instead. */
const mostNames = 20;

/**
 * Selectors that together select exactly these services of all that were audited: whole clusters by their names, unless
 * services are to be `named`; one selector where that is exact and short.
 */
function coverOf(services: readonly Place[], all: readonly Place[], named: boolean): CoverSelector[] {
  const meant = new Set(services.map(keyOf));
  const isMeant = (one: Place): boolean => meant.has(keyOf(one));
  const clusters = [...new Set(services.map(({ cluster }) => cluster))].sort(compareText);
  const inClusters = all.filter(({ cluster }) => clusters.includes(cluster));
  if (!named && inClusters.every(isMeant)) return [{ clusters }];
  const whole = clusters.filter(
    (name) => !named && inClusters.filter(({ cluster }) => cluster === name).every(isMeant),
  );
  const names = [...new Set(services.map(({ service }) => service))].sort(compareText);
  const isExact = inClusters.filter(({ service }) => names.includes(service)).every(isMeant);
  if (isExact && (whole.length === 0 || names.length <= mostNames)) return [{ clusters, services: names }];
  const of = (some: readonly string[]): CoverSelector[] =>
    some.length === 0
      ? []
      : coverOf(
          services.filter(({ cluster }) => some.includes(cluster)),
          all.filter(({ cluster }) => some.includes(cluster)),
          named,
        );
  const others = clusters.filter((name) => !whole.includes(name));
  return whole.length > 0 ? [...of(whole), ...of(others)] : others.flatMap((name) => of([name]));
}

const notes: Readonly<Record<string, string>> = {
  cluster: " Container Insights is charged by metric.",
  sidecars:
    " It takes StatsD at 8125 and the embedded metric format at 25888; the task role needs cloudwatch:PutMetricData.\n A new revision, so the service is deployed again.",
  logging: " A new driver or option is a new revision, so the service is deployed again.",
};

/** What lines cost stands above them; above each override, what it closes. */
function annotate(document: Document, closed: readonly (readonly FindingCode[])[]): void {
  const spec = document.get("spec");
  if (!isMap(spec)) return;
  note(spec);
  const overrides = spec.get("overrides", true);
  if (!isSeq(overrides)) return;
  for (const [index, item] of overrides.items.entries()) {
    if (!isMap(item)) continue;
    item.commentBefore = ` ${[...new Set(closed[index])].join(", ")}`;
    note(item);
  }
}

function note(map: { readonly items: readonly unknown[] }): void {
  for (const pair of map.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    // Retention alone deploys nothing.
    const isQuiet = isMap(pair.value) && !pair.value.has("options") && !pair.value.has("driver");
    const text = pair.key.value === "logging" && isQuiet ? undefined : notes[String(pair.key.value)];
    if (text !== undefined) pair.key.commentBefore = text;
  }
}

/** By code and reason; of many services only some are named. */
function describeLeftovers(leftovers: readonly Leftover[]): string {
  if (leftovers.length === 0) return "";
  const byReason = new Map<string, Leftover[]>();
  for (const one of leftovers) {
    const key = `${one.code}\n${one.why}`;
    byReason.set(key, [...(byReason.get(key) ?? []), one]);
  }
  const lines = [...byReason.values()].flatMap((group) => {
    const [first] = group as [Leftover, ...Leftover[]];
    const names = group.map(({ cluster, service }) => `${cluster}/${service}`);
    return [`${first.code} (${listNames(names)}):`, `  ${first.why}`];
  });
  return comment(["", "Left for you, since no line of a policy mends it by itself:", ...lines]);
}

/** Messages of AWS may have line ends in them, or what a terminal would obey. */
function comment(lines: readonly string[]): string {
  const safe = lines.map((line) => line.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "));
  return safe.map((line) => `${line === "" ? "" : `# ${line}`}\n`).join("");
}

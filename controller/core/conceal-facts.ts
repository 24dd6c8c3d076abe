// Everything of a snapshot that a plan would hide, concealed before the file is written.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import type { DefinitionFact, Fact, Facts, SnapshotFacts } from "../model/snapshot.ts";
import { concealDefinition, concealMonitor, concealTarget } from "./conceal.ts";
import { type Conceal, concealJson } from "./conceal-token.ts";
import { readMark } from "./mackerel-mark.ts";
import { ownerTag } from "./names.ts";
import { concealMarks, isMark } from "./stall-mark.ts";

/** Definitions are concealed when they are looked into: of thousands, one at a time is in memory. */
export function concealFacts(facts: SnapshotFacts, conceal: Conceal): SnapshotFacts {
  const { services, serviceTags, taskDefinitions, formerDefinitions, ruleTargets, mackerel } = facts;
  const definition = (fact: DefinitionFact): DefinitionFact => concealDefinitionFact(fact, conceal);
  return {
    ...facts,
    services: mapFacts(services, (service) =>
      typeof service === "string" ? service : concealService(service, conceal),
    ),
    serviceTags: mapFacts(serviceTags, (tags) => concealMarks(tags, conceal)),
    taskDefinitions: mapFacts(taskDefinitions, definition),
    formerDefinitions: mapFacts(formerDefinitions, (fact) => (fact === "bare" ? fact : definition(fact))),
    ruleTargets: mapFacts(ruleTargets, (targets) => targets.map(concealTarget)),
    ...(mackerel && {
      mackerel: mapFact(mackerel, (monitors) => monitors.map((one) => concealMonitorFact(one, conceal))),
    }),
  };
}

/** As ECS describes it: tags are a list. */
function concealService(service: JsonObject, conceal: Conceal): JsonObject {
  const { tags } = service;
  const concealTag = (tag: Json): Json =>
    isObject(tag) && isMark(String(tag["key"]))
      ? { ...tag, value: concealJson(tag["value"] ?? null, conceal) }
      : tag;
  return Array.isArray(tags) ? { ...service, tags: tags.map(concealTag) } : service;
}

/** Of a monitor that bears no mark, only that it is there: its name may be one that a policy wants. */
function concealMonitorFact(monitor: JsonObject, conceal: Conceal): JsonObject {
  if (readMark(monitor["memo"]) !== undefined) return concealMonitor(monitor, conceal);
  const { id, type, name } = monitor;
  return { id, type, name };
}

function concealDefinitionFact(fact: DefinitionFact, conceal: Conceal): DefinitionFact {
  const { arn, status, tags, registeredBy } = fact;
  return {
    arn,
    status,
    get input() {
      return concealDefinition(fact.input, conceal);
    },
    // Of a layer that somebody has dropped the owner's tag tells; what the others say is nobody's concern.
    tags: ownerTag in tags ? { [ownerTag]: tags[ownerTag] ?? "" } : {},
    ...(registeredBy === undefined ? {} : { registeredBy }),
  };
}

function mapFact<T>(fact: Fact<T>, change: (value: T) => T): Fact<T> {
  return "value" in fact ? { value: change(fact.value) } : fact;
}

function mapFacts<T>(facts: Facts<T>, change: (value: T) => T): Facts<T> {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, mapFact(fact, change)]));
}

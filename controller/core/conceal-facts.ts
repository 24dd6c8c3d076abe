// Everything of a snapshot that a plan would hide, concealed before the file is written.
import type { DefinitionFact, Fact, Facts, SnapshotFacts } from "../model/snapshot.ts";
import { concealDefinition, concealMonitor, concealTarget } from "./conceal.ts";
import type { Conceal } from "./conceal-token.ts";

/** Definitions are concealed when they are looked into: of thousands, one at a time is in memory. */
export function concealFacts(facts: SnapshotFacts, conceal: Conceal): SnapshotFacts {
  const { taskDefinitions, formerDefinitions, ruleTargets, mackerel } = facts;
  const definition = (fact: DefinitionFact): DefinitionFact => concealDefinitionFact(fact, conceal);
  return {
    ...facts,
    taskDefinitions: mapFacts(taskDefinitions, definition),
    formerDefinitions: mapFacts(formerDefinitions, (fact) => (fact === "bare" ? fact : definition(fact))),
    ruleTargets: mapFacts(ruleTargets, (targets) => targets.map(concealTarget)),
    ...(mackerel && {
      mackerel: mapFact(mackerel, (monitors) => monitors.map((one) => concealMonitor(one, conceal))),
    }),
  };
}

function concealDefinitionFact(fact: DefinitionFact, conceal: Conceal): DefinitionFact {
  const { arn, status, tags, registeredBy } = fact;
  return {
    arn,
    status,
    get input() {
      return concealDefinition(fact.input, conceal);
    },
    tags,
    ...(registeredBy === undefined ? {} : { registeredBy }),
  };
}

function mapFact<T>(fact: Fact<T>, change: (value: T) => T): Fact<T> {
  return "value" in fact ? { value: change(fact.value) } : fact;
}

function mapFacts<T>(facts: Facts<T>, change: (value: T) => T): Facts<T> {
  return Object.fromEntries(Object.entries(facts).map(([name, fact]) => [name, mapFact(fact, change)]));
}

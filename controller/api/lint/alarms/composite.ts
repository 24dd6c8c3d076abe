// Rules of composite alarms: readable, over alarms that some policy has, and never in a circle.
import { isObject } from "../../../model/json.ts";
import { isForeignName, namesIn, reaches, readAlarmRule } from "../../alarm-rule.ts";
import { suggest } from "../../nearest.ts";
import { type Check, type Found, isGiven, oncePerWorld, type World } from "../check.ts";

/** Stands for what a template fills in; in no name that somebody writes. */
const filled = "\uE000";

function readRule(text: string) {
  return readAlarmRule(text.replace(/(?<!\$)\$\{[^}]*\}?/g, (template) => filled.repeat(template.length)));
}

const checkRules: Check = (policy, world) => {
  const known = knownAlarms(world);
  const rules = readRules(world);
  return (policy.spec.alarms ?? []).flatMap(({ name, composite }, i): Found[] => {
    if (composite == null) return [];
    const path = ["spec", "alarms", i, "composite"];
    const read = readRule(composite);
    if (!read.ok)
      return [
        {
          code: "InvalidValue",
          message: `the rule of composite "${name}" is not valid: ${read.problem}`,
          path,
        },
      ];
    if (reaches(rules, name))
      return [
        {
          code: "InvalidValue",
          message: `composite "${name}" leads back to itself; CloudWatch never evaluates such a circle, so take one name out`,
          path,
        },
      ];
    const others = known.filter((one) => one !== name);
    return namesIn(read.rule)
      .filter((one) => !known.includes(one) && !isForeignName(one) && !one.includes(filled))
      .map((one) => ({
        code: "UnknownAlarm",
        message: `composite "${name}" names "${one}", which is no alarm of any policy; ${suggest(one, others)}`,
        path,
      }));
  });
};

/** Of `alarms`, and of log metrics and queries that have one. */
const knownAlarms = oncePerWorld((world: World): string[] => {
  const names = world.specs.flatMap((spec) =>
    ["alarms", "logMetrics", "queries"].flatMap((list) => {
      const entries = spec[list];
      return (Array.isArray(entries) ? entries : [])
        .filter(isObject)
        .filter((entry) => list === "alarms" || isGiven(entry["alarm"]))
        .map((entry) => entry["name"]);
    }),
  );
  return [...new Set(names.filter((name) => typeof name === "string"))];
});

const readRules = oncePerWorld((world: World): ReadonlyMap<string, readonly string[]> => {
  const rules = new Map<string, readonly string[]>();
  for (const { alarms } of world.specs) {
    for (const alarm of Array.isArray(alarms) ? alarms.filter(isObject) : []) {
      const { name, composite } = alarm;
      if (typeof name !== "string" || typeof composite !== "string") continue;
      const read = readRule(composite);
      if (read.ok) rules.set(name, [...(rules.get(name) ?? []), ...namesIn(read.rule)]);
    }
  }
  return rules;
});

export const compositeChecks: readonly Check[] = [checkRules];

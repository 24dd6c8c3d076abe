// Names that must be one thing only, and severities that must be known.
import { isObject } from "../../../model/json.ts";
import { suggest } from "../../nearest.ts";
import { type Check, type Found, isGiven, oncePerWorld, type World } from "../check.ts";
import { each } from "./view.ts";

const knownSeverities = oncePerWorld(({ specs }: World): string[] => [
  ...new Set(
    specs.flatMap((spec) => (isObject(spec["notifications"]) ? Object.keys(spec["notifications"]) : [])),
  ),
]);

const checkSeverity: Check = each(({ own, path }, _policy, world) => {
  const severity = own["severity"];
  if (typeof severity !== "string") return [];
  const known = knownSeverities(world);
  if (known.includes(severity)) return [];
  const fix = known.length === 0 ? "no policy has notifications" : suggest(severity, known);
  return [
    {
      code: "UnknownSeverity",
      message: `severity "${severity}" is no key of notifications; ${fix}`,
      path: [...path, "severity"],
    },
  ];
});

/** One name is one alarm in AWS: twice in a list, or in `alarms` and of a log metric. */
const checkNames: Check = (policy) => {
  const found: Found[] = [];
  for (const list of ["alarms", "logMetrics"] as const) {
    const first = new Map<string, number>();
    for (const [i, { name }] of (policy.spec[list] ?? []).entries()) {
      const earlier = first.get(name);
      if (earlier === undefined) first.set(name, i);
      else {
        const line = policy.at(["spec", list, earlier, "name"]).line;
        found.push({
          code: "DuplicateName",
          message: `"${name}" stands twice in ${list}, first on line ${line}; rename one`,
          path: ["spec", list, i, "name"],
        });
      }
    }
  }
  const alarms = policy.spec.alarms ?? [];
  for (const [i, { name, alarm }] of (policy.spec.logMetrics ?? []).entries()) {
    const other = alarms.findIndex((one) => one.name === name);
    if (other === -1 || !isGiven(alarm)) continue;
    const line = policy.at(["spec", "alarms", other, "name"]).line;
    found.push({
      code: "DuplicateName",
      message: `the alarm of log metric "${name}" has the name of the alarm on line ${line}; rename one`,
      path: ["spec", "logMetrics", i, "name"],
    });
  }
  return found;
};

export const alarmNameChecks: readonly Check[] = [checkNames, checkSeverity];

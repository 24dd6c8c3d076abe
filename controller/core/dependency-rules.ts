// What ECS refuses of `dependsOn`: containers that are not there, conditions that cannot come true, and cycles.
// Source: ECS API reference, ContainerDependency.
import { compareText, isObject, type JsonObject } from "../model/json.ts";
import type { Problem } from "./task-rules.ts";

const conditions: readonly unknown[] = ["START", "COMPLETE", "SUCCESS", "HEALTHY"];

export function findDependencyProblems(containers: readonly JsonObject[]): Problem[] {
  const byName = new Map(containers.map((container) => [nameOf(container), container]));
  const problems = containers.flatMap((container) =>
    dependenciesOf(container).flatMap(({ target, condition }): Problem[] => {
      const text = explain(container, byName.get(target), target, condition, byName);
      const key = `dependency ${nameOf(container)} ${condition} ${target}`;
      return text === undefined ? [] : [{ key, code: "InvalidDependency", text }];
    }),
  );
  return [...problems, ...findCycles(byName)];
}

function explain(
  container: JsonObject,
  target: JsonObject | undefined,
  targetName: string,
  condition: unknown,
  byName: ReadonlyMap<string, JsonObject>,
): string | undefined {
  const what = `container ${nameOf(container)} depends on ${targetName}`;
  if (target === undefined)
    return `${what}, which is not in the task; it has ${[...byName.keys()].join(", ")}`;
  if (!conditions.includes(condition))
    return `${what} with the condition ${JSON.stringify(condition ?? null)}; write one of ${conditions.join(", ")}`;
  if (condition === "HEALTHY" && !isObject(target["healthCheck"]))
    return `${what} being HEALTHY, which has no health check; give it one, or write START`;
  if ((condition === "COMPLETE" || condition === "SUCCESS") && isEssential(target))
    return `${what} to come to ${condition}, but it is essential: its end ends the task; set essential: false there, or write START or HEALTHY`;
  return undefined;
}

/** One problem a cycle, named by its members so that the same cycle is the same problem wherever it is entered. */
function findCycles(byName: ReadonlyMap<string, JsonObject>): Problem[] {
  const found = new Map<string, Problem>();
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start !== -1) {
      const cycle = path.slice(start);
      const key = `cycle ${[...cycle].sort(compareText).join(" ")}`;
      const text = `containers wait for each other: ${[...cycle, name].join(" → ")}; take one dependsOn away`;
      found.set(key, { key, code: "InvalidDependency", text });
      return;
    }
    if (done.has(name)) return;
    for (const { target } of dependenciesOf(byName.get(name) ?? {})) visit(target, [...path, name]);
    done.add(name);
  };
  for (const name of byName.keys()) visit(name, []);
  return [...found.values()];
}

function dependenciesOf(container: JsonObject): { readonly target: string; readonly condition: unknown }[] {
  const list = container["dependsOn"];
  if (!Array.isArray(list)) return [];
  return list
    .filter(isObject)
    .map((item) => ({ target: String(item["containerName"]), condition: item["condition"] }));
}

function isEssential(container: JsonObject): boolean {
  return (container["essential"] ?? true) === true;
}

function nameOf(container: JsonObject): string {
  return String(container["name"]);
}

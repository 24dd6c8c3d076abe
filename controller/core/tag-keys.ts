// Which tags of a service anything in a policy hangs on. Pure.
import type { Selector } from "../api/schema.ts";
import { templateNames } from "../api/template.ts";
import { isObject } from "../model/json.ts";

const root = "service.tags.";

/**
 * Keys that selectors name, those of overrides too, and that templates fill in.
 * @param spec Of a policy, as it is parsed: templates stand in it as they were written.
 */
export function findTagKeys(spec: unknown): ReadonlySet<string> {
  const keys = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === "string") {
      if (value.includes("${"))
        for (const name of templateNames(value)) if (name.startsWith(root)) keys.add(name.slice(root.length));
    } else if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value))
      for (const [key, inner] of Object.entries(value)) {
        if (key === "selector") for (const tag of namesIn(inner)) keys.add(tag);
        visit(inner);
      }
  };
  visit(spec);
  return keys;
}

function namesIn(selector: unknown): string[] {
  const { tags = {}, matchExpressions = [] } = selector as Partial<Selector>;
  return [...Object.keys(tags), ...matchExpressions.map(({ key }) => key)];
}

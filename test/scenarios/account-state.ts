// An account of the sandbox as a whole, in a form in which two runs can be compared.
import type { Any, World } from "./harness.ts";

export function home(world: World): Any {
  return world.sandbox.control.state()["123456789012/us-east-1"];
}

/** Everything there is, but for what differs from run to run: instants, made-up ids, event lists. */
export function canonical(world: World): Any {
  const { monitoring, ...rest } = home(world);
  return strip({ ...rest, monitoring: { ...monitoring, history: [] } });
}

const changing =
  /(At|Time|Timestamp|Timestamps|Modified)$|^(at|id|events|rolloutStateReason|currentServiceRevisions|queryDefinitionId|QueryARN)$/;
/** Lists whose order says nothing: that of their making. */
const unordered = new Set([
  "groups",
  "alarms",
  "filters",
  "metricFilters",
  "taskDefinitions",
  "tags",
  "tasks",
]);

/** Without what differs from run to run. */
export function strip(value: Any, key = ""): Any {
  if (value instanceof Date) return "an instant";
  if (Array.isArray(value)) {
    const items = value.map((item) => strip(item));
    const text = JSON.stringify;
    return unordered.has(key) ? items.sort((a, b) => (text(a) < text(b) ? -1 : 1)) : items;
  }
  if (typeof value === "string")
    return value
      .replace(/(app\/[\w-]+|targetgroup\/[\w-]+)(\/[0-9a-f]{16})+/g, "$1/ID")
      .replace(/(service-revision|service-deployment|task)\/prod-a\/.*/, "$1/ID")
      .replace(/front-\d+/, "front-ID");
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !changing.test(name));
  return Object.fromEntries(
    kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, strip(item, name)]),
  );
}

/** Revisions of each family. */
export function revisions(world: World): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { family } of home(world).ecs.taskDefinitions) counts[family] = (counts[family] ?? 0) + 1;
  return counts;
}

/** Revisions of ours whose content another one of ours has. */
export function twice(world: World): string[] {
  const seen = new Set<string>();
  return home(world).ecs.taskDefinitions.flatMap(({ arn, family, revision, fields, tags }: Any) => {
    if (revision === 1) return [];
    const content = JSON.stringify(strip({ family, fields, tags }));
    const again = seen.has(content);
    seen.add(content);
    return again ? [arn] : [];
  });
}

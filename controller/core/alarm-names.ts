// One name, one alarm: CloudWatch's alarms of all types share their names, so an alarm, the alarm of a log metric and
// the alarm of a query must not ask for the same one. Each kind of alarm asks here before it builds one.
import { compareText } from "../model/json.ts";
import type { Item, Reason, Selected } from "./select.ts";

/** Why no alarm of this name is built for the service; undefined where only one item asks for it. */
export function findNameClash(name: string, selected: Selected): Reason | undefined {
  const { alarms, logMetrics, queries } = selected;
  const [alarm, logMetric, query] = [alarms.get(name), logMetrics.get(name), queries.get(name)];
  const asking: readonly (readonly [what: string, item: Item<unknown>])[] = [
    ...(alarm === undefined ? [] : [[`alarm ${name}`, alarm] as const]),
    ...(logMetric !== undefined && asksForAlarm(logMetric, "logMetrics", name)
      ? [[`log metric ${name}`, logMetric] as const]
      : []),
    ...(query !== undefined && asksForAlarm(query, "queries", name)
      ? [[`query ${name}`, query] as const]
      : []),
  ];
  if (asking.length < 2) return undefined;
  const contributors = asking.flatMap(([, item]) => item.contributors.map((policy) => policy.name));
  const policies = [...new Set(contributors)].sort(compareText).join(", ");
  const message = `${asking.map(([what]) => what).join(" and ")} ask for an alarm of the same name (policies ${policies}); rename one of them`;
  return { code: "Conflict", message };
}

/**
 * Whether a log metric or a query wants an alarm. Of one that is blocked, what its policies ask for counts, not what of
 * it could be merged and filled in: the alarm that stands must be kept.
 */
export function asksForAlarm(
  item: Item<unknown> | undefined,
  section: "logMetrics" | "queries",
  name: string,
): boolean {
  if (item === undefined) return false;
  const { result, contributors, unwaived } = item;
  const value = result.ok ? result.value : unwaived;
  if (value !== undefined) return (value as { readonly alarm?: unknown }).alarm != null;
  return contributors.some(({ spec }) =>
    [spec, ...(spec.overrides ?? [])].some((layer) =>
      (layer[section] ?? []).some((entry) => entry.name === name && entry.alarm != null),
    ),
  );
}

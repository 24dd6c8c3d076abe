// The account cut into parts that depend on different reads, so that a test can say which must stand still.
import type { Account } from "./account.ts";

export const parts = [
  "alarms of prod-a",
  "alarms of other",
  "balancer alarms of prod-a",
  "filters of prod-a",
  "filters of other",
  "log groups of prod-a",
  "log groups of other",
  "task definitions of prod-a",
  "task definitions of other",
] as const;

export type Part = (typeof parts)[number];

export const ofProdA: readonly Part[] = parts.filter((part) => part.endsWith("of prod-a"));
export const alarms: readonly Part[] = parts.filter((part) => part.includes("alarms"));
export const filters: readonly Part[] = parts.filter((part) => part.startsWith("filters"));
export const logGroups: readonly Part[] = parts.filter((part) => part.startsWith("log groups"));
export const taskDefinitions: readonly Part[] = parts.filter((part) => part.startsWith("task definitions"));

export function cutIntoParts(account: Account): Record<Part, unknown> {
  const needsBalancer = (name: string): boolean => /\/(p99-latency|error-rate)$/.test(name);
  const of = (cluster: string) => ({
    alarms: pick(account.alarms, (name) => name.startsWith(`ecsmon/${cluster}/`) && !needsBalancer(name)),
    filters: pick(account.filters, (name) => name.startsWith(`ecsmon/${cluster}/`)),
    logGroups: pick(account.logGroups, (name) => name.startsWith(`/ecs/${cluster}/`)),
    taskDefinitions: pick(account.revisions, (name) => name.startsWith(`${cluster}/`)),
  });
  const prodA = of("prod-a");
  const other = of("other");
  return {
    "alarms of prod-a": prodA.alarms,
    "alarms of other": other.alarms,
    "balancer alarms of prod-a": pick(account.alarms, needsBalancer),
    "filters of prod-a": prodA.filters,
    "filters of other": other.filters,
    "log groups of prod-a": prodA.logGroups,
    "log groups of other": other.logGroups,
    "task definitions of prod-a": prodA.taskDefinitions,
    "task definitions of other": other.taskDefinitions,
  };
}

function pick<T>(record: Readonly<Record<string, T>>, wanted: (key: string) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => wanted(key)));
}

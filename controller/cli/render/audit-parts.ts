// What the pages of an audit have in common: its words, its tables' rows, and its findings code by code. Pure.
import type {
  AuditedService,
  AuditFinding,
  AuditReport,
  Pillar,
  PillarScore,
  Score,
} from "../../model/audit.ts";

export const pillarWords: Readonly<Record<Pillar, string>> = {
  "app-metrics": "app metrics",
  liveness: "liveness",
  "resource-metrics": "resource metrics",
  logs: "logs",
};

/** `?`: over a part only. `-`: nothing applies or is known. */
export function showScore({ score, partial }: { readonly score: Score; readonly partial: boolean }): string {
  return `${score ?? "-"}${partial ? "?" : ""}`;
}

export function pillarOf({ pillars }: { readonly pillars: readonly PillarScore[] }, pillar: Pillar): string {
  const own = pillars.find((one) => one.pillar === pillar);
  return own === undefined ? "-" : showScore(own);
}

/** One finding's code, and all services that have it and are mended in the same way. */
export interface CodeGroup {
  readonly code: string;
  readonly example: AuditFinding;
  readonly services: readonly AuditedService[];
  /** Over all of them. */
  readonly points: number;
}

/** What costs most first. */
export function groupByCode({ services }: AuditReport): CodeGroup[] {
  const groups = new Map<string, { example: AuditFinding; services: AuditedService[] }>();
  for (const service of services) {
    for (const finding of service.findings) {
      const key = `${finding.code}\n${finding.byHand ?? ""}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { example: finding, services: [service] });
      else group.services.push(service);
    }
  }
  return [...groups.values()]
    .map((group) => ({
      code: group.example.code,
      ...group,
      points: group.example.weight * group.services.length,
    }))
    .sort((a, b) => b.points - a.points);
}

export function countServices(count: number): string {
  return count === 1 ? "1 service" : `${count} services`;
}

export function countPoints(points: number): string {
  return points === 1 ? "1 point" : `${points} points`;
}

/** What changed since the baseline, a line each; empty where there is none. */
export function describeBaseline({ baseline, score }: AuditReport): string[] {
  if (baseline === undefined) return [];
  const place = ({ cluster, service }: { readonly cluster: string; readonly service: string }): string =>
    `${cluster}/${service}`;
  return [
    `Since ${baseline.asOf}: ${baseline.score ?? "-"} then, ${score ?? "-"} now`,
    ...baseline.better.map((one) => `+ ${place(one)} got better: ${one.before} → ${one.after}`),
    ...baseline.worse.map((one) => `- ${place(one)} got worse: ${one.before} → ${one.after}`),
    ...baseline.fixed.map((one) => `+ ${place(one)} fixed: ${one.code}`),
    ...baseline.notApplicable.map((one) => `  ${place(one)} no longer applies: ${one.code}`),
    ...baseline.new.map((one) => `- ${place(one)} new: ${one.code}`),
    ...baseline.untold.map((one) => `? ${place(one)} cannot be told now: ${one.code}`),
    ...baseline.servicesAdded.map((one) => `+ ${place(one)} is there since`),
    ...baseline.servicesGone.map((one) => `- ${place(one)} is gone`),
  ];
}

// From verdicts to scores: what is there, as a share of what applies and is known. What is unknown counts neither way.
import {
  type AuditedCluster,
  type AuditedService,
  type PillarScore,
  pillars,
  type Score,
} from "../../model/audit.ts";
import { findingKinds } from "./findings.ts";
import type { Verdict } from "./verdicts.ts";

export interface Scored {
  readonly score: Score;
  readonly partial: boolean;
  readonly pillars: readonly PillarScore[];
}

export function scoreService(verdicts: readonly Verdict[]): Scored {
  return {
    ...scoreOf(verdicts),
    pillars: pillars.map((pillar) => ({
      pillar,
      ...scoreOf(verdicts.filter(({ code }) => findingKinds[code].pillar === pillar)),
    })),
  };
}

function scoreOf(verdicts: readonly Verdict[]): { readonly score: Score; readonly partial: boolean } {
  const weigh = (is: Verdict["is"]): number =>
    verdicts.reduce((sum, verdict) => sum + (verdict.is === is ? findingKinds[verdict.code].weight : 0), 0);
  const [fine, found] = [weigh("fine"), weigh("found")];
  return {
    // Rounded down: only what lacks nothing has 100.
    score: fine + found === 0 ? null : Math.floor((100 * fine) / (fine + found)),
    partial: verdicts.some(({ is }) => is === "unknown"),
  };
}

/** The mean of the services' own scores; each service counts the same, whatever its size. */
export function scoreMany(
  services: readonly Pick<AuditedService, "score" | "partial" | "pillars">[],
): Scored {
  return {
    ...meanOf(services),
    pillars: pillars.map((pillar) => ({
      pillar,
      ...meanOf(services.flatMap((service) => service.pillars.filter((one) => one.pillar === pillar))),
    })),
  };
}

function meanOf(parts: readonly { readonly score: Score; readonly partial: boolean }[]): {
  readonly score: Score;
  readonly partial: boolean;
} {
  return { score: meanScore(parts), partial: parts.some(({ partial }) => partial) };
}

/** Of those that have one, rounded down. */
export function meanScore(parts: readonly { readonly score: Score }[]): Score {
  const scores = parts.flatMap(({ score }) => (score === null ? [] : [score]));
  const sum = scores.reduce((total, score) => total + score, 0);
  return scores.length === 0 ? null : Math.floor(sum / scores.length);
}

/** In order of their names; a cluster without services has no score. */
export function scoreClusters(
  names: readonly string[],
  services: readonly AuditedService[],
  unread: readonly { readonly cluster?: string }[],
): AuditedCluster[] {
  return names.map((name) => {
    const own = services.filter(({ cluster }) => cluster === name);
    const scored = scoreMany(own);
    const isDark = unread.some(({ cluster = name }) => cluster === name);
    return { name, ...scored, partial: scored.partial || isDark, services: own.length };
  });
}

// What an audit ends with: whether there is anything to show, and whether it passes `--fail-under`.
import { describeEmpty } from "../core/audit/describe-empty.ts";
import { groupUnknown } from "../core/audit/group-unknown.ts";
import { isReadFailed } from "../core/audit/open-checks.ts";
import { findScoreBounds } from "../core/audit/score-bounds.ts";
import { listNames } from "../core/audit/verdicts.ts";
import type { AuditReport } from "../model/audit.ts";
import type { Audited } from "../runtime/audit.ts";
import type { Io } from "./io.ts";

/** Where nothing could be read there is nothing to show, and where services could not, nothing to judge. */
export function exitCodeOfAudit(
  audited: Audited,
  { failUnder, format }: { readonly failUnder?: number; readonly format: string },
  io: Pick<Io, "stderr">,
): number {
  const { report } = audited;
  const { score, services, unread, partial } = report;
  const isDark = services.length === 0 && unread.length > 0;
  if (isDark || (score === null && services.length > 0 && partial)) {
    io.stderr("ecsmon: there is no score: what it is made of could not be read\n");
    return 1;
  }
  // The pages for people say it themselves.
  if (format === "json" || failUnder !== undefined)
    for (const line of describeEmpty(report)) io.stderr(`ecsmon: ${line}\n`);
  if (failUnder === undefined) return 0;
  const { code, told } = judgeGate(audited, failUnder);
  for (const line of told) io.stderr(`ecsmon: ${line}\n`);
  return code;
}

interface Gate {
  /** 1: it cannot be judged; 2: it is not met. */
  readonly code: 0 | 1 | 2;
  readonly told: readonly string[];
}

function judgeGate({ report, facts }: Audited, failUnder: number): Gate {
  const { score, services, unread } = report;
  if (unread.length > 0) {
    const names = unread.map(({ cluster = "all clusters", service }) =>
      service === undefined ? cluster : `${cluster}/${service}`,
    );
    const [{ code, message }] = unread as [AuditReport["unread"][number]];
    const told = `--fail-under ${failUnder} cannot be judged: ${listNames(names)} could not be read (${code}: ${message})`;
    return { code: 1, told: [told] };
  }
  if (services.length === 0)
    return { code: 2, told: [`without any service --fail-under ${failUnder} is not met`] };
  const told = describeOpen(report);
  const { lowest, highest } = findScoreBounds(facts);
  if (lowest === null || highest === null || lowest >= failUnder) return { code: 0, told };
  if (highest < failUnder) return { code: 2, told: [...told, `the score ${score} is under ${failUnder}`] };
  const reasons = groupUnknown(report).filter(isReadFailed);
  return {
    code: 1,
    told: [
      ...told,
      `--fail-under ${failUnder} cannot be judged: with them the score is between ${lowest} and ${highest} (${listNames(reasons.map(({ code, message }) => `${code}: ${message}`))})`,
    ],
  };
}

function describeOpen({ services }: AuditReport): readonly string[] {
  const open = services.reduce((sum, { unknown }) => sum + unknown.length, 0);
  if (open === 0) return [];
  return [
    open === 1
      ? "one check could not be made, and is in no score"
      : `${open} checks could not be made, and are in no score`,
  ];
}

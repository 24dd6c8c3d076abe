// What an audit ends with: whether there is anything to show, and whether it passes `--fail-under`.
import { describeEmpty } from "../core/audit/describe-empty.ts";
import { listNames } from "../core/audit/verdicts.ts";
import type { AuditReport } from "../model/audit.ts";
import type { Io } from "./io.ts";

/** Where nothing could be read there is nothing to show, and where services could not, nothing to judge. */
export function exitCodeOfAudit(
  report: AuditReport,
  { failUnder, format }: { readonly failUnder?: number; readonly format: string },
  io: Pick<Io, "stderr">,
): number {
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
  const { code, told } = judgeGate(report, failUnder);
  for (const line of told) io.stderr(`ecsmon: ${line}\n`);
  return code;
}

/** 1: it cannot be judged; 2: it is not met. */
function judgeGate(
  { score, services, unread }: AuditReport,
  failUnder: number,
): { readonly code: 0 | 1 | 2; readonly told: readonly string[] } {
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
  const open = services.reduce((sum, { unknown }) => sum + unknown.length, 0);
  const told =
    open === 0
      ? []
      : [
          `${open === 1 ? "one check" : `${open} checks`} could not be made, and ${open === 1 ? "is" : "are"} in no score: --fail-under judges the rest`,
        ];
  if (score === null || score >= failUnder) return { code: 0, told };
  return { code: 2, told: [...told, `the score ${score} is under ${failUnder}`] };
}

// Between which bounds the score of an account lies, where reads have failed: as if all that they leave open were found, and as
// if none of it were.
import type { Score } from "../../model/audit.ts";
import type { AuditFacts } from "../../model/audit-facts.ts";
import { type FindingCode, findingCodes } from "./findings.ts";
import { indexFacts } from "./index-facts.ts";
import { findOpenChecks } from "./open-checks.ts";
import { judgeService } from "./report.ts";
import { meanScore, scoreService } from "./score.ts";
import { fine, found, type Verdict } from "./verdicts.ts";

export interface ScoreBounds {
  readonly lowest: Score;
  readonly highest: Score;
}

/** What no read of anybody could tell counts neither way, as in the score. */
export function findScoreBounds(facts: AuditFacts): ScoreBounds {
  const index = indexFacts(facts);
  const judged = facts.services.map((service) => splitOpen(judgeService(service, index)));
  const meanWith = (decide: (code: FindingCode) => Verdict): Score =>
    meanScore(judged.map(({ closed, open }) => scoreService([...closed, ...open.map(decide)])));
  return { lowest: meanWith((code) => found(code, "")), highest: meanWith(fine) };
}

interface Judged {
  readonly closed: readonly Verdict[];
  readonly open: readonly FindingCode[];
}

/** What was found stands: no further read takes it away. */
function splitOpen(verdicts: readonly Verdict[]): Judged {
  const unknown = verdicts.flatMap((verdict) =>
    verdict.is === "unknown" ? [{ check: verdict.code, code: verdict.failure.code }] : [],
  );
  const codes = findOpenChecks(unknown);
  const open = findingCodes.filter(
    (code) => codes.has(code) && !verdicts.some((verdict) => verdict.code === code && verdict.is === "found"),
  );
  return { closed: verdicts.filter(({ code }) => !open.includes(code)), open };
}

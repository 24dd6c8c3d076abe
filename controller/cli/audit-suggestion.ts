// What standard error says of a suggested policy: the score that it promises, and what is to be known before it is applied.
import { listNames } from "../core/audit/verdicts.ts";
import type { AuditReport } from "../model/audit.ts";
import type { Suggestion } from "../runtime/suggest-policy.ts";

export function describeSuggestion(
  { score }: AuditReport,
  { promised, deletes, redeploys, rolling, appearing, unread }: Suggestion,
): string {
  const deploys =
    redeploys === 0
      ? ""
      : `; ${redeploys === 1 ? "one service is" : `${redeploys} services are`} deployed again${redeploys > 10 ? `, for which apply wants --max-redeploys ${redeploys}` : ""}`;
  const reasons = [...new Set(unread.map(({ code, message }) => `${code}: ${message}`))];
  const isDenied = unread.some(({ code }) => code.startsWith("AccessDenied"));
  const lines = [
    `the score is ${score ?? "unknown"}, and ${promised.score ?? "unknown"} once this is applied${deploys}`,
  ];
  if (rolling.length > 0)
    lines.push(
      `${rolling.length === 1 ? "one service is" : `${rolling.length} services are`} in a deployment now (${listNames(rolling)}): apply leaves what deploys such a service for later and ends with 3, and the promise is kept by one that comes after`,
    );
  if (appearing.length > 0)
    lines.push(
      `with it these are found, too: ${appearing.map(({ code, services }) => `${code} (${listNames(services)})`).join(", ")}`,
    );
  if (unread.length > 0)
    lines.push(
      `${unread.length === 1 ? "one thing that a plan reads" : `${unread.length} things that a plan reads`} could not be read, and lines that need it are left out: ${listNames(reasons)}${isDenied ? "; allow what `ecsmon iam` prints for reading, too" : ""}`,
    );
  if (deletes > 0)
    lines.push(
      `${deletes} things of this owner stand that only other policies want: applied alone, this file takes them away, and the promised score is without them; beside those policies, \`plan\` over all of them shows what comes`,
    );
  return lines.map((line) => `ecsmon: ${line}\n`).join("");
}

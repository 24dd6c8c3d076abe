// Why a run that did much still ends with 1: one line each on standard error, whatever the format of the plan. Pure.
import { isBlockedError, type Plan, type Unknown } from "../model/plan.ts";
import { safeText } from "./render/safe-text.ts";

export function renderComplaints(plan: Plan): string {
  const unread = plan.unknown.map(
    (unknown) => `ecsmon: not known${describePlace(unknown)}: ${unknown.code}: ${unknown.message}`,
  );
  const errors = plan.blocked.filter(isBlockedError);
  const codes = [...new Set(errors.map(({ code }) => code))].sort();
  const blocked = codes.map((code) => {
    const count = errors.filter((item) => item.code === code).length;
    return `ecsmon: blocked: ${code}: ${count} ${count === 1 ? "item is" : "items are"} held back; the plan says why`;
  });
  return [...new Set([...unread, ...blocked])].map((line) => `${safeText(line)}\n`).join("");
}

function describePlace({ cluster, service }: Unknown): string {
  if (cluster === undefined) return "";
  return ` (${service === undefined ? `cluster ${cluster}` : `${cluster}/${service}`})`;
}

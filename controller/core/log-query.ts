// Which log groups a query reads: its own, or the service's.
import type { Workload } from "../model/workload.ts";
import { findLogGroup } from "./log-metric.ts";
import type { Wanted } from "./managed.ts";
import type { MergedQuery, Selected } from "./select.ts";

export type FoundLogGroups =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly state: Exclude<Wanted["state"], { readonly is: "wanted" }> };

export function findLogGroups({ groups }: MergedQuery, selected: Selected, owner: string): FoundLogGroups {
  if (groups != null) return { ok: true, names: groups };
  const found = findLogGroup({}, selected, owner);
  if (found.ok) return { ok: true, names: [found.name] };
  if (found.state.is !== "blocked" || found.state.reason.code !== "NotApplicable") return found;
  const message = "the service logs to no CloudWatch log group; give logging, or the query's groups";
  return { ok: false, state: { is: "blocked", reason: { code: "NotApplicable", message } } };
}

/** The name of a group that is given by its ARN; undefined for one of another account or Region, which is not read. */
export function nameOfGroup(identifier: string, { account, region }: Workload): string | undefined {
  if (!identifier.startsWith("arn:")) return identifier;
  const [, , service, at, of, type, name] = identifier.split(":");
  return service === "logs" && at === region && of === account && type === "log-group" ? name : undefined;
}

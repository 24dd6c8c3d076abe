// What a suggested policy is to try: each finding with the lines that mend it, and what is left for a person. A policy has one
// `logging` for a service, so what asks for another one stays behind.
import type { AuditFinding, AuditReport } from "../../model/audit.ts";
import type { AuditFacts, ServiceFacts } from "../../model/audit-facts.ts";
import { isObject, type JsonObject } from "../../model/json.ts";
import type { Workload } from "../../model/workload.ts";
import { serviceKey } from "../names.ts";
import type { FindingCode } from "./findings.ts";
import { type AuditIndex, indexFacts } from "./index-facts.ts";
import { groupOf } from "./mend-log-group.ts";
import { findRemedy } from "./remedies.ts";
import type { Leftover, Mending } from "./suggest-policy.ts";

export interface Mendings {
  readonly wanted: readonly Mending[];
  readonly leftovers: readonly Leftover[];
}

/** @param tells whether somebody was named whom alarms and events are to tell */
export function listMendings(facts: AuditFacts, { services }: AuditReport, tells: boolean): Mendings {
  const index = indexFacts(facts);
  const byKey = new Map(
    facts.services.map((one) => [serviceKey(one.workload.cluster, one.workload.service), one]),
  );
  const listed = services.flatMap(({ cluster, service, findings }) => {
    const one = byKey.get(serviceKey(cluster, service));
    return one === undefined ? [] : mendService(one, findings, index, tells);
  });
  return {
    wanted: listed.flatMap((one) => ("spec" in one ? [one] : [])),
    leftovers: listed.flatMap((one) => ("why" in one ? [one] : [])),
  };
}

function mendService(
  facts: ServiceFacts,
  findings: readonly AuditFinding[],
  index: AuditIndex,
  tells: boolean,
): (Mending | Leftover)[] {
  const { workload } = facts;
  const { cluster, service } = workload;
  // What costs more points comes first.
  const standing: JsonObject[] = [];
  return findings.map(({ code: text, subjects }) => {
    const place = { cluster, service, code: text as FindingCode };
    const remedy = findRemedy({ code: place.code, subjects }, facts, index, tells);
    if ("byHand" in remedy) return { ...place, why: remedy.byHand };
    if (remedy.onlyTells === true && !tells)
      return { ...place, why: "say whom to tell: --notify ARN of an SNS topic" };
    const { spec } = remedy;
    const { logging } = spec;
    if (!isObject(logging)) return { ...place, spec };
    const other = standing.find((each) => !standTogether(each, logging, workload));
    if (other !== undefined) return { ...place, why: describeOther(other) };
    standing.push(logging);
    return { ...place, spec, logGroup: groupOf(logging, workload) };
  });
}

/** The options of one container are not to be put into another, nor the retention of one group on another. */
function standTogether(a: JsonObject, b: JsonObject, workload: Workload): boolean {
  const [all, one] = a["container"] === undefined ? [a, b] : [b, a];
  if (all["container"] === one["container"]) return true;
  const isOfGroup = all["container"] === undefined && all["options"] === undefined;
  return isOfGroup && groupOf(all, workload) === groupOf(one, workload);
}

function describeOther({ container }: JsonObject): string {
  const whom = container === undefined ? "all of them" : String(container);
  return `mend it where it was made: logging in a policy is for one container or for all, and here it is for ${whom}`;
}

// From facts to the report: every service judged by all four pillars, scored, and each finding with what mends it.
import type { AuditedService, AuditFinding, AuditReport, AuditUnknown } from "../../model/audit.ts";
import type { AuditFacts, ServiceFacts } from "../../model/audit-facts.ts";
import type { JsonObject } from "../../model/json.ts";
import { finishSteps } from "../../model/steps.ts";
import { serviceKey } from "../names.ts";
import { judgeAppMetrics } from "./app-metrics.ts";
import type { CompareOptions } from "./baseline.ts";
import { findingCodes, findingKinds } from "./findings.ts";
import { type AuditIndex, indexFacts } from "./index-facts.ts";
import { judgeLiveness } from "./liveness.ts";
import { judgeLogs } from "./logs.ts";
import { findRemedy } from "./remedies.ts";
import { judgeResourceMetrics } from "./resource-metrics.ts";
import { scoreClusters, scoreMany, scoreService } from "./score.ts";
import { specText, unnamedTopic } from "./spec-text.ts";
import type { Verdict } from "./verdicts.ts";

export function judgeService(facts: ServiceFacts, index: AuditIndex): Verdict[] {
  const verdicts = [
    ...judgeAppMetrics(facts),
    ...judgeLiveness(facts, index),
    ...judgeResourceMetrics(facts, index),
    ...judgeLogs(facts, index),
  ];
  return verdicts.sort((a, b) => findingCodes.indexOf(a.code) - findingCodes.indexOf(b.code));
}

/** Whether a check applies to a service, whatever it says of it. */
export function readApplicable(facts: AuditFacts): CompareOptions["applies"] {
  const index = indexFacts(facts);
  const byKey = new Map(
    facts.services.map((one) => [serviceKey(one.workload.cluster, one.workload.service), one]),
  );
  return ({ cluster, service }, code) => {
    const one = byKey.get(serviceKey(cluster, service));
    return one !== undefined && judgeService(one, index).some((verdict) => verdict.code === code);
  };
}

/** @param notify the ARN that alarms and events of findings' lines tell; without it they name a topic to be filled in */
export function judgeFacts(facts: AuditFacts, notify?: string): AuditReport {
  return finishSteps(judgeInSteps(facts, notify));
}

/** The same, with a step after each service: thousands of them take a second or two of the processor. */
export function* judgeInSteps(facts: AuditFacts, notify?: string): Generator<undefined, AuditReport> {
  const index = indexFacts(facts);
  yield;
  const judging = { index, specText: rememberTexts(notify ?? unnamedTopic(facts)) };
  const services: AuditedService[] = [];
  for (const one of facts.services) {
    services.push(toAudited(one, judging));
    yield;
  }
  const unread = facts.unreadable.map(({ cluster, service, failure }) => ({
    ...(cluster === undefined ? {} : { cluster }),
    ...(service === undefined ? {} : { service }),
    code: failure.code,
    message: failure.message,
  }));
  const { account, region, asOf } = facts;
  const overall = scoreMany(services);
  return {
    metadata: { account, region, asOf: asOf.toISOString() },
    ...overall,
    partial: overall.partial || unread.length > 0,
    clusters: scoreClusters([...facts.insights.keys()], services, unread),
    services,
    unread,
  };
}

interface Judging {
  readonly index: AuditIndex;
  readonly specText: (spec: JsonObject) => string;
}

/** The same few lines mend the same finding of thousands of services. */
function rememberTexts(notify: string): Judging["specText"] {
  const texts = new Map<string, string>();
  return (spec) => {
    const key = JSON.stringify(spec);
    const text = texts.get(key) ?? specText(spec, notify);
    texts.set(key, text);
    return text;
  };
}

function toAudited(facts: ServiceFacts, judging: Judging): AuditedService {
  const { cluster, service } = facts.workload;
  const verdicts = judgeService(facts, judging.index);
  return {
    cluster,
    service,
    ...scoreService(verdicts),
    findings: verdicts.flatMap((verdict) =>
      verdict.is === "found" ? [toFinding(verdict, facts, judging)] : [],
    ),
    unknown: verdicts.flatMap((verdict): AuditUnknown[] =>
      verdict.is === "unknown"
        ? [{ check: verdict.code, pillar: findingKinds[verdict.code].pillar, ...verdict.failure }]
        : [],
    ),
  };
}

function toFinding(
  { code, message, subjects }: Extract<Verdict, { readonly is: "found" }>,
  facts: ServiceFacts,
  { index, specText: write }: Judging,
): AuditFinding {
  const { pillar, weight, why } = findingKinds[code];
  const remedy = findRemedy({ code, subjects }, facts, index, true);
  return {
    code,
    pillar,
    weight,
    message,
    why,
    subjects,
    ...("spec" in remedy ? { policy: write(remedy.spec) } : { byHand: remedy.byHand }),
  };
}

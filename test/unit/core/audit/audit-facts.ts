// An account to audit: one quiet service, and nothing else.
import type { AuditFacts, ServiceLife } from "../../../../controller/model/audit-facts.ts";
import { known } from "../../../../controller/model/read.ts";
import { account, asOf, region, workload } from "../builders.ts";

export const quiet: ServiceLife = {
  schedulingStrategy: "REPLICA",
  failedTasks: 0,
  deploymentFailed: undefined,
  troubles: [],
  cannotStart: undefined,
  restarts: undefined,
  losesHosts: false,
};

export function facts(over: Partial<AuditFacts> = {}): AuditFacts {
  return {
    account,
    partition: "aws",
    region,
    asOf,
    insights: new Map([["prod", known("enabled")]]),
    services: [{ workload: workload(), life: quiet }],
    unreadable: [],
    targetGroups: known([]),
    alarms: known([]),
    rules: known([]),
    logGroups: known(new Map()),
    filters: known([]),
    topics: new Map(),
    ...over,
  };
}

// What the page knows of two targets: a service in each state, and an audit of the first.
import type { AuditedService, AuditReport, PillarScore } from "../../../controller/model/audit.ts";
import { pillars } from "../../../controller/model/audit.ts";
import type { JournalEntry, ServiceStatus, TargetStatus } from "../../../controller/model/status.ts";
import type { Sight } from "../../../controller/page/service-rows.ts";

const ready = {
  type: "Ready",
  status: "True",
  reason: "Succeeded",
  message: "8 items of 1 service stand as wanted",
  lastTransitionTime: "2026-11-20T08:00:00.000Z",
  observedGeneration: "abc",
} as const;

export function serviceOf(service: string, over: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    cluster: "prod",
    service,
    policies: ["baseline"],
    managed: { MetricAlarm: ["cpu-high", "memory-high"], LogGroup: [`/ecs/prod/${service}`] },
    pending: [],
    blocked: [],
    failed: [],
    drift: { found: 0, repaired: 0 },
    lastChangedAt: "2026-11-21T10:00:00.000Z",
    ...over,
  };
}

const place = { cluster: "prod", service: "drifting" };
const item = { kind: "MetricAlarm", name: "ecsmon/prod/drifting/cpu-high", ...place } as const;

export function targetOf(region: string, services: readonly ServiceStatus[]): TargetStatus {
  return {
    target: `ecsmon-123456789012-${region}`,
    owner: "ecsmon",
    account: "123456789012",
    region,
    holder: "replica-a",
    epoch: 3,
    sourceRevision: "4f2a9c1",
    pass: { startedAt: "2026-11-22T10:00:00.000Z", endedAt: "2026-11-22T10:00:02.000Z", result: "success" },
    conditions: [ready],
    sources: [{ name: "git+https://git.example.com/ops/policies.git#main", revision: "4f2a9c1" }],
    policies: [
      {
        name: "baseline",
        at: "baseline.yaml:1",
        generation: "abc",
        conditions: [ready],
        services: 8,
        managed: 64,
        troubled: 0,
      },
    ],
    services,
    shared: { managed: [], blocked: [], failed: [] },
    gone: {},
  };
}

export const sampleTarget = targetOf("us-east-1", [
  serviceOf("ready"),
  serviceOf("drifting", {
    pending: [{ ...item, action: "update", enforcement: "Enforce", policies: ["baseline"] }],
    drift: { found: 3, repaired: 2, lastAt: "2026-11-22T09:00:00.000Z", open: ["MetricAlarm/cpu-high"] },
  }),
  serviceOf("blocked", {
    blocked: [
      {
        kind: "TaskDefinition",
        name: "web",
        cluster: "prod",
        service: "blocked",
        code: "NoRoom",
        message: "the task has no room for the sidecar",
      },
    ],
  }),
  serviceOf("failing", {
    failed: [
      {
        kind: "MetricAlarm",
        name: "*",
        cluster: "prod",
        service: "failing",
        code: "AccessDenied",
        message: "cloudwatch:DescribeAlarms was denied",
      },
    ],
  }),
  serviceOf("rolling", { rolling: true }),
]);

function pillarsOf(scores: readonly (number | null)[]): readonly PillarScore[] {
  return pillars.map((pillar, index) => ({ pillar, score: scores[index] ?? null, partial: false }));
}

function auditedOf(service: string, score: number): AuditedService {
  return {
    cluster: "prod",
    service,
    score,
    partial: false,
    pillars: pillarsOf([0, 50, 100, null]),
    findings: [
      {
        code: "NoAgent",
        pillar: "app-metrics",
        weight: 20,
        message: "no container is a known agent or exporter",
        why: "what the application itself counts is seen by nobody",
        subjects: [],
        policy: "sidecars:\n  - preset: cloudwatch-agent\n",
      },
    ],
    unknown: [],
  };
}

export const sampleAudit: AuditReport = {
  metadata: { account: "123456789012", region: "us-east-1", asOf: "2026-11-22T10:00:00.000Z" },
  score: 43,
  partial: false,
  pillars: pillarsOf([0, 50, 100, null]),
  clusters: [],
  services: [auditedOf("ready", 55), auditedOf("nobody", 10)],
  unread: [],
};

export const sampleSight: Sight = {
  targets: [sampleTarget, targetOf("cn-north-1", [serviceOf("web", { cluster: "cn" })])],
  pause: undefined,
  audits: new Map([[sampleTarget.target, sampleAudit]]),
  unread: [],
  unheard: new Map(),
};

export function entryOf(over: Partial<JournalEntry> = {}): JournalEntry {
  return {
    ...item,
    at: "2026-11-22T09:00:00.000Z",
    target: sampleTarget.target,
    holder: "replica-a",
    epoch: 3,
    action: "create",
    why: "drift",
    policies: ["baseline"],
    revisions: { baseline: "4f2a9c1" },
    paths: [],
    redeploys: false,
    result: "applied",
    ...over,
  };
}

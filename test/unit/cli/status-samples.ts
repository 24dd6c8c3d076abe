// Two targets as controllers would leave them, with something of everything, for the tests of `get`.
import { summarize } from "../../../controller/core/status.ts";
import type { JournalEntry, TargetStatus } from "../../../controller/model/status.ts";
import { openJournal } from "../../../controller/state/journal.ts";
import type { ObjectStore } from "../../../controller/state/object-store.ts";
import { writeTarget } from "../../../controller/state/status-store.ts";
import { blocked, change, outcome, pass, standing } from "../core/passes.ts";

const cpu = change({ name: "ecsmon/prod/web/cpu-high", action: "update" });
const layer = change({
  name: "api",
  service: "api",
  kind: "TaskDefinition",
  action: "update",
  impact: "deployment",
  policies: ["base"],
});
const policies = [
  { name: "base", at: "policies/base.yaml:1", generation: "0a1b2c3d4e5f" },
  { name: "quiet", at: "policies/quiet.yaml:1", generation: "112233445566" },
  { name: "web", at: "policies/web.yaml:3", generation: "aabbccddeeff" },
];
const selected = { "prod/api": ["base"], "prod/web": ["base", "web"] };
const stands = [
  standing("ecsmon/prod/web/cpu-high"),
  standing("ecsmon/prod/web/errors", { kind: "MetricFilter" }),
  standing("ecsmon/prod/api/cpu-high", { service: "api", policies: ["base"] }),
];

function tell(): TargetStatus {
  const first = summarize(undefined, pass({ policies, found: { selected, standing: stands } }));
  return summarize(
    first,
    pass({
      minute: 5,
      policies,
      found: {
        selected,
        standing: stands.slice(1),
        changes: [
          cpu,
          layer,
          change({ name: "ecsmon/prod/api/p99", service: "api", policies: ["base"], enforcement: "Audit" }),
        ],
        blocked: [
          blocked("ecsmon/prod/web/mem-high", "Conflict"),
          blocked("ecsmon/prod/api/5xx", "NotApplicable", { service: "api", policies: ["base"] }),
        ],
      },
      outcomes: [outcome(cpu, "applied")],
      rolling: ["prod/api"],
      sources: [
        { name: "policies", revision: "sha256:0123456789ab", readAt: "2026-11-22T09:05:00.000Z" },
        {
          name: "git+https://git.example.com/ops.git#main",
          revision: "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff",
          staleSince: "2026-11-22T08:30:00.000Z",
          code: "SourceUnreachable",
          message: "no route to host",
          readAt: "2026-11-22T08:29:00.000Z",
        },
      ],
    }),
  );
}

export const status = tell();

export const other: TargetStatus = {
  ...summarize(undefined, pass({ found: { selected: {} }, sources: [], region: "us-east-1" })),
  target: "ecsmon-123456789012-us-east-1",
};

export const entries: readonly JournalEntry[] = [
  {
    kind: "TaskDefinition",
    name: "api",
    cluster: "prod",
    service: "api",
    at: "2026-11-22T03:12:05.123Z",
    target: status.target,
    holder: "ecsmon/1",
    epoch: 3,
    action: "update",
    why: "policy changed",
    policies: ["base"],
    revisions: { base: "c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff" },
    paths: ["containerDefinitions[agent].image"],
    redeploys: true,
    result: "applied",
  },
  {
    kind: "MetricAlarm",
    name: "ecsmon/prod/web/cpu-high",
    cluster: "prod",
    service: "web",
    at: "2026-11-22T08:00:00.000Z",
    target: status.target,
    holder: "ecsmon/1",
    epoch: 3,
    action: "update",
    why: "drift: it was changed",
    policies: ["web"],
    revisions: {},
    paths: ["Threshold"],
    redeploys: false,
    result: "failed",
    code: "Throttled",
    message: "CloudWatch was asked too often",
  },
];

export async function fill(store: ObjectStore): Promise<void> {
  await writeTarget(store, status);
  await writeTarget(store, other);
  const journal = openJournal(store, status.target);
  for (const entry of entries) await journal.begin([entry]);
}

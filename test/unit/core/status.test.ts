// What a pass found and did, told as status: conditions as Flux writes them, items by service, drift.
import { describe, expect, it } from "vitest";
import { isSameStatus, judgeService, summarize } from "../../../controller/core/status.ts";
import type { ServiceStatus, TargetStatus } from "../../../controller/model/status.ts";
import {
  blocked,
  change,
  type Found,
  inWords,
  outcome,
  pass,
  policyWords,
  standing,
  type Told,
} from "./passes.ts";

const cpu = change({ name: "ecsmon/prod/web/cpu-high" });
const cpuStands = standing("ecsmon/prod/web/cpu-high");
const layer = change({ name: "web", kind: "TaskDefinition", action: "update", impact: "deployment" });
const paused = { reason: "Black Friday", by: "ops", at: "2026-11-22T08:00:00.000Z" };
const source = { name: "policies", revision: "rev" };

/** One pass after another. */
function tell(...passes: readonly Told[]): TargetStatus {
  let status: TargetStatus | undefined;
  passes.forEach((told, index) => {
    status = summarize(status, pass({ minute: index * 5, ...told }));
  });
  return status as TargetStatus;
}

function only({ services }: TargetStatus, key = "prod/web"): ServiceStatus {
  const found = services.find(({ cluster, service }) => `${cluster}/${service}` === key);
  if (found === undefined) throw new Error(`no ${key}`);
  return found;
}

describe("conditions of a policy", () => {
  it.each<[string, Told, string]>([
    ["stands as wanted", { found: { standing: [cpuStands] } }, "Ready=True Succeeded"],
    ["selects nothing", { found: { selected: {} } }, "Ready=True NothingSelected"],
    [
      "was written",
      { found: { changes: [cpu] }, outcomes: [outcome(cpu, "applied")] },
      "Ready=True Succeeded",
    ],
    [
      "was not written",
      { found: { changes: [cpu] }, outcomes: [outcome(cpu, "failed", "Throttled")] },
      "Ready=False Throttled, Reconciling=True Retrying",
    ],
    [
      "could not be read",
      { found: { unknown: [{ kind: "MetricAlarm", code: "AccessDenied", message: "no" }] } },
      "Ready=False AccessDenied, Reconciling=True Retrying",
    ],
    [
      "a conflict waits for a person",
      { found: { standing: [cpuStands], blocked: [blocked("mem", "Conflict")] } },
      "Ready=False Conflict, Stalled=True Conflict",
    ],
    [
      "a guard waits for a person",
      { found: { blocked: [blocked("mem", "DeleteGuard")] } },
      "Ready=False DeleteGuard, Stalled=True DeleteGuard",
    ],
    [
      "the most frequent code has the word",
      {
        found: {
          blocked: [blocked("a", "Conflict"), blocked("b", "NoRoom"), blocked("c", "NoRoom")],
        },
      },
      "Ready=False NoRoom, Stalled=True NoRoom",
    ],
    [
      "a person comes before a retry",
      {
        found: { blocked: [blocked("a", "NoRoom")], changes: [cpu] },
        outcomes: [outcome(cpu, "failed", "Throttled")],
      },
      "Ready=False NoRoom, Stalled=True NoRoom, Reconciling=True Retrying",
    ],
    [
      "a deployment of the owner passes",
      { found: { blocked: [blocked("web", "DeploymentInProgress", { kind: "TaskDefinition" })] } },
      "Ready=Unknown DeploymentInProgress, Reconciling=True DeploymentInProgress",
    ],
    [
      "a closed window passes",
      { found: { blocked: [blocked("web", "OutsideWindow", { kind: "TaskDefinition" })] } },
      "Ready=Unknown OutsideWindow, Reconciling=True OutsideWindow",
    ],
    [
      "a deployment that began since the plan passes too",
      { found: { changes: [layer] }, outcomes: [outcome(layer, "skipped", "DeploymentInProgress")] },
      "Ready=Unknown DeploymentInProgress, Reconciling=True DeploymentInProgress",
    ],
    [
      "its service rolls",
      { found: { changes: [layer] }, rolling: ["prod/web"] },
      "Ready=Unknown RollingOut, Reconciling=True RollingOut",
    ],
    [
      "it waits for its turn",
      { found: { changes: [layer] } },
      "Ready=Unknown Progressing, Reconciling=True Progressing",
    ],
    [
      "its service waits for the turn to roll",
      { found: { changes: [layer] }, queued: ["prod/web"] },
      "Ready=Unknown RolloutQueued, Reconciling=True RolloutQueued",
    ],
    [
      "what does not apply is no trouble",
      { found: { standing: [cpuStands], blocked: [blocked("5xx", "NotApplicable")] } },
      "Ready=True Succeeded",
    ],
    ["suspended", { found: { blocked: [blocked("a", "Suspended")] } }, "Ready=True Suspended"],
    [
      "in Audit it is only shown",
      { found: { changes: [change({ name: "a", enforcement: "Audit" })] } },
      "Ready=True Succeeded, Drifted=True Audit",
    ],
    [
      "paused, with nothing to write",
      { found: { standing: [cpuStands] }, pause: paused },
      "Ready=True Succeeded",
    ],
    [
      "paused, with something to write",
      { found: { changes: [cpu] }, pause: paused },
      "Ready=False Paused, Stalled=True Paused",
    ],
    [
      "paused while it was written",
      { found: { changes: [cpu] }, outcomes: [outcome(cpu, "failed", "Paused")], pause: paused },
      "Ready=False Paused, Stalled=True Paused",
    ],
    [
      "the lease was lost while it was written",
      { found: { changes: [cpu] }, outcomes: [outcome(cpu, "failed", "LeaseLost")] },
      "Ready=Unknown Progressing, Reconciling=True Progressing",
    ],
    [
      "its source cannot be read",
      {
        found: { standing: [cpuStands] },
        sources: [
          {
            ...source,
            staleSince: "2026-11-22T08:00:00.000Z",
            code: "SourceUnreachable",
            message: "no route",
          },
        ],
      },
      "Ready=True Succeeded, Reconciling=True SourceStale",
    ],
    [
      "its source has errors",
      {
        found: { standing: [cpuStands] },
        sources: [
          { ...source, staleSince: "2026-11-22T08:00:00.000Z", code: "Invalid", message: "web.yaml:3" },
        ],
      },
      "Ready=False SourceStale, Stalled=True SourceStale",
    ],
    [
      "another source is stale",
      {
        found: { standing: [cpuStands] },
        sources: [{ name: "s3://other/", staleSince: "2026-11-22T08:00:00.000Z" }],
      },
      "Ready=True Succeeded",
    ],
    [
      "the pass failed",
      { failure: { code: "Credentials", message: "none" } },
      "Ready=False Credentials, Reconciling=True Retrying",
    ],
  ])("%s", (_, told, words) => {
    expect(policyWords(tell(told))).toBe(words);
  });

  it("say what is wrong, with an example", () => {
    const { policies } = tell({
      found: {
        blocked: [
          blocked("ecsmon/prod/web/a", "Conflict"),
          blocked("b", "NoRoom"),
          blocked("c", "NoRoom", { cluster: "prod", service: "web", kind: "TaskDefinition" }),
        ],
      },
    });
    expect(policies[0]?.conditions[0]?.message).toBe(
      "3 items blocked: NoRoom (2), Conflict (1); one of them is MetricAlarm b of prod/web: it is NoRoom",
    );
  });

  it("are of the policies that have a say in the item, and a failed read of all that select the service", () => {
    const policies = ["a", "b"].map((name) => ({ name, at: `policies/${name}.yaml:1`, generation: "g" }));
    const found: Found = {
      selected: { "prod/web": ["a", "b"], "prod/api": ["b"] },
      blocked: [blocked("x", "Conflict", { policies: ["a"] })],
      unknown: [{ kind: "MetricAlarm", cluster: "prod", service: "api", code: "Throttled", message: "x" }],
      standing: [standing("y", { policies: ["b"] })],
    };
    const status = tell({ found, policies });
    expect([policyWords(status, "a"), policyWords(status, "b")]).toEqual([
      "Ready=False Conflict, Stalled=True Conflict",
      "Ready=False Throttled, Reconciling=True Retrying",
    ]);
    expect(status.policies).toMatchObject([
      { name: "a", services: 1, managed: 0, troubled: 1 },
      { name: "b", services: 2, managed: 1, troubled: 1 },
    ]);
    expect(inWords(status.conditions)).toBe(
      "Ready=False Conflict, Stalled=True Conflict, Reconciling=True Retrying",
    );
  });

  it("are of the generation that a whole pass has seen", () => {
    const g2 = { policies: [{ name: "web", at: "policies/web.yaml:1", generation: "g2" }] };
    const first = { found: { standing: [cpuStands] } };
    const seen = ({ policies }: TargetStatus) => policies[0]?.conditions[0]?.observedGeneration;
    expect(seen(tell(first))).toBe("g1");
    const focused = tell(first, { ...first, ...g2, focus: ["prod/web"] });
    expect(seen(focused)).toBe("g1");
    expect(policyWords(focused)).toBe("Ready=Unknown Progressing, Reconciling=True Progressing");
    expect(seen(tell(first, { ...g2, failure: { code: "Throttled", message: "x" } }))).toBe("g1");
    expect(seen(tell(first, { ...first, ...g2 }))).toBe("g2");
  });
});

describe("conditions of a target", () => {
  it("a pause is its trouble, whatever stands", () => {
    const status = tell({ found: { standing: [cpuStands] }, pause: paused });
    expect(inWords(status.conditions)).toBe("Ready=False Paused, Stalled=True Paused");
    expect(status.conditions[0]?.message).toBe("paused by ops since 2026-11-22T08:00:00.000Z: Black Friday");
  });

  it("a delete that no policy is behind any more is its trouble", () => {
    const held = blocked("ecsmon/prod/web/old", "DeleteGuard", { policies: [] });
    const status = tell({ found: { standing: [cpuStands], blocked: [held] } });
    expect(inWords(status.conditions)).toBe("Ready=False DeleteGuard, Stalled=True DeleteGuard");
  });
});

describe("times", () => {
  it("move with the status and with nothing else", () => {
    const times = (status: TargetStatus) =>
      status.policies[0]?.conditions.map(
        ({ type, lastTransitionTime }) => `${type} ${lastTransitionTime.slice(11, 16)}`,
      );
    const fine = { found: { standing: [cpuStands] } };
    const held = (code: string) => ({ found: { blocked: [blocked("a", code)] } });
    expect(times(tell(fine, fine))).toEqual(["Ready 09:00"]);
    expect(times(tell(fine, held("Conflict")))).toEqual(["Ready 09:05", "Stalled 09:05"]);
    expect(times(tell(fine, held("Conflict"), held("NoRoom")))).toEqual(["Ready 09:05", "Stalled 09:05"]);
    expect(times(tell(fine, held("Conflict"), fine))).toEqual(["Ready 09:10"]);
    expect(times(tell(fine, held("Conflict"), fine, held("Conflict")))).toEqual([
      "Ready 09:15",
      "Stalled 09:15",
    ]);
  });

  it("a pass that finds nothing new gives the same but for them", () => {
    const told: Told = { found: { standing: [cpuStands], blocked: [blocked("a", "Conflict")] } };
    const [once, twice] = [tell(told), tell(told, told)];
    expect(isSameStatus(once, twice)).toBe(true);
    expect(twice).not.toEqual(once);
    expect(isSameStatus(once, tell(told, { ...told, pause: paused }))).toBe(false);
    expect(isSameStatus(once, { ...once, epoch: 2 })).toBe(false);
  });

  it("the pass is the last whole one", () => {
    const fine = { found: { standing: [cpuStands] } };
    expect(tell(fine, { ...fine, focus: ["prod/web"] }).pass).toEqual({
      startedAt: "2026-11-22T09:00:00.000Z",
      endedAt: "2026-11-22T09:00:02.000Z",
      result: "success",
    });
    expect(tell(fine, { found: { blocked: [blocked("a", "Conflict")] } }).pass).toMatchObject({
      startedAt: "2026-11-22T09:05:00.000Z",
      result: "partial",
      message: "blocked: MetricAlarm a of prod/web: it is Conflict",
    });
    expect(tell(fine, { failure: { code: "Throttled", message: "x" } }).pass).toMatchObject({
      result: "failure",
      message: "Throttled: x",
    });
  });
});

describe("services", () => {
  it("have their items by kind, owned ones by the last part of their names", () => {
    const status = tell({
      found: {
        standing: [
          cpuStands,
          standing("ecsmon/prod/web/a-first"),
          standing("ecsmon/prod/other/foreign"),
          standing("web", { kind: "TaskDefinition" }),
          standing("ecsmon/prod/web/errors", { kind: "MetricFilter" }),
        ],
      },
    });
    expect(only(status).managed).toEqual({
      MetricAlarm: ["a-first", "cpu-high", "ecsmon/prod/other/foreign"],
      MetricFilter: ["errors"],
      TaskDefinition: ["web"],
    });
    expect(only(status).says).toEqual({ web: 5 });
  });

  it.each<[string, Told, Partial<Record<"managed" | "pending" | "blocked" | "failed", number>>]>([
    ["created", { found: { changes: [cpu] }, outcomes: [outcome(cpu, "applied")] }, { managed: 1 }],
    ["not created", { found: { changes: [cpu] }, outcomes: [outcome(cpu, "failed", "X")] }, { failed: 1 }],
    ["to be created", { found: { changes: [cpu] } }, { pending: 1 }],
    ["to be changed", { found: { changes: [{ ...cpu, action: "update" }] } }, { managed: 1, pending: 1 }],
    ["to be laid over what is not ours yet", { found: { changes: [layer] } }, { pending: 1 }],
    [
      "to be deleted",
      { found: { changes: [{ ...cpu, action: "delete", release: true, deletes: 1 }] } },
      { managed: 1, pending: 1 },
    ],
    [
      "not begun, since it was stopped",
      { found: { changes: [cpu] }, outcomes: [outcome(cpu, "skipped", "Interrupted")] },
      { pending: 1 },
    ],
  ])("an item %s", (_, told, counts) => {
    const { managed, pending, blocked, failed } = only(tell(told));
    expect({
      managed: Object.values(managed).flat().length,
      pending: pending.length,
      blocked: blocked.length,
      failed: failed.length,
    }).toEqual({ managed: 0, pending: 0, blocked: 0, failed: 0, ...counts });
  });

  it("that nobody selects any more, with nothing of ours left, are told of no more", () => {
    const removal = change({ name: cpu.name, action: "delete", release: true, deletes: 1, policies: [] });
    const first = { found: { standing: [cpuStands] } };
    const held = tell(first, { found: { selected: {}, changes: [removal] } });
    expect(only(held)).toMatchObject({ policies: [], managed: { MetricAlarm: ["cpu-high"] } });
    const done = tell(first, {
      found: { selected: {}, changes: [removal] },
      outcomes: [outcome(removal, "applied")],
    });
    expect(done.services).toEqual([]);
  });

  it.each<[string, Found]>([
    ["is blocked", { blocked: [blocked("ecsmon/prod/web/cpu-high", "Conflict")] }],
    ["could not be read", { unknown: [{ kind: "MetricAlarm", code: "Throttled", message: "x" }] }],
    [
      "is of a service that could not be read",
      {
        selected: {},
        unknown: [{ kind: "Workload", cluster: "prod", service: "web", code: "X", message: "x" }],
      },
    ],
    [
      "is of a cluster that could not be read",
      { selected: {}, unknown: [{ kind: "Workload", cluster: "prod", code: "X", message: "x" }] },
    ],
    ["is of a service that is gone", { selected: {}, gone: ["prod/web"] }],
  ])("what stood stands on where it %s", (_, found) => {
    const status = tell({ found: { standing: [cpuStands] } }, { found });
    expect(only(status)).toMatchObject({
      policies: ["web"],
      managed: { MetricAlarm: ["cpu-high"] },
      says: { web: 1 },
    });
    expect(status.policies[0]?.managed).toBe(1);
  });

  it("that could not be read at first are told of all the same", () => {
    const unknown = [{ kind: "Workload", cluster: "prod", service: "web", code: "X", message: "x" }] as const;
    expect(only(tell({ found: { selected: {}, unknown } })).failed).toEqual([
      { kind: "Workload", name: "web", cluster: "prod", service: "web", code: "X", message: "x" },
    ]);
  });

  it("say when something of theirs was written last", () => {
    const wrote = { found: { changes: [cpu] }, outcomes: [outcome(cpu, "applied")] };
    const fine = { found: { standing: [cpuStands] } };
    expect(only(tell(wrote, fine)).lastChangedAt).toBe("2026-11-22T09:00:02.000Z");
    expect(only(tell(fine, fine)).lastChangedAt).toBeUndefined();
  });

  it("are judged one by one", () => {
    const status = tell({
      found: {
        standing: [cpuStands],
        unknown: [{ kind: "MetricAlarm", cluster: "prod", code: "X", message: "x" }],
      },
    });
    expect(inWords(judgeService(only(status), status))).toBe("Ready=False X, Reconciling=True Retrying");
    const elsewhere = { ...only(status), cluster: "dev" };
    expect(inWords(judgeService(elsewhere, status))).toBe("Ready=True Succeeded");
  });
});

describe("a focused pass", () => {
  const both = { "prod/web": ["web"], "prod/api": ["web"] };
  const apiStands = standing("ecsmon/prod/api/cpu-high", { service: "api" });
  const first = { found: { selected: both, standing: [cpuStands, apiStands] } };

  it("replaces its services alone, and judges policies by all", () => {
    const status = tell(first, {
      focus: ["prod/web"],
      found: { blocked: [blocked("ecsmon/prod/web/cpu-high", "Conflict")] },
    });
    expect(only(status, "prod/api")).toEqual(only(tell(first), "prod/api"));
    expect(policyWords(status)).toBe("Ready=False Conflict, Stalled=True Conflict");
    expect(status.policies[0]).toMatchObject({ services: 2, managed: 2, troubled: 1 });
    const healed = tell(
      first,
      { focus: ["prod/web"], found: { blocked: [blocked("x", "NoRoom")] } },
      {
        focus: ["prod/web"],
        found: { standing: [cpuStands] },
      },
    );
    expect(policyWords(healed)).toBe("Ready=True Succeeded");
  });

  it("has the failed read of a whole kind as its services' own", () => {
    const status = tell(first, {
      focus: ["prod/web"],
      found: { unknown: [{ kind: "MetricAlarm", code: "Throttled", message: "x" }] },
    });
    expect(status.shared.failed).toEqual([]);
    expect(only(status).failed).toMatchObject([{ kind: "MetricAlarm", name: "*", code: "Throttled" }]);
    expect(only(status).managed).toEqual({ MetricAlarm: ["cpu-high"] });
    expect(only(status, "prod/api").failed).toEqual([]);
  });

  it("leaves the others' time of being gone, and notes its own", () => {
    const before = tell(first, { found: { selected: { "prod/web": ["web"] }, gone: ["prod/api"] } });
    expect(before.gone).toEqual({ "prod/api": "2026-11-22T09:05:02.000Z" });
    const status = tell(
      first,
      { found: { selected: { "prod/web": ["web"] }, standing: [cpuStands], gone: ["prod/api"] } },
      { focus: ["prod/web"], found: { selected: {}, gone: ["prod/web"], absent: ["prod/web"] } },
    );
    expect(status.gone).toEqual({
      "prod/api": "2026-11-22T09:05:02.000Z",
      "prod/web": "2026-11-22T09:10:02.000Z",
    });
    expect(only(status).managed).toEqual({ MetricAlarm: ["cpu-high"] });
  });

  it("knows which services roll, also those that it did not look at", () => {
    const status = tell(first, {
      focus: ["prod/web"],
      found: { standing: [cpuStands] },
      rolling: ["prod/api"],
    });
    expect(only(status, "prod/api").rolling).toBe(true);
    expect(policyWords(status)).toBe("Ready=Unknown RollingOut, Reconciling=True RollingOut");
    expect(only(tell(first, { rolling: ["prod/api"] }, {}), "prod/api").rolling).toBeUndefined();
  });

  it("does not say of what rolls that it is not made yet, and of what waits for its turn it does", () => {
    const found = { changes: [layer], standing: [cpuStands] };
    const messageOf = (given: Told) => {
      const status = tell({ found, ...given });
      return judgeService(only(status), status)[0]?.message;
    };
    expect(messageOf({ rolling: ["prod/web"] })).toBe("1 service rolling: prod/web");
    expect(messageOf({ queued: ["prod/web"] })).toBe("1 service waits for its turn to roll: prod/web");
    const reconciling = tell({ found, queued: ["prod/web"] }).conditions.find(
      ({ type }) => type === "Reconciling",
    );
    expect(reconciling?.message).toContain("1 change not made yet: TaskDefinition");
    expect(only(tell({ found, queued: ["prod/web"] }, {})).queued).toBeUndefined();
  });
});

describe("drift", () => {
  it("that was told before it was put right counts once, and conditions go on from there", () => {
    const former = tell({ found: { standing: [cpuStands] } });
    const seen = { found: { changes: [cpu] }, minute: 5 };
    const told = summarize(former, pass(seen));
    expect([only(told).drift, policyWords(told)]).toEqual([
      { found: 1, repaired: 0, lastAt: "2026-11-22T09:05:02.000Z", open: ["MetricAlarm/cpu-high"] },
      "Ready=Unknown Progressing, Reconciling=True Progressing, Drifted=True DriftFound",
    ]);
    const ended = summarize(former, pass({ ...seen, minute: 6, outcomes: [outcome(cpu, "applied")], told }));
    expect(only(ended).drift).toMatchObject({ found: 1, repaired: 1 });
    expect(only(ended).drift.open).toBeUndefined();
    expect(ended.policies[0]?.conditions[0]).toMatchObject({
      status: "True",
      lastTransitionTime: "2026-11-22T09:06:02.000Z",
    });
  });

  const update = { ...cpu, action: "update" } as const;
  const fine = { found: { standing: [cpuStands] } };
  const g2 = { policies: [{ name: "web", at: "policies/web.yaml:1", generation: "g2" }] };
  const drift = (...passes: readonly Told[]) => {
    const { found, repaired, open } = only(tell(...passes)).drift;
    return `${found} found, ${repaired} repaired${open === undefined ? "" : `, open ${open.join(" ")}`}`;
  };

  it.each<[string, readonly Told[], string]>([
    ["nothing", [fine, fine], "0 found, 0 repaired"],
    ["a first pass", [{ found: { changes: [update] } }], "0 found, 0 repaired"],
    [
      "changed by hand and put right",
      [fine, { found: { changes: [update] }, outcomes: [outcome(update, "applied")] }],
      "1 found, 1 repaired",
    ],
    [
      "deleted by hand and put right",
      [fine, { found: { changes: [cpu] }, outcomes: [outcome(cpu, "applied")] }],
      "1 found, 1 repaired",
    ],
    [
      "found again and again, and not put right",
      [fine, { found: { changes: [update] } }, { found: { changes: [update] } }],
      "1 found, 0 repaired, open MetricAlarm/cpu-high",
    ],
    [
      "put right at the second try",
      [
        fine,
        { found: { changes: [update] }, outcomes: [outcome(update, "failed", "Throttled")] },
        { found: { changes: [update] }, outcomes: [outcome(update, "applied")] },
      ],
      "1 found, 1 repaired",
    ],
    ["put right beside the passes", [fine, { found: { changes: [update] } }, fine], "1 found, 1 repaired"],
    ["no longer wanted", [fine, { found: { changes: [update] } }, { found: {} }], "1 found, 0 repaired"],
    ["the policy changed", [fine, { ...g2, found: { changes: [update] } }], "0 found, 0 repaired"],
    [
      "another policy has come",
      [fine, { found: { selected: { "prod/web": ["more", "web"] }, changes: [update] } }],
      "0 found, 0 repaired",
    ],
    [
      "the policy changed while the service could not be read",
      [
        fine,
        {
          ...g2,
          found: {
            selected: {},
            unknown: [{ kind: "Workload", cluster: "prod", service: "web", code: "X", message: "x" }],
          },
        },
        { ...g2, found: { changes: [update] } },
      ],
      "0 found, 0 repaired",
    ],
    [
      "the policy changed while alarms could not be read",
      [
        fine,
        { ...g2, found: { unknown: [{ kind: "MetricAlarm", code: "X", message: "x" }] } },
        { ...g2, found: { changes: [update] } },
      ],
      "0 found, 0 repaired",
    ],
    [
      "only shown",
      [fine, { found: { changes: [{ ...update, enforcement: "Audit" }] } }],
      "0 found, 0 repaired",
    ],
  ])("%s", (_, passes, words) => {
    expect(drift(...passes)).toBe(words);
  });

  it("is a condition while it is not put right", () => {
    const failed = { found: { changes: [update] }, outcomes: [outcome(update, "failed", "Throttled")] };
    expect(policyWords(tell(fine, failed))).toBe(
      "Ready=False Throttled, Reconciling=True Retrying, Drifted=True DriftFound",
    );
    expect(policyWords(tell(fine, failed, fine))).toBe("Ready=True Succeeded");
  });
});

describe("what belongs to several services", () => {
  const settings = standing("prod", { kind: "ClusterSettings" });
  const { service: _, ...cluster } = settings;

  it("stands apart, and on where it cannot be seen", () => {
    const first = { found: { standing: [cpuStands, cluster] } };
    const expected = [{ kind: "ClusterSettings", name: "prod", cluster: "prod", policies: ["web"] }];
    expect(tell(first).shared.managed).toEqual(expected);
    const dark = tell(first, {
      found: { unknown: [{ kind: "ClusterSettings", cluster: "prod", code: "X", message: "x" }] },
    });
    expect(dark.shared.managed).toEqual(expected);
    expect(policyWords(dark)).toBe("Ready=False X, Reconciling=True Retrying");
    expect(tell(first, { found: {} }).shared.managed).toEqual([]);
    expect(tell(first, { focus: ["prod/web"], found: {} }).shared.managed).toEqual(expected);
  });
});

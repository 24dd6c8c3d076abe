// What is published while a pass writes and while services roll: no more than what is so, and no more often.
import { expect, it } from "vitest";
import type { Outcome } from "../../../../controller/model/plan.ts";
import type { SourceStatus, TargetStatus } from "../../../../controller/model/status.ts";
import type { CurrentPolicies } from "../../../../controller/runtime/controller/source-keeper.ts";
import { createStatusTeller } from "../../../../controller/runtime/controller/status-teller.ts";
import type { Target } from "../../../../controller/runtime/controller/target.ts";
import { createMemory } from "../../../../controller/runtime/controller/target-memory.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { change, type Found, findings, outcome, standing, target } from "../../core/passes.ts";

const name = "ecsmon/prod/web/cpu-high";
const deleted = change({ name });
const right: Found = { standing: [standing(name)] };
const web = { name: "web", spec: {}, file: "web.yaml", at: () => ({ line: 1 }) };
const policies = { policies: { policies: [web] } } as unknown as CurrentPolicies;

function createScene() {
  const clock = createVirtualClock(new Date("2026-11-22T09:00:00Z"));
  const published: TargetStatus[] = [];
  const rolls = { rolling: [] as string[], queued: [] as string[] };
  const sources: SourceStatus[] = [];
  /** What `Ready` said before and says then, of each time that it was told. */
  const told: (readonly [string | undefined, string | undefined])[] = [];
  const memory = createMemory(undefined);
  const lost = new AbortController();
  const teller = createStatusTeller(
    memory,
    { epoch: 1, signal: lost.signal },
    {
      target: { id: target, owner: "ecsmon", account: "123456789012", region: "eu-central-1" } as Target,
      holder: "one",
      clock,
      sources: () => sources,
      paused: () => undefined,
      publish: async (status) => void published.push(status),
      onTold: (status, previous) => told.push([readyOf(previous), readyOf(status)]),
      job: () => ({ rolling: () => rolls.rolling, queued: () => rolls.queued }),
    },
  );
  const report = (found: Found, outcomes: readonly Outcome[] = []) => {
    const startedAt = clock.now();
    const endedAt = new Date(startedAt.getTime() + 2_000);
    return { target, holder: "one", epoch: 1, startedAt, endedAt, findings: findings(found), outcomes };
  };
  return { clock, published, sources, told, rolls, memory, lost, teller, report };
}

const readyOf = (status: Pick<TargetStatus, "conditions"> | undefined): string | undefined =>
  status?.conditions[0]?.reason;

it("tells of drift before it is put right, as part of no pass that has ended", async () => {
  const { clock, published, memory, teller, report } = createScene();
  await teller.ended(report(right), policies, undefined);
  const former = memory.status;
  await clock.advance(60_000);
  teller.found(report({ changes: [deleted] }), policies);
  expect(published[1]).toMatchObject({
    pass: published[0]?.pass,
    services: [{ drift: { found: 1, repaired: 0, open: ["MetricAlarm/cpu-high"] } }],
  });
  // The journal and the rest of the pass go by what was so before.
  expect(memory.status).toBe(former);
  await teller.ended(report({ changes: [deleted] }, [outcome(deleted, "applied")]), policies, undefined);
  expect(published).toHaveLength(3);
  expect(published[2]?.services[0]?.drift).toMatchObject({ found: 1, repaired: 1 });
  expect(published[2]?.pass).not.toEqual(published[0]?.pass);
});

it("does not tell before it is put right of what is no drift, and of what was told before", async () => {
  const { published, teller, report } = createScene();
  await teller.ended(report({}), policies, undefined);
  teller.found(report({ changes: [deleted] }), policies);
  expect(published).toHaveLength(1);
  await teller.ended(report(right), policies, undefined);
  const failed = [outcome(deleted, "failed", "Throttled")];
  for (let tries = 0; tries < 3; tries += 1) {
    teller.found(report({ changes: [deleted] }), policies);
    await teller.ended(report({ changes: [deleted] }, failed), policies, undefined);
  }
  expect(published.map(({ services }) => services[0]?.failed.length ?? 0)).toEqual([0, 0, 0, 1, 1, 1]);
});

it("tells of rollouts as they begin and end, of many at once in one", async () => {
  const { published, rolls, lost, teller, report } = createScene();
  teller.moved();
  await Promise.resolve();
  expect(published).toEqual([]);
  rolls.queued = ["prod/web"];
  await teller.ended(report({ changes: [deleted] }), policies, undefined);
  expect(published.at(-1)?.services[0]).toMatchObject({ queued: true });
  Object.assign(rolls, { rolling: ["prod/web"], queued: [] });
  teller.moved();
  teller.moved();
  await Promise.resolve();
  expect(published).toHaveLength(2);
  expect(published[1]?.services[0]).toMatchObject({ rolling: true });
  expect(published[1]?.services[0]?.queued).toBeUndefined();
  expect(published[1]?.pass).toEqual(published[0]?.pass);
  // Whoever takes over finds what rolls.
  lost.abort();
  teller.moved();
  await Promise.resolve();
  expect(published).toHaveLength(2);
});

it("keeps found drift on show when a rollout moves meanwhile", async () => {
  const { published, rolls, memory, teller, report } = createScene();
  await teller.ended(report(right), policies, undefined);
  teller.found(report({ changes: [deleted] }), policies);
  rolls.rolling = ["prod/web"];
  teller.moved();
  await Promise.resolve();
  expect(published.at(-1)?.services[0]).toMatchObject({ rolling: true, drift: { found: 1, repaired: 0 } });
  expect(memory.status?.services[0]).toMatchObject({ rolling: true, drift: { found: 0 } });
});

it("tells of a source that gets stale, and of one that is current again, without a pass", async () => {
  const { clock, published, sources, told, teller, report } = createScene();
  await teller.ended(report(right), policies, undefined);
  await clock.advance(60_000);
  const staleSince = clock.now().toISOString();
  sources.push({ name: "web.yaml", staleSince, code: "Invalid", message: 'unknown field "alarmz"' });
  teller.moved();
  await Promise.resolve();
  expect(published).toHaveLength(2);
  const [before, broken] = published;
  expect(broken).toMatchObject({ pass: before?.pass, sources, services: before?.services });
  for (const { conditions } of [broken, broken?.policies[0]].filter((one) => one !== undefined))
    expect(conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
      "Ready=False SourceStale",
      "Stalled=True SourceStale",
    ]);
  sources[0] = { name: "web.yaml" };
  teller.moved();
  await Promise.resolve();
  expect(published[2]?.sources).toEqual(sources);
  expect(published[2]?.policies.map(readyOf)).toEqual(["Succeeded"]);
  expect(told).toEqual([
    [undefined, "Succeeded"],
    ["Succeeded", "SourceStale"],
    ["SourceStale", "Succeeded"],
  ]);
});

it("goes on telling that the last pass failed", async () => {
  const { published, clock, teller, report } = createScene();
  await teller.ended(report(right), policies, undefined);
  await clock.advance(60_000);
  const { findings: _, outcomes: __, ...head } = report(right);
  await teller.ended(head, policies, { code: "AccessDenied", message: "may not" });
  await clock.advance(60_000);
  teller.moved();
  await Promise.resolve();
  expect(published).toHaveLength(3);
  expect(readyOf(published[2])).toBe("AccessDenied");
  expect(published[2]).toEqual(published[1]);
});

// One state for each service, the worst that is true of it; and rows as they are asked for.
import { expect, it } from "vitest";
import { readServicesQuery } from "../../../controller/page/query.ts";
import { chooseRows, countStates, listRows } from "../../../controller/page/service-rows.ts";
import { sampleSight, sampleTarget, serviceOf, targetOf } from "./sample-sight.ts";

const rows = listRows(sampleSight);
const choose = (query: string) =>
  chooseRows(rows, readServicesQuery(new URLSearchParams(query))).map(({ service }) => service);

it("says the worst first", () => {
  expect(Object.fromEntries(rows.map(({ service, state }) => [service, state]))).toEqual({
    ready: "ready",
    drifting: "drifted",
    blocked: "blocked",
    failing: "failed",
    rolling: "rolling",
    nobody: "unwatched",
    web: "ready",
  });
  expect(choose("")).toEqual(["failing", "blocked", "drifting", "rolling", "nobody", "web", "ready"]);
  expect(countStates(rows)).toMatchObject({ ready: 2, failed: 1, shown: 0 });
});

it("says what only waits, and what is only shown", () => {
  const item = { kind: "MetricAlarm", name: "cpu", cluster: "prod", action: "create" } as const;
  const target = targetOf("us-east-1", [
    serviceOf("paused", { pending: [{ ...item, service: "paused", enforcement: "Enforce" }] }),
    serviceOf("audited", { pending: [{ ...item, service: "audited", enforcement: "Audit" }] }),
    serviceOf("windowed", {
      blocked: [
        {
          kind: "TaskDefinition",
          name: "w",
          cluster: "prod",
          service: "windowed",
          code: "OutsideWindow",
          message: "later",
        },
      ],
    }),
    serviceOf("left", { policies: [] }),
  ]);
  const states = listRows({ ...sampleSight, targets: [target], audits: new Map() }).map(({ state }) => state);
  expect(states).toEqual(["waiting", "shown", "waiting", "unwatched"]);
});

it.each([
  ["search=prod+rolling", ["rolling"]],
  ["search=NOROOM", ["blocked"]],
  ["search=prod/rolling", ["rolling"]],
  ["search=accessdenied", ["failing"]],
  ["search=baseline+cn", ["web"]],
  ["state=failed", ["failing"]],
  ["state=unheard-of&cluster=cn", ["web"]],
  ["target=ecsmon-123456789012-cn-north-1", ["web"]],
  ["sort=name", ["web", "blocked", "drifting", "failing", "nobody", "ready", "rolling"]],
  ["sort=score&cluster=prod", ["nobody", "ready", "blocked", "drifting", "failing", "rolling"]],
])("?%s gives %j", (query, names) => {
  expect(choose(query)).toEqual(names);
});

it("is judged once while nothing changes, and anew when writing is paused", () => {
  const before = listRows(sampleSight);
  expect(listRows(sampleSight)[0]).toBe(before[0]);
  const paused = listRows({
    ...sampleSight,
    pause: { reason: "move", by: "ann", at: "2026-11-22T10:00:00Z" },
  });
  expect(paused.find(({ service }) => service === "drifting")?.conditions[0]?.reason).toBe("Paused");
  expect(sampleTarget.services).toHaveLength(5);
});

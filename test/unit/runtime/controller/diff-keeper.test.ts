// What pending changes would do is kept for pages: of what waits, without more than there is room for.
import { expect, it } from "vitest";
import type { Change } from "../../../../controller/model/plan.ts";
import type { Pending } from "../../../../controller/model/status.ts";
import { createDiffKeeper } from "../../../../controller/runtime/controller/diff-keeper.ts";
import type { Told } from "../../../../controller/runtime/controller/pass.ts";
import { createMemoryStore } from "../../../../controller/state/memory.ts";
import { readDiffs } from "../../../../controller/state/status-store.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";
import { serviceOf, targetOf } from "../../page/sample-sight.ts";
import { createStoreDouble } from "../../state/store-double.ts";

function pendingOf(service: string, name = "cpu"): Pending {
  return { kind: "MetricAlarm", name, cluster: "prod", service, action: "update", enforcement: "Audit" };
}

function toldOf(services: readonly string[], minute: number, focus?: readonly `${string}/${string}`[]): Told {
  const status = targetOf(
    "us-east-1",
    services.map((service) => serviceOf(service, { pending: [pendingOf(service)] })),
  );
  const changes = services.map((service) => ({
    ...pendingOf(service),
    differences: [],
  })) as unknown as Change[];
  return {
    work: focus === undefined ? { is: "full", why: [] } : { is: "services", keys: focus, why: [] },
    report: {
      ...(focus && { focus }),
      endedAt: new Date(Date.UTC(2026, 10, 22, 3, minute)),
      findings: { plan: { changes } },
    },
    status,
  } as unknown as Told;
}

function createScene(lines: (change: Change) => number = () => 1) {
  const memory = createMemoryStore();
  const double = createStoreDouble(createVirtualClock(), memory);
  const keeper = createDiffKeeper(
    double,
    (change) =>
      Array.from({ length: lines(change) }, () => ({ sign: "+", text: `of ${change.service}` }) as const),
    () => undefined,
  );
  const { target } = targetOf("us-east-1", []);
  return { keeper, double, kept: async () => (await readDiffs(memory, target))?.services };
}

it("is written when it has changed, and not where nothing ever waited", async () => {
  const { keeper, double, kept } = createScene();
  keeper.take(toldOf([], 0));
  await keeper.settled();
  expect(double.calls).toEqual([]);
  keeper.take(toldOf(["web"], 1));
  keeper.take(toldOf(["web"], 2));
  await keeper.settled();
  expect(double.calls).toHaveLength(1);
  // As of when it was first found so.
  expect(await kept()).toMatchObject({
    "prod/web": { at: "2026-11-22T03:01:00.000Z", items: [{ name: "cpu" }] },
  });
  keeper.take(toldOf([], 3));
  await keeper.settled();
  expect(await kept()).toEqual({});
});

it("of services that were not looked at is as it was", async () => {
  const { keeper, kept } = createScene();
  keeper.take(toldOf(["api", "web"], 1));
  const focused = toldOf(["api", "web"], 2, ["prod/web"]);
  keeper.take({
    ...focused,
    report: { ...focused.report, findings: { plan: { changes: [] } } },
  } as unknown as Told);
  await keeper.settled();
  expect(Object.keys((await kept()) ?? {})).toEqual(["prod/api"]);
});

it("has at most so many lines of a change, and says how many are left", async () => {
  const { keeper, kept } = createScene(() => 5_000);
  keeper.take(toldOf(["web"], 1));
  await keeper.settled();
  expect((await kept())?.["prod/web"]?.items).toMatchObject([{ lines: { length: 80 }, left: 4_920 }]);
});

it("has at most 2 MB of a target", async () => {
  const { keeper, kept } = createScene(() => 80);
  keeper.take(
    toldOf(
      Array.from({ length: 3_000 }, (_, index) => `web-${index}`),
      1,
    ),
  );
  await keeper.settled();
  const services = await kept();
  expect(Object.keys(services ?? {}).length).toBeGreaterThan(300);
  expect(JSON.stringify(services).length).toBeLessThan(3_000_000);
});

// What changes while the controller runs: policies in their bucket, what people do by hand, services that go.
import { expect, test } from "vitest";
import type { TargetStatus } from "../../controller/model/status.ts";
import { policyOf } from "./policy.ts";
import type { Replica } from "./replica.ts";
import { byTheClock, type Scene, setScene } from "./scene.ts";

const alarm = "ecsmon/prod/web-1/web-1";

/** By hand: another threshold. */
function breakAlarm({ sandbox: { control } }: Scene): void {
  const asked = control.call("monitoring", "DescribeAlarms", { AlarmNames: [alarm] });
  const { MetricAlarms } = asked as unknown as { MetricAlarms: Record<string, unknown>[] };
  const { AlarmName, Namespace, MetricName, Dimensions, Statistic, Period, ...rest } = MetricAlarms[0] ?? {};
  const { EvaluationPeriods, ComparisonOperator } = rest;
  const metric = { Namespace, MetricName, Dimensions, Statistic, Period };
  const edited = { AlarmName, ...metric, EvaluationPeriods, ComparisonOperator, Threshold: 1 };
  control.call("monitoring", "PutMetricAlarm", edited);
}

/** Milliseconds until the alarm has this threshold. */
async function untilThreshold(scene: Scene, threshold: number): Promise<number> {
  const since = performance.now();
  await scene.until(`${alarm} at ${threshold}`, () => scene.alarms()[alarm] === threshold);
  return performance.now() - since;
}

/** What the replicas tell of the one target. */
async function readTold(scene: Scene): Promise<TargetStatus> {
  const [text = ""] = Object.values(await scene.readState("status/targets/"));
  return (JSON.parse(text) as { value: TargetStatus }).value;
}

async function startWriting(scene: Scene, who = "a"): Promise<Replica> {
  const replica = await scene.startReplica(who);
  const hasWritten = () => replica.said("pass").some(({ written }) => Number(written) > 0);
  await scene.until("a pass has written", hasWritten);
  return replica;
}

test(
  "a changed policy takes effect within one poll, an edited alarm is put right within 5 s of its event",
  byTheClock,
  async () => {
    const scene = await setScene({ services: 3, events: true });
    await scene.putPolicy("web.yaml", policyOf("web", 2, 80));
    await startWriting(scene);
    await scene.putPolicy("web.yaml", policyOf("web", 2, 90));
    // A poll is a second; the look and the writes come on top.
    expect(await untilThreshold(scene, 90)).toBeLessThan(5_000);

    breakAlarm(scene);
    expect(scene.alarms()[alarm]).toBe(1);
    expect(await untilThreshold(scene, 90)).toBeLessThan(5_000);

    scene.sandbox.control.call("monitoring", "DeleteAlarms", { AlarmNames: [alarm] });
    expect(await untilThreshold(scene, 90)).toBeLessThan(5_000);
  },
);

test("a source that breaks, and one that is mended, is told of without a look", async () => {
  const scene = await setScene();
  const sound = policyOf("web", 2, 80);
  await scene.putPolicy("web.yaml", sound);
  const replica = await startWriting(scene);
  await scene.putPolicy("web.yaml", sound.replace("alarms", "alarmz"));
  const stale = { type: "Ready", status: "False", reason: "SourceStale" };
  await expect
    .poll(() => readTold(scene))
    .toMatchObject({
      sources: [{ code: "Invalid", message: expect.stringContaining('unknown field "alarmz"') }],
      conditions: [stale, {}],
      policies: [{ conditions: [stale, {}] }],
    });
  await scene.putPolicy("web.yaml", sound);
  const well = { type: "Ready", status: "True", reason: "Succeeded" };
  await expect
    .poll(() => readTold(scene))
    .toMatchObject({ conditions: [well], policies: [{ conditions: [well] }] });
  expect((await readTold(scene)).sources[0]).not.toHaveProperty("staleSince");
  expect(replica.said("pass")).toHaveLength(1);
});

test("without events an edited alarm is put right within one resync", byTheClock, async () => {
  const scene = await setScene({ services: 3, spec: { resync: "3s" } });
  await scene.putPolicy("web.yaml", policyOf("web", 2, 80));
  await startWriting(scene);
  breakAlarm(scene);
  expect(await untilThreshold(scene, 80)).toBeLessThan(5_000);
});

test("a deleted policy is held back above maxDeletes, and takes its alarms with it within", async () => {
  const scene = await setScene({ services: 2, spec: { resync: "2s", maxDeletes: 4 } });
  const big = policyOf("big", 3, 80);
  await scene.putPolicy("big.yaml", big);
  await scene.putPolicy("small.yaml", policyOf("small", 2, 80));
  await scene.putPolicy("other.yaml", policyOf("other", 1, 80));
  const replica = await startWriting(scene);
  expect(Object.keys(scene.alarms())).toHaveLength(12);

  await scene.deletePolicy("big.yaml");
  const isHeld = () => replica.said("pass").filter(({ blocked }) => Number(blocked) > 0).length >= 2;
  await scene.until("two looks that hold it back", isHeld);
  expect(Object.keys(scene.alarms())).toHaveLength(12);
  const get = await scene.start("person", "get", "services", "-o", "json");
  expect((await get.ended).stdout).toContain("DeleteGuard");

  await scene.putPolicy("big.yaml", big);
  const isWhole = () => replica.said("pass").at(-1)?.["blocked"] === 0;
  await scene.until("nothing is held back any more", isWhole);
  await scene.deletePolicy("small.yaml");
  await scene.until("its alarms are gone", () => Object.keys(scene.alarms()).length === 8);
  expect(Object.keys(scene.alarms()).filter((name) => name.includes("small"))).toEqual([]);
});

test("alarms of a deleted service stay for an hour, over a restart too", async () => {
  const scene = await setScene({ services: 2, spec: { resync: "2s" } });
  await scene.putPolicy("web.yaml", policyOf("web", 2, 80));
  const replica = await startWriting(scene);
  const own = () => Object.keys(scene.alarms()).filter((name) => name.includes("/web-1/"));
  expect(own()).toHaveLength(2);
  scene.sandbox.control.call("ecs", "DeleteService", { cluster: "prod", service: "web-1", force: true });
  const isSeen = () => replica.said("pass").filter(({ services }) => services === 1).length >= 2;
  await scene.until("two looks without the service", isSeen);
  expect(own()).toHaveLength(2);
  replica.kill("SIGTERM");
  expect((await replica.ended).code).toBe(0);

  // An hour later, as far as the status knows.
  const [[key = "", text = ""] = []] = Object.entries(await scene.readState("status/targets/"));
  const [[, since = ""] = []] = Object.entries(
    (JSON.parse(text) as { value: { gone: Record<string, string> } }).value.gone,
  );
  expect(since).not.toBe("");
  await scene.writeState(key, text.replaceAll(since, new Date(Date.parse(since) - 3_600_000).toISOString()));
  await startWriting(scene, "b");
  expect(own()).toEqual([]);
  expect(Object.keys(scene.alarms())).toHaveLength(2);
});

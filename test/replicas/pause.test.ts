// The freeze switch: within five seconds no replica starts another write, until it is turned again.
import { expect, test } from "vitest";
import { policyOf } from "./policy.ts";
import { byTheClock, setScene } from "./scene.ts";
import { slowWrites } from "./traffic.ts";

test(
  "after `ecsmon pause` no replica starts a write later than 5 s; after `resume` they go on",
  byTheClock,
  async () => {
    const scene = await setScene({ services: 20, spec: { resync: "2s" } });
    const { traffic } = scene;
    const all = 200;
    await scene.putPolicy("web.yaml", policyOf("web", 10, 80));
    // All of it would take twenty seconds.
    traffic.keepAnswers(slowWrites(600));
    const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
    await scene.until("the controller writes", () => traffic.writes().length >= 10);
    const pause = await scene.start("person", "pause", "--reason", "load test");
    expect((await pause.ended).code).toBe(0);
    const pausedAt = performance.now();
    const said = (event: string) => replicas.every((one) => one.said(event).length > 0);
    await scene.until("both know", () => said("writes-paused"));
    expect(performance.now() - pausedAt).toBeLessThan(5_000);

    // What is wanted is still looked at, and still not written, when five seconds are over.
    const looks = () => replicas.flatMap((one) => one.said("pass"));
    const isLate = () => performance.now() - pausedAt > 5_000;
    await scene.until("five seconds are over", isLate);
    const before = looks().length;
    await scene.until("two more looks", () => looks().length >= before + 2);
    for (const { changes, written } of looks().slice(before)) {
      expect(Number(changes)).toBeGreaterThan(0);
      expect(written).toBe(0);
    }
    const late = traffic.writes().filter(({ at }) => at > pausedAt + 5_000);
    expect(late).toEqual([]);
    // An apply from outside heeds it as well.
    const apply = await scene.start("apply", "apply", "--yes");
    const { code, stderr, stdout } = await apply.ended;
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).toContain("load test");
    expect(traffic.writes("apply")).toEqual([]);

    traffic.keepAnswers(undefined);
    const resume = await scene.start("person", "resume");
    expect((await resume.ended).code).toBe(0);
    await scene.until("all alarms stand", () => Object.keys(scene.alarms()).length === all);
    expect(Object.values(scene.timesWritten())).toEqual(Array(all).fill(1));
  },
);

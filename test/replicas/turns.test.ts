// Two replicas and one target: exactly one writes at any time, also beside an `ecsmon apply` from outside.
import { expect, test } from "vitest";
import { policyOf } from "./policy.ts";
import { holderOf } from "./replica.ts";
import { setScene } from "./scene.ts";
import { slowWrites, type Turn, turnsOf } from "./traffic.ts";

test("two replicas and an apply in between write one after the other, never in turns", async () => {
  const scene = await setScene({ services: 20 });
  const { traffic } = scene;
  await scene.putPolicy("web.yaml", policyOf("web", 10, 80));
  traffic.keepAnswers(slowWrites(60));
  const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
  await scene.until("the controller writes", () => traffic.writes().length >= 20, 15_000);
  const first = holderOf(replicas);

  const apply = await scene.start("apply", "apply", "--yes");
  const { code, stderr } = await apply.ended;
  expect(stderr).not.toContain("failed");
  expect(code).toBe(0);
  expect(traffic.writes("apply").length).toBeGreaterThan(0);
  await scene.until("all alarms stand", () => Object.keys(scene.alarms()).length === 200, 5_000);
  // Nobody wrote what another had written.
  expect(Object.values(scene.timesWritten())).toEqual(Array(200).fill(1));

  traffic.keepAnswers(undefined);
  await scene.putPolicy("web.yaml", policyOf("web", 10, 90));
  const isDone = () => Object.values(scene.alarms()).every((threshold) => threshold === 90);
  await scene.until("a replica has the lease back and writes", isDone, 10_000);
  const turns = turnsOf(traffic.writes());
  expect(turns.map(({ who }) => who)).toEqual([first?.who, "apply", holderOf(replicas)?.who]);
  expectNoOverlap(turns);
  expect(first?.said("lease-claimed")).toHaveLength(1);
});

/** The last answer of a turn came before the next one began. */
function expectNoOverlap(turns: readonly Turn[]): void {
  for (const [index, { writes }] of turns.entries()) {
    const next = turns[index + 1]?.writes[0];
    if (next === undefined) return;
    const answered = writes.map(({ answeredAt = Number.POSITIVE_INFINITY }) => answeredAt);
    expect(Math.max(...answered)).toBeLessThan(next.at);
  }
}

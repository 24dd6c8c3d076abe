// Two replicas and one target: exactly one writes at any time, also beside an `ecsmon apply` from outside.
import { expect, test } from "vitest";
import { policyOf } from "./policy.ts";
import { holderOf } from "./replica.ts";
import { setScene } from "./scene.ts";
import { type Arrival, findOverlap, isWrite, slowWrites, turnsOf } from "./traffic.ts";

test("two replicas and an apply in between write one after the other, never in turns", async () => {
  const scene = await setScene({ services: 20 });
  const { traffic } = scene;
  await scene.putPolicy("web.yaml", policyOf("web", 10, 80));
  // The controller is in the midst of it when `apply` asks for the lease.
  const isClaim = ({ who, operation }: Arrival) =>
    who === "apply" && operation.startsWith("PUT /state/leases/");
  const claimed = () => traffic.arrivals.some(isClaim);
  traffic.keepAnswers(async (arrival) => {
    if (!isWrite(arrival)) return;
    if (arrival.who !== "apply") await scene.until("apply claims the lease", claimed);
    await slowWrites(60)(arrival);
  });
  const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
  await scene.until("the controller writes", () => traffic.writes().length > 0);
  const first = holderOf(replicas);

  const apply = await scene.start("apply", "apply", "--yes");
  const { code, stderr } = await apply.ended;
  expect(stderr).not.toContain("failed");
  expect(code).toBe(0);
  expect(traffic.writes("apply").length).toBeGreaterThan(0);
  await scene.until("all alarms stand", () => Object.keys(scene.alarms()).length === 200);
  // Nobody wrote what another had written.
  expect(Object.values(scene.timesWritten())).toEqual(Array(200).fill(1));

  traffic.keepAnswers(undefined);
  await scene.putPolicy("web.yaml", policyOf("web", 10, 90));
  const isDone = () => Object.values(scene.alarms()).every((threshold) => threshold === 90);
  await scene.until("a replica has the lease back and writes", isDone);
  const turns = turnsOf(traffic.writes());
  expect(turns.map(({ who }) => who)).toEqual([first?.who, "apply", holderOf(replicas)?.who]);
  expect(findOverlap(turns)).toBeUndefined();
  expect(first?.said("lease-claimed")).toHaveLength(1);
});

// Several targets and two replicas: they share the targets, and one that is left alone has them all.
import { expect, test } from "vitest";
import { policyOf } from "./policy.ts";
import { holds } from "./replica.ts";
import { setScene } from "./scene.ts";
import type { Arrival } from "./traffic.ts";

const regions = ["us-east-1", "eu-west-1", "ap-northeast-1"];

test("two replicas share three Regions; when one dies, the other has all three", async () => {
  const scene = await setScene({ regions, services: 2 });
  const { traffic } = scene;
  await scene.putPolicy("web.yaml", policyOf("web", 2, 80));
  // Started together: neither goes on before both are there.
  const isCaller = ({ operation }: Arrival) => operation === "GetCallerIdentity";
  const both = () => new Set(traffic.arrivals.filter(isCaller).map(({ who }) => who)).size === 2;
  traffic.keepAnswers((arrival) =>
    isCaller(arrival) ? scene.until("both have begun", both, 15_000) : undefined,
  );
  const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
  const held = () => replicas.map((one) => regions.filter((region) => holds(one, region)));
  await scene.until("every Region is held", () => held().flat().length === regions.length, 20_000);
  expect(
    held()
      .map(({ length }) => length)
      .sort(),
  ).toEqual([1, 2]);
  expect(held().flat().sort()).toEqual([...regions].sort());
  const isComplete = () => regions.every((region) => Object.keys(scene.alarms(region)).length === 4);
  await scene.until("all alarms stand", isComplete, 10_000);
  for (const region of regions) {
    const writers = traffic
      .writes()
      .filter((write) => write.region === region)
      .map(({ who }) => who);
    expect(new Set(writers)).toEqual(new Set([replicas.find((one) => holds(one, region))?.who]));
  }

  const [first, second] = replicas;
  if (first === undefined || second === undefined) throw new Error("two were started");
  const killedAt = performance.now();
  first.kill("SIGKILL");
  await first.ended;
  await scene.until("the other has all", () => regions.every((region) => holds(second, region)), 15_000);
  expect(performance.now() - killedAt).toBeLessThan(scene.lease * 1000 + 2_000);
});

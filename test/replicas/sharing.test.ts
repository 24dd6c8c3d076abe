// Several targets and two replicas: they share the targets; one that is left alone has them all, until another comes.
import { expect, test } from "vitest";
import { policyOf } from "./policy.ts";
import { heldAt, holds, type Replica } from "./replica.ts";
import { byTheClock, type Scene, setScene } from "./scene.ts";
import { type Arrival, findOverlap, turnsOf } from "./traffic.ts";

const regions = ["us-east-1", "eu-west-1", "ap-northeast-1"];

test(
  "two replicas share three Regions; one that is left alone has all three, and gives one to a new one",
  byTheClock,
  async () => {
    const scene = await setScene({ regions, services: 2 });
    const { traffic } = scene;
    await scene.putPolicy("web.yaml", policyOf("web", 2, 80));
    // Started together: neither goes on before both are there.
    const isCaller = ({ operation }: Arrival) => operation === "GetCallerIdentity";
    const both = () => new Set(traffic.arrivals.filter(isCaller).map(({ who }) => who)).size === 2;
    traffic.keepAnswers((arrival) => (isCaller(arrival) ? scene.until("both have begun", both) : undefined));
    const [first, second] = await Promise.all([scene.startReplica("a"), scene.startReplica("b")]);
    await untilShared(scene, [first, second]);
    const isComplete = () => regions.every((region) => Object.keys(scene.alarms(region)).length === 4);
    await scene.until("all alarms stand", isComplete);

    const killedAt = performance.now();
    first.kill("SIGKILL");
    await first.ended;
    await scene.until("the other has all", () => regions.every((region) => holds(second, region)));
    expect(performance.now() - killedAt).toBeLessThan(scene.lease * 1000 + 2_000);

    traffic.keepAnswers(undefined);
    const third = await scene.startReplica("c");
    await untilShared(scene, [second, third]);
    await scene.putPolicy("web.yaml", policyOf("web", 2, 90));
    const isChanged = (region: string) => Object.values(scene.alarms(region)).every((value) => value === 90);
    await scene.until("all is as the new policy says", () => regions.every(isChanged));
    for (const region of regions) {
      const writes = traffic.writes().filter((write) => write.region === region);
      expect(findOverlap(turnsOf(writes))).toBeUndefined();
    }
    // Who wrote held it then; it may have changed hands since.
    for (const one of [first, second, third])
      expect(traffic.writes(one.who).filter(({ region, at }) => !heldAt(one, region, at))).toEqual([]);
  },
);

async function untilShared(scene: Scene, replicas: readonly Replica[]): Promise<void> {
  const shares = () => replicas.map((one) => regions.filter((region) => holds(one, region)).length);
  const isShared = () =>
    shares()
      .sort((a, b) => a - b)
      .join() === "1,2";
  await scene.until("one has one Region and the other two", isShared);
}

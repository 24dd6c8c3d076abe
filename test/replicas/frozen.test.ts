// A holder that is stopped for longer than its lease, in the midst of writing: when it wakes, it starts no write.
import fc from "fast-check";
import { expect, test } from "vitest";
import { policyOf } from "./policy.ts";
import { holderOf, otherOf } from "./replica.ts";
import { setScene } from "./scene.ts";
import { slowWrites } from "./traffic.ts";

const services = 10;
const perService = 10;
const all = services * perService;

test("SIGSTOP at random moments, SIGCONT after the other took over: the woken one starts no write", async () => {
  const scene = await setScene({ services });
  const { traffic } = scene;
  const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
  await scene.putPolicy("web.yaml", policyOf("web", perService, 1));
  await scene.until("all alarms stand", () => Object.keys(scene.alarms()).length === all, 30_000);
  await scene.until(
    "the other waits",
    () => replicas.some((one) => one.said("lease-waiting").length > 0),
    5_000,
  );

  // Each time the one that was stopped is the one that takes over next: it takes part again.
  for (const [round, { writes, delay }] of moments().entries()) {
    const threshold = 2 + round;
    const before = traffic.arrivals.length;
    const since = () => traffic.writes().filter((write) => traffic.arrivals.indexOf(write) >= before);
    traffic.keepAnswers(slowWrites(delay));
    await scene.putPolicy("web.yaml", policyOf("web", perService, threshold));
    await scene.until(`write ${writes} of round ${round}`, () => since().length >= writes, 15_000);
    const holder = holderOf(replicas);
    if (holder === undefined) throw new Error("nobody holds the target");
    const other = otherOf(replicas, holder);
    holder.kill("SIGSTOP");
    const told = holder.lines.length;
    const stoppedAt = performance.now();
    await scene.until("the other writes", () => since().some(({ who }) => who === other.who), 15_000);
    const taken = since().findIndex(({ who }) => who === other.who);
    expect(performance.now() - stoppedAt).toBeLessThan(scene.lease * 1000 + 2_000);

    holder.kill("SIGCONT");
    const said = (event: string) => holder.lines.slice(told).some((line) => line.event === event);
    await scene.until("the woken one knows", () => said("lease-lost"), 5_000);
    await scene.until("it waits for the lease again", () => said("lease-waiting"), 5_000);
    const isDone = () => Object.values(scene.alarms()).every((value) => value === threshold);
    await scene.until("all is written", isDone, 20_000);
    await scene.until(
      "its pass has ended",
      () => other.said("pass").at(-1)?.["changes"] !== undefined,
      5_000,
    );
    const late = since()
      .slice(taken)
      .filter(({ who }) => who !== other.who);
    expect(late).toEqual([]);
    expect(holderOf(replicas)).toBe(other);
  }
});

/** After how many writes of a round it is stopped, and how slow the answers are: what is in flight and what waits. */
function moments(): readonly { readonly writes: number; readonly delay: number }[] {
  const moment = fc.record({
    writes: fc.integer({ min: 1, max: 80 }),
    delay: fc.integer({ min: 20, max: 100 }),
  });
  return fc.sample(moment, { numRuns: 4, seed: 5 });
}

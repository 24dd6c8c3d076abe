// A holder that dies, and one that is told to stop: the other goes on where it left off.
import { expect, test } from "vitest";
import type { JournalEntry } from "../../controller/model/status.ts";
import { policyOf } from "./policy.ts";
import { holderOf, otherOf, type Replica } from "./replica.ts";
import { byTheClock, type Scene, setScene } from "./scene.ts";
import { isWrite, slowWrites } from "./traffic.ts";

const services = 10;
const perService = 10;
const all = services * perService;

/** Two replicas, one of which is in the midst of writing a hundred alarms; the other waits for its lease. */
async function setWriting(): Promise<{ scene: Scene; holder: Replica; other: Replica }> {
  const scene = await setScene({ services });
  const { traffic } = scene;
  await scene.putPolicy("web.yaml", policyOf("web", perService, 80));
  traffic.keepAnswers(slowWrites(100));
  const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
  await scene.until(
    "one writes, the other waits",
    () => traffic.writes().length >= 20 && replicas.some((one) => one.said("lease-waiting").length > 0),
  );
  const holder = holderOf(replicas);
  if (holder === undefined) throw new Error("nobody holds the target");
  return { scene, holder, other: otherOf(replicas, holder) };
}

/** Milliseconds from then until this replica wrote for the first time. */
async function untilFirstWrite({ traffic, until }: Scene, who: string, since: number): Promise<number> {
  await until(`${who} writes`, () => traffic.writes(who).length > 0);
  traffic.keepAnswers(undefined);
  return (traffic.writes(who)[0]?.at ?? Number.NaN) - since;
}

async function untilAllStand(scene: Scene, replica: Replica): Promise<void> {
  await scene.until("all alarms stand", () => Object.keys(scene.alarms()).length === all);
  await scene.until("its pass has ended", () => replica.said("pass").length > 0);
}

test(
  "SIGKILL of the holder while it writes: the other goes on within lease time + 2 s",
  byTheClock,
  async () => {
    const { scene, holder, other } = await setWriting();
    const killedAt = performance.now();
    holder.kill("SIGKILL");
    expect(await holder.ended).toMatchObject({ signal: "SIGKILL" });
    const tookOver = await untilFirstWrite(scene, other.who, killedAt);
    expect(tookOver).toBeLessThan(scene.lease * 1000 + 2_000);
    await untilAllStand(scene, other);
    // Nothing is lost, and nothing that stood was written again.
    expect(Object.values(scene.timesWritten())).toEqual(Array(all).fill(1));

    const entries = await readJournal(scene);
    const { holder: dead } = entries.find(({ epoch }) => epoch === 1) ?? {};
    const ofDead = entries.filter((entry) => entry.holder === dead);
    expect(ofDead).toHaveLength(all);
    // It could not tell of any of them how it went.
    expect(new Set(ofDead.map(({ result }) => result))).toEqual(new Set(["begun"]));
    const ofOther = entries.filter((entry) => entry.holder !== dead);
    expect(new Set(ofOther.map(({ result }) => result))).toEqual(new Set(["applied"]));
    expect(ofOther).toHaveLength(scene.traffic.writes(other.who).length);
  },
);

test(
  "SIGTERM of the holder while it writes: it exits with 0, and the other goes on within 3 s",
  byTheClock,
  async () => {
    const { scene, holder, other } = await setWriting();
    const toldAt = performance.now();
    holder.kill("SIGTERM");
    const [{ code }, tookOver] = await Promise.all([holder.ended, untilFirstWrite(scene, other.who, toldAt)]);
    expect(code).toBe(0);
    expect(tookOver).toBeLessThan(3_000);
    await untilAllStand(scene, other);
    expect(Object.values(scene.timesWritten())).toEqual(Array(all).fill(1));
    // What it had begun it ended before it gave the lease back.
    const answered = scene.traffic.writes(holder.who).map(({ answeredAt = Number.NaN }) => answeredAt);
    expect(Math.max(...answered)).toBeLessThan(scene.traffic.writes(other.who)[0]?.at ?? 0);
    const entries = await readJournal(scene);
    expect(entries.filter(({ result }) => result === "begun")).toEqual([]);
  },
);

test(
  "SIGTERM of an idle holder: what changes then is put right by the other within 3 s",
  byTheClock,
  async () => {
    const scene = await setScene({ services: 2 });
    await scene.putPolicy("web.yaml", policyOf("web", 1, 80));
    const replicas = await Promise.all(["a", "b"].map((who) => scene.startReplica(who)));
    const isIdle = () => replicas.some((one) => one.said("pass").length > 0);
    await scene.until("the first pass has ended", isIdle);
    const holder = holderOf(replicas);
    if (holder === undefined) throw new Error("nobody holds the target");
    const other = otherOf(replicas, holder);
    await scene.until("the other waits", () => other.said("lease-waiting").length > 0);
    const toldAt = performance.now();
    holder.kill("SIGTERM");
    scene.sandbox.control.call("monitoring", "DeleteAlarms", { AlarmNames: ["ecsmon/prod/web-1/web-1"] });
    const [{ code }, tookOver] = await Promise.all([holder.ended, untilFirstWrite(scene, other.who, toldAt)]);
    expect(code).toBe(0);
    expect(tookOver).toBeLessThan(3_000);
  },
);

test("a second SIGTERM ends it at once, whatever it waits for", byTheClock, async () => {
  const scene = await setScene();
  await scene.putPolicy("web.yaml", policyOf("web", 1, 80));
  const over = new AbortController();
  const isOver = new Promise<void>((resolve) => over.signal.addEventListener("abort", () => resolve()));
  // Answers that do not come.
  scene.traffic.keepAnswers((arrival) => (isWrite(arrival) ? isOver : undefined));
  const replica = await scene.startReplica("a");
  await scene.until("it writes", () => scene.traffic.writes().length > 0);
  replica.kill("SIGTERM");
  await scene.until("it is stopping", () => replica.said("stopping").length > 0);
  expect(replica.hasEnded()).toBe(false);
  const toldAt = performance.now();
  replica.kill("SIGTERM");
  await replica.ended;
  expect(performance.now() - toldAt).toBeLessThan(1_000);
  over.abort();
});

async function readJournal(scene: Scene): Promise<readonly JournalEntry[]> {
  const get = await scene.start("person", "get", "history", "--limit", "1000", "-o", "json");
  const { stdout } = await get.ended;
  return (JSON.parse(stdout) as { items: JournalEntry[] }).items;
}

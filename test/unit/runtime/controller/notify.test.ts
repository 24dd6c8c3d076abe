// Notices for EventBridge: in batches, at most once an hour for the same trouble, and never in anybody's way.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type BusEvent, mostBytes, type RefusedEvent } from "../../../../controller/aws/notify.ts";
import { createMetrics } from "../../../../controller/runtime/controller/metrics.ts";
import {
  createNotifier,
  type Notice,
  noticeNames,
} from "../../../../controller/runtime/controller/notify.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

type Answer = (events: readonly BusEvent[]) => readonly RefusedEvent[];

function startNotifier(answer: Answer = () => []) {
  const clock = createVirtualClock();
  const sent: BusEvent[][] = [];
  const lost: number[] = [];
  const lines: string[] = [];
  let open: (() => void) | undefined;
  let gate: Promise<void> | undefined;
  const notifier = createNotifier({
    async send(events) {
      sent.push([...events]);
      await gate;
      return answer(events);
    },
    replica: "a",
    clock,
    log: (level, event) => void lines.push(`${level} ${event}`),
    metrics: { ...createMetrics({ version: "1" }), notificationsLost: (count) => void lost.push(count) },
  });
  return {
    ...notifier,
    clock,
    sent,
    lost,
    lines,
    shut() {
      gate = new Promise((resolve) => {
        open = resolve;
      });
    },
    open: () => open?.(),
  };
}

const drift = (name: string): Notice => ({ what: "Drift", target: "t", kind: "MetricAlarm", name });
const failure: Notice = {
  what: "Failure",
  target: "t",
  kind: "Service",
  name: "prod/web",
  code: "AccessDenied",
};
const refuse =
  (isRetryable: boolean): Answer =>
  (events) =>
    events.map((event) => ({ event, code: "ThrottlingException", message: "slow down", isRetryable }));

it("sends what is told, ten at once", async () => {
  const { tell, clock, sent } = startNotifier();
  for (let at = 0; at < 25; at++) tell(drift(`alarm-${at}`));
  await clock.advance(0);
  expect(sent.map(({ length }) => length)).toEqual([1, 10, 10, 4]);
  expect(sent[0]?.[0]).toEqual({
    time: clock.now(),
    detailType: "ecsmon Drift",
    detail: { target: "t", kind: "MetricAlarm", name: "alarm-0", replica: "a" },
  });
  expect(sent.flat().map(({ detail }) => detail["name"])).toEqual(
    Array.from({ length: 25 }, (_, at) => `alarm-${at}`),
  );
});

it("tells the same trouble once an hour, and at once when it has come back", async () => {
  const { tell, clock, sent } = startNotifier();
  const tellAll = async (...notices: Notice[]) => {
    for (const notice of notices) tell(notice);
    await clock.advance(0);
    return sent
      .splice(0)
      .flat()
      .map(({ detailType }) => detailType);
  };
  expect(await tellAll(failure, failure, { ...failure, code: "Throttled" })).toHaveLength(2);
  await clock.advance(59 * 60_000);
  expect(await tellAll(failure)).toEqual([]);
  await clock.advance(60_000);
  expect(await tellAll(failure)).toEqual(["ecsmon Failure"]);
  const { code: _, ...thing } = failure;
  expect(await tellAll({ ...thing, what: "Recovered" }, failure)).toEqual([
    "ecsmon Recovered",
    "ecsmon Failure",
  ]);
});

it("sends again what the bus could not take, and that alone", async () => {
  let asked = 0;
  const { tell, clock, sent, lost, lines } = startNotifier((events) => {
    asked += 1;
    return asked === 1 ? [] : asked === 2 ? refuse(true)(events.slice(1, 2)) : [];
  });
  for (const name of ["a", "b", "c"]) tell(drift(name));
  await clock.advance(1_000);
  expect(sent.map((events) => events.map(({ detail }) => detail["name"]))).toEqual([
    ["a"],
    ["b", "c"],
    ["c"],
  ]);
  expect([lost, lines]).toEqual([[], []]);
});

it.each([
  [true, 4],
  [false, 1],
])(
  "gives up what is refused (retryable: %s) after %i attempts, and goes on",
  async (isRetryable, attempts) => {
    const { tell, clock, sent, lost, lines } = startNotifier(refuse(isRetryable));
    tell(drift("a"));
    await clock.advance(60_000);
    expect(sent).toHaveLength(attempts);
    expect([lost, lines]).toEqual([[1], ["warn notification-lost"]]);
    tell(drift("b"));
    await clock.advance(0);
    expect(sent).toHaveLength(attempts + 1);
  },
);

it("keeps a thousand while the bus hangs, and says how many were lost", async () => {
  const { tell, clock, sent, lost, shut, open } = startNotifier();
  shut();
  for (let at = 0; at < 1_101; at++) tell(drift(`alarm-${at}`));
  open();
  await clock.advance(0);
  expect(lost.reduce((sum, count) => sum + count, 0)).toBe(100);
  const names = sent.flat().map(({ detail }) => detail["name"]);
  expect(names).toHaveLength(1_001);
  expect(names.at(-1)).toBe("alarm-1100");
});

it("sends what is left at the end, for as long as it may", async () => {
  const quick = startNotifier();
  quick.tell(drift("a"));
  quick.tell(drift("b"));
  await quick.close(1_000);
  expect(quick.sent.flat()).toHaveLength(2);

  const slow = startNotifier();
  slow.shut();
  slow.tell(drift("a"));
  slow.tell(drift("b"));
  const closed = slow.close(1_000);
  await slow.clock.advance(1_000);
  await closed;
  expect(slow.lost).toEqual([1]);
});

it("cuts what no bus would take", async () => {
  const { tell, clock, sent } = startNotifier();
  tell({
    ...failure,
    message: "m".repeat(100_000),
    policies: Array.from({ length: 5_000 }, (_, at) => `policy-${at}`),
  });
  await clock.advance(0);
  const detail = sent[0]?.[0]?.detail;
  expect(detail).toMatchObject({ name: "prod/web", code: "AccessDenied", isCut: true });
  expect(JSON.stringify(detail).length).toBeLessThan(mostBytes);
});

it("has in docs/controller.md what it has", () => {
  const page = readFileSync("docs/controller.md", "utf8");
  const section = page.split("\n## Notices\n")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `ecsmon "));
  const told = rows.flatMap((row) => [...row.matchAll(/`ecsmon (\w+)`/g)].map(([, name]) => name));
  expect(told.sort()).toEqual([...noticeNames].sort());
});

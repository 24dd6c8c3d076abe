// Looks at pages do not become a stream of calls.
import { expect, it } from "vitest";
import { createAlarmReader } from "../../../../controller/runtime/controller/alarm-reader.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

const standing = { AlarmName: "a", StateValue: "ALARM", StateReason: "too much", ActionsEnabled: true };

function createScene(answer: () => Promise<unknown> = async () => ({ MetricAlarms: [standing] })) {
  const clock = createVirtualClock();
  const asked: readonly string[][] = [];
  const send = ({ input }: { input: { AlarmNames: string[] } }) => {
    (asked as string[][]).push(input.AlarmNames);
    return answer();
  };
  const aws = { cloudwatch: { send } } as unknown as Parameters<ReturnType<typeof createAlarmReader>>[2];
  return { clock, asked, aws, read: createAlarmReader(clock) };
}

it("asks once in half a minute, by name, and tells of what is not there", async () => {
  const { clock, asked, aws, read } = createScene();
  const first = await read({ key: "/services/x", asOf: "1" }, ["a", "b"], aws);
  expect(first).toMatchObject({
    left: 0,
    states: [
      { name: "a", state: "ALARM" },
      { name: "b", state: "MISSING" },
    ],
  });
  await clock.advance(29_000);
  expect(await read({ key: "/services/x", asOf: "1" }, ["a", "b"], aws)).toBe(first);
  // Another alarm is to be there now.
  await read({ key: "/services/x", asOf: "1" }, ["a", "b", "c"], aws);
  await clock.advance(30_000);
  await read({ key: "/services/x", asOf: "1" }, ["a", "b", "c"], aws);
  expect(asked).toEqual([
    ["a", "b"],
    ["a", "b", "c"],
    ["a", "b", "c"],
  ]);
  expect(clock.sleepers).toBe(0);
});

it("asks again when something was written since, and rather tells what was so than nothing", async () => {
  const { clock, asked, aws, read } = createScene();
  const first = await read({ key: "/services/x", asOf: "1" }, ["a"], aws);
  const second = await read({ key: "/services/x", asOf: "2" }, ["a"], aws);
  expect(second).not.toBe(first);
  expect(asked).toHaveLength(2);
  for (let index = 0; index < 28; index += 1)
    await read({ key: `/services/${index}`, asOf: "1" }, ["a"], aws);
  await clock.advance(31_000);
  expect(await read({ key: "/services/x", asOf: "2" }, ["a"], aws)).toBe(second);
  expect(await read({ key: "/services/x", asOf: "3" }, ["a"], aws)).toBe(second);
  // Of other names it says nothing.
  expect(await read({ key: "/services/x", asOf: "3" }, ["b"], aws)).toMatchObject({ code: "AskedOften" });
  expect(asked).toHaveLength(30);
});

it("asks for no more than one call takes, and not at all for none", async () => {
  const { asked, aws, read } = createScene();
  const names = Array.from({ length: 130 }, (_, index) => `alarm-${index}`);
  expect(await read({ key: "/x", asOf: "1" }, names, aws)).toMatchObject({
    left: 30,
    states: { length: 100 },
  });
  expect(await read({ key: "/y", asOf: "1" }, [], aws)).toMatchObject({ left: 0, states: [] });
  expect(asked.map(({ length }) => length)).toEqual([100]);
});

it("makes 30 calls a minute, whoever asks for what", async () => {
  const { clock, asked, aws, read } = createScene();
  for (let index = 0; index < 40; index += 1)
    await read({ key: `/services/${index}`, asOf: "1" }, ["a"], aws);
  expect(asked).toHaveLength(30);
  expect(await read({ key: "/services/99", asOf: "1" }, ["a"], aws)).toMatchObject({ code: "AskedOften" });
  await clock.advance(60_000);
  expect(await read({ key: "/services/99", asOf: "1" }, ["a"], aws)).toMatchObject({ left: 0 });
});

it("tells why it could not, and waits for three seconds", async () => {
  const denied = createScene(() => Promise.reject(Object.assign(new Error("no"), { name: "AccessDenied" })));
  expect(await denied.read({ key: "/x", asOf: "1" }, ["a"], denied.aws)).toHaveProperty("message");
  let answer: (value: unknown) => void = () => undefined;
  const slow = createScene(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const waiting = slow.read({ key: "/x", asOf: "1" }, ["a"], slow.aws);
  await slow.clock.advance(3_000);
  expect(await waiting).toMatchObject({ code: "NoAnswerYet" });
  answer({ MetricAlarms: [standing] });
  expect(await slow.read({ key: "/x", asOf: "1" }, ["a"], slow.aws)).toMatchObject({
    states: [{ name: "a", state: "ALARM" }],
  });
  expect(slow.asked).toHaveLength(1);
  expect(await slow.read({ key: "/z", asOf: "1" }, ["a"], undefined)).toMatchObject({
    code: "TargetElsewhere",
  });
});

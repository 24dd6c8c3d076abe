import { expect, test } from "vitest";
import { readOwnStrategy } from "../../controller/model/own-strategy.ts";

const minute = 60;
const pause = { targetType: "PAUSE", lifecycleStages: ["PRE_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT"] };

test.each<[string, object | undefined, number | undefined, number | undefined]>([
  ["nothing said", undefined, undefined, undefined],
  ["rolling", { strategy: "ROLLING", bakeTimeInMinutes: 60 }, undefined, undefined],
  ["left out", { maximumPercent: 200 }, undefined, undefined],
  ["blue/green", { strategy: "BLUE_GREEN", bakeTimeInMinutes: 30 }, 30, 0],
  ["canary by default", { strategy: "CANARY" }, 10, 0],
  ["linear by default: ten steps of six minutes", { strategy: "LINEAR" }, 60, 0],
  ["linear of no time", { strategy: "LINEAR", linearConfiguration: { stepBakeTimeInMinutes: 0 } }, 0, 0],
  ["a pause at two stages, a day each", { strategy: "BLUE_GREEN", lifecycleHooks: [pause] }, 2880, 1440],
  [
    "a pause with its own time",
    {
      strategy: "BLUE_GREEN",
      bakeTimeInMinutes: 5,
      lifecycleHooks: [{ ...pause, timeoutConfiguration: { timeoutInMinutes: 20 } }],
    },
    45,
    20,
  ],
  [
    "functions that say nothing of time",
    { strategy: "BLUE_GREEN", lifecycleHooks: [{ hookTargetArn: "arn", lifecycleStages: ["PRE_SCALE_UP"] }] },
    0,
    0,
  ],
])("%s", (_, configuration, minutes, before) => {
  const own = readOwnStrategy(configuration);
  expect(own && [own.seconds / minute, own.secondsBefore / minute]).toEqual(
    minutes === undefined ? undefined : [minutes, before],
  );
});

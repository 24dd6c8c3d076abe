// Monitors as they are compared and completed: what Mackerel fills in is no difference, what it knows beside us stays.
import { expect, test } from "vitest";
import {
  buildMonitor,
  canonicalMonitor,
  completeMonitor,
  sameWatch,
} from "../../../controller/core/mackerel-monitor.ts";
import type { JsonObject } from "../../../controller/model/json.ts";

const mark = { account: "1", region: "r", owner: "o", cluster: "c", service: "s", name: "n" };

/** What was sent, and what Mackerel gives back. */
const pairs: [string, JsonObject, JsonObject][] = [
  [
    "host",
    { type: "host", name: "n", metric: "m", operator: ">", critical: 80, duration: 3, scopes: ["b:r", "a"] },
    {
      id: "x",
      type: "host",
      name: "n",
      memo: "",
      isMute: false,
      metric: "m",
      operator: ">",
      warning: null,
      critical: 80,
      duration: 3,
      maxCheckAttempts: 1,
      scopes: ["a", "b: r"],
      excludeScopes: [],
      notificationInterval: null,
    },
  ],
  [
    "connectivity",
    { type: "connectivity", name: "n" },
    {
      id: "x",
      type: "connectivity",
      name: "n",
      alertStatusOnGone: "CRITICAL",
      scopes: [],
      excludeScopes: [],
    },
  ],
  [
    "external",
    {
      type: "external",
      name: "n",
      url: "https://e.jp/",
      headers: [
        { name: "B", value: "2" },
        { name: "A", value: "1" },
      ],
    },
    {
      id: "x",
      type: "external",
      name: "n",
      method: "GET",
      url: "https://e.jp/",
      headers: [
        { name: "A", value: "1", newer: true },
        { name: "B", value: "2" },
      ],
      followRedirect: false,
      skipCertificateVerification: false,
      maxCheckAttempts: 1,
      service: null,
    },
  ],
  [
    "external without headers",
    { type: "external", headers: null },
    { id: "x", type: "external", headers: [] },
  ],
  [
    "expression",
    { type: "expression", name: "n", expression: "avg(\n  a\n)\n", operator: ">", critical: 1 },
    {
      id: "x",
      type: "expression",
      name: "n",
      expression: "avg(\r\n  a\r\n)",
      operator: ">",
      warning: null,
      critical: 1,
      evaluateBackwardMinutes: 2,
    },
  ],
  [
    "query",
    { type: "query", name: "n", query: "q", legend: "", operator: "<", warning: 1 },
    {
      id: "x",
      type: "query",
      name: "n",
      query: "q",
      operator: "<",
      warning: 1,
      critical: null,
      evaluateBackwardMinutes: 0,
    },
  ],
];

test.each(pairs)("%s: what comes back is what was sent", (_, sent, back) => {
  expect(canonicalMonitor(back)).toEqual(canonicalMonitor(sent));
  expect(canonicalMonitor(canonicalMonitor(back))).toEqual(canonicalMonitor(back));
});

test.each<[string, JsonObject, JsonObject]>([
  ["a threshold", { type: "host", warning: 0 }, { type: "host" }],
  ["a scope", { type: "host", scopes: ["a"] }, { type: "host", scopes: [] }],
  ["a role", { type: "host", scopes: ["a"] }, { type: "host", scopes: ["a: r"] }],
  ["attempts", { type: "host", maxCheckAttempts: 2 }, { type: "host" }],
  ["a default of another type", { type: "query", evaluateBackwardMinutes: 2 }, { type: "query" }],
  [
    "a header's value",
    { type: "external", headers: [{ name: "A", value: "1" }] },
    { type: "external", headers: [{ name: "A", value: "2" }] },
  ],
  ["a mute", { type: "host", isMute: true }, { type: "host" }],
])("%s is a difference", (_, one, other) => {
  expect(canonicalMonitor(one)).not.toEqual(canonicalMonitor(other));
});

test("what is built has our mark below the policy's memo, no id and no nulls", () => {
  const built = buildMonitor(
    { id: "y", type: "query", name: "n", memo: "note\n", legend: "", warning: null },
    mark,
  );
  expect(built).toEqual({ type: "query", name: "n", legend: "", memo: "note\necsmon: 1/r/o/c/s/n" });
});

const wanted: JsonObject = { type: "host", name: "n", critical: 80 };

test("what the policy leaves alone, and what is newer than we are, is kept", () => {
  const live = { id: "x", type: "host", name: "old", isMute: true, warning: 5, newer: [1], none: null };
  expect(completeMonitor(wanted, live)).toEqual({ ...wanted, isMute: true, newer: [1] });
  expect(completeMonitor({ ...wanted, isMute: false }, live)).toEqual({
    ...wanted,
    isMute: false,
    newer: [1],
  });
  expect(completeMonitor(wanted, undefined)).toEqual(wanted);
});

test("of a monitor of another type only the mute is kept", () => {
  const live = { id: "x", type: "anomalyDetection", isMute: true, trainingPeriodFrom: 3, newer: 1 };
  expect(completeMonitor(wanted, live)).toEqual({ ...wanted, isMute: true });
  const anomaly = { type: "anomalyDetection", name: "n" };
  expect(completeMonitor(anomaly, live)).toEqual({
    ...anomaly,
    isMute: true,
    trainingPeriodFrom: 3,
    newer: 1,
  });
});

test("two that watch the same thing are told by everything but the memo", () => {
  expect(sameWatch({ ...wanted, memo: "a" })).toBe(sameWatch({ ...wanted, memo: "b", warning: null }));
  expect(sameWatch(wanted)).not.toBe(sameWatch({ ...wanted, name: "m" }));
});

// How a service's deployments are judged: the owner's values are kept, and alarms of ours stand beside theirs.
import { describe, expect, it, test } from "vitest";
import {
  type DeploymentState,
  type DeploymentWish,
  overlayDeployment,
  readDeployment,
  writeConfiguration,
} from "../../../controller/core/deployment.ts";
import { owner } from "./builders.ts";

const ours = (name: string): string => `ecsmon/prod/web/${name}`;
const key = (field: string): string => `ecsmon.dev/ecsmon/${field}`;
const off = { names: [], enable: false, rollback: false };
const plain: DeploymentState = { gracePeriod: 0, breaker: { enable: false, rollback: false }, alarms: off };
const named = (...names: string[]): DeploymentState => ({
  ...plain,
  alarms: { names, enable: true, rollback: true },
});

function lay(live: DeploymentState, wish: DeploymentWish, records: Readonly<Record<string, string>> = {}) {
  const tags = Object.fromEntries(Object.entries(records).map(([field, value]) => [key(field), value]));
  return overlayDeployment(live, wish, { owner, cluster: "prod", service: "web", tags });
}

describe("values", () => {
  it("are laid with a record each, and only where they differ", () => {
    const live = { ...plain, gracePeriod: 30, breaker: { enable: true, rollback: false } };
    const overlay = lay(live, { gracePeriod: 90, breaker: { enable: true, rollback: true } });
    expect(overlay.after).toEqual({ ...live, gracePeriod: 90, breaker: { enable: true, rollback: true } });
    expect(overlay.lay).toEqual({
      [key("healthCheckGracePeriod")]: "original:30 written:90",
      [key("circuitBreaker.rollback")]: "original:false written:true",
    });
    expect(overlay).toMatchObject({
      confirm: {},
      drop: [],
      unfinished: false,
      givesBack: false,
      hold: undefined,
    });
  });

  it("come back part by part; one that is kept stays with its record", () => {
    const live = { ...plain, gracePeriod: 90, breaker: { enable: true, rollback: true } };
    const records = {
      healthCheckGracePeriod: "original:30 written:90",
      "circuitBreaker.enable": "original:false written:true",
      "circuitBreaker.rollback": "original:false written:true",
    };
    expect(lay(live, { breaker: { enable: true, rollback: true } }, records)).toMatchObject({
      after: { ...live, gracePeriod: 30 },
      drop: [key("healthCheckGracePeriod")],
      givesBack: true,
    });
    expect(lay(live, { gracePeriod: 90, breaker: "kept" }, records)).toMatchObject({
      after: live,
      drop: [],
      unfinished: false,
      givesBack: false,
    });
  });

  it("are the owner's where the owner has changed them since", () => {
    const live = { ...plain, gracePeriod: 45 };
    expect(lay(live, {}, { healthCheckGracePeriod: "original:30 written:90" })).toMatchObject({
      after: live,
      drop: [key("healthCheckGracePeriod")],
      unfinished: true,
    });
  });
});

describe("alarms", () => {
  test.each<
    [
      string,
      DeploymentState,
      readonly string[] | "kept" | undefined,
      Readonly<Record<string, string>>,
      DeploymentState["alarms"],
      Readonly<Record<string, string>>,
      readonly string[],
    ]
  >([
    [
      "of ours alone",
      plain,
      [ours("b"), ours("a")],
      {},
      { names: [ours("a"), ours("b")], enable: true, rollback: true },
      {
        rollbackOnAlarms: "original:- written:added",
        "rollbackOnAlarms.enable": "original:false written:true",
        "rollbackOnAlarms.rollback": "original:false written:true",
      },
      [],
    ],
    [
      "beside the owner's",
      named("theirs"),
      [ours("a")],
      {},
      { names: ["theirs", ours("a")], enable: true, rollback: true },
      { rollbackOnAlarms: "original:- written:added" },
      [],
    ],
    [
      "that the owner has named by hand: nothing of ours",
      named(ours("a")),
      [ours("a")],
      {},
      named(ours("a")).alarms,
      {},
      [],
    ],
    [
      "that the owner has named by hand, and nobody else: stay",
      named(ours("a")),
      undefined,
      {},
      named(ours("a")).alarms,
      {},
      [],
    ],
    [
      "of which one is no longer wanted",
      named("theirs", ours("a"), ours("b")),
      [ours("b"), ours("c")],
      { rollbackOnAlarms: "original:- written:added" },
      { names: ["theirs", ours("b"), ours("c")], enable: true, rollback: true },
      {},
      [],
    ],
    [
      "that nobody wants go from beside the owner's",
      named("theirs", ours("a")),
      undefined,
      { rollbackOnAlarms: "original:- written:added" },
      named("theirs").alarms,
      {},
      ["rollbackOnAlarms"],
    ],
    [
      "that do not count now are out, with what was on for them",
      named(ours("a")),
      [],
      {
        rollbackOnAlarms: "original:- written:added",
        "rollbackOnAlarms.enable": "original:false written:true",
        "rollbackOnAlarms.rollback": "original:false written:true",
      },
      off,
      {},
      ["rollbackOnAlarms.enable", "rollbackOnAlarms.rollback", "rollbackOnAlarms"],
    ],
    [
      "whose neighbours the owner has taken out since",
      named(ours("a")),
      undefined,
      { rollbackOnAlarms: "original:- written:added" },
      off,
      {},
      ["rollbackOnAlarms"],
    ],
    [
      "that are kept",
      named("theirs", ours("a")),
      "kept",
      { rollbackOnAlarms: "original:- written:added" },
      named("theirs", ours("a")).alarms,
      {},
      [],
    ],
    [
      "of another service, which are the owner's",
      named("ecsmon/prod/api/a", ours("a")),
      undefined,
      { rollbackOnAlarms: "original:- written:added" },
      named("ecsmon/prod/api/a").alarms,
      {},
      ["rollbackOnAlarms"],
    ],
  ])("%s", (_name, live, alarms, records, after, laid, dropped) => {
    const overlay = lay(live, alarms === undefined ? {} : { alarms }, records);
    expect(overlay.after.alarms).toEqual(after);
    expect(overlay.lay).toEqual(
      Object.fromEntries(Object.entries(laid).map(([field, value]) => [key(field), value])),
    );
    expect(overlay.drop).toEqual(dropped.map(key));
    expect(overlay.hold).toBeUndefined();
  });

  it("are not added to the owner's that are off: those would count too", () => {
    const live = { ...plain, alarms: { names: ["theirs"], enable: false, rollback: false } };
    expect(lay(live, { alarms: [ours("a")] }).hold).toEqual({
      code: "OwnerAlarmsOff",
      message: expect.stringContaining("(theirs) are off"),
    });
  });
});

it("keeps every other field of the configuration, also those that nobody knows", () => {
  const live = {
    strategy: "ROLLING",
    brandNew: { a: 1 },
    deploymentCircuitBreaker: {
      enable: false,
      rollback: false,
      thresholdConfiguration: { type: "COUNT", value: 3 },
    },
    alarms: { alarmNames: ["theirs"], enable: true, rollback: true, newer: 1 },
  };
  const state = readDeployment({ deploymentConfiguration: live });
  const breaker = { enable: true, rollback: true };
  expect(writeConfiguration(live, { ...state, breaker })).toEqual({
    ...live,
    deploymentCircuitBreaker: { ...live.deploymentCircuitBreaker, ...breaker },
  });
  const alarms = { ...state.alarms, names: ["theirs", ours("a")] };
  expect(writeConfiguration(live, { ...state, alarms })).toEqual({
    ...live,
    alarms: { ...live.alarms, alarmNames: ["theirs", ours("a")] },
  });
});

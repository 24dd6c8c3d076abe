// A target group's health check: what may be wanted where, and what becomes of the owner's values.
import { describe, expect, it, test } from "vitest";
import {
  type HealthTexts,
  overlayHealthCheck,
  wantTexts,
  writeTexts,
} from "../../../controller/core/target-group.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import type { Tags, TargetGroup } from "../../../controller/model/workload.ts";
import { owner } from "./builders.ts";

const application: TargetGroup = {
  arn: "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/web/0123",
  loadBalancerArn: undefined,
  protocol: "HTTP",
  protocolVersion: "HTTP1",
  targetType: "ip",
  healthCheck: {
    HealthCheckProtocol: "HTTP",
    HealthCheckPort: "traffic-port",
    HealthCheckPath: "/",
    Matcher: { HttpCode: "200" },
    HealthCheckIntervalSeconds: 30,
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
  },
};
const { HealthCheckPath: _, Matcher: __, ...overTcp } = application.healthCheck as JsonObject;
const network: TargetGroup = {
  ...application,
  protocol: "TCP",
  healthCheck: { ...overTcp, HealthCheckProtocol: "TCP", HealthCheckTimeoutSeconds: 10 },
};
const grpc: TargetGroup = {
  ...application,
  protocolVersion: "GRPC",
  healthCheck: { ...application.healthCheck, Matcher: { GrpcCode: "12" } },
};

const live = (group: TargetGroup, over: JsonObject): TargetGroup => ({
  ...group,
  healthCheck: { ...group.healthCheck, ...over },
});
const key = (name: string): string => `ecsmon.dev/ecsmon/healthCheck.${name}`;
const tagsOf = (records: Readonly<Record<string, string>>): Tags =>
  Object.fromEntries(Object.entries(records).map(([name, value]) => [key(name), value]));

function lay(
  group: TargetGroup,
  want: HealthTexts,
  records: Readonly<Record<string, string>> = {},
  keep = false,
) {
  return overlayHealthCheck(group, tagsOf(records), owner, want, keep);
}

describe("what may be wanted", () => {
  test.each<[string, Parameters<typeof wantTexts>[0], TargetGroup, string | undefined]>([
    [
      "anything fine",
      { path: "/h", matcher: "200-299,302", port: 8080, interval: 15, timeout: 5 },
      application,
      undefined,
    ],
    ["nothing of a field that is null", { path: null, interval: 15 }, network, undefined],
    ["codes above 499 at a network balancer", { protocol: "HTTP", matcher: "200-599" }, network, undefined],
    ["gRPC codes", { matcher: "0-12" }, grpc, undefined],
    [
      "path over TCP",
      { path: "/h" },
      network,
      "NotApplicable the target group is checked by TCP, which has no path; add protocol: HTTP, or leave it out",
    ],
    [
      "both over TCP",
      { path: "/h", matcher: "200" },
      network,
      "NotApplicable the target group is checked by TCP, which has no path and no matcher; add protocol: HTTP, or leave them out",
    ],
    [
      "TCP at an application balancer",
      { protocol: "TCP" },
      application,
      "InvalidHealthCheck protocol TCP is only for",
    ],
    [
      "codes above 499 there",
      { matcher: "500" },
      application,
      'InvalidHealthCheck matcher "500" is not valid for this target group; use HTTP codes from 200 to 499',
    ],
    [
      "HTTP codes of gRPC",
      { matcher: "200" },
      grpc,
      'InvalidHealthCheck matcher "200" is not valid for this target group; use gRPC codes from 0 to 99',
    ],
    [
      "a path without its slash",
      { path: "h" },
      application,
      'InvalidHealthCheck path "h" does not begin with /; write "/h"',
    ],
    ["no port", { port: "http" }, application, 'InvalidHealthCheck port "http" is neither'],
    [
      "a short interval",
      { interval: 2 },
      application,
      "InvalidHealthCheck interval 2s is not between 5s and 300s",
    ],
    [
      "a long timeout",
      { timeout: 121 },
      application,
      "InvalidHealthCheck timeout 121s is not between 2s and 120s",
    ],
  ])("%s", (_name, check, group, problem) => {
    const want = wantTexts(check, group);
    const text = want.ok ? undefined : `${want.reason.code} ${want.reason.message}`;
    if (problem === undefined) expect(text).toBeUndefined();
    else expect(text).toContain(problem);
  });

  it("is written in AWS's shape", () => {
    expect(writeTexts({ matcher: "0", interval: "10", port: "8080" }, grpc)).toEqual({
      HealthCheckPort: "8080",
      Matcher: { GrpcCode: "0" },
      HealthCheckIntervalSeconds: 10,
    });
  });
});

describe("the owner's values", () => {
  it("are recorded field by field, in letters that a tag takes, and only what differs is sent", () => {
    const overlay = lay(application, { path: "/h?x", matcher: "200,204", interval: "30" });
    expect(overlay.changed).toEqual({ path: "/h?x", matcher: "200,204" });
    expect(overlay.lay).toEqual({
      [key("path")]: "original:/ written:/h=3Fx",
      [key("matcher")]: "original:200 written:200=2C204",
    });
    expect(overlay).toMatchObject({
      confirm: {},
      drop: [],
      unfinished: false,
      givesBack: false,
      hold: undefined,
    });
  });

  it("come back where nobody speaks of the field any more, and the others stay ours", () => {
    const group = live(application, { HealthCheckPath: "/h", HealthCheckIntervalSeconds: 15 });
    const records = { path: "original:/ written:/h", interval: "original:30 written:15" };
    const overlay = lay(group, { path: "/h" }, records);
    expect(overlay).toMatchObject({
      changed: { interval: "30" },
      drop: [key("interval")],
      givesBack: true,
      lay: {},
    });
  });

  it("stay ours while it is not known who else speaks of them", () => {
    const group = live(application, { HealthCheckPath: "/h", HealthCheckIntervalSeconds: 15 });
    const records = { path: "original:/ written:/h", interval: "original:30 written:15" };
    expect(lay(group, { path: "/h" }, records, true)).toMatchObject({
      changed: {},
      drop: [],
      unfinished: false,
    });
  });

  it("are new originals where the owner has changed ours", () => {
    const overlay = lay(
      live(application, { HealthCheckPath: "/theirs" }),
      { path: "/h" },
      { path: "original:/ written:/h" },
    );
    expect(overlay.lay).toEqual({ [key("path")]: "original:/theirs written:/h" });
    const released = lay(
      live(application, { HealthCheckPath: "/theirs" }),
      {},
      { path: "original:/ written:/h" },
    );
    expect(released).toMatchObject({ changed: {}, drop: [key("path")], unfinished: true, givesBack: false });
  });

  it("are not guessed from a record that cannot be read", () => {
    for (const record of ["edited", "original:=ZZ written:/h"]) {
      const group = live(application, { HealthCheckPath: "/h" });
      expect(lay(group, {}, { path: record })).toMatchObject({ changed: {}, drop: [] });
    }
    const group = live(application, { HealthCheckIntervalSeconds: 15 });
    expect(lay(group, {}, { interval: "original:soon written:15" })).toMatchObject({ changed: {}, drop: [] });
  });

  it("must fit a tag", () => {
    const path = `/${"ü".repeat(60)}`;
    expect(lay(live(application, { HealthCheckPath: path }), { path: "/h" }).hold).toMatchObject({
      code: "NotTaggable",
    });
  });
});

describe("timeout and interval", () => {
  test.each<[string, TargetGroup, HealthTexts, Readonly<Record<string, string>>, string | undefined]>([
    ["both of the policy", application, { timeout: "5", interval: "5" }, {}, "timeout 5s and interval 5s"],
    ["with the owner's interval", application, { timeout: "30" }, {}, "timeout 30s and interval 30s"],
    ["with the owner's timeout", network, { interval: "10" }, {}, "timeout 10s and interval 10s"],
    [
      "with an interval that comes back",
      live(application, { HealthCheckIntervalSeconds: 60 }),
      { timeout: "40" },
      { interval: "original:30 written:60" },
      "timeout 40s and interval 30s",
    ],
    ["fine", application, { timeout: "29" }, {}, undefined],
  ])("%s", (_name, group, want, records, problem) => {
    const { hold } = lay(group, want, records);
    if (problem === undefined) expect(hold).toBeUndefined();
    else expect(hold).toEqual({ code: "InvalidHealthCheck", message: expect.stringContaining(problem) });
  });
});

describe("from one protocol to another", () => {
  const overHttp = live(network, {
    HealthCheckProtocol: "HTTP",
    HealthCheckPath: "/h",
    Matcher: { HttpCode: "200-399" },
  });

  it("TCP to HTTP and back: the path goes with HTTP", () => {
    const there = lay(network, { protocol: "HTTP", path: "/h" });
    expect(there.changed).toEqual({ protocol: "HTTP", path: "/h" });
    expect(there.lay).toEqual({
      [key("protocol")]: "original:TCP written:HTTP",
      [key("path")]: "original:- written:/h",
    });
    const records = { protocol: "original:TCP written:HTTP", path: "original:- written:/h" };
    expect(lay(overHttp, {}, records)).toMatchObject({
      changed: { protocol: "TCP" },
      drop: [key("protocol"), key("path")],
    });
  });

  it("a path that the policy no longer gives goes back to the default of HTTP", () => {
    const records = { protocol: "original:TCP written:HTTP", path: "original:- written:/h" };
    expect(lay(overHttp, { protocol: "HTTP" }, records)).toMatchObject({
      changed: { path: "/" },
      drop: [key("path")],
    });
  });

  it("HTTP to TCP and back: the owner's path and matcher are kept meanwhile", () => {
    const theirs = live(overHttp, { HealthCheckPath: "/theirs" });
    const there = lay(theirs, { protocol: "TCP" });
    expect(there.changed).toEqual({ protocol: "TCP" });
    const records = {
      protocol: "original:HTTP written:TCP",
      path: "original:/theirs written:=",
      matcher: "original:200-399 written:=",
    };
    expect(there.lay).toEqual(tagsOf(records));
    expect(lay(network, { protocol: "TCP" }, records)).toMatchObject({
      changed: {},
      lay: {},
      drop: [],
      unfinished: false,
    });
    expect(lay(network, {}, records)).toMatchObject({
      changed: { protocol: "HTTP", path: "/theirs", matcher: "200-399" },
      drop: [key("protocol"), key("path"), key("matcher")],
    });
    expect(lay(network, { protocol: "HTTP", path: "/h" }, records)).toMatchObject({
      changed: { protocol: "HTTP", path: "/h" },
      lay: { [key("path")]: "original:/theirs written:/h" },
    });
  });

  it("HTTP with our path to TCP: what is kept is the owner's path", () => {
    const there = lay(overHttp, { protocol: "TCP" }, { path: "original:/theirs written:/h" });
    expect(there.lay[key("path")]).toBe("original:/theirs written:= was:/h");
    expect(there.confirm[key("path")]).toBe("original:/theirs written:=");
    const half = { path: "original:/theirs written:= was:/h", protocol: "original:HTTP written:TCP" };
    expect(lay(network, { protocol: "TCP" }, half)).toMatchObject({
      lay: { [key("path")]: "original:/theirs written:=" },
      unfinished: true,
    });
  });

  it("TCP by the owner's own hand leaves no record of ours behind", () => {
    expect(lay(network, {}, { path: "original:/theirs written:/h" })).toMatchObject({
      changed: {},
      drop: [key("path")],
    });
  });
});

// Names of dashboards are frozen: add lines to the golden file, never change one.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  dashboardName,
  dashboardPrefix,
  parseDashboardName,
} from "../../../controller/core/dashboard-name.ts";

interface Frozen {
  readonly owner: string;
  readonly cluster: string;
  readonly service: string;
  readonly region: string;
  readonly name: string;
}

const url = new URL("../../golden/core/dashboard-names.json", import.meta.url);
const frozen = JSON.parse(readFileSync(url, "utf8")) as readonly Frozen[];

const ecsName = fc.stringMatching(/^[A-Za-z0-9_-]{1,255}$/);
const place = fc.record({
  cluster: ecsName,
  service: ecsName,
  region: fc.constantFrom("us-east-1", "ap-northeast-1", "us-gov-west-1"),
});
const owner = fc.stringMatching(/^[A-Za-z0-9-]{1,32}$/);

describe("names of dashboards", () => {
  it.each(frozen.map((line) => [line.name, line] as const))("%s", (name, line) => {
    expect(dashboardName(line.owner, line)).toBe(name);
    expect(name.startsWith(dashboardPrefix(line.owner))).toBe(true);
  });

  it("fit CloudWatch's alphabet and length, and are read back whole or known to be shortened", () => {
    fc.assert(
      fc.property(owner, place, (by, at) => {
        const name = dashboardName(by, at);
        expect(name).toMatch(/^[A-Za-z0-9_-]{1,255}$/);
        const parsed = parseDashboardName(by, name);
        expect(parsed?.region).toBe(at.region);
        for (const part of ["cluster", "service"] as const)
          if (!parsed?.[part].includes("#")) expect(parsed?.[part]).toBe(at[part]);
      }),
    );
  });

  it("are never shared by two services", () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const isSame = a.cluster === b.cluster && a.service === b.service && a.region === b.region;
        expect(dashboardName("o", a) === dashboardName("o", b)).toBe(isSame);
      }),
    );
    const of = (cluster: string, service: string) =>
      dashboardName("o", { cluster, service, region: "us-east-1" });
    expect(of("a-b", "c")).not.toBe(of("a", "b-c"));
    expect(of("a_", "b")).not.toBe(of("a", "_b"));
    const long = "s".repeat(254);
    expect(of(long, `${long}1`)).not.toBe(of(long, `${long}2`));
  });

  it.each([
    "ecsmon",
    "ecsmon__prod__web",
    "ecsmon__prod__web__us-east-1__more",
    "ecsmon____web__us-east-1",
    "ecsmon__pr_od__web__us-east-1",
    "ecsmon-x__prod__web__us-east-1",
    "ecsmon-prod-web-us-east-1",
  ])("%s is not of ours", (text) => {
    expect(parseDashboardName("ecsmon", text)).toBeUndefined();
  });
});

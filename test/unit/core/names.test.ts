// Names are frozen: a changed name orphans what stands in accounts. Add lines to the golden file, never change one.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  isShortened,
  matchesPart,
  metricNamespace,
  ownedName,
  ownerTag,
  parseOwnedName,
  policyTag,
} from "../../../controller/core/names.ts";

interface Frozen {
  readonly owner: string;
  readonly cluster: string;
  readonly service: string;
  readonly name: string;
  readonly owned: string;
  readonly namespace: string;
}

const url = new URL("../../golden/core/names.json", import.meta.url);
const frozen = JSON.parse(readFileSync(url, "utf8")) as readonly Frozen[];

describe("names", () => {
  it.each(frozen.map((line) => [line.owned, line] as const))("%s", (_, line) => {
    expect(ownedName(line.owner, line)).toBe(line.owned);
    expect(metricNamespace(line.owner, line.cluster, line.service)).toBe(line.namespace);
  });

  it("fit CloudWatch's 255 characters, with the longest owner, service and name there can be", () => {
    for (const { owned, namespace } of frozen)
      expect(Math.max(owned.length, namespace.length)).toBeLessThanOrEqual(255);
    const longest = { cluster: "c".repeat(255), service: "s".repeat(255), name: "n".repeat(100) };
    expect(ownedName("o".repeat(32), longest).length).toBeLessThanOrEqual(255);
    expect(metricNamespace("o".repeat(32), longest.cluster, longest.service).length).toBeLessThanOrEqual(255);
  });

  it("tell apart what differs only at the far end", () => {
    const of = (service: string) => ownedName("ecsmon", { cluster: "c".repeat(200), service, name: "cpu" });
    expect(of(`${"s".repeat(200)}1`)).not.toBe(of(`${"s".repeat(200)}2`));
  });

  it("are read back, and matched to the service they belong to", () => {
    for (const { owner, cluster, service, name, owned } of frozen) {
      const parsed = parseOwnedName(owner, owned);
      expect(matchesPart(parsed?.cluster ?? "", cluster) && matchesPart(parsed?.service ?? "", service)).toBe(
        true,
      );
      if (!isShortened(owned)) expect(parsed).toEqual({ cluster, service, name });
    }
  });

  it.each([
    "ecsmonitor/prod/web/cpu",
    "ecsmon",
    "ecsmon/prod/web",
    "ecsmon/prod/web/",
    "ecsmon//web/cpu",
    "ecsmon/prod/web/cpu/extra",
    "/ecsmon/prod/web/cpu",
    "Ecsmon/prod/web/cpu",
    " ecsmon/prod/web/cpu",
  ])("%j is not of ours", (text) => {
    expect(parseOwnedName("ecsmon", text)).toBeUndefined();
  });

  it("never take a shortened part for another service's whole name", () => {
    expect(matchesPart("web", "web")).toBe(true);
    expect(matchesPart("we", "web")).toBe(false);
    const long = "s".repeat(100);
    expect(matchesPart(`${"s".repeat(60)}#000000000000`, long)).toBe(false);
    expect(matchesPart("s".repeat(60), long)).toBe(false);
  });

  it("name the tags of the contract", () => {
    expect([ownerTag, policyTag]).toEqual(["ecsmon.dev/owner", "ecsmon.dev/policy"]);
  });
});

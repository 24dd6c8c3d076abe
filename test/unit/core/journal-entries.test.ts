// What the journal says: which item, why, by which policy at which revision, and how it went.
import { describe, expect, it } from "vitest";
import { type EntryContext, finishEntries, makeEntries } from "../../../controller/core/journal-entries.ts";
import { summarize } from "../../../controller/core/status.ts";
import type { Change } from "../../../controller/model/plan.ts";
import { blocked, change, outcome, pass, standing, type Told, target } from "./passes.ts";

const cpu = change({ name: "ecsmon/prod/web/cpu-high", action: "update" });
const layer = change({ name: "web", kind: "TaskDefinition", action: "update", impact: "deployment" });
const fine: Told = { found: { standing: [standing(cpu.name), standing("web", { kind: "TaskDefinition" })] } };
const g1 = [{ name: "web", at: "policies/web.yaml:1", generation: "g1" }];
const g2 = [{ name: "web", at: "policies/web.yaml:1", generation: "g2" }];

function context(before: Told | undefined, policies: EntryContext["policies"] = g1): EntryContext {
  return {
    at: "2026-11-22T10:00:00.000Z",
    target,
    holder: "one",
    epoch: 7,
    owner: "ecsmon",
    previous: before && summarize(undefined, pass(before)),
    policies,
    revisions: { web: "c0ffee", other: "dead" },
  };
}

describe("why", () => {
  it.each<[string, Change, Told | undefined, EntryContext["policies"], string]>([
    ["the first pass", cpu, undefined, g1, "first pass"],
    ["the policy is another", cpu, fine, g2, "policy changed"],
    [
      "the policy is new",
      { ...cpu, policies: ["new"] },
      fine,
      [...g1, { name: "new", at: "x", generation: "g" }],
      "new policy",
    ],
    [
      "the service is new",
      { ...cpu, service: "api", name: "ecsmon/prod/api/cpu-high" },
      fine,
      g1,
      "new service",
    ],
    ["it was changed by hand", cpu, fine, g1, "drift: it was changed"],
    ["it was deleted by hand", { ...cpu, action: "create" }, fine, g1, "drift: it was deleted"],
    ["somebody deployed", layer, fine, g1, "drift: a deployment has replaced what stood"],
    [
      "nobody wants it",
      { ...cpu, action: "delete", release: true, policies: [] },
      fine,
      g1,
      "no longer wanted",
    ],
    [
      "its service is gone",
      { ...cpu, action: "delete", release: true, gone: true },
      fine,
      g1,
      "service gone",
    ],
    [
      "it was held back",
      layer,
      { found: { blocked: [blocked("web", "OutsideWindow", { kind: "TaskDefinition" })] } },
      g1,
      "held back before: OutsideWindow",
    ],
    [
      "it failed",
      cpu,
      { found: { changes: [cpu] }, outcomes: [outcome(cpu, "failed", "Throttled")] },
      g1,
      "tried again after Throttled",
    ],
    ["it had to wait", layer, { found: { changes: [layer] } }, g1, "waited for its turn"],
    [
      "the service is another",
      { ...cpu, action: "create", name: "ecsmon/prod/web/p99" },
      fine,
      g1,
      "service changed",
    ],
  ])("%s", (_, made, before, policies, why) => {
    expect(makeEntries({ changes: [made] }, context(before, policies))[0]?.why).toBe(why);
  });
});

it("an entry names the policies at their revisions, and paths without values", () => {
  const made = {
    ...layer,
    differences: [
      {
        path: "containerDefinitions[app].environment[DB_PASSWORD].value",
        before: "hunter2",
        after: "hunter3",
      },
      { path: "containerDefinitions[agent]", before: null, after: { image: "x" } },
    ],
  };
  const entries = makeEntries({ changes: [made] }, context(fine));
  expect(entries).toEqual([
    {
      kind: "TaskDefinition",
      name: "web",
      cluster: "prod",
      service: "web",
      at: "2026-11-22T10:00:00.000Z",
      target,
      holder: "one",
      epoch: 7,
      action: "update",
      why: "drift: a deployment has replaced what stood",
      policies: ["web"],
      revisions: { web: "c0ffee" },
      paths: ["containerDefinitions[agent]", "containerDefinitions[app].environment[DB_PASSWORD].value"],
      redeploys: true,
      result: "begun",
    },
  ]);
  expect(JSON.stringify(entries)).not.toContain("hunter");
});

it("many paths are cut, and counted", () => {
  const differences = Array.from({ length: 50 }, (_, index) => ({
    path: `p${index}`,
    before: null,
    after: 1,
  }));
  const [entry] = makeEntries({ changes: [{ ...cpu, differences }] }, context(fine));
  expect(entry?.paths).toHaveLength(41);
  expect(entry?.paths.at(-1)).toBe("and 10 more");
});

it("what is only shown is no write, and what is put back is a release", () => {
  const audit = change({ name: "x", enforcement: "Audit" });
  const entries = makeEntries({ changes: [audit, { ...layer, release: true }] }, context(fine));
  expect(entries.map(({ name, action }) => `${action} ${name}`)).toEqual(["release web"]);
});

describe("the end", () => {
  const release = { ...layer, release: true };
  const begun = makeEntries({ changes: [cpu, release] }, context(fine));

  it("is as far as it is known", () => {
    const first = finishEntries(begun, [outcome(cpu, "failed", "Throttled")]);
    expect(first.map(({ result, code, message }) => [result, code, message])).toEqual([
      ["failed", "Throttled", "it is Throttled"],
      ["begun", undefined, undefined],
    ]);
    const noted = { ...outcome(release, "applied"), note: "begun, not waited for" };
    expect(finishEntries(begun, [noted]).map(({ result, message }) => [result, message])).toEqual([
      ["begun", undefined],
      ["applied", "begun, not waited for"],
    ]);
  });

  it("of two items of one name is each its own", () => {
    const one = change({
      kind: "MetricFilter",
      name: "errors",
      id: "/a/errors",
      action: "delete",
      release: true,
    });
    const two = { ...one, id: "/b/errors" };
    const made = makeEntries({ changes: [one, two] }, context(fine));
    const ended = finishEntries(made, [outcome(one, "applied"), outcome(two, "failed", "X")]);
    expect(ended.map(({ result }) => result)).toEqual(["applied", "failed"]);
  });

  it("of what is not among them is nobody's", () => {
    expect(finishEntries(begun, [outcome(change({ name: "other" }), "applied")])).toEqual(begun);
  });
});

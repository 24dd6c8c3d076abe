// Container Insights of a cluster: one setting over all its services, the original in a tag, given back as it was.
import { describe, expect, it } from "vitest";
import { clusterSettings } from "../../../controller/kinds/cluster-settings.ts";
import { unknown } from "../../../controller/model/read.ts";
import { denied, lines, plan, planInput, policies, type Scene, sent, workload } from "../core/builders.ts";

const recordTag = "ecsmon.dev/ecsmon/containerInsights";
const arn = "arn:aws:ecs:eu-central-1:123456789012:cluster/prod";
const insights = (value: string) => `cluster: { containerInsights: ${value} }`;
const prod = (containerInsights: string, record?: string): NonNullable<Scene["settings"]> => ({
  prod: { containerInsights, tags: { team: "x", ...(record === undefined ? {} : { [recordTag]: record }) } },
});

async function planCluster(scene: Scene) {
  const parts = await plan(scene);
  const [change] = parts.changes;
  return {
    change,
    lines: lines(parts),
    blocked: parts.blocked,
  };
}

describe("a setting that is wanted", () => {
  it.each([
    ["over the owner's", "disabled", undefined, "enhanced", "original:disabled written:enhanced", undefined],
    [
      "over ours from before",
      "enabled",
      "original:disabled written:enabled",
      "enhanced",
      "original:disabled written:enhanced was:enabled",
      "original:disabled written:enhanced",
    ],
    [
      "over the owner's change of ours",
      "disabled",
      "original:enhanced written:enabled",
      "enabled",
      "original:disabled written:enabled",
      undefined,
    ],
  ])("%s is laid with a record", async (_, live, record, want, laid, confirm) => {
    const { change } = await planCluster({
      policies: policies(insights(want)),
      settings: prod(live, record),
    });
    expect(change).toMatchObject({
      action: "update",
      id: "prod",
      cluster: "prod",
      impact: "none",
      deletes: 0,
      after: { settings: [{ name: "containerInsights", value: want }] },
    });
    expect(change).not.toHaveProperty("service");
    expect(change?.differences).toEqual([
      { path: "settings[containerInsights].value", before: live, after: want },
    ]);
    const tag = (value: string) => ["TagResource", { resourceArn: arn, tags: [{ key: recordTag, value }] }];
    expect(await sent(clusterSettings, change)).toEqual([
      tag(laid),
      ["UpdateClusterSettings", { cluster: "prod", settings: [{ name: "containerInsights", value: want }] }],
      ...(confirm === undefined ? [] : [tag(confirm)]),
    ]);
  });

  it("is left where it is right, whoever set it", async () => {
    expect(
      (await planCluster({ policies: policies(insights("enhanced")), settings: prod("enhanced") })).lines,
    ).toEqual([]);
  });

  it("is merged over the cluster's services: priority wins, equals conflict, wherever they stand", async () => {
    const by = (service: string, value: string, priority: number) =>
      `selector: { services: [${service}] }\npriority: ${priority}\n${insights(value)}`;
    const workloads = [workload({ service: "a" }), workload({ service: "b" })];
    const merged = await planCluster({
      policies: policies(by("a", "enabled", 0), by("b", "enhanced", 1)),
      workloads,
    });
    expect(merged.change).toMatchObject({
      policies: ["a", "b"],
      after: { settings: [{ value: "enhanced" }] },
    });
    for (const order of [workloads, [...workloads].reverse()]) {
      const { blocked } = await planCluster({
        policies: policies(by("a", "enabled", 0), by("b", "enhanced", 0)),
        workloads: order,
      });
      expect(blocked).toMatchObject([
        {
          code: "Conflict",
          name: "prod",
          policies: ["a", "b"],
          message: expect.stringMatching(
            /^containerInsights is "enabled" in policy a \(a\.yaml:\d+\) and "enhanced" in policy b/,
          ),
        },
      ]);
    }
  });

  it("is nobody's after a null", async () => {
    const set = policies(insights("enabled"), `priority: 1\n${insights("null")}`);
    expect((await planCluster({ policies: set })).lines).toEqual([]);
    expect(
      (await planCluster({ policies: set, settings: prod("enabled", "original:disabled written:enabled") }))
        .lines,
    ).toEqual(["update release ClusterSettings prod"]);
  });

  it("tells the same reason, whatever the order of services", async () => {
    const by = (service: string) =>
      `selector: { services: [${service}] }\nsuspend: true\n${insights("enabled")}`;
    const workloads = [workload({ service: "a" }), workload({ service: "b" })];
    const told = await Promise.all(
      [workloads, [...workloads].reverse()].map(
        async (order) =>
          (await planCluster({ policies: policies(by("a"), by("b")), workloads: order })).blocked,
      ),
    );
    expect(told[0]).toEqual(told[1]);
  });
});

describe("a setting that nobody wants", () => {
  it.each([
    ["goes back to the original", "enhanced", "original:enabled written:enhanced", "enabled", "enabled"],
    ["goes back to what is none", "enhanced", "original:- written:enhanced", "disabled", "disabled"],
    [
      "goes back after a write that failed",
      "enabled",
      "original:disabled written:enhanced was:enabled",
      "disabled",
      "disabled",
    ],
    [
      "stays as its owner has set it since",
      "enabled",
      "original:disabled written:enhanced",
      "enabled",
      undefined,
    ],
  ])("%s", async (_, live, record, after, written) => {
    const { change } = await planCluster({ policies: [], settings: prod(live, record) });
    expect(change).toMatchObject({
      action: "update",
      release: true,
      deletes: 1,
      after: { settings: [{ name: "containerInsights", value: after }] },
    });
    expect(await sent(clusterSettings, change)).toEqual([
      ...(written === undefined
        ? []
        : [
            [
              "UpdateClusterSettings",
              { cluster: "prod", settings: [{ name: "containerInsights", value: written }] },
            ],
          ]),
      ["UntagResource", { resourceArn: arn, tagKeys: [recordTag] }],
    ]);
  });

  it("stays when its record cannot be read, and is not ours without one", async () => {
    expect(
      (await planCluster({ policies: policies(insights("enhanced")), settings: prod("enabled", "edited") }))
        .lines,
    ).toEqual(["blocked OriginalUnknown ClusterSettings prod"]);
    expect((await planCluster({ policies: [], settings: prod("enhanced", "edited") })).lines).toEqual([
      "blocked OriginalUnknown ClusterSettings prod",
    ]);
    expect((await planCluster({ policies: [], settings: prod("enhanced") })).lines).toEqual([]);
  });
});

describe("what cannot be read", () => {
  it("hides the kind", async () => {
    const { inventory } = await planInput({});
    const clusters = inventory.clusters.known ? inventory.clusters.value : [];
    const dark = {
      known: true,
      value: clusters.map((cluster) => ({ ...cluster, detail: unknown(denied) })),
    } as const;
    expect((await planCluster({ policies: policies(insights("enabled")), clusters: dark })).lines).toEqual([
      "unknown AccessDenied ClusterSettings",
    ]);
  });
});

it("is canonical after once", () => {
  const spec = { cluster: "prod", settings: [{ name: "containerInsights", value: "enabled" }], tags: [] };
  const canonical = { cluster: "prod", settings: [{ name: "containerInsights", value: "enabled" }] };
  expect(clusterSettings.canonical(spec)).toEqual(canonical);
  expect(clusterSettings.canonical(canonical)).toEqual(canonical);
});

// Log groups: created where missing, retention laid over the owner's with a record, given back, and never shortened unasked.
import { describe, expect, it } from "vitest";
import type { Observed } from "../../../controller/core/managed.ts";
import { logGroup as kind } from "../../../controller/kinds/log-group.ts";
import type { Tags } from "../../../controller/model/workload.ts";
import {
  appContainer,
  asOf,
  definition,
  failedRead,
  items,
  lines,
  logGroup,
  plan,
  policies,
  type Scene,
  sent,
  workload,
} from "../core/builders.ts";

const mine: Tags = { "ecsmon.dev/owner": "ecsmon", "ecsmon.dev/policy": "a" };
const recordTag = "ecsmon.dev/ecsmon/retention";
const daysAgo = (days: number) => asOf.getTime() - days * 86_400_000;
const options = 'options: { awslogs-create-group: "true" }';

/** Only the log group's part of the plan. */
async function planGroups(
  logging: string | undefined,
  groups: readonly Observed[],
  over: Partial<Scene> = {},
) {
  const set =
    logging === undefined
      ? []
      : policies(`logging: { ${logging} }\nenforcement: { default: Enforce, TaskDefinition: Audit }`);
  const parts = await plan({ policies: set, observations: { LogGroup: items(...groups) }, ...over });
  const ofKind = <T extends { readonly kind: string }>(list: readonly T[]) =>
    list.filter((one) => one.kind === "LogGroup");
  return {
    changes: ofKind(parts.changes),
    blocked: ofKind(parts.blocked),
    unknown: ofKind(parts.unknown),
    unchanged: parts.unchanged,
  };
}

async function planOne(logging: string | undefined, group: Observed) {
  const { changes, blocked } = await planGroups(logging, [group]);
  const [change] = changes;
  return {
    change,
    retention: change?.after?.["retentionInDays"],
    blocked: blocked.map(({ code }) => code),
  };
}

const arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/g";
const tagCall = (tags: Tags) => ["TagResource", { resourceArn: arn, tags }];
const untagCall = (tagKeys: readonly string[]) => ["UntagResource", { resourceArn: arn, tagKeys }];
const retentionCall = (days: number | null) =>
  days === null
    ? ["DeleteRetentionPolicy", { logGroupName: "/g" }]
    : ["PutRetentionPolicy", { logGroupName: "/g", retentionInDays: days }];

describe("a missing group", () => {
  it("is created with its retention and our tags", async () => {
    const { changes } = await planGroups("group: /g, retention: 30d", []);
    expect(changes).toMatchObject([
      {
        action: "create",
        id: "/g",
        cluster: "prod",
        service: "web",
        after: { logGroupName: "/g", retentionInDays: 30, tags: mine },
      },
    ]);
    expect(await sent(kind, changes[0])).toEqual([
      ["CreateLogGroup", { logGroupName: "/g", tags: { ...mine, [recordTag]: "original:+ written:30" } }],
      retentionCall(30),
    ]);
  });

  it("is created without one where no policy speaks of it", async () => {
    const { changes } = await planGroups("group: /g", []);
    expect(changes[0]?.after).toEqual({ logGroupName: "/g", tags: mine });
  });

  it("is the one in use, or the default", async () => {
    const input = definition([
      appContainer({ logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/in/use" } } }),
    ]);
    expect(
      (await planGroups("retention: 30d", [], { workloads: [workload({ input })] })).changes[0]?.id,
    ).toBe("/in/use");
    expect((await planGroups("retention: 30d", [])).changes[0]?.id).toBe("/ecs/prod/web");
  });
});

describe("retention", () => {
  it("is left where it is right, whoever set it", async () => {
    expect(await planGroups("group: /g, retention: 30d", [logGroup("/g", 30, mine)])).toMatchObject({
      changes: [],
    });
  });

  it.each([
    ["longer than the owner's", 14, 30, "original:14 written:30", undefined],
    ["over one of ours from before", 30, 60, "original:14 written:60 was:30", "original:14 written:30"],
    ["over the owner's change of ours", 7, 30, "original:7 written:30", "original:14 written:30"],
  ])("%s is laid with a record", async (_, live, want, laid, record) => {
    const tags = record === undefined ? mine : { ...mine, [recordTag]: record };
    const { change, retention } = await planOne(`group: /g, retention: ${want}d`, logGroup("/g", live, tags));
    expect(change).toMatchObject({ action: "update", impact: "none" });
    expect(retention).toBe(want);
    expect(await sent(kind, change)).toEqual([
      tagCall({ ...mine, [recordTag]: laid }),
      retentionCall(want),
      // Once the retention is set, what we wrote before is no longer ours.
      ...(laid.includes("was:") ? [tagCall({ [recordTag]: laid.replace(/ was:.*/, "") })] : []),
    ]);
  });

  it.each([
    ["a shorter one", "retention: 7d", 30, 0, ["DataLoss"]],
    ["one for a group that never expired and is old", "retention: 7d", undefined, 400, ["DataLoss"]],
    ["a longer one", "retention: 60d", 30, 400, []],
    ["one for a group too young to lose anything", "retention: 30d", undefined, 10, []],
    ["a shorter one, on demand", "retention: 7d, shortenRetention: true", 30, 400, []],
  ])("%s: %s over %s, %i days old, is held by %j", async (_, logging, live, age, expected) => {
    const { change, blocked } = await planOne(
      `group: /g, ${logging}`,
      logGroup("/g", live, mine, daysAgo(age)),
    );
    expect(blocked).toEqual(expected);
    expect(change === undefined).toBe(expected.length > 0);
  });

  it("that destroys events is told, also where it is meant", async () => {
    const { change } = await planOne(
      "group: /g, retention: 7d, shortenRetention: true",
      logGroup("/g", 30, mine),
    );
    expect(change?.impact).toBe("dataloss");
  });

  it.each([
    ["the original comes back", 60, "original:90 written:60", 90, 90],
    ["never comes back", 60, "original:- written:60", undefined, null],
    ["after a write that failed, too", 30, "original:90 written:60 was:30", 90, 90],
  ])("when a policy stops speaking of it: %s", async (_, live, record, after, written) => {
    const { change, retention } = await planOne(
      "group: /g",
      logGroup("/g", live, { ...mine, [recordTag]: record }),
    );
    expect(change?.action).toBe("update");
    expect(retention).toBe(after);
    expect(await sent(kind, change)).toEqual([tagCall(mine), retentionCall(written), untagCall([recordTag])]);
  });

  it("stays when a policy stops speaking of what its owner has changed since, or what we never touched", async () => {
    expect(
      (await planOne("group: /g", logGroup("/g", 7, { ...mine, [recordTag]: "original:90 written:60" })))
        .change,
    ).toBeUndefined();
    expect((await planOne("group: /g", logGroup("/g", 7, mine))).change).toBeUndefined();
  });
});

describe("a group that nobody wants", () => {
  it.each([
    ["goes back to the original", 60, "original:90 written:60", 90, 90, [recordTag]],
    ["goes back to never", 60, "original:- written:60", undefined, null, [recordTag]],
    ["keeps what its owner has set since", 7, "original:90 written:60", 7, undefined, [recordTag]],
    ["keeps what it had, without a record", 30, undefined, 30, undefined, []],
  ])("%s, and loses our tags", async (_, live, record, after, written, tags) => {
    const { change, retention } = await planOne(
      undefined,
      logGroup("/g", live, { team: "x", ...mine, ...(record ? { [recordTag]: record } : {}) }),
    );
    expect(change).toMatchObject({ action: "update", release: true, deletes: written === undefined ? 0 : 1 });
    expect(change?.after?.["tags"]).toEqual({});
    expect(retention).toBe(after);
    expect(await sent(kind, change)).toEqual([
      ...(written === undefined ? [] : [retentionCall(written)]),
      untagCall(["ecsmon.dev/owner", "ecsmon.dev/policy", ...tags]),
    ]);
  });

  it("stays as it is when its record cannot be read", async () => {
    const { change, blocked } = await planOne(
      undefined,
      logGroup("/g", 60, { ...mine, [recordTag]: "edited" }),
    );
    expect([change, blocked]).toEqual([undefined, ["OriginalUnknown"]]);
  });
});

describe("a group of several services", () => {
  const workloads = [workload({ service: "a" }), workload({ service: "b" })];

  it("is one item of no service", async () => {
    const { changes } = await planGroups("group: /g, retention: 30d", [], { workloads });
    expect(changes).toHaveLength(1);
    expect(changes[0]).not.toHaveProperty("service");
  });

  it("is merged over all of them: priority wins, equals conflict", async () => {
    const by = (service: string, retention: string, priority: number) =>
      `selector: { services: [${service}] }\npriority: ${priority}\nlogging: { group: /g, retention: ${retention} }`;
    const merged = await planGroups("", [], {
      workloads,
      policies: policies(by("a", "30d", 0), by("b", "90d", 1)),
    });
    expect(merged.changes[0]?.after).toMatchObject({
      retentionInDays: 90,
      tags: { "ecsmon.dev/policy": "a b" },
    });
    const quarrel = await planGroups("", [logGroup("/g", 30, mine)], {
      workloads,
      policies: policies(by("a", "30d", 0), by("b", "90d", 0)),
    });
    expect(quarrel.changes).toEqual([]);
    expect(quarrel.blocked).toMatchObject([
      {
        code: "Conflict",
        message: expect.stringMatching(/^retention is 30d in policy a \(a\.yaml:\d+\) and 90d in policy b/),
      },
    ]);
  });
});

describe("a group that services may log to which were not read", () => {
  const group = logGroup("/g", 60, {
    "ecsmon.dev/owner": "ecsmon",
    "ecsmon.dev/policy": "a b",
    [recordTag]: "original:90 written:60",
  });

  it.each([
    ["in a narrowed run", { narrowed: true }],
    [
      "that could not be read",
      { unreadable: [{ cluster: "dev", failure: { code: "AccessDenied", message: "denied" } }] },
    ],
  ])("keeps its retention and the names of their policies: %s", async (_, over) => {
    const { changes, blocked, unknown } = await planGroups("group: /g", [group], over);
    expect([changes, blocked]).toEqual([[], []]);
    expect(unknown.every(({ code }) => code === "AccessDenied")).toBe(true);
  });

  it("gets the retention that is asked for", async () => {
    const { changes } = await planGroups("group: /g, retention: 180d", [group], { narrowed: true });
    expect(changes[0]?.after).toMatchObject({ retentionInDays: 180, tags: { "ecsmon.dev/policy": "a b" } });
  });
});

describe("a group of somebody else's", () => {
  it("is adopted when nobody keeps it, and left alone when another owner does", async () => {
    const free = await planOne(`group: /g, ${options}`, logGroup("/g", 30, { team: "x" }));
    expect(await sent(kind, free.change)).toEqual([tagCall(mine)]);
    const kept = await planOne("group: /g", logGroup("/g", 30, { "ecsmon.dev/owner": "other" }));
    expect([kept.change, kept.blocked]).toEqual([undefined, ["NotOwned"]]);
  });
});

describe("a group whose name is not known", () => {
  it("keeps every group from being released", async () => {
    const standing = [logGroup("/g", 30, mine), logGroup("/ecs/prod/web", 30, mine)];
    const blind = await planGroups("retention: 30d", standing, {
      workloads: [workload({ taskDefinition: failedRead })],
    });
    expect(lines({ ...blind, unchanged: 0 })).toEqual(["unknown AccessDenied LogGroup"]);
    const suspended = await planGroups("", standing, {
      policies: policies("suspend: true\nlogging: { retention: 30d }"),
    });
    expect(lines({ ...suspended, unchanged: 0 })).toEqual(["blocked Suspended LogGroup log group of web"]);
  });
});

describe("canonical", () => {
  it.each([
    [
      { logGroupName: "/g", tags: {} },
      { logGroupName: "/g", retentionInDays: null, tags: { team: "x" }, storedBytes: 5 },
    ],
    [
      { logGroupName: "/g", retentionInDays: 30, tags: mine },
      { tags: { ...mine, [recordTag]: "x" }, retentionInDays: 30, logGroupName: "/g" },
    ],
  ])("%j", (canonical, spec) => {
    expect(kind.canonical(spec)).toEqual(canonical);
    expect(kind.canonical(kind.canonical(spec))).toEqual(canonical);
  });
});

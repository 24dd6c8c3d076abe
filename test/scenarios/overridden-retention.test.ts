// An account policy of CloudWatch Logs overrides the retention of log groups: nothing is written over and over, a person
// is told, and once the policy is gone ours holds again.
import { expect, test } from "vitest";
import { createService } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld({ deploymentSeconds: 1 });
const group = "/g";
const hours = (count: number) => world.sandbox.control.advance(count * 3_600_000);

const policy = (logging: string) => `
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: logs }
spec:
  selector: { clusters: [prod-a] }
  enforcement: { default: Enforce, TaskDefinition: Audit }
  ${logging}
`;
const asks = (retention: string) => policy(`logging: { group: ${group}, retention: ${retention} }`);
const nothing = policy("");

function seed(own?: number): void {
  world.call("ecs", "CreateCluster", { clusterName: "prod-a" });
  createService(world, "prod-a", "web", {});
  if (own === undefined) return;
  world.call("logs", "CreateLogGroup", { logGroupName: group });
  world.call("logs", "PutRetentionPolicy", { logGroupName: group, retentionInDays: own });
}

function overrideWith(days: number): void {
  world.call("logs", "PutAccountPolicy", {
    policyName: "keep",
    policyType: "RETENTION_POLICY",
    scope: "ALL",
    policyDocument: JSON.stringify({ retentionInDays: days, enforcementMode: "RETROACTIVE" }),
  });
  hours(48);
}

function endOverride(): void {
  world.call("logs", "DeleteAccountPolicy", { policyName: "keep", policyType: "RETENTION_POLICY" });
}

const live = () => world.call("logs", "DescribeLogGroups", { logGroupNamePrefix: group })["logGroups"][0];
const retentionWrites = () => world.writes().filter((operation) => operation.includes("Retention"));
const groupChanges = ({ json }: { json: Any }) => json.changes.filter(({ kind }: Any) => kind === "LogGroup");
const codes = ({ json }: { json: Any }) => [
  ...json.blocked.map(({ code }: Any) => code),
  ...json.diagnostics.map(({ severity, code }: Any) => `${severity} ${code}`),
];

test.each([
  ["a longer one", "365d", 365],
  ["a shorter one, without talk of lost logs", "14d", 14],
])(
  "%s is told, not written again and again, and holds once the account's policy is gone",
  async (_, retention, days) => {
    seed();
    await world.apply(asks(retention));
    expect(live().retentionInDays).toBe(days);
    overrideWith(90);
    world.sandbox.control.clearCalls();

    const planned = await world.plan(asks(retention));
    expect([planned.code, groupChanges(planned), codes(planned)]).toEqual([
      0,
      [],
      ["warning RetentionOverridden"],
    ]);
    expect(planned.json.diagnostics[0].message).toBe(
      `${group}: the account's retention policy keep overrides what policies ask for, so 90 days stands in place of ${days} days; take the groups out of that policy, or ask for the same`,
    );
    expect((await world.apply(asks(retention))).code).toBe(0);
    expect(retentionWrites()).toEqual([]);

    endOverride();
    expect(live().retentionInDays).toBe(days);
    expect(codes(await world.plan(asks(retention)))).toEqual([]);
  },
);

test("what was never set under the account's policy is set once that is gone, with a record of the owner's", async () => {
  seed(30);
  overrideWith(90);
  const applied = await world.apply(asks("365d"));
  // Our tags are there, no retention.
  expect([applied.code, retentionWrites()]).toEqual([0, []]);
  expect(groupChanges(await world.plan(asks("365d")))).toEqual([]);

  endOverride();
  await world.apply(asks("365d"));
  expect(live().retentionInDays).toBe(365);
  expect(groupChanges(await world.plan(asks("365d")))).toEqual([]);
  await world.apply(nothing);
  expect(live().retentionInDays).toBe(30);
});

test("a retention that agrees with the account's is not told of", async () => {
  seed(30);
  overrideWith(90);
  await world.apply(asks("90d"));
  expect(codes(await world.plan(asks("90d")))).toEqual([]);
});

test("a group that nobody asks for is given back once the account's policy is gone, and not before", async () => {
  seed(30);
  await world.apply(asks("60d"));
  // The same number as ours: what stands below it is not known all the same.
  overrideWith(60);
  world.sandbox.control.clearCalls();
  const released = await world.apply(nothing);
  expect([released.code, groupChanges({ json: released.json.plan }), world.writes()]).toEqual([0, [], []]);
  await world.apply(asks("60d").replace(", retention: 60d", ""));
  expect(retentionWrites()).toEqual([]);

  endOverride();
  await world.apply(nothing);
  expect(live().retentionInDays).toBe(30);
  expect(groupChanges(await world.plan(nothing))).toEqual([]);
});

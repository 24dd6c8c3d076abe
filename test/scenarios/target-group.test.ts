// The health checks of target groups: laid over the owner's, shared by services, and given back.
import { beforeEach, describe, expect, test } from "vitest";
import { createBalancer, createService, seedEstate } from "./estate.ts";
import { type Any, useWorld } from "./harness.ts";

const world = useWorld();
beforeEach(() => seedEstate(world));

const policy = (check: string, over: { name?: string; services?: string; more?: string } = {}): string => `---
apiVersion: ecsmon.dev/v1alpha1
kind: MonitoringPolicy
metadata: { name: ${over.name ?? "checks"} }
spec:
  selector: { clusters: ["*"], services: [${over.services ?? '"web-000", "web-001"'}] }
  targetGroup: { healthCheck: { ${check} } }
  ${over.more ?? ""}
`;
const nobody = policy("path: /healthz", { services: '"none"' });

const group = (name: string): Any =>
  world.call("elasticloadbalancing", "DescribeTargetGroups", { Names: [name] })["TargetGroups"][0];
const modify = (name: string, fields: Any): void => {
  world.call("elasticloadbalancing", "ModifyTargetGroup", {
    TargetGroupArn: group(name).TargetGroupArn,
    ...fields,
  });
};
const tagsOf = (name: string): Record<string, string> => {
  const { TagDescriptions } = world.call("elasticloadbalancing", "DescribeTags", {
    ResourceArns: [group(name).TargetGroupArn],
  });
  return Object.fromEntries(TagDescriptions[0].Tags.map(({ Key, Value }: Any) => [Key, Value]));
};
const inputs = (operation: string): Any[] =>
  world.sandbox.control
    .calls({ write: true })
    .flatMap((call) => (call.operation === operation ? [call.input] : []));

test("plan, apply, an empty plan, drift put right, and the originals given back", async () => {
  const wanted = policy('path: "/healthz?deep=1", matcher: "200,204", interval: 15s');
  const { json } = await world.plan(wanted);
  expect(json.changes).toHaveLength(2);
  expect(json.changes[0]).toMatchObject({
    action: "update",
    kind: "TargetGroup",
    name: "web-000",
    cluster: "prod-a",
    service: "web-000",
    impact: "none",
    before: { HealthCheckPath: "/", HealthCheckIntervalSeconds: 30, Matcher: { HttpCode: "200" } },
    differences: [
      { path: "HealthCheckIntervalSeconds", before: 30, after: 15 },
      { path: "HealthCheckPath", before: "/", after: "/healthz?deep=1" },
      { path: "Matcher.HttpCode", before: "200", after: "200,204" },
    ],
  });
  const before = group("web-000");
  expect((await world.apply(wanted)).code).toBe(0);
  expect(inputs("ModifyTargetGroup")[0]).toEqual({
    TargetGroupArn: before.TargetGroupArn,
    HealthCheckPath: "/healthz?deep=1",
    Matcher: { HttpCode: "200,204" },
    HealthCheckIntervalSeconds: expect.anything(),
  });
  expect(group("web-000")).toEqual({
    ...before,
    HealthCheckPath: "/healthz?deep=1",
    Matcher: { HttpCode: "200,204" },
    HealthCheckIntervalSeconds: 15,
  });
  expect(tagsOf("web-000")).toEqual({
    "ecsmon.dev/owner": "ecsmon",
    "ecsmon.dev/ecsmon/healthCheck.path": "original:/ written:/healthz=3Fdeep=3D1",
    "ecsmon.dev/ecsmon/healthCheck.matcher": "original:200 written:200=2C204",
    "ecsmon.dev/ecsmon/healthCheck.interval": "original:30 written:15",
  });
  expect((await world.plan(wanted)).code).toBe(0);

  modify("web-000", { HealthCheckIntervalSeconds: 60, HealthyThresholdCount: 3 });
  expect((await world.apply(wanted)).code).toBe(0);
  expect(group("web-000")).toMatchObject({ HealthCheckIntervalSeconds: 15, HealthyThresholdCount: 3 });
  expect((await world.plan(wanted)).code).toBe(0);

  expect((await world.apply(nobody)).code).toBe(0);
  expect(group("web-000")).toEqual({ ...before, HealthCheckIntervalSeconds: 60, HealthyThresholdCount: 3 });
  expect(group("web-001")).toMatchObject({ HealthCheckPath: "/", HealthCheckIntervalSeconds: 30 });
  expect(tagsOf("web-000")).toEqual({});
  expect((await world.plan(nobody)).code).toBe(0);
});

test("a field that the policy gives up comes back alone", async () => {
  expect((await world.apply(policy("path: /healthz, interval: 15s"))).code).toBe(0);
  expect((await world.apply(policy("path: /healthz"))).code).toBe(0);
  expect(group("web-000")).toMatchObject({ HealthCheckPath: "/healthz", HealthCheckIntervalSeconds: 30 });
  expect(tagsOf("web-000")).toEqual({
    "ecsmon.dev/owner": "ecsmon",
    "ecsmon.dev/ecsmon/healthCheck.path": "original:/ written:/healthz",
  });
  expect((await world.plan(policy("path: /healthz"))).code).toBe(0);
});

test("what is right already is left alone, and gets no tags", async () => {
  expect((await world.plan(policy("path: /"))).json.summary).toMatchObject({ update: 0, unchanged: 2 });
});

test("the changed record of another owner, and one that cannot be read", async () => {
  expect((await world.apply(policy("path: /a"), { owner: "other" })).code).toBe(0);
  const { json } = await world.plan(policy("path: /b"));
  expect(json.blocked.map(({ code }: Any) => code)).toEqual(["NotOwned", "NotOwned"]);
  expect((await world.apply(nobody, { owner: "other" })).code).toBe(0);

  expect((await world.apply(policy("path: /a"))).code).toBe(0);
  const Tags = [{ Key: "ecsmon.dev/ecsmon/healthCheck.path", Value: "edited" }];
  world.call("elasticloadbalancing", "AddTags", { ResourceArns: [group("web-000").TargetGroupArn], Tags });
  const released = await world.apply(nobody);
  expect(released.code).toBe(1);
  expect(released.json.plan.blocked).toMatchObject([{ name: "web-000", code: "OriginalUnknown" }]);
  expect(group("web-000").HealthCheckPath).toBe("/a");
  expect(group("web-001").HealthCheckPath).toBe("/");
});

describe("a group of two services", () => {
  beforeEach(() => {
    const arn = group("web-000").TargetGroupArn;
    createService(world, "other", "web-too", { tier: "web" }, [arn]);
    world.sandbox.control.clearCalls();
  });

  test("is merged over them, in whatever cluster", async () => {
    const one = policy("path: /a", { name: "a", services: '"web-000"' });
    const both = one + policy("interval: 15s", { name: "b", services: '"web-too"' });
    const { json } = await world.plan(both);
    expect(json.changes).toMatchObject([
      {
        name: "web-000",
        policies: ["a", "b"],
        after: { HealthCheckPath: "/a", HealthCheckIntervalSeconds: 15 },
      },
    ]);
    expect(json.changes[0]).not.toHaveProperty("service");
    expect((await world.apply(both)).code).toBe(0);
    expect((await world.plan(both)).code).toBe(0);
    // A look at one of them gives back nothing of the other's.
    expect((await world.plan(one, { service: ["web-000"] })).json.changes).toEqual([]);
    expect((await world.plan(nobody, { service: ["web-000"] })).json.changes).toEqual([]);
    expect((await world.apply(one)).code).toBe(0);
    expect(group("web-000")).toMatchObject({ HealthCheckPath: "/a", HealthCheckIntervalSeconds: 30 });
  });

  test("conflicts across them", async () => {
    const both =
      policy("path: /a", { name: "a", services: '"web-000"' }) +
      policy("path: /b", { name: "b", services: '"web-too"' });
    const { json } = await world.plan(both);
    expect(json.changes).toEqual([]);
    expect(json.blocked).toMatchObject([{ kind: "TargetGroup", name: "web-000", code: "Conflict" }]);
    expect(
      (await world.plan(both.replace("path: /b } }", "path: /b } }\n  priority: 1"))).json.changes,
    ).toMatchObject([{ after: { HealthCheckPath: "/b" } }]);
  });

  test("is not released while one of them is in the dark", async () => {
    expect((await world.apply(policy("path: /a", { services: '"web-too"' }))).code).toBe(0);
    world.sandbox.control.addFault({ operation: "DescribeServices", match: "web-too", action: "denied" });
    const { json } = await world.plan(nobody);
    expect(json.changes).toEqual([]);
  });
});

describe("what does not fit", () => {
  test("TCP checks have no path; a service without a group has nothing to check", async () => {
    const balancer = createBalancer(world, "edge", "network");
    createService(world, "prod-a", "tcp-1", { tier: "web" }, [balancer("tcp-1")]);
    const services = '"tcp-1", "batch-1"';
    const ran = await world.plan(policy("path: /healthz", { services }));
    expect(ran.json.blocked.map(({ code, message }: Any) => `${code} ${message}`)).toEqual([
      "NotApplicable the service has no target group",
      "NotApplicable the target group is checked by TCP, which has no path; add protocol: HTTP, or leave it out",
    ]);
    expect(ran.code).toBe(0);
    const overHttp = policy("protocol: HTTP, path: /healthz", { services: '"tcp-1"' });
    expect((await world.apply(overHttp)).code).toBe(0);
    expect(group("tcp-1")).toMatchObject({ HealthCheckProtocol: "HTTP", HealthCheckPath: "/healthz" });
    expect((await world.plan(overHttp)).code).toBe(0);
    expect((await world.apply(nobody)).code).toBe(0);
    expect(group("tcp-1").HealthCheckProtocol).toBe("TCP");
    expect(group("tcp-1").HealthCheckPath).toBeUndefined();
    expect((await world.plan(nobody)).code).toBe(0);
  });

  test("a timeout that is too long beside the owner's interval is told before AWS is asked", async () => {
    const { code, json } = await world.apply(policy("timeout: 30s"));
    expect(code).toBe(1);
    expect(json.plan.blocked.map(({ code: why }: Any) => why)).toEqual([
      "InvalidHealthCheck",
      "InvalidHealthCheck",
    ]);
    expect(world.writes()).toEqual([]);
  });
});

describe("reads that fail", () => {
  beforeEach(async () => {
    expect((await world.apply(policy("path: /a"))).code).toBe(0);
    world.sandbox.control.clearCalls();
  });

  test.each<[string, string, "denied" | "empty"]>([
    ["elasticloadbalancing", "DescribeTags", "denied"],
    ["elasticloadbalancing", "DescribeTags", "empty"],
    ["elasticloadbalancing", "DescribeTargetGroups", "denied"],
    ["tagging", "GetResources", "denied"],
  ])("%s %s %s: nothing is changed or released", async (service, operation, action) => {
    world.sandbox.control.addFault({ service, operation, action });
    for (const wish of [policy("path: /b"), nobody]) {
      const ran = await world.apply(wish);
      expect(ran.code).toBe(1);
      expect(ran.json.plan.unknown.map(({ kind }: Any) => kind)).toContain("TargetGroup");
      expect(world.writes()).toEqual([]);
    }
  });

  test("an index that lists nothing takes nothing away, and says so where it can be told", async () => {
    const body = JSON.stringify({ ResourceTagMappingList: [], PaginationToken: "" });
    world.sandbox.control.addFault({ operation: "GetResources", action: { respond: { status: 200, body } } });
    expect((await world.plan(nobody)).json.changes).toEqual([]);
    const part = await world.plan(policy("path: /a", { services: '"web-000"' }));
    expect(part.json.changes).toEqual([]);
    expect(part.json.unknown).toMatchObject([{ kind: "TargetGroup", code: "TagIndexIncomplete" }]);
  });

  test("tags that the read leaves out lose no record", async () => {
    const arns = ["web-000", "web-001"].map((name) => group(name).TargetGroupArn);
    const members = arns.map((arn) => `<member><ResourceArn>${arn}</ResourceArn><Tags/></member>`);
    const empty = `<DescribeTagsResponse><DescribeTagsResult><TagDescriptions>${members.join("")}</TagDescriptions></DescribeTagsResult></DescribeTagsResponse>`;
    world.sandbox.control.addFault({
      operation: "DescribeTags",
      times: 1,
      action: { respond: { status: 200, body: empty } },
    });
    const ran = await world.apply(policy("path: /b", { services: '"web-000"' }));
    expect(ran.json.outcomes).toMatchObject([{ result: "failed", error: { code: "TagsIncomplete" } }]);
    expect(tagsOf("web-000")).toMatchObject({
      "ecsmon.dev/ecsmon/healthCheck.path": "original:/ written:/a",
    });
  });
});

// What each kind of event means, and that no text whatever makes the reader throw.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dashboardName } from "../../../controller/core/dashboard-name.ts";
import { readEvent } from "../../../controller/core/event-keys.ts";
import type { EventMeaning } from "../../../controller/core/event-meaning.ts";
import { ownedName } from "../../../controller/core/names.ts";
import type { JsonObject } from "../../../controller/model/json.ts";

const ECS = "arn:aws:ecs:eu-west-1:123456789012";
const web = { cluster: "prod", service: "web" };
const head = {
  id: "7bf73129-1428-4cd3-a780-95db273d1602",
  account: "123456789012",
  region: "eu-west-1",
  at: new Date("2026-03-01T10:00:00Z"),
};
const envelope = (over: JsonObject): JsonObject => ({
  version: "0",
  id: head.id,
  account: head.account,
  time: "2026-03-01T10:00:00Z",
  region: head.region,
  resources: [],
  detail: {},
  ...over,
});
const read = (event: unknown): EventMeaning => readEvent(JSON.stringify(event), { owner: "ecsmon" });
const of = (source: string, type: string, detail: JsonObject, resources: string[] = []): EventMeaning =>
  read(envelope({ source, "detail-type": type, detail, resources }));
const services = (...places: { cluster: string; service: string }[]) => ({
  ...head,
  is: "services",
  services: places,
  urgency: "now",
});
const ignored = expect.objectContaining({ is: "ignored" });
const junk = expect.objectContaining({ is: "junk" });

describe("events of ECS", () => {
  const task = (over: JsonObject) =>
    of(
      "aws.ecs",
      "ECS Task State Change",
      {
        clusterArn: `${ECS}:cluster/prod`,
        taskArn: `${ECS}:task/prod/0123`,
        taskDefinitionArn: `${ECS}:task-definition/web:7`,
        group: "service:web",
        lastStatus: "STOPPED",
        version: 4,
        ...over,
      },
      [`${ECS}:task/prod/0123`],
    );

  it("a task is looked at later, with its version", () => {
    expect(task({})).toEqual({
      ...services(web),
      urgency: "later",
      task: { arn: `${ECS}:task/prod/0123`, version: 4 },
    });
    expect(task({ version: "4" })).toEqual({ ...services(web), urgency: "later" });
  });

  it.each<[string, JsonObject, unknown]>([
    ["a task of no service", { group: "family:web" }, ignored],
    ["no group", { group: undefined }, junk],
    ["no cluster", { clusterArn: undefined }, junk],
    ["a cluster of another shape", { clusterArn: "prod/web" }, junk],
    ["a service of another shape", { group: "service:a b" }, junk],
  ])("%s", (_, over, expected) => expect(task(over)).toEqual(expected));

  it.each([
    ["SERVICE_STEADY_STATE", "later"],
    ["SERVICE_TASK_START_IMPAIRED", "later"],
    ["SERVICE_DEPLOYMENT_IN_PROGRESS", "now"],
    ["SERVICE_DEPLOYMENT_FAILED", "now"],
  ])("service action %s: %s", (eventName, urgency) => {
    const detail = { eventType: "INFO", eventName, clusterArn: `${ECS}:cluster/prod` };
    for (const arn of [`${ECS}:service/prod/web`, `${ECS}:service/web`])
      expect(of("aws.ecs", "ECS Service Action", detail, [arn])).toEqual({ ...services(web), urgency });
    expect(of("aws.ecs", "ECS Service Action", detail, [])).toEqual(junk);
    expect(of("aws.ecs", "ECS Service Action", { eventName }, [`${ECS}:service/web`])).toEqual(junk);
  });

  it("a deployment names its cluster in the service's ARN alone", () => {
    const detail = {
      eventType: "INFO",
      eventName: "SERVICE_DEPLOYMENT_COMPLETED",
      deploymentId: "ecs-svc/1",
    };
    const change = (...arns: string[]) => of("aws.ecs", "ECS Deployment State Change", detail, arns);
    expect(change(`${ECS}:service/prod/web`)).toEqual(services(web));
    expect(change(`${ECS}:service/web`)).toEqual(ignored);
    expect(change(`${ECS}:cluster/prod`)).toEqual(junk);
    expect(change()).toEqual(junk);
  });

  it("what tells of container instances is nothing to us", () => {
    expect(
      of("aws.ecs", "ECS Container Instance State Change", { clusterArn: `${ECS}:cluster/prod` }),
    ).toEqual(ignored);
  });
});

describe("alarms", () => {
  const change = (alarmName: unknown, type = "CloudWatch Alarm Configuration Change") =>
    of("aws.cloudwatch", type, { alarmName, operation: "update", configuration: {} } as JsonObject);
  const long = { cluster: "c".repeat(150), service: "s".repeat(150), name: "cpu" };

  it("of ours mean their service", () => {
    expect(change("ecsmon/prod/web/cpu")).toEqual(services(web));
  });
  it("with a shortened name keep the short parts", () => {
    const meaning = change(ownedName("ecsmon", long));
    const short = (letter: string) => expect.stringMatching(new RegExp(`^${letter}{60}#[0-9a-f]{12}$`));
    expect(meaning).toEqual(services({ cluster: short("c"), service: short("s") }));
  });
  it.each([
    "other/prod/web/cpu",
    "ecsmon/prod/web",
    "prod-cpu",
    "ecsmon/prod/a b/cpu",
    "ecsmon/prod#1/web/cpu",
  ])("%s is not ours", (name) => expect(change(name)).toEqual(ignored));
  it("without a name are junk", () => expect(change(undefined)).toEqual(junk));
  it.each(["CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"])(
    "%s is nothing to us",
    (type) => expect(change("ecsmon/prod/web/cpu", type)).toEqual(ignored),
  );
});

describe("objects of a bucket", () => {
  const object = (type: string, detail: JsonObject) => of("aws.s3", type, detail, ["arn:aws:s3:::policies"]);
  const detail = {
    version: "0",
    bucket: { name: "policies" },
    object: { key: "prod/é a+b.yaml", sequencer: "0A" },
  };

  it.each(["Object Created", "Object Deleted"])("%s", (type) =>
    expect(object(type, detail)).toEqual({
      ...head,
      is: "object",
      bucket: "policies",
      key: "prod/é a+b.yaml",
    }),
  );
  it("without bucket or key are junk", () => {
    expect(object("Object Created", { ...detail, bucket: {} })).toEqual(junk);
    expect(object("Object Created", { ...detail, object: { key: "" } })).toEqual(junk);
  });
  it("tags of objects are nothing to us", () => expect(object("Object Tags Added", detail)).toEqual(ignored));
});

describe("calls by CloudTrail", () => {
  const call = (service: string, eventName: string, requestParameters: unknown, over: JsonObject = {}) =>
    of(`aws.${service}`, "AWS API Call via CloudTrail", {
      eventVersion: "1.11",
      eventSource: `${service}.amazonaws.com`,
      eventName,
      awsRegion: "eu-west-1",
      requestParameters,
      ...over,
    } as JsonObject);
  const cluster = (name: string) => ({ ...head, is: "cluster", cluster: name });
  const group = { ...head, is: "log-group", name: "/ecs/web" };
  const groupArn = "arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/web";
  const targetGroup = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef";
  const alarmArn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:ecsmon/prod/web/cpu";

  it.each<[string, string, unknown, unknown]>([
    ["ecs", "UpdateService", { service: "web", cluster: "prod" }, services(web)],
    ["ecs", "UpdateService", { service: `${ECS}:service/prod/web` }, services(web)],
    [
      "ecs",
      "UpdateService",
      { service: `${ECS}:service/web`, cluster: `${ECS}:cluster/prod` },
      services(web),
    ],
    ["ecs", "UpdateService", { service: "web" }, services({ cluster: "default", service: "web" })],
    ["ecs", "CreateService", { serviceName: "web", cluster: `${ECS}:cluster/prod` }, services(web)],
    ["ecs", "DeleteService", { service: "web", cluster: "prod", force: true }, services(web)],
    ["ecs", "UpdateService", { service: 7, cluster: "prod" }, ignored],
    ["ecs", "UpdateService", { service: "web", cluster: ["prod"] }, ignored],
    ["ecs", "UpdateService", null, ignored],
    ["ecs", "UpdateServicePrimaryTaskSet", { service: "web", cluster: "prod" }, services(web)],
    ["ecs", "UpdateExpressGatewayService", { serviceArn: `${ECS}:service/prod/web` }, services(web)],
    [
      "ecs",
      "StopServiceDeployment",
      { serviceDeploymentArn: `${ECS}:service-deployment/prod/web/abc-1` },
      services(web),
    ],
    ["ecs", "TagResource", { resourceArn: `${ECS}:service/prod/web`, tags: [] }, services(web)],
    ["ecs", "UntagResource", { resourceArn: `${ECS}:cluster/prod`, tagKeys: [] }, cluster("prod")],
    ["ecs", "TagResource", { resourceArn: `${ECS}:task-definition/web:7` }, ignored],
    ["ecs", "TagResource", {}, ignored],
    ["ecs", "UpdateClusterSettings", { cluster: "prod", settings: [] }, cluster("prod")],
    ["ecs", "UpdateCluster", { cluster: `${ECS}:cluster/prod` }, cluster("prod")],
    ["ecs", "CreateCluster", { clusterName: "prod" }, cluster("prod")],
    ["ecs", "CreateCluster", null, cluster("default")],
    ["ecs", "DeleteCluster", { cluster: "prod" }, cluster("prod")],
    ["ecs", "PutClusterCapacityProviders", { cluster: "prod" }, ignored],
    ["ecs", "RegisterTaskDefinition", { family: "web" }, ignored],
    ["ecs", "constructor", { cluster: "prod" }, ignored],
    ["monitoring", "PutMetricAlarm", { alarmName: "ecsmon/prod/web/cpu" }, services(web)],
    ["monitoring", "PutCompositeAlarm", { alarmName: "ecsmon/prod/web/any" }, services(web)],
    ["monitoring", "PutLogAlarm", { alarmName: "ecsmon/prod/web/errors" }, services(web)],
    ["monitoring", "PutMetricAlarm", { alarmName: "cpu" }, ignored],
    [
      "monitoring",
      "DeleteAlarms",
      { alarmNames: ["ecsmon/prod/web/cpu", "cpu", "ecsmon/prod/api/cpu", "ecsmon/prod/web/memory", 7] },
      services(web, { cluster: "prod", service: "api" }),
    ],
    ["monitoring", "DisableAlarmActions", { alarmNames: ["ecsmon/prod/web/cpu"] }, services(web)],
    ["monitoring", "EnableAlarmActions", { alarmNames: "ecsmon/prod/web/cpu" }, ignored],
    ["monitoring", "TagResource", { resourceARN: alarmArn }, services(web)],
    ["monitoring", "SetAlarmState", { alarmName: "ecsmon/prod/web/cpu" }, ignored],
    ["logs", "PutRetentionPolicy", { logGroupName: "/ecs/web", retentionInDays: 7 }, group],
    ["logs", "DeleteRetentionPolicy", { logGroupName: "/ecs/web" }, group],
    ["logs", "CreateLogGroup", { logGroupName: "/ecs/web" }, group],
    ["logs", "DeleteLogGroup", { logGroupName: "/ecs/web" }, group],
    ["logs", "TagResource", { resourceArn: groupArn }, group],
    ["logs", "UntagResource", { resourceArn: `${groupArn}:*` }, group],
    ["logs", "TagLogGroup", { logGroupName: "/ecs/web" }, group],
    ["logs", "PutRetentionPolicy", { logGroupName: "a b" }, ignored],
    [
      "logs",
      "PutMetricFilter",
      { filterName: "ecsmon/prod/web/errors", logGroupName: "/ecs/web" },
      services(web),
    ],
    ["logs", "DeleteMetricFilter", { filterName: "errors", logGroupName: "/ecs/web" }, ignored],
    ["logs", "PutQueryDefinition", { name: "ecsmon/prod/web/slow" }, services(web)],
    ["logs", "DeleteQueryDefinition", { queryDefinitionId: "1" }, ignored],
    ["logs", "PutSubscriptionFilter", { logGroupName: "/ecs/web" }, ignored],
    [
      "elasticloadbalancing",
      "ModifyTargetGroup",
      { targetGroupArn: targetGroup },
      { ...head, is: "target-groups", arns: [targetGroup] },
    ],
    [
      "elasticloadbalancing",
      "RemoveTags",
      { resourceArns: [targetGroup, targetGroup, targetGroup.replace("targetgroup", "loadbalancer/app")] },
      { ...head, is: "target-groups", arns: [targetGroup] },
    ],
    ["elasticloadbalancing", "RegisterTargets", { targetGroupArn: targetGroup }, ignored],
    ["lambda", "UpdateService", { service: "web", cluster: "prod" }, ignored],
  ])("%s:%s %j", (service, name, parameters, expected) =>
    expect(call(service, name, parameters)).toEqual(expected),
  );

  it("a dashboard's Region is that of its name", () => {
    const name = (region: string, service = "web") =>
      dashboardName("ecsmon", { cluster: "prod", service, region });
    expect(call("monitoring", "PutDashboard", { dashboardName: name("us-east-1") })).toEqual({
      ...services(web),
      region: "us-east-1",
    });
    const names = [
      name("us-east-1"),
      name("eu-west-1", "api"),
      "ecsmon__prod",
      "other__prod__web__eu-west-1",
    ];
    const api = { cluster: "prod", service: "api" };
    expect(call("monitoring", "DeleteDashboards", { dashboardNames: names })).toEqual(services(api));
    expect(call("monitoring", "DeleteDashboards", { dashboardNames: ["mine"] })).toEqual(ignored);
  });

  it("a call that failed changed nothing", () => {
    const parameters = { service: "web", cluster: "prod" };
    expect(call("ecs", "UpdateService", parameters, { errorCode: "AccessDenied" })).toEqual(ignored);
  });
  it("a call without a name is junk", () => {
    expect(call("ecs", "UpdateService", {}, { eventName: undefined })).toEqual(junk);
  });
});

describe("messages", () => {
  const event = envelope({
    source: "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm Configuration Change",
    detail: { alarmName: "ecsmon/prod/web/cpu" },
  });
  it("that SNS wrapped are unwrapped, once", () => {
    const wrap = (Message: string) => ({
      Type: "Notification",
      MessageId: "1",
      TopicArn: "arn:aws:sns:x",
      Message,
    });
    expect(read(wrap(JSON.stringify(event)))).toEqual(services(web));
    expect(read(wrap("no JSON"))).toEqual(junk);
    expect(read(wrap(JSON.stringify(wrap(JSON.stringify(event)))))).toEqual(junk);
  });
  it("of others are ignored, whatever they look like", () => {
    expect(read({ ...event, source: "custom.cloudwatch" })).toEqual(ignored);
    expect(read({ ...event, source: "ecsmon" })).toEqual(ignored);
  });
  it("without a usable time have none", () => {
    expect(read({ ...event, time: "soon" })).toEqual({ ...services(web), at: undefined });
    expect(read({ ...event, time: 5 })).toEqual({ ...services(web), at: undefined });
  });
  it.each<[string, string]>([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["an empty object", "{}"],
    ["too long", JSON.stringify({ ...event, padding: "x".repeat(1024 * 1024) })],
    ["no id", JSON.stringify({ ...event, id: undefined })],
    ["an account that is none", JSON.stringify({ ...event, account: "1234" })],
    ["a Region that is none", JSON.stringify({ ...event, region: "../../x" })],
    ["deeply nested", `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
  ])("%s is junk", (_, body) => expect(readEvent(body, { owner: "ecsmon" })).toEqual(junk));
  it("of S3's own kind are junk that says what to do", () => {
    expect(read({ Records: [{ eventSource: "aws:s3" }] })).toEqual({
      is: "junk",
      reason: expect.stringContaining("let the bucket send to EventBridge"),
    });
  });
});

describe("any text", () => {
  const whole = (source: string, type: string, detail: JsonObject, resources: string[] = []): JsonObject =>
    envelope({ source, "detail-type": type, detail, resources });
  const trail = (eventSource: string, eventName: string, requestParameters: JsonObject): JsonObject =>
    whole("aws.any", "AWS API Call via CloudTrail", { eventSource, eventName, requestParameters });
  const good: readonly JsonObject[] = [
    whole("aws.ecs", "ECS Task State Change", {
      clusterArn: `${ECS}:cluster/prod`,
      group: "service:web",
      version: 1,
    }),
    whole("aws.ecs", "ECS Service Action", { eventName: "SERVICE_STEADY_STATE" }, [
      `${ECS}:service/prod/web`,
    ]),
    whole("aws.ecs", "ECS Deployment State Change", {}, [`${ECS}:service/prod/web`]),
    whole("aws.cloudwatch", "CloudWatch Alarm Configuration Change", { alarmName: "ecsmon/prod/web/cpu" }),
    whole("aws.s3", "Object Created", { bucket: { name: "b" }, object: { key: "k" } }),
    trail("ecs.amazonaws.com", "UpdateService", { cluster: "prod", service: "web" }),
    trail("ecs.amazonaws.com", "TagResource", { resourceArn: `${ECS}:service/prod/web` }),
    trail("monitoring.amazonaws.com", "DeleteAlarms", { alarmNames: ["ecsmon/prod/web/cpu"] }),
    trail("monitoring.amazonaws.com", "DeleteDashboards", {
      dashboardNames: ["ecsmon__prod__web__eu-west-1"],
    }),
    trail("logs.amazonaws.com", "PutRetentionPolicy", { logGroupName: "/ecs/web" }),
    trail("elasticloadbalancing.amazonaws.com", "AddTags", { resourceArns: ["arn:aws:x"] }),
  ];
  const anyJson = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonObject[string]>;
  /** One member, at any depth, becomes something else. */
  const spoil = (value: unknown, steps: readonly number[], by: unknown): unknown => {
    if (typeof value !== "object" || value === null) return by;
    const entries = Object.entries(value);
    const [step = 0, ...rest] = steps;
    if (entries.length === 0 || steps.length === 0) return by;
    const at = step % entries.length;
    const spoiled = entries.map(([key, inner], index) => [
      key,
      index === at ? spoil(inner, rest, by) : inner,
    ]);
    return Array.isArray(value) ? spoiled.map(([, inner]) => inner) : Object.fromEntries(spoiled);
  };
  const spoiled = fc
    .tuple(fc.constantFrom(...good), fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }), anyJson)
    .map(([event, steps, by]) => spoil(event, steps, by));
  const place = /^[\w-]{1,255}(#[0-9a-f]{12})?$/;

  it("has a meaning, of names that ECS could have", () => {
    for (const event of good.slice(0, -1))
      expect(read(event)).not.toEqual(expect.objectContaining({ reason: expect.anything() }));
    const seen = new Set<string>();
    const bodies = fc.oneof(
      { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
      { weight: 1, arbitrary: anyJson.map((value) => JSON.stringify(value)) },
      { weight: 8, arbitrary: spoiled.map((event) => JSON.stringify(event)) },
    );
    fc.assert(
      fc.property(bodies, (body) => {
        const meaning = readEvent(body, { owner: "ecsmon" });
        seen.add(meaning.is);
        if (meaning.is !== "services") return;
        expect(meaning.services.length).toBeGreaterThan(0);
        for (const { cluster, service } of meaning.services) {
          expect(cluster).toMatch(place);
          expect(service).toMatch(place);
        }
      }),
      { numRuns: 2000 },
    );
    expect([...seen]).toEqual(expect.arrayContaining(["services", "log-group", "object", "ignored", "junk"]));
  });
});

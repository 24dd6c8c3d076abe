// Dashboards in the sandbox: what PutDashboard says of a body, what is kept, and whose they are.
import {
  CloudWatchClient,
  GetDashboardCommand,
  ListDashboardsCommand,
  PutDashboardCommand,
} from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import type { Input, OperationContext, Output } from "../../controller/sandbox/service.ts";
import { createCloudWatch } from "../../controller/sandbox/services/cloudwatch.ts";
import { start } from "./harness.ts";

const ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:cpu";
const ARN = "arn:aws:cloudwatch::123456789012:dashboard/web";
let clock = 1_800_000_000_000;
const context: OperationContext = { now: () => clock, account: "123456789012", region: "us-east-1" };
let service = createCloudWatch();
const call = (operation: string, input: Input = {}): Output => {
  const run = service.operations[operation];
  if (run === undefined) throw new Error(`no operation ${operation}`);
  return run(input, context);
};
const put = (body: unknown, more: Input = {}) =>
  call("PutDashboard", {
    DashboardName: "web",
    DashboardBody: typeof body === "string" ? body : JSON.stringify(body),
    ...more,
  });

const cpu = ["AWS/ECS", "CPUUtilization", "ClusterName", "prod", "ServiceName", "web"];
const metric = (properties: Input = {}, more: Input = {}) => ({
  type: "metric",
  properties: { region: "us-east-1", metrics: [cpu], ...properties },
  ...more,
});
const log = {
  type: "log",
  properties: { region: "us-east-1", query: "SOURCE '/ecs/web' | fields @message" },
};
const body = (...widgets: unknown[]) => ({ widgets });

beforeEach(() => {
  clock = 1_800_000_000_000;
  service = createCloudWatch();
});

describe("PutDashboard accepts without a word", () => {
  it.each<[string, unknown]>([
    ["no widgets", body()],
    [
      "a metric",
      body(metric({ title: "CPU", view: "timeSeries", stat: "p99", period: 300, stacked: false })),
    ],
    ["a place", body(metric({}, { x: 23, y: 0, width: 24, height: 1000 }))],
    [
      "rows in shorthand, with options",
      body(
        metric({
          metrics: [
            [...cpu, { id: "m1", stat: "Maximum", color: "#ff0000", yAxis: "right", visible: false }],
            [".", "MemoryUtilization", ".", ".", ".", "."],
            ["...", "other"],
            [{ expression: "m1 * 2", label: "twice", id: "e1" }],
            ["...", "third"],
          ],
        }),
      ),
    ],
    [
      "annotations",
      body(metric({ annotations: { horizontal: [{ value: 80, label: "high" }], vertical: [] } })),
    ],
    [
      "an alarm's graph",
      body({ type: "metric", properties: { region: "us-east-1", annotations: { alarms: [ALARM] } } }),
    ],
    ["a gauge", body(metric({ view: "gauge", yAxis: { left: { min: 0, max: 100 } } }))],
    ["a text", body({ type: "text", properties: { markdown: "# hi", background: "transparent" } })],
    ["a log query", body(log)],
    [
      "alarms",
      body({ type: "alarm", properties: { alarms: [ALARM], sortBy: "timestamp", states: ["ALARM"] } }),
    ],
    ["a time range", { start: "-PT6H", end: "-PT1H", periodOverride: "inherit", widgets: [] }],
    ["500 widgets", body(...Array(500).fill(log))],
  ])("%s", (_name, dashboard) => {
    expect(put(dashboard)).toEqual({ DashboardValidationMessages: [] });
  });
});

describe("PutDashboard refuses", () => {
  const property = "/widgets/0/properties";
  it.each<[string, unknown, string]>([
    ["what is no JSON", "{", ""],
    ["a list", [], ""],
    ["no widgets at all", {}, ""],
    ["widgets that are no list", { widgets: {} }, "/widgets"],
    ["501 widgets", body(...Array(501).fill(log)), "/widgets"],
    ["an end without a start", { end: "-PT1H", widgets: [] }, ""],
    ["an unknown override", { periodOverride: "always", widgets: [] }, "/periodOverride"],
    ["a widget without type", body({ properties: {} }), "/widgets/0"],
    ["a widget of an unknown type", body({ type: "chart", properties: {} }), "/widgets/0/type"],
    ["a widget without properties", body({ type: "text" }), "/widgets/0"],
    ["x beyond the grid", body(metric({}, { x: 24, y: 0 })), "/widgets/0/x"],
    ["x without y", body(metric({}, { x: 0 })), "/widgets/0"],
    ["a half width", body(metric({}, { width: 1.5 })), "/widgets/0/width"],
    ["a metric without region", body({ type: "metric", properties: { metrics: [cpu] } }), property],
    ["a metric without metrics", body({ type: "metric", properties: { region: "us-east-1" } }), property],
    ["a row of a name alone", body(metric({ metrics: [["AWS/ECS"]] })), `${property}/metrics/0`],
    ["half a dimension", body(metric({ metrics: [cpu.slice(0, 5)] })), `${property}/metrics/0`],
    ["a number in a row", body(metric({ metrics: [["AWS/ECS", 1]] })), `${property}/metrics/0/1`],
    ["shorthand in the first row", body(metric({ metrics: [["...", "x"]] })), `${property}/metrics/0`],
    [
      "a colour's name",
      body(metric({ metrics: [[...cpu, { color: "red" }]] })),
      `${property}/metrics/0/6/color`,
    ],
    ["an unknown statistic", body(metric({ stat: "Median" })), `${property}/stat`],
    ["a period of 61 seconds", body(metric({ period: 61 })), `${property}/period`],
    ["a gauge without a scale", body(metric({ view: "gauge" })), `${property}/yAxis/left`],
    [
      "an annotation without value",
      body(metric({ annotations: { horizontal: [{}] } })),
      `${property}/annotations/horizontal/0`,
    ],
    ["501 metrics", body(metric({ metrics: Array(501).fill(cpu) })), `${property}/metrics`],
    ["2600 metrics", body(...Array(26).fill(metric({ metrics: Array(100).fill(cpu) }))), "/widgets"],
    ["a text without markdown", body({ type: "text", properties: {} }), property],
    ["a log without query", body({ type: "log", properties: { region: "us-east-1" } }), property],
    ["alarms by name", body({ type: "alarm", properties: { alarms: ["cpu"] } }), `${property}/alarms/0`],
    [
      "101 alarms",
      body({ type: "alarm", properties: { alarms: Array(101).fill(ALARM) } }),
      `${property}/alarms`,
    ],
  ])("%s", (_name, dashboard, path) => {
    expect(() => put(dashboard)).toThrow(
      expect.objectContaining({
        code: "DashboardInvalidInputError",
        queryCode: "InvalidParameterInput",
        status: 400,
        members: {
          dashboardValidationMessages: expect.arrayContaining([expect.objectContaining({ DataPath: path })]),
        },
      }),
    );
    expect(service.state()).toEqual(createCloudWatch().state());
  });

  it.each(["", "a b", "a.b", "x".repeat(256)])("the name %j", (DashboardName) => {
    expect(() => put(body(), { DashboardName })).toThrow(
      expect.objectContaining({ code: "DashboardInvalidInputError" }),
    );
  });
});

describe("a dashboard", () => {
  it("is stored with a warning where it has what AWS doesn't know", () => {
    const text = JSON.stringify({ ...body(metric({ colour: 1 })), author: "me" });
    expect(put(text).DashboardValidationMessages).toEqual([
      { DataPath: "", Message: "Should NOT have additional properties: 'author'" },
      { DataPath: "/widgets/0/properties", Message: "Should NOT have additional properties: 'colour'" },
    ]);
    expect(call("GetDashboard", { DashboardName: "web" }).DashboardBody).toBe(text);
  });

  it("is read back as the text it was put as, replaced as a whole, with tags of its creation", () => {
    put(body(log), { Tags: [{ Key: "team", Value: "a" }] });
    clock += 5000;
    const text = '{ "widgets" : [ ] }';
    put(text, { Tags: [{ Key: "team", Value: "b" }] });
    expect(call("GetDashboard", { DashboardName: "web" })).toEqual({
      DashboardName: "web",
      DashboardArn: ARN,
      DashboardBody: text,
    });
    expect(call("ListDashboards").DashboardEntries).toEqual([
      { DashboardName: "web", DashboardArn: ARN, LastModified: new Date(clock), Size: 19 },
    ]);
    expect(call("ListTagsForResource", { ResourceARN: ARN })).toEqual({
      Tags: [{ Key: "team", Value: "a" }],
    });
    call("TagResource", { ResourceARN: ARN, Tags: [{ Key: "stage", Value: "prod" }] });
    call("UntagResource", { ResourceARN: ARN, TagKeys: ["team"] });
    expect(service.taggedResources?.()).toEqual([
      { arn: ARN, type: "cloudwatch:dashboard", tags: { stage: "prod" } },
    ]);
  });

  it("that isn't there is DashboardNotFoundError, and deletes nothing of the same call", () => {
    const missing = expect.objectContaining({
      code: "DashboardNotFoundError",
      status: 404,
      queryCode: "ResourceNotFound",
    });
    expect(() => call("GetDashboard", { DashboardName: "web" })).toThrow(missing);
    put(body());
    expect(() => call("DeleteDashboards", { DashboardNames: ["web", "nope"] })).toThrow(missing);
    expect(call("ListDashboards").DashboardEntries).toHaveLength(1);
    call("DeleteDashboards", { DashboardNames: ["web"] });
    expect(call("ListDashboards").DashboardEntries).toEqual([]);
    expect(() => call("DeleteDashboards", { DashboardNames: [] })).toThrow(
      expect.objectContaining({ code: "InvalidParameterValueException" }),
    );
  });

  it("is listed by name and prefix, page by page", () => {
    for (const DashboardName of ["b-2", "a", "b-1", "b-3"]) put(body(), { DashboardName });
    const names = (input: Input) => {
      const output = call("ListDashboards", input);
      return [(output.DashboardEntries as Input[]).map((each) => each.DashboardName), output.NextToken];
    };
    const [first, NextToken] = names({ DashboardNamePrefix: "b-", MaxResults: 2 });
    expect(first).toEqual(["b-1", "b-2"]);
    expect(names({ DashboardNamePrefix: "b-", MaxResults: 2, NextToken })).toEqual([["b-3"], undefined]);
    expect(() => names({ NextToken })).toThrow(expect.objectContaining({ code: "InvalidNextToken" }));
  });
});

describe("over the wire", () => {
  it("an error carries its messages, and pages are as small as asked for", async () => {
    const { cloudwatch } = await start({ pageSizes: 1 });
    await expect(
      cloudwatch.send(new PutDashboardCommand({ DashboardName: "web", DashboardBody: "{}" })),
    ).rejects.toMatchObject({
      name: "DashboardInvalidInputError",
      dashboardValidationMessages: [{ DataPath: "", Message: "Should have required property 'widgets'" }],
    });
    for (const DashboardName of ["a", "b"])
      await cloudwatch.send(new PutDashboardCommand({ DashboardName, DashboardBody: '{"widgets":[]}' }));
    const page = await cloudwatch.send(new ListDashboardsCommand({}));
    expect(page.DashboardEntries?.map((each) => each.DashboardName)).toEqual(["a"]);
    const { NextToken } = page;
    const rest = await cloudwatch.send(new ListDashboardsCommand({ ...(NextToken && { NextToken }) }));
    expect(rest.DashboardEntries?.map((each) => each.DashboardName)).toEqual(["b"]);
    await expect(cloudwatch.send(new GetDashboardCommand({ DashboardName: "c" }))).rejects.toMatchObject({
      // The SDK goes by the query protocol's code, which DashboardNotFoundError shares with another error.
      name: "ResourceNotFound",
      $metadata: { httpStatusCode: 404 },
    });
  });

  it("all Regions of an account have the same, another account has its own", async () => {
    const { cloudwatch, settings, control } = await start();
    await cloudwatch.send(new PutDashboardCommand({ DashboardName: "web", DashboardBody: '{"widgets":[]}' }));
    const tokyo = new CloudWatchClient({ ...settings, region: "ap-northeast-1" });
    const found = await tokyo.send(new GetDashboardCommand({ DashboardName: "web" }));
    tokyo.destroy();
    expect(found.DashboardArn).toBe(ARN);
    const elsewhere = control.call("monitoring", "ListDashboards", {}, { account: "210987654321" });
    expect(elsewhere.DashboardEntries).toEqual([]);
  });
});

// The standard dashboard: what a service has is on it, what it has not is not, and everything has its place.
import { describe, expect, it } from "vitest";
import { buildDashboard, type DashboardParts } from "../../../controller/core/dashboard.ts";
import { alarmWidgets, layOut, textWidget } from "../../../controller/core/dashboard-widgets.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import { appContainer, at, definition, failedRead, owner, select, targetGroup } from "./builders.ts";

type Over = Parameters<typeof select>[1];

const logged = definition([
  appContainer({ logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "/ecs/web" } } }),
]);

function widgets(
  body: string,
  over: Over = {},
  parts: Partial<Pick<DashboardParts, "containerInsights" | "alarms">> = {},
): readonly JsonObject[] {
  const built = buildDashboard({
    selected: select(`dashboard: true\n${body}`, over),
    owner,
    containerInsights: false,
    alarms: [],
    ...parts,
  });
  if (built.state !== "built") throw new Error(built.failure.code);
  return built.body["widgets"] as readonly JsonObject[];
}

const titles = (list: readonly JsonObject[]) =>
  list.map((widget) => at(widget, "properties", "title") ?? widget["type"]);
const titled = (list: readonly JsonObject[], title: string) =>
  list.find((widget) => at(widget, "properties", "title") === title) ?? {};
const rows = (list: readonly JsonObject[], title: string) =>
  at(titled(list, title), "properties", "metrics") as readonly (readonly unknown[])[];

describe("buildDashboard", () => {
  it("shows what every service has", () => {
    expect(titles(widgets(""))).toEqual(["text", "CPU (percent)", "Memory (percent)", "Tasks"]);
    expect(rows(widgets(""), "CPU (percent)")[0]).toEqual([
      "AWS/ECS",
      "CPUUtilization",
      "ClusterName",
      "prod",
      "ServiceName",
      "web",
      { stat: "Average", label: "average" },
    ]);
    expect(rows(widgets(""), "Tasks").map((row) => row.slice(0, 2))).toEqual([["AWS/ECS", "LiveTaskCount"]]);
  });

  it("shows running beside desired where Container Insights says how many there should be", () => {
    const list = widgets("", {}, { containerInsights: true });
    expect(rows(list, "Tasks: running and desired").map((row) => row.slice(0, 2))).toEqual([
      ["ECS/ContainerInsights", "RunningTaskCount"],
      ["ECS/ContainerInsights", "DesiredTaskCount"],
      ["ECS/ContainerInsights", "PendingTaskCount"],
    ]);
  });

  it("shows requests behind an application load balancer, a line for each target group", () => {
    const list = widgets("", {
      targetGroups: [targetGroup("blue", "app/front"), targetGroup("green", "app/front")],
    });
    expect(titles(list).slice(4)).toEqual([
      "Requests per minute",
      "Latency (seconds)",
      "Responses of 5xx per minute",
      "Targets",
    ]);
    const labels = (title: string) => rows(list, title).map((row) => at(row.at(-1) as JsonObject, "label"));
    expect(labels("Requests per minute")).toEqual(["requests (blue)", "requests (green)"]);
    expect(labels("Latency (seconds)")).toEqual([
      "p50 (blue)",
      "p50 (green)",
      "p90 (blue)",
      "p90 (green)",
      "p99 (blue)",
      "p99 (green)",
    ]);
    expect(labels("Responses of 5xx per minute")).toEqual([
      "service (blue)",
      "service (green)",
      "load balancer, all its services",
    ]);
  });

  it("shows only healthy hosts behind a network load balancer", () => {
    const list = widgets("", { targetGroups: [targetGroup("tcp", "net/front")] });
    expect(titles(list).slice(4)).toEqual(["Targets"]);
    expect(rows(list, "Targets").map(([namespace, metric]) => `${namespace} ${metric}`)).toEqual([
      "AWS/NetworkELB HealthyHostCount",
      "AWS/NetworkELB UnHealthyHostCount",
    ]);
  });

  it("shows log metrics: counts together, what is measured by itself, dimensions by a search", () => {
    const list = widgets(
      `logMetrics:
  - { name: fatal, pattern: Fatal }
  - { name: by-route, pattern: "{ $.level = error }", dimensions: { route: $.route } }
  - { name: took, pattern: "{ $.took = * }", value: $.took, unit: Milliseconds }
`,
      { input: logged },
    );
    expect(titles(list).slice(4)).toEqual(["Log lines per minute", "Logs: took", "Recent errors"]);
    expect(rows(list, "Log lines per minute")).toEqual([
      [
        {
          expression: `SEARCH('{"ecsmon/prod/web","route"} MetricName="by-route"', 'Sum', 60)`,
          label: "by-route",
        },
      ],
      ["ecsmon/prod/web", "fatal", { stat: "Sum", label: "fatal" }],
    ]);
    expect(rows(list, "Logs: took").map((row) => at(row.at(-1) as JsonObject, "stat"))).toEqual([
      "Average",
      "Maximum",
    ]);
    // Without a log group there is nothing that would be counted.
    expect(titles(widgets("logMetrics: [{ name: fatal, pattern: Fatal }]"))).not.toContain(
      "Log lines per minute",
    );
  });

  it("shows recent errors of the service's log group, and leads there", () => {
    const list = widgets("", { input: logged });
    expect(at(titled(list, "Recent errors"), "properties", "query")).toMatch(
      /^SOURCE '\/ecs\/web' \| fields @timestamp, @message\n\| filter /,
    );
    expect(at(list[0], "properties", "markdown")).toContain("log-group/$252Fecs$252Fweb");
  });

  it("says whose it is, and leads to the service", () => {
    const markdown = String(at(widgets("")[0], "properties", "markdown"));
    expect(markdown).toContain("# prod / web\n");
    expect(markdown).toContain("Managed by ecsmon from Git (policies: a); changes by hand are put back.");
    expect(markdown).toContain(
      "(https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web/health?region=eu-central-1)",
    );
    expect(String(at(widgets("", { partition: "aws-iso" })[0], "properties", "markdown"))).not.toContain(
      "https:",
    );
  });

  it("shows the states of its alarms, by ARN", () => {
    const list = widgets("", {}, { alarms: ["ecsmon/prod/web/b", "ecsmon/prod/web/a"] });
    expect(at(titled(list, "Alarms"), "properties", "alarms")).toEqual([
      "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:ecsmon/prod/web/a",
      "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:ecsmon/prod/web/b",
    ]);
  });

  it.each<[string, Over]>([
    ["target groups", { targetGroups: failedRead }],
    ["the task definition", { taskDefinition: failedRead }],
  ])("is unknown without %s, since widgets would come and go", (_, over) => {
    const selected = select("dashboard: true", over);
    expect(buildDashboard({ selected, owner, containerInsights: false, alarms: [] })).toMatchObject({
      state: "unknown",
      failure: { code: "AccessDenied" },
    });
  });

  it("overlaps nowhere and stays within 24 columns", () => {
    const list = widgets(
      "",
      { input: logged, targetGroups: [targetGroup("web", "app/front")] },
      { alarms: ["a"] },
    );
    const taken = new Set<string>();
    for (const { x, y, width, height } of list as readonly Record<string, number>[]) {
      expect(Number(x) + Number(width)).toBeLessThanOrEqual(24);
      for (let column = 0; column < Number(width); column += 1)
        for (let row = 0; row < Number(height); row += 1) {
          const cell = `${Number(x) + column},${Number(y) + row}`;
          expect(taken.has(cell)).toBe(false);
          taken.add(cell);
        }
    }
  });
});

describe("layOut", () => {
  it("begins a row where one is full, below its highest widget", () => {
    const small = { ...textWidget("", 2), width: 8 };
    const places = layOut([small, { ...small, height: 5 }, textWidget("", 1), small]);
    expect(places.map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [8, 0],
      [0, 5],
      [0, 6],
    ]);
  });
});

describe("alarmWidgets", () => {
  it("are several where one cannot hold all", () => {
    const arns = Array.from({ length: 150 }, (_, index) => `arn:${index}`);
    const list = alarmWidgets("Alarms", arns);
    expect(list.map(({ properties }) => properties["title"])).toEqual(["Alarms (1 of 2)", "Alarms (2 of 2)"]);
    expect(list.flatMap(({ properties }) => properties["alarms"])).toEqual(arns);
    expect(alarmWidgets("Alarms", [])).toEqual([]);
  });
});

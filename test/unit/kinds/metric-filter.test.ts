// Metric filters: which group they stand on, what they publish, and what AWS gives back for them.
import { describe, expect, it } from "vitest";
import { metricFilter } from "../../../controller/kinds/metric-filter.ts";
import type { JsonObject } from "../../../controller/model/json.ts";
import {
  appContainer,
  definition,
  failedRead,
  items,
  logGroup,
  observed,
  plan,
  planInput,
  policies,
  workload,
} from "../core/builders.ts";

const name = "ecsmon/prod/web/fatal";
const logged = (group: string) =>
  definition([
    appContainer({ logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": group } } }),
  ]);

/** The filter `fatal`: its spec, or the reason. */
async function filter(body: string, over: Parameters<typeof workload>[0] = {}): Promise<JsonObject | string> {
  const { wanted } = await planInput({ policies: policies(body), workloads: [workload(over)] });
  const item = wanted.get("MetricFilter")?.[0];
  expect(item).toMatchObject({ name, cluster: "prod", service: "web", policies: ["a"] });
  if (item?.state.is === "wanted") {
    expect(item.state.needs).toEqual([`LogGroup/${String(item.state.spec["logGroupName"])}`]);
    return item.state.spec;
  }
  return item?.state.is === "blocked" ? item.state.reason.code : `unknown ${item?.state.failure.code}`;
}

const fatal = (more = "") => `logMetrics: [{ name: fatal, pattern: "{ $.level = fatal }"${more} }]`;
const groupOf = (spec: JsonObject | string) => (typeof spec === "string" ? spec : spec["logGroupName"]);

describe("a metric filter", () => {
  it("counts matches, with a zero for lines that do not match", async () => {
    expect(await filter(fatal(", group: /g"))).toEqual({
      logGroupName: "/g",
      filterName: name,
      filterPattern: "{ $.level = fatal }",
      metricTransformations: [
        { metricName: "fatal", metricNamespace: "ecsmon/prod/web", metricValue: "1", defaultValue: 0 },
      ],
    });
  });

  it("has a default value for a count only: lines that do not match took no 0 ms", async () => {
    const transformed = async (value: string) => {
      const spec = await filter(fatal(`, group: /g, value: ${value}`));
      return (spec as { metricTransformations: JsonObject[] }).metricTransformations[0];
    };
    expect(await transformed("5")).toMatchObject({ metricValue: "5", defaultValue: 0 });
    expect(await transformed("$.level")).not.toHaveProperty("defaultValue");
  });

  it("loses in an ordinary update the default value that an earlier version gave it", async () => {
    const body = fatal(", group: /g, value: $.level");
    const spec = (await filter(body)) as { metricTransformations: JsonObject[] } & JsonObject;
    const given = spec.metricTransformations.map((one) => ({ ...one, defaultValue: 0 }));
    const id = `/g|${name}`;
    const standing = observed({
      id,
      name,
      cluster: "prod",
      service: "web",
      spec: { ...spec, metricTransformations: given },
      detail: {},
    });
    const parts = await plan({
      policies: policies(body),
      observations: { MetricFilter: items(standing), LogGroup: items(logGroup("/g", 30, {})) },
    });
    expect(parts.changes.filter(({ kind }) => kind === "MetricFilter")).toMatchObject([
      {
        action: "update",
        differences: [{ path: "metricTransformations[fatal].defaultValue", before: 0, after: null }],
      },
    ]);
  });

  it("has no default value beside dimensions, which AWS refuses", async () => {
    expect(
      await filter(fatal(`, group: /g, value: $.took, unit: Milliseconds, dimensions: { Path: $.path }`)),
    ).toMatchObject({
      metricTransformations: [
        {
          metricName: "fatal",
          metricNamespace: "ecsmon/prod/web",
          metricValue: "$.took",
          unit: "Milliseconds",
          dimensions: { Path: "$.path" },
        },
      ],
    });
    expect(JSON.stringify(await filter(fatal(", group: /g, dimensions: { Path: $.path }")))).not.toContain(
      "defaultValue",
    );
  });

  it.each([
    [
      "its own group first",
      `${fatal(", group: /own")}\nlogging: { group: /logging }`,
      { input: logged("/in/use") },
      "/own",
    ],
    ["logging's then", `${fatal()}\nlogging: { group: /logging }`, { input: logged("/in/use") }, "/logging"],
    [
      "the one in use then",
      `${fatal()}\nlogging: { retention: 1d }`,
      { input: logged("/in/use") },
      "/in/use",
    ],
    ["the one in use without logging", fatal(), { input: logged("/in/use") }, "/in/use"],
    ["logging's default", `${fatal()}\nlogging: { retention: 1d }`, {}, "/ecs/prod/web"],
    ["none", fatal(), {}, "NotApplicable"],
    ["unknown, without the task definition", fatal(), { taskDefinition: failedRead }, "unknown AccessDenied"],
    [
      "unknown, when logging does not say",
      `${fatal()}\nlogging: { retention: 1d }`,
      { taskDefinition: failedRead },
      "unknown AccessDenied",
    ],
    [
      "known without the task definition, when logging says",
      `${fatal()}\nlogging: { group: /logging }`,
      { taskDefinition: failedRead },
      "/logging",
    ],
  ] as const)("stands on %s", async (_, body, over, expected) => {
    expect(groupOf(await filter(body, over))).toBe(expected);
  });

  it("is blocked where logging is", async () => {
    const { wanted } = await planInput({
      policies: policies(`${fatal()}\nlogging: { group: /a }`, "logging: { group: /b }"),
    });
    expect(wanted.get("MetricFilter")?.[0]?.state).toMatchObject({
      is: "blocked",
      reason: { code: "Conflict" },
    });
  });

  it.each([
    [
      "what AWS fills in",
      { defaultValue: 0, unit: "None" },
      { applyOnTransformedLogs: false, creationTime: 1 },
    ],
    ["nothing more", { defaultValue: 0 }, {}],
    ["empty dimensions", { defaultValue: 0, dimensions: {} }, {}],
  ])("equals what was sent, with %s", async (_, inner, outer) => {
    const spec = (await filter(fatal(", group: /g"))) as JsonObject;
    const returned = {
      ...spec,
      ...outer,
      metricTransformations: [
        { metricName: "fatal", metricNamespace: "ecsmon/prod/web", metricValue: "1", ...inner },
      ],
    };
    expect(metricFilter.canonical(returned)).toEqual(metricFilter.canonical(spec));
    expect(metricFilter.canonical(metricFilter.canonical(returned))).toEqual(
      metricFilter.canonical(returned),
    );
  });

  it.each([
    ["pattern", { filterPattern: "x" }],
    [
      "value",
      {
        metricTransformations: [
          { metricName: "fatal", metricNamespace: "ecsmon/prod/web", metricValue: "2", defaultValue: 0 },
        ],
      },
    ],
    [
      "default",
      {
        metricTransformations: [
          { metricName: "fatal", metricNamespace: "ecsmon/prod/web", metricValue: "1" },
        ],
      },
    ],
  ])("is told apart by its %s", async (_, over) => {
    const spec = (await filter(fatal(", group: /g"))) as JsonObject;
    expect(metricFilter.canonical({ ...spec, ...over })).not.toEqual(metricFilter.canonical(spec));
  });
});

// Dashboards are compared as JSON, and differences are told widget by widget.
import { describe, expect, it } from "vitest";
import { canonicalDashboard } from "../../../controller/core/canonical-dashboard.ts";
import { findDifferences } from "../../../controller/core/differences.ts";
import type { Json } from "../../../controller/model/json.ts";

const canonical = (body: Json | string) =>
  canonicalDashboard({
    DashboardName: "d",
    DashboardBody: typeof body === "string" ? body : JSON.stringify(body),
  });
const paths = (before: Json | string, after: Json | string) =>
  findDifferences(canonical(before), canonical(after)).map(({ path }) => path);
const graph = (title: string, x: number, more = {}) => ({
  type: "metric",
  x,
  y: 0,
  width: 6,
  height: 6,
  properties: { title, region: "us-east-1", metrics: [], ...more },
});

describe("canonicalDashboard", () => {
  it("looks at no white space, at no order of keys, and at no order of widgets that have their places", () => {
    const [a, b] = [graph("a", 0), graph("b", 6)];
    expect(canonical(JSON.stringify({ widgets: [b, a] }, undefined, 2))).toEqual(
      canonical({ widgets: [a, b] }),
    );
    expect(paths('{"start":"-PT6H","widgets":[]}', '{"widgets":[],"start":"-PT6H"}')).toEqual([]);
  });

  it("keeps the order of widgets that are laid out by their turn", () => {
    const turn = (title: string) => ({ type: "metric", properties: { title, region: "r", metrics: [] } });
    expect(canonical({ widgets: [turn("b"), turn("a")] })).not.toEqual(
      canonical({ widgets: [turn("a"), turn("b")] }),
    );
  });

  it("tells differences by title", () => {
    const before = { widgets: [graph("a", 0), graph("b", 6)], start: "-PT3H" };
    const after = { widgets: [graph("a", 0, { period: 60 }), graph("c", 6)], start: "-PT3H" };
    expect(paths(before, after)).toEqual([
      "DashboardBody.widgets[a].properties.period",
      "DashboardBody.widgets[b]",
      "DashboardBody.widgets[c]",
    ]);
  });

  it("tells widgets of one title apart by their places", () => {
    const before = { widgets: [graph("a", 0), graph("a", 6)] };
    expect(paths(before, { widgets: [graph("a", 0), graph("a", 6, { period: 60 })] })).toEqual([
      "DashboardBody.widgets[a at 6,0].properties.period",
    ]);
  });

  it("is canonical once it is, and takes what is no dashboard as it stands", () => {
    const once = canonical({ widgets: [graph("a", 0), { type: "text" }] });
    expect(canonicalDashboard(once)).toEqual(once);
    expect(canonical("not json")).toEqual({ DashboardName: "d", DashboardBody: "not json" });
    expect(canonical({ widgets: "x" })).toEqual({ DashboardName: "d", DashboardBody: { widgets: "x" } });
  });
});

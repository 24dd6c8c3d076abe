// A dashboard's metric widget: rows of namespace, name and dimensions, in the shorthand where "." is
// the cell above and "..." all cells above.
import type { Findings } from "./dashboard-findings.ts";
import { isStatistic } from "./statistic.ts";

const MAX_ROWS = 500;
const MAX_DIMENSIONS = 30;
const COLOR = /^#[0-9a-fA-F]{6}$/;
const MEMBERS = [
  ...["accountId", "annotations", "end", "labels", "legend", "liveData", "metrics", "period", "region"],
  ...["setPeriodToTimeRange", "singleValueFullPrecision", "sparkline", "stacked", "start", "stat", "table"],
  ...["timezone", "title", "trend", "view", "yAxis"],
];
const ROW_OPTIONS = [
  ...["accountId", "color", "expression", "id", "label", "period", "region", "stat", "visible", "yAxis"],
];

/** Gives how many metrics it draws. */
export function inspectMetricWidget(
  findings: Findings,
  properties: Record<string, unknown>,
  at: string,
): number {
  findings.warnOfOthers(properties, at, MEMBERS);
  findings.required(properties, at, "region");
  findings.text(properties, at, "region");
  findings.text(properties, at, "title");
  const view = findings.text(properties, at, "view", {
    oneOf: ["timeSeries", "singleValue", "gauge", "bar", "pie", "table"],
  });
  for (const name of ["stacked", "liveData"]) findings.ofType(properties, at, name, "boolean");
  inspectStatAndPeriod(findings, properties, at);
  inspectLegend(findings, properties.legend, `${at}/legend`);
  const annotations = inspectAnnotations(findings, properties.annotations, `${at}/annotations`);
  const left = inspectAxes(findings, properties.yAxis, `${at}/yAxis`);
  // A gauge's needle needs both ends of its scale.
  if (view === "gauge") for (const end of ["min", "max"]) findings.required(left, `${at}/yAxis/left`, end);
  if (!annotations.alarms) findings.required(properties, at, "metrics");
  const rows = findings.list(properties, at, "metrics", { max: MAX_ROWS }) ?? [];
  let above: number | undefined;
  for (const [index, row] of rows.entries())
    above = inspectRow(findings, row, `${at}/metrics/${index}`, above) || above;
  return rows.length;
}

/** Gives the row's number of cells, those of `...` counted in; 0 for an expression. `above` is that of the last metric before. */
function inspectRow(findings: Findings, row: unknown, path: string, above: number | undefined): number {
  if (!Array.isArray(row) || row.length === 0) {
    findings.refuse(path, "Should be a non-empty array");
    return 0;
  }
  const last: unknown = row.at(-1);
  const options = typeof last === "object" && last !== null ? findings.structure(last, path) : undefined;
  const cells: unknown[] = typeof last === "object" ? row.slice(0, -1) : row;
  if (options !== undefined) inspectOptions(findings, options, `${path}/${row.length - 1}`);
  for (const [index, cell] of cells.entries())
    if (typeof cell !== "string" || cell === "") findings.refuse(`${path}/${index}`, "Should be string");
  if (options?.expression !== undefined) {
    if (cells.length > 0) findings.refuse(path, "Should have either an expression or a metric");
    return 0;
  }
  const repeats = cells.includes("...") || cells.includes(".");
  if (repeats && above === undefined) {
    findings.refuse(path, "Should have a metric in the row above, which '.' and '...' repeat");
    return 0;
  }
  // `["...", "x"]` is as wide as the row above.
  const width = cells[0] === "..." && above !== undefined ? above : cells.length;
  if (width < 2 || width % 2 !== 0)
    findings.refuse(path, "Should have a namespace, a metric name, and pairs of dimension names and values");
  if (width > 2 + 2 * MAX_DIMENSIONS)
    findings.refuse(path, `Should NOT have more than ${MAX_DIMENSIONS} dimensions`);
  return width;
}

function inspectOptions(findings: Findings, options: Record<string, unknown>, at: string): void {
  findings.warnOfOthers(options, at, ROW_OPTIONS);
  findings.text(options, at, "id", { pattern: /^[a-z][A-Za-z0-9_]*$/ });
  findings.text(options, at, "expression");
  findings.text(options, at, "label");
  findings.text(options, at, "color", { pattern: COLOR });
  findings.text(options, at, "yAxis", { oneOf: ["left", "right"] });
  findings.ofType(options, at, "visible", "boolean");
  inspectStatAndPeriod(findings, options, at);
}

function inspectStatAndPeriod(findings: Findings, of: Record<string, unknown>, at: string): void {
  const stat = findings.text(of, at, "stat");
  if (stat !== undefined && !isStatistic(stat))
    findings.refuse(`${at}/stat`, `Should be a statistic, not '${stat}'`);
  const period = findings.integer(of, at, "period", { min: 1 });
  if (period !== undefined && ![1, 5, 10, 20, 30].includes(period) && period % 60 !== 0)
    findings.refuse(`${at}/period`, "Should be 1, 5, 10, 20, 30 or a multiple of 60");
}

function inspectLegend(findings: Findings, value: unknown, at: string): void {
  if (value === undefined) return;
  const legend = findings.structure(value, at);
  if (legend !== undefined) findings.text(legend, at, "position", { oneOf: ["right", "bottom", "hidden"] });
}

/** Gives the left axis, empty where there is none. */
function inspectAxes(findings: Findings, value: unknown, at: string): Record<string, unknown> {
  if (value === undefined) return {};
  const axes = findings.structure(value, at) ?? {};
  findings.warnOfOthers(axes, at, ["left", "right"]);
  let left = {};
  for (const side of ["left", "right"]) {
    if (axes[side] === undefined) continue;
    const axis = findings.structure(axes[side], `${at}/${side}`) ?? {};
    for (const end of ["min", "max"]) findings.ofType(axis, `${at}/${side}`, end, "number");
    findings.text(axis, `${at}/${side}`, "label");
    findings.ofType(axis, `${at}/${side}`, "showUnits", "boolean");
    if (side === "left") left = axis;
  }
  return left;
}

function inspectAnnotations(findings: Findings, value: unknown, at: string): { alarms: boolean } {
  if (value === undefined) return { alarms: false };
  const annotations = findings.structure(value, at) ?? {};
  findings.warnOfOthers(annotations, at, ["alarms", "horizontal", "vertical"]);
  for (const [name, type] of [["horizontal", "number"] as const, ["vertical", "string"] as const]) {
    const lines = findings.list(annotations, at, name) ?? [];
    for (const [index, line] of lines.entries()) {
      // A band is a list of its two edges.
      for (const edge of Array.isArray(line) ? line : [line]) {
        const place = `${at}/${name}/${index}`;
        const read = findings.structure(edge, place);
        if (read === undefined || !findings.required(read, place, "value")) continue;
        if (typeof read.value !== type) findings.refuse(`${place}/value`, `Should be ${type}`);
        findings.text(read, place, "label");
        findings.text(read, place, "color", { pattern: COLOR });
      }
    }
  }
  return { alarms: findings.alarmArns(annotations, at, "alarms", 1) !== undefined };
}

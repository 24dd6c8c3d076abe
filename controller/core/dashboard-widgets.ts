// The widgets of a dashboard, as PutDashboard's body has them, without their places.
// Source: CloudWatch API reference, "Dashboard Body Structure and Syntax".
import type { JsonObject } from "../model/json.ts";
import type { Dimension } from "./metrics.ts";

export interface Widget {
  readonly type: "metric" | "text" | "log" | "alarm";
  /** Columns of 24, and rows. */
  readonly width: number;
  readonly height: number;
  readonly properties: JsonObject;
}

/** One line of a graph. */
export type Line =
  | {
      readonly namespace: string;
      readonly metricName: string;
      readonly dimensions: readonly Dimension[];
      readonly statistic: string;
      readonly label: string;
    }
  /** Metric math, such as a SEARCH. */
  | { readonly expression: string; readonly label: string };

export const columns = 24;
const graphWidth = 8;
const graphHeight = 6;
/** CloudWatch's limit for one alarm widget. */
const maxAlarms = 100;

export function textWidget(markdown: string, height: number): Widget {
  return { type: "text", width: columns, height, properties: { markdown } };
}

export function graphWidget(title: string, region: string, lines: readonly Line[]): Widget {
  return {
    type: "metric",
    width: graphWidth,
    height: graphHeight,
    properties: {
      title,
      region,
      view: "timeSeries",
      period: 60,
      yAxis: { left: { min: 0, showUnits: false } },
      metrics: lines.map(toRow),
    },
  };
}

/** One widget, or several where one cannot hold all of them. */
export function alarmWidgets(title: string, arns: readonly string[]): Widget[] {
  const count = Math.ceil(arns.length / maxAlarms);
  return Array.from({ length: count }, (_, index) => {
    const alarms = arns.slice(index * maxAlarms, (index + 1) * maxAlarms);
    return {
      type: "alarm",
      width: columns,
      // About six alarms stand in a row.
      height: Math.min(8, 1 + Math.ceil(alarms.length / 6)),
      properties: { title: count === 1 ? title : `${title} (${index + 1} of ${count})`, alarms },
    };
  });
}

export function logWidget(title: string, region: string, group: string, query: string): Widget {
  return {
    type: "log",
    width: columns,
    height: graphHeight,
    properties: { title, region, view: "table", query: `SOURCE '${group}' | ${query}` },
  };
}

/** From left to right, each as high as the highest of its row. */
export function layOut(widgets: readonly Widget[]): JsonObject[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return widgets.map(({ type, width, height, properties }) => {
    if (x + width > columns) {
      y += rowHeight;
      x = 0;
      rowHeight = 0;
    }
    const placed = { type, x, y, width, height, properties };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return placed;
  });
}

function toRow(line: Line): (string | JsonObject)[] {
  if ("expression" in line) return [{ expression: line.expression, label: line.label }];
  const { namespace, metricName, dimensions, statistic, label } = line;
  return [
    namespace,
    metricName,
    ...dimensions.flatMap(({ Name, Value }) => [Name, Value]),
    { stat: statistic, label },
  ];
}

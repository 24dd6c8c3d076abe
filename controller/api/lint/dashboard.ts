// Dashboard bodies that CloudWatch would refuse, or show with holes.
// Source: CloudWatch API reference, "Dashboard Body Structure and Syntax".
import { isObject, type JsonObject } from "../../model/json.ts";
import type { FieldPath } from "../issues.ts";
import { suggest } from "../nearest.ts";
import { type Check, type Found, isFirst, isGiven } from "./check.ts";

const members = ["widgets", "start", "end", "periodOverride", "variables"];
const widgetMembers = ["type", "x", "y", "width", "height", "properties"];
const types = ["metric", "text", "log", "alarm", "explorer", "custom"];
const time = /^(-P(\d+[YMWD]|T\d+[HMS])+|\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2}))$/;
const maxWidgets = 500;
const maxVariables = 25;
/** What a widget of the type shows. */
const needed: Readonly<Record<string, string>> = { text: "markdown", log: "query", alarm: "alarms" };
/** Least and most; the grid is 24 columns wide. */
const grid = { x: [0, 23], y: [0, Number.MAX_SAFE_INTEGER], width: [1, 24], height: [1, 1000] } as const;
const columns = 24;
const standardWidth = 6;

const invalid = (message: string, path: FieldPath): Found => ({ code: "InvalidValue", message, path });

const checkDashboard: Check = (policy, world) => {
  const body: unknown = policy.spec.dashboard;
  if (!isObject(body)) return [];
  const path = ["spec", "dashboard"];
  const { widgets } = body;
  const isSaid = world.specs.some(({ dashboard }) => isObject(dashboard) && isGiven(dashboard["widgets"]));
  const unknown = findUnknown(body, members, "a dashboard body", path);
  // A misspelt `widgets` is one mistake.
  const isMissing =
    !isSaid &&
    unknown.length === 0 &&
    isFirst(policy, world, ({ spec }) => isObject(spec.dashboard) && !isGiven(spec.dashboard["widgets"]));
  return [
    ...unknown,
    ...(isMissing
      ? [
          {
            code: "Incomplete",
            message: "dashboard has no widgets; list them, or write true for the standard one",
            path,
          },
        ]
      : []),
    ...checkSettings(body, path),
    ...(isGiven(widgets) ? checkWidgets(widgets, [...path, "widgets"]) : []),
  ];
};

function findUnknown(value: JsonObject, known: readonly string[], what: string, path: FieldPath): Found[] {
  return Object.keys(value)
    .filter((field) => !known.includes(field))
    .map((field) => ({
      code: "UnknownField",
      message: `unknown field ${JSON.stringify(field)} of ${what}; ${suggest(field, known)}`,
      path: [...path, field],
    }));
}

function checkSettings({ start, end, periodOverride, variables }: JsonObject, path: FieldPath): Found[] {
  const found: Found[] = [];
  for (const [field, value] of Object.entries({ start, end })) {
    if (!isGiven(value) || (typeof value === "string" && (value.includes("${") || time.test(value))))
      continue;
    found.push(
      invalid(
        `${field} ${JSON.stringify(value)} is no time; write one such as -PT6H or 2026-12-31T00:00:00Z`,
        [...path, field],
      ),
    );
  }
  if (isGiven(periodOverride) && periodOverride !== "auto" && periodOverride !== "inherit")
    found.push(
      invalid(`periodOverride ${JSON.stringify(periodOverride)} is unknown; use auto or inherit`, [
        ...path,
        "periodOverride",
      ]),
    );
  if (isGiven(variables) && !Array.isArray(variables))
    found.push(invalid("variables must be a list", [...path, "variables"]));
  else if (Array.isArray(variables) && variables.length > maxVariables)
    found.push(
      invalid(`${variables.length} variables; CloudWatch takes ${maxVariables}`, [...path, "variables"]),
    );
  return found;
}

function checkWidgets(widgets: unknown, path: FieldPath): Found[] {
  if (!Array.isArray(widgets)) return [invalid("widgets must be a list of widgets", path)];
  if (widgets.length > maxWidgets)
    return [invalid(`${widgets.length} widgets; CloudWatch takes ${maxWidgets}`, path)];
  return widgets.flatMap((widget, i) =>
    isObject(widget)
      ? checkWidget(widget, [...path, i])
      : [
          invalid(`a widget is a mapping with type and properties, got ${JSON.stringify(widget)}`, [
            ...path,
            i,
          ]),
        ],
  );
}

function checkWidget(widget: JsonObject, path: FieldPath): Found[] {
  const { type, properties } = widget;
  const found = findUnknown(widget, widgetMembers, "a widget", path);
  if (!isGiven(type))
    found.push({ code: "MissingField", message: `"type" is missing; use one of ${types.join(", ")}`, path });
  else if (typeof type !== "string" || !types.includes(type))
    found.push(
      invalid(
        `type ${JSON.stringify(type)} is unknown; ${suggest(typeof type === "string" ? type : "", types)}`,
        [...path, "type"],
      ),
    );
  found.push(...checkPlace(widget, path));
  if (!isObject(properties)) {
    const message = `"properties" is missing; say what the widget shows`;
    if (!isGiven(properties)) found.push({ code: "MissingField", message, path });
    else found.push(invalid("properties must be a mapping", [...path, "properties"]));
    return found;
  }
  const field = typeof type === "string" ? needed[type] : undefined;
  if (field !== undefined && !isGiven(properties[field]))
    found.push({
      code: "MissingField",
      message: `${JSON.stringify(field)} is missing in the properties of a widget of type ${JSON.stringify(type)}`,
      path: [...path, "properties"],
    });
  return found;
}

function checkPlace(widget: JsonObject, path: FieldPath): Found[] {
  const found = Object.entries(grid).flatMap(([field, [least, most]]): Found[] => {
    const value = widget[field];
    if (!isGiven(value) || (Number.isInteger(value) && Number(value) >= least && Number(value) <= most))
      return [];
    const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
    return [
      invalid(`${field} must be a whole number, ${bounds}, got ${JSON.stringify(value)}`, [...path, field]),
    ];
  });
  if (found.length > 0) return found;
  const { x, y, width } = widget;
  if (isGiven(x) !== isGiven(y)) {
    const [given, other] = isGiven(x) ? ["x", "y"] : ["y", "x"];
    return [invalid(`${given} without ${other}; give both, or neither`, [...path, given])];
  }
  const right = Number(x ?? 0) + Number(width ?? standardWidth);
  if (right <= columns) return [];
  return [
    invalid(`x ${x ?? 0} + width ${width ?? standardWidth} is ${right}; the grid has ${columns} columns`, [
      ...path,
      isGiven(width) ? "width" : "x",
    ]),
  ];
}

export const dashboardChecks: readonly Check[] = [checkDashboard];

// A dashboard in the form in which it is compared: its body is JSON in a string, and each widget is told by its title.
import { compareText, isObject, type Json, type JsonObject } from "../model/json.ts";

/** With the body as JSON: how its text is written makes no difference. */
export function canonicalDashboard({ DashboardName, DashboardBody }: JsonObject): JsonObject {
  return { DashboardName, DashboardBody: parseBody(DashboardBody) };
}

function parseBody(body: Json | undefined): Json {
  if (typeof body !== "string") return body ?? null;
  let parsed: Json;
  try {
    parsed = JSON.parse(body) as Json;
  } catch {
    return body;
  }
  if (!isObject(parsed) || !Array.isArray(parsed["widgets"])) return parsed;
  return { ...parsed, widgets: nameWidgets(parsed["widgets"]) };
}

/** Each widget under a name, so that differences are told by it and not as two whole lists. */
function nameWidgets(widgets: readonly Json[]): Json {
  const names = widgets.map((widget, index) => {
    const { type, x, y, properties } = isObject(widget) ? widget : {};
    const title =
      isObject(properties) && typeof properties["title"] === "string" ? properties["title"] : type;
    // Without a place it is laid out by its turn.
    return { title: String(title), place: x === undefined || y === undefined ? `#${index}` : `${x},${y}` };
  });
  const named = widgets.map((widget, index) => {
    const { title, place } = names[index] ?? { title: "", place: "" };
    const isOnly = names.filter((other) => other.title === title).length === 1;
    const name = isOnly ? title : `${title} at ${place}`;
    return { name, widget: isObject(widget) ? { ...widget, name } : widget };
  });
  // Where each has its place, their order means nothing.
  if (names.every(({ place }) => !place.startsWith("#"))) named.sort((a, b) => compareText(a.name, b.name));
  return named.map(({ widget }) => widget);
}

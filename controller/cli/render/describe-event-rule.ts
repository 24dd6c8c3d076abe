// A rule in a few words: what it tells of, of which services, and whom. `task-stopped of web, api → pager`
import { readPattern, serviceOf } from "../../core/event-pattern.ts";
import { presetOf } from "../../core/event-presets.ts";
import { compareText, isObject, type JsonObject } from "../../model/json.ts";
import { safeText } from "./safe-text.ts";
import { shorten } from "./values.ts";

export function describeEventRule(spec: JsonObject): readonly string[] {
  const told = readPattern(spec["EventPattern"]) ?? [];
  const events = distinct(told.map(({ body }) => presetOf(body) ?? "a pattern"));
  const services = distinct(told.flatMap(({ members }) => members.map(serviceOf)));
  const targets = Array.isArray(spec["Targets"]) ? spec["Targets"].filter(isObject) : [];
  const names = targets.map(({ Arn }) => String(Arn).split(/[:/]/).at(-1) ?? "");
  return [
    [
      events.length === 0 ? "a pattern" : events.join(", "),
      services.length === 0 ? "" : `of ${shorten(services.join(", "), 60)}`,
      names.length === 0 ? "" : `→ ${names.join(", ")}`,
      spec["State"] === "DISABLED" ? "(off)" : "",
    ]
      .filter((part) => part !== "")
      .map((part) => safeText(part))
      .join(" "),
  ];
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort(compareText);
}

// `deletionPolicy: Retain` in a dashboard's body: its tags are read only when it is about to change. The mark is a
// variable that is not shown and that replaces nothing, so it fits dashboards of every template.
// Source: CloudWatch user guide, "Dashboard body structure and syntax", variables.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import type { Reason } from "./select.ts";

const markId = "ecsmonDeletionPolicy";
/** CloudWatch's limit for one dashboard. */
const maxVariables = 25;

const markVariable: JsonObject = {
  type: "pattern",
  // Stands nowhere else in a body, so there is nothing to replace.
  pattern: "ecsmon-deletionPolicy-Retain",
  inputType: "input",
  id: markId,
  label: "deletionPolicy: Retain",
  defaultValue: "ecsmon-deletionPolicy-Retain",
  visible: false,
};

export type MarkedBody =
  | { readonly ok: true; readonly body: JsonObject }
  | { readonly ok: false; readonly reason: Reason };

export function markBody(body: JsonObject): MarkedBody {
  const { variables: given } = body;
  const variables = Array.isArray(given) ? given : [];
  if (variables.length < maxVariables)
    return { ok: true, body: { ...body, variables: [...variables, markVariable] } };
  const message = `the dashboard has ${variables.length} variables, CloudWatch takes ${maxVariables}, and deletionPolicy: Retain is kept in one; take one out`;
  return { ok: false, reason: { code: "InvalidValue", message } };
}

/** `text`: as GetDashboard gives it. One that is no JSON may have had the mark. */
export function isMarkedBody(text: Json | undefined): boolean {
  if (typeof text !== "string") return false;
  let body: Json;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    return true;
  }
  const variables = isObject(body) ? body["variables"] : undefined;
  return Array.isArray(variables) && variables.some((one) => isObject(one) && one["id"] === markId);
}

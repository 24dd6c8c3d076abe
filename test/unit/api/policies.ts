// Policies for the tests of parsing: a sound one, and a way to break it in one place.
import { readFileSync } from "node:fs";
import { parsePolicies } from "../../../controller/api/parse.ts";
import type { PolicySet } from "../../../controller/api/policy.ts";

export const soundPolicy = readFileSync(
  new URL("../../../crds/examples/web-baseline.yaml", import.meta.url),
  "utf8",
);

/** Every section once, and an exception in a document of its own; with a grace period that earns no warning. */
export const referencePolicy = readFileSync(
  new URL("../../golden/api/reference-policy.yaml", import.meta.url),
  "utf8",
).replace("healthCheckGracePeriod: 90s", "healthCheckGracePeriod: 150s");

export function parseText(text: string, file = "policy.yaml"): PolicySet {
  return parsePolicies([{ file, text }]);
}

/** The text with one part replaced; the part must be there exactly once. */
export function breakPolicy(from: string, to: string, text = soundPolicy): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${JSON.stringify(from)} is there ${parts.length - 1} times`);
  return parts.join(to);
}

/** `line:column` of the first occurrence of a mark. */
export function placeOf(text: string, mark: string): string {
  const offset = text.indexOf(mark);
  if (offset === -1) throw new Error(`${JSON.stringify(mark)} is not in the text`);
  const before = text.slice(0, offset);
  return `${before.split("\n").length}:${offset - before.lastIndexOf("\n")}`;
}

/** Each finding as `code path line:column`. */
export function summarise({ diagnostics }: PolicySet): string[] {
  return diagnostics.map(({ severity, code, path, line, column }) =>
    [...(severity === "warning" ? ["warning"] : []), code, path ?? "-", `${line}:${column}`].join(" "),
  );
}

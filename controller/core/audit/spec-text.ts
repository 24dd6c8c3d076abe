// Lines of a policy's spec as YAML.
import { stringify } from "yaml";
import type { JsonObject } from "../../model/json.ts";

/** Without a line end behind it. Texts that YAML would read as something else are quoted. */
export function specText(spec: JsonObject): string {
  return stringify(spec, { lineWidth: 0 }).trimEnd();
}

// What a sidecar cannot be without. A policy may leave it to another: it is asked of all that is said of the sidecar.
import { isObject, type JsonObject } from "../model/json.ts";

/** `sidecar jmx has no image`, where none of the `words` gives it; undefined where nothing is left out. */
export function describeLack(sidecar: JsonObject, words: readonly JsonObject[]): string | undefined {
  const { container, preset } = sidecar;
  const [part, field] = isObject(container) ? ["container", "image"] : ["with", "apiKey"];
  if (part === "with" && !/^(mackerel-container-agent|datadog-agent)(@|$)/.test(String(preset)))
    return undefined;
  const isGiven = words.some((one) => {
    const given = one[part];
    return isObject(given) && given[field] != null;
  });
  if (isGiven) return undefined;
  const name = isObject(container) ? container["name"] : preset;
  return `sidecar ${JSON.stringify(name)} has no ${part === "with" ? "with.apiKey" : "image"}`;
}

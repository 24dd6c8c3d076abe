// What templates make of monitors in Mackerel: one that is the same for every service pages once for each of them, and
// one whose host comes from a tag may send its secrets anywhere. The fields themselves are judged in mackerel.ts.
import { isObject, type JsonObject } from "../../model/json.ts";
import { parseTemplate } from "../template.ts";
import { type Check, entriesNamed, type Found, isGiven } from "./check.ts";

const checkMonitors: Check = ({ spec }, world) => {
  const { services } = spec.selector;
  const [only] = services ?? [];
  const single = services?.length === 1 && only !== undefined && !/[*?!]/.test(only);
  return (spec.mackerel?.monitors ?? []).flatMap((monitor, index): Found[] => {
    const path = ["spec", "mackerel", "monitors", index];
    // Other policies may give the rest of it.
    const all = entriesNamed(world, "mackerel", monitor.name);
    return [
      ...(single || all.some(({ memo: _, ...watch }) => isFilled(watch))
        ? []
        : [
            {
              severity: "warning" as const,
              code: "SameForEveryService",
              message: `monitor ${JSON.stringify(monitor.name)} is the same for every service, and Mackerel would page once for each; select one service for it, or write \${service.name} into it`,
              path,
            },
          ]),
      ...(all.some(sendsSecrets) && hostIsTagged(monitor["url"])
        ? [
            {
              code: "UnsafeTemplate",
              message:
                "a service tag in the host is refused here: whoever can tag the service would choose who gets the headers and the body; write the host out, or use another template",
              path: [...path, "url"],
            },
          ]
        : []),
    ];
  });
};

/** Some text in it takes a value from the service. */
function isFilled(value: unknown): boolean {
  if (typeof value === "string") return parseTemplate(value).parts.some((part) => "name" in part);
  if (Array.isArray(value)) return value.some(isFilled);
  return isObject(value) && Object.values(value).some(isFilled);
}

function sendsSecrets(monitor: JsonObject): boolean {
  return isGiven(monitor["headers"]) || isGiven(monitor["requestBody"]);
}

/** Before the path begins, nothing is certain yet. */
function hostIsTagged(url: unknown): boolean {
  if (typeof url !== "string") return false;
  const { parts } = parseTemplate(url);
  let before = "";
  for (const part of parts) {
    if ("name" in part && part.name.startsWith("service.tags."))
      return !/^https?:\/\/[^/?#]+[/?#]/.test(before);
    before += "literal" in part ? part.literal : "x";
  }
  return false;
}

export const monitorTemplateChecks: readonly Check[] = [checkMonitors];

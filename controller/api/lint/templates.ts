// Where `${…}` may stand, and what it may name there: no redeployment by scaling, no code chosen by a tag.
import { isObject } from "../../model/json.ts";
import type { FieldPath } from "../issues.ts";
import { choosesDestination } from "../log-options.ts";
import { parseTemplate, templateNames } from "../template.ts";
import type { Check, Found } from "./check.ts";

interface Text {
  readonly text: string;
  readonly path: FieldPath;
}

function findTexts(value: unknown, path: FieldPath): Text[] {
  if (typeof value === "string") return value.includes("${") ? [{ text: value, path }] : [];
  if (Array.isArray(value)) return value.flatMap((item, i) => findTexts(item, [...path, i]));
  return isObject(value)
    ? Object.entries(value).flatMap(([key, item]) => findTexts(item, [...path, key]))
    : [];
}

const checkTemplates: Check = ({ spec }) =>
  findTexts(spec, ["spec"]).flatMap(({ text, path }): Found[] => {
    if (path[1] === "selector") {
      return [
        {
          code: "UnsafeTemplate",
          message: "a selector chooses the service, so nothing can be filled in here; write it out",
          path,
        },
      ];
    }
    return [
      ...parseTemplate(text).problems.map((message) => ({ code: "UnknownTemplate", message, path })),
      ...templateNames(text).flatMap((name) => {
        const why = whyRefused(name, path);
        return why === undefined
          ? []
          : [{ code: "UnsafeTemplate", message: `\${${name}} is refused here: ${why}`, path }];
      }),
    ];
  });

function whyRefused(name: string, path: FieldPath): string | undefined {
  const section = path[1];
  if (
    name === "service.desiredCount" &&
    (section === "sidecars" || section === "healthCheck" || section === "logging")
  ) {
    return "every scaling would redeploy the service; leave it out";
  }
  if (!name.startsWith("service.tags.") || isHarmless(path)) return undefined;
  return "whoever can tag the service would choose what runs or who is told; write it out, or use another template";
}

/** Where a service tag may be filled in: nothing there is run, trusted or called. */
function isHarmless(path: FieldPath): boolean {
  const [, section, ...rest] = path;
  if (section === "notifications") return false;
  // A tag would choose which logs the query's role reads; roles and targets are judged where they are read.
  if (section === "queries") return rest[1] !== "groups";
  if (section === "healthCheck") return rest[0] !== "command";
  if (section === "logging") {
    if (rest[0] === "secretOptions") return false;
    return rest[0] !== "options" || !choosesDestination(String(rest[1]));
  }
  if (section !== "sidecars") return true;
  const [, kind, field, ...deeper] = rest;
  if (kind === "with")
    return field === "roles" || field === "displayName" || field === "tags" || field === "environment";
  if (field === "environment") return deeper[1] === "value";
  if (field === "dockerLabels") return true;
  return field === "logConfiguration" && deeper[0] === "options" && !choosesDestination(String(deeper[1]));
}

const checkActions: Check = ({ spec }) =>
  Object.entries(spec.notifications ?? {}).flatMap(([severity, actions]) =>
    (actions ?? []).flatMap((action, i): Found[] => {
      const plain = parseTemplate(action)
        .parts.map((part) => ("literal" in part ? part.literal : "x"))
        .join("");
      if (action.startsWith("${") || /^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/s.test(plain)) return [];
      return [
        {
          code: "InvalidValue",
          message: `action ${JSON.stringify(action)} is no ARN; write one such as arn:aws:sns:\${region}:\${account}:topic`,
          path: ["spec", "notifications", severity, i],
        },
      ];
    }),
  );

export const templateChecks: readonly Check[] = [checkTemplates, checkActions];

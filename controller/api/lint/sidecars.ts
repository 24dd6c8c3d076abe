// Sidecars: names, routers, and settings of presets that exclude each other. Native definitions are in native-containers.ts.
import { isObject, type JsonObject } from "../../model/json.ts";
import { sidecarName } from "../sidecar-name.ts";
import { describeLack } from "../sidecar-needs.ts";
import { type Check, entriesNamed, type Found, isFirst, isGiven } from "./check.ts";
import { findClearVariable } from "./native-containers.ts";

const checkSidecarNames: Check = ({ spec, at }) => {
  const first = new Map<string, readonly (string | number)[]>();
  return (spec.sidecars ?? []).flatMap((sidecar, i): Found[] => {
    const name = sidecarName(sidecar);
    const path = ["spec", "sidecars", i, ...("preset" in sidecar ? ["preset"] : ["container", "name"])];
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, path);
      return [];
    }
    return [
      {
        code: "DuplicateName",
        message: `two sidecars are named "${name}", the first on line ${at(earlier).line}; rename one`,
        path,
      },
    ];
  });
};

/** ECS allows one FireLens container in a task. */
const checkRouters: Check = ({ spec, at }) => {
  const routers = (spec.sidecars ?? []).flatMap((sidecar, i) => {
    const isRouter =
      "preset" in sidecar
        ? sidecar.preset.startsWith("fluent-bit")
        : isObject((sidecar.container as JsonObject)["firelensConfiguration"]);
    return isRouter ? [{ name: sidecarName(sidecar), path: ["spec", "sidecars", i] }] : [];
  });
  const [first, ...others] = routers;
  return others.map(({ name, path }) => ({
    code: "InvalidValue",
    message: `sidecar "${name}" is a second FireLens router, the first is on line ${at(first?.path ?? []).line}; a task has one, take one out`,
    path,
  }));
};

const sources = ["config", "configFrom", "configFile"] as const;

const checkPresetSettings: Check = ({ spec }) =>
  (spec.sidecars ?? []).flatMap((sidecar, i): Found[] => {
    if (!("preset" in sidecar) || sidecar.with == null) return [];
    const path = ["spec", "sidecars", i, "with"];
    const settings: Readonly<Record<string, unknown>> = sidecar.with;
    const isRouter = sidecar.preset.startsWith("fluent-bit");
    const [first, ...others] = sources.filter((source) => isGiven(settings[source]));
    return [
      ...others.map((source) => ({
        code: "InvalidValue",
        message: `${source} excludes ${first}; keep one`,
        path: [...path, source],
      })),
      ...(isRouter ? checkRouterFile(settings["configFile"], [...path, "configFile"]) : []),
      ...checkTags(settings["tags"], [...path, "tags"]),
      ...checkClearVariables(settings["environment"], [...path, "environment"]),
      ...checkOwnVariables(sidecar.preset, settings["environment"], [...path, "environment"]),
    ];
  });

/** FireLens writes its own configuration to this path, and includes the other one from there. */
const generatedFile = "/fluent-bit/etc/fluent-bit.conf";

function checkRouterFile(file: unknown, path: Found["path"]): Found[] {
  if (typeof file !== "string" || (file.startsWith("/") && file !== generatedFile)) return [];
  const message =
    file === generatedFile
      ? `configFile ${file} is where FireLens writes its own configuration; put yours elsewhere in the image`
      : `configFile ${JSON.stringify(file)} is no path in the image; write one such as /fluent-bit/configs/parse-json.conf`;
  return [{ code: "InvalidValue", message, path }];
}

/** They are joined by spaces. */
function checkTags(tags: unknown, path: Found["path"]): Found[] {
  return (Array.isArray(tags) ? tags : []).flatMap((tag, i): Found[] =>
    typeof tag !== "string" || /^[^\s:]+:\S+$/.test(tag.replaceAll(/\$\{[^}]*\}?/g, "x"))
      ? []
      : [
          {
            code: "InvalidValue",
            message: `tag ${JSON.stringify(tag)} is not key:value without spaces; write one such as env:prod`,
            path: [...path, i],
          },
        ],
  );
}

function checkClearVariables(environment: unknown, path: Found["path"]): Found[] {
  return Object.entries(isObject(environment) ? environment : {}).flatMap(([name, value]): Found[] =>
    typeof value === "string" && name !== "DD_API_KEY"
      ? findClearVariable(name, value, [...path, name], "a sidecar of your own with secrets")
      : [],
  );
}

/** What a preset gives as a secret: ECS refuses a variable of the same name. */
function checkOwnVariables(preset: string, environment: unknown, path: Found["path"]): Found[] {
  if (
    !preset.startsWith("datadog-agent") ||
    !isObject(environment) ||
    environment["DD_API_KEY"] === undefined
  )
    return [];
  const message = "DD_API_KEY is set by apiKey; take it out";
  return [{ code: "InvalidValue", message, path: [...path, "DD_API_KEY"] }];
}

/** Said once, where the first policy speaks of it: another may give what this one leaves out. */
const checkComplete: Check = (policy, world) =>
  (policy.spec.sidecars ?? []).flatMap((sidecar, i): Found[] => {
    const name = sidecarName(sidecar);
    if (!isFirst(policy, world, ({ spec }) => (spec.sidecars ?? []).some((one) => sidecarName(one) === name)))
      return [];
    const all = entriesNamed(world, "sidecars", name);
    const lack = describeLack(sidecar as JsonObject, all);
    if (lack === undefined) return [];
    const message = `${lack}${all.length > 1 ? " in any policy" : ""}; give it`;
    return [{ code: "Incomplete", message, path: ["spec", "sidecars", i] }];
  });

export const sidecarChecks: readonly Check[] = [
  checkSidecarNames,
  checkRouters,
  checkPresetSettings,
  checkComplete,
];

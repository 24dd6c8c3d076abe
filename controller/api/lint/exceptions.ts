// Exceptions that waive what no policy has, and selectors of theirs that cannot select.
import { isObject } from "../../model/json.ts";
import type { FieldPath } from "../issues.ts";
import { suggest } from "../nearest.ts";
import type { Exception, Policy } from "../policy.ts";
import { routerName } from "../sidecar-name.ts";
import { type Found, isGiven, nameOfSidecar, type World } from "./check.ts";
import { selectorChecks } from "./selectors.ts";

/** The policies of another repository may have it: no more than a warning. */
export function lintException(exception: Exception, world: World): Found[] {
  return [...lintSelector(exception, world), ...findUnknownItems(exception, world)];
}

function lintSelector(exception: Exception, world: World): Found[] {
  const { selector } = exception.spec;
  const view: Policy = { ...exception, annotations: {}, spec: { selector } };
  const found = selectorChecks.flatMap((check) => check(view, world));
  const fields = ["accounts", "regions", "clusters", "services"] as const;
  const templates = fields.flatMap((field) =>
    (selector[field] ?? []).flatMap((glob, i): Found[] =>
      glob.includes("${")
        ? [
            {
              code: "UnsafeTemplate",
              message: `${JSON.stringify(glob)}: a selector chooses the service, so nothing can be filled in here; write it out`,
              path: ["spec", "selector", field, i],
            },
          ]
        : [],
    ),
  );
  return [...found, ...templates];
}

function findUnknownItems({ spec }: Exception, world: World): Found[] {
  const known = [...new Set(world.specs.flatMap(itemsOf))].sort();
  return spec.except.flatMap((item, i): Found[] => {
    if (known.includes(item)) return [];
    const path: FieldPath = ["spec", "except", i];
    const [section = "", ...rest] = item.split(".");
    const same = known.filter((one) => one.startsWith(`${section}.`));
    const fix =
      rest.length === 0 || same.length === 0 ? `no policy here has ${section}` : suggest(item, same);
    const message = `${JSON.stringify(item)} is in no policy here, so nothing is waived; ${fix}`;
    return [{ severity: "warning", code: "UnknownItem", message, path }];
  });
}

const lists = ["alarms", "logMetrics", "queries", "events"] as const;
const sections = ["healthCheck", "targetGroup", "deployment", "logging", "dashboard", "cluster"] as const;

/** What of a spec, in whatever shape, an exception can name. */
function itemsOf(spec: World["specs"][number]): string[] {
  const named = (list: unknown, prefix: string, nameOf: (entry: Entry) => unknown): string[] =>
    (Array.isArray(list) ? list : [])
      .filter(isObject)
      .map(nameOf)
      .flatMap((name) => (typeof name === "string" ? [`${prefix}.${name}`] : []));
  const mackerel = isObject(spec["mackerel"]) ? spec["mackerel"]["monitors"] : undefined;
  const withAlarm = (list: unknown): unknown[] =>
    (Array.isArray(list) ? list : []).filter((one) => isObject(one) && isGiven(one["alarm"]));
  return [
    ...lists.flatMap((list) => named(spec[list], list, ({ name, preset }) => name ?? preset)),
    // The alarm of a log metric or a query has its name.
    ...[...withAlarm(spec["logMetrics"]), ...withAlarm(spec["queries"])].flatMap((one) =>
      named([one], "alarms", ({ name }) => name),
    ),
    ...named(spec["sidecars"], "sidecars", nameOfSidecar),
    ...(isObject(spec["logging"]) && spec["logging"]["driver"] === "awsfirelens"
      ? [`sidecars.${routerName}`]
      : []),
    ...named(mackerel, "mackerel", ({ name }) => name),
    ...sections.filter((section) => isGiven(spec[section])),
  ];
}

type Entry = World["specs"][number];

// What the schema cannot say: whether a policy means something that AWS can do.
import type { Diagnostic } from "../model/diagnostic.ts";
import { isObject } from "../model/json.ts";
import { type FieldPath, maxFindings, pathText, startsWith } from "./issues.ts";
import { alarmChecks } from "./lint/alarms.ts";
import type { Check, Found, World } from "./lint/check.ts";
import { dashboardChecks } from "./lint/dashboard.ts";
import { dimensionChecks } from "./lint/dimension-sets.ts";
import { eventChecks } from "./lint/events.ts";
import { lintException } from "./lint/exceptions.ts";
import { healthChecks } from "./lint/health-check.ts";
import { livenessChecks } from "./lint/liveness.ts";
import { logDriverChecks } from "./lint/log-driver.ts";
import { logChecks } from "./lint/logs.ts";
import { mackerelChecks } from "./lint/mackerel.ts";
import { monitorTemplateChecks } from "./lint/monitor-templates.ts";
import { nativeContainerChecks } from "./lint/native-containers.ts";
import { queryChecks } from "./lint/queries.ts";
import { rolloutChecks } from "./lint/rollout.ts";
import { selectorChecks } from "./lint/selectors.ts";
import { sidecarChecks } from "./lint/sidecars.ts";
import { templateChecks } from "./lint/templates.ts";
import type { Exception, Policy } from "./policy.ts";

/** What can be judged of a document: all of it, or what its mistakes of shape leave. */
export interface LintDocument {
  readonly policy?: Policy;
  readonly exception?: Exception;
  /** Of a document that the schema refused: its spec as it stands, which completes what others lay over it. */
  readonly raw?: unknown;
  /** Of a repaired one: where a path of it stands in the document, and what was left out. */
  readonly original?: (path: FieldPath) => FieldPath;
  readonly damaged?: readonly FieldPath[];
  /** Of what was left out, the fields that nobody knows. */
  readonly unknown?: readonly FieldPath[];
}

export interface LintFinding extends Diagnostic {
  readonly document: LintDocument;
}

const checks: readonly Check[] = [
  ...selectorChecks,
  ...alarmChecks,
  ...dimensionChecks,
  ...logChecks,
  ...queryChecks,
  ...dashboardChecks,
  ...mackerelChecks,
  ...eventChecks,
  ...healthChecks,
  ...sidecarChecks,
  ...nativeContainerChecks,
  ...logDriverChecks,
  ...monitorTemplateChecks,
  ...livenessChecks,
  ...rolloutChecks,
  ...templateChecks,
];

/** A step a document. */
export function* lintDocuments(documents: readonly LintDocument[]): Generator<undefined, LintFinding[]> {
  const views = documents.flatMap((document) => viewsOf(document).map((view) => ({ document, ...view })));
  const world: World = {
    policies: views.map(({ view }) => view),
    specs: documents.flatMap((document) => specsOf(document)).filter(isObject),
  };
  const found = new Map<LintDocument, Found[]>(documents.map((document) => [document, []]));
  for (const { document, path, view } of views) {
    yield;
    const own = checks.flatMap((check) => check(view, world));
    found
      .get(document)
      ?.push(
        ...own.map((one) => ({ ...one, path: [...one.path.slice(0, 1), ...path, ...one.path.slice(1)] })),
      );
  }
  for (const document of documents) {
    const { exception } = document;
    if (exception !== undefined) found.get(document)?.push(...lintException(exception, world));
  }
  return documents.flatMap((document) =>
    (found.get(document) ?? [])
      .map((one) => ({ ...one, path: document.original?.(one.path) ?? one.path, at: one.path }))
      .filter((one) => !isEcho(one, document))
      .filter(({ code }) => !isByName.has(code) || !documents.some(losesNames))
      .filter(({ code }) => code !== "UnknownSeverity" || !documents.some(losesSeverities))
      .filter(isFirstOfItsWords())
      // Errors first: a cut must not turn an invalid policy into a valid one.
      .sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"))
      .slice(0, maxFindings)
      .map(({ code, message, path, at, severity }) => ({
        document,
        severity: severity ?? "error",
        code,
        message,
        ...(document.policy ?? document.exception)?.at(at),
        path: pathText(path),
      })),
  );
}

function viewsOf({ policy }: LintDocument): { path: FieldPath; view: Policy }[] {
  return policy === undefined ? [] : [{ path: [], view: policy }, ...viewOverrides(policy)];
}

/** A spec and its overrides, in whatever shape. */
function specsOf({ policy, raw }: LintDocument): unknown[] {
  const spec: unknown = raw ?? policy?.spec;
  const overrides = isObject(spec) ? spec["overrides"] : undefined;
  return [spec, ...(Array.isArray(overrides) ? overrides : [])];
}

/** Findings on a name that nothing has. */
const isByName: ReadonlySet<string> = new Set([
  "UnknownSeverity",
  "UnknownAlarm",
  "UnknownItem",
  "MissingReference",
  "Incomplete",
]);

/** A whole document, a section, or an entry of a list is not known: then neither is which names there are. */
function losesNames({ damaged = [], ...document }: LintDocument): boolean {
  if (document.exception !== undefined) return false;
  if (document.policy === undefined) return true;
  return damaged.some((path) => {
    const rest = path.slice(path[1] === "overrides" ? 3 : 1);
    return rest.length === 1 || (rest.length === 2 && typeof rest[1] === "number");
  });
}

/** A severity that is not there is one mistake, whoever uses it. */
function isFirstOfItsWords(): (one: Found) => boolean {
  const said = new Set<string>();
  return ({ code, message }) => {
    if (code !== "UnknownSeverity") return true;
    const isNew = !said.has(message);
    said.add(message);
    return isNew;
  };
}

/** Of notifications, something is not known: then neither is which severities there are. */
function losesSeverities({ damaged = [] }: LintDocument): boolean {
  return damaged.some((path) => path.includes("notifications"));
}

/**
 * A finding that only follows from a mistake of shape in the same item: it speaks of the field that was refused and
 * that the check took for absent, or misses one where a field that nobody knows may have been meant for it.
 */
function isEcho({ code, path, message }: Found, { damaged = [], unknown = [] }: LintDocument): boolean {
  const item = path.slice(0, path[1] === "overrides" ? 4 : 2);
  const index = path[item.length];
  if (typeof index === "number") item.push(index);
  if ((code === "Incomplete" || code === "Unused") && unknown.some((one) => startsWith(one, item)))
    return true;
  return damaged.some((one) => {
    const field = one.findLast((step) => typeof step === "string");
    if (!startsWith(one, item) || typeof field !== "string") return false;
    return message.split(/[^A-Za-z0-9_-]+/).includes(field);
  });
}

/** Each override as a policy of its own: what holds for a section holds for it there too. */
function viewOverrides(policy: Policy): { path: FieldPath; view: Policy }[] {
  return (policy.spec.overrides ?? []).map((spec, index) => {
    const path = ["overrides", index];
    const at: Policy["at"] = ([root, ...rest]) =>
      policy.at(root === "spec" ? ["spec", ...path, ...rest] : []);
    return { path, view: { ...policy, spec, at } };
  });
}

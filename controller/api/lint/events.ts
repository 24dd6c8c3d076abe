// Events that EventBridge would refuse, or that would tell nobody.
import { isObject, type JsonObject } from "../../model/json.ts";
import type { FieldPath } from "../issues.ts";
import { suggest } from "../nearest.ts";
import type { Policy } from "../policy.ts";
import type { EventSpec } from "../schema.ts";
import { parseTemplate, templateNames } from "../template.ts";
import { type Check, type Found, isFirst, isGiven, type World } from "./check.ts";
import { findPatternProblem } from "./event-pattern.ts";

interface EventView {
  readonly name: string;
  readonly own: EventSpec;
  /** The same entry in every document, this one too. */
  readonly all: readonly JsonObject[];
  readonly path: FieldPath;
}

function nameOf(entry: JsonObject | EventSpec): string | undefined {
  const { name, preset } = entry;
  if (typeof name === "string") return name;
  return typeof preset === "string" ? preset : undefined;
}

function viewEvents(policy: Policy, world: World): EventView[] {
  const everywhere = world.specs.flatMap(({ events }) =>
    Array.isArray(events) ? events.filter(isObject) : [],
  );
  return (policy.spec.events ?? []).flatMap((own, i): EventView[] => {
    const name = nameOf(own);
    if (name === undefined) return [];
    const all = everywhere.filter((entry) => nameOf(entry as JsonObject) === name) as JsonObject[];
    return [{ name, own, all, path: ["spec", "events", i] }];
  });
}

const each =
  (check: (view: EventView, policy: Policy, world: World) => Found[]): Check =>
  (policy, world) =>
    viewEvents(policy, world).flatMap((view) => check(view, policy, world));

const isFirstOf = (name: string, policy: Policy, world: World): boolean =>
  isFirst(policy, world, ({ spec }) => (spec.events ?? []).some((entry) => nameOf(entry) === name));

const checkNames: Check = (policy) => {
  const first = new Map<string, number>();
  return (policy.spec.events ?? []).flatMap((entry, i): Found[] => {
    const path = ["spec", "events", i];
    const name = nameOf(entry);
    if (name === undefined) {
      const message = isGiven(entry.pattern)
        ? "an event with a pattern needs a name, which exceptions and other policies call it by"
        : "an event needs a preset, or a pattern and a name";
      return [{ code: "MissingField", message, path }];
    }
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, i);
      return [];
    }
    const { line } = policy.at(["spec", "events", earlier]);
    const message = `"${name}" stands twice in events, first on line ${line}; give one of them another name`;
    return [{ code: "DuplicateName", message, path }];
  });
};

const checkSource: Check = each(({ name, own, all, path }, policy, world) => {
  if (isGiven(own.preset) && isGiven(own.pattern)) {
    const message = `event "${name}" has both preset and pattern; keep one`;
    return [{ code: "InvalidValue", message, path: [...path, "pattern"] }];
  }
  if (all.some(({ preset, pattern }) => isGiven(preset) || isGiven(pattern))) return [];
  if (!isFirstOf(name, policy, world)) return [];
  const where = all.length > 1 ? " in any policy" : "";
  const message = `event "${name}" has neither preset nor pattern${where}; say what is told of`;
  return [{ code: "Incomplete", message, path }];
});

const checkTellsSomebody: Check = each(({ name, own, all, path }, policy, world) => {
  if (typeof own.severity === "string") {
    const severities = world.specs.flatMap(({ notifications }) =>
      isObject(notifications) ? Object.keys(notifications) : [],
    );
    const known = [...new Set(severities)];
    // With targets of its own, the severity is only a word.
    if (isGiven(own.targets)) return [];
    if (known.includes(own.severity)) {
      if (all.some(({ targets }) => isGiven(targets))) return [];
      const lists = world.specs.flatMap(({ notifications }) =>
        isObject(notifications) ? (notifications[own.severity as string] ?? []) : [],
      );
      const [first, ...more] = (lists as unknown[]).map((arn) => explainDeaf(arn));
      if (first === undefined || more.includes(undefined)) return [];
      const message = `event "${name}" would tell nobody: of the notifications for ${own.severity}, ${first}; add one, or give the event targets of its own`;
      return [{ code: "InvalidValue", message, path: [...path, "severity"] }];
    }
    const fix = known.length === 0 ? "no policy has notifications" : suggest(own.severity, known);
    const message = `severity "${own.severity}" is no key of notifications; ${fix}`;
    return [{ code: "UnknownSeverity", message, path: [...path, "severity"] }];
  }
  if (all.some(({ severity, targets }) => isGiven(severity) || isGiven(targets))) return [];
  if (!isFirstOf(name, policy, world)) return [];
  const where = all.length > 1 ? " in any policy" : "";
  const message = `event "${name}" has neither severity nor targets${where}, and would tell nobody`;
  return [{ code: "Incomplete", message, path }];
});

const checkPattern: Check = each(({ own: { pattern }, path }) => {
  if (!isObject(pattern)) return [];
  const at = [...path, "pattern"];
  const problem = findPatternProblem(pattern);
  if (problem !== undefined)
    return [{ code: "InvalidValue", message: problem.message, path: [...at, ...problem.path] }];
  return checkMix(pattern as JsonObject, at);
});

/** The events that name their service (ECS developer guide, "Amazon ECS events"). */
const serviceEvents = ["ECS Task State Change", "ECS Service Action", "ECS Deployment State Change"];

/** Narrowed to services, events that name none would never match. */
function checkMix(pattern: JsonObject, path: FieldPath): Found[] {
  const types = pattern["detail-type"];
  if (!Array.isArray(types) || isGiven(pattern["resources"])) return [];
  const other = types.findIndex((type) => typeof type === "string" && !serviceEvents.includes(type));
  if (other === -1 || !types.some((type) => serviceEvents.includes(String(type)))) return [];
  const message = `events "${types[other]}" name no service, and others in the list do; give them an entry of their own`;
  return [{ code: "InvalidValue", message, path: [...path, "detail-type", other] }];
}

const checkTargets: Check = each(({ own: { targets }, path }) =>
  (targets ?? []).flatMap((target, i): Found[] => {
    const at = [...path, "targets", i];
    const tag = templateNames(target).find((name) => name.startsWith("service.tags."));
    if (tag !== undefined) {
      const message = `\${${tag}} is refused here: whoever can tag the service would choose who is told; write it out, or use another template`;
      return [{ code: "UnsafeTemplate", message, path: at }];
    }
    const why = whyNoTarget(target);
    if (why === undefined) return [];
    return [{ code: "InvalidValue", message: `target ${JSON.stringify(target)} ${why}`, path: at }];
  }),
);

function explainDeaf(arn: unknown): string | undefined {
  const why = typeof arn === "string" ? whyNoTarget(arn) : undefined;
  return why === undefined ? undefined : `${JSON.stringify(arn)} ${why}`;
}

/** As far as it can be told before templates are filled. */
function whyNoTarget(target: string): string | undefined {
  const example = `write one such as arn:aws:sns:\${region}:\${account}:topic`;
  if (target.startsWith("${")) return undefined;
  const plain = parseTemplate(target)
    .parts.map((part) => ("literal" in part ? part.literal : "x"))
    .join("");
  const service = /^arn:[^:]+:([^:]+):[^:]*:[^:]*:.+$/s.exec(plain)?.[1];
  if (service === undefined) return `is no ARN; ${example}`;
  if (service === "sns" && plain.endsWith(".fifo"))
    return "is a FIFO topic, which EventBridge does not tell; use a standard topic, or a FIFO queue";
  return ["sns", "sqs", "lambda", "logs", "x"].includes(service)
    ? undefined
    : "is told of no events: only SNS topics, SQS queues, Lambda functions and log groups are";
}

export const eventChecks: readonly Check[] = [
  checkNames,
  checkSource,
  checkTellsSomebody,
  checkPattern,
  checkTargets,
];

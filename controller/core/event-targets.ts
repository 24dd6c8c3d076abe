// Who is told of an event: the ARNs of the entry, or the notifications of its severity, as targets of a rule.
// EventBridge user guide, "Event bus targets".
import { compareText, type JsonObject } from "../model/json.ts";
import { ruleTargetId } from "./names.ts";
import type { MergedEvent, Reason, Selected } from "./select.ts";

/** EventBridge's quota. */
const maxTargets = 5;

export type Targets =
  | { readonly ok: true; readonly arns: readonly string[] }
  | { readonly ok: false; readonly reason: Reason };

export function findTargets(
  { targets, severity }: Pick<MergedEvent, "targets" | "severity">,
  selected: Selected,
): Targets {
  const { region } = selected.workload;
  if (targets != null) {
    const bad = targets.find((arn) => whyNoTarget(arn, region) !== undefined);
    if (bad === undefined) return settle(targets);
    return refuse("InvalidTarget", `${bad} cannot be the target of a rule: ${whyNoTarget(bad, region)}`);
  }
  if (severity == null)
    return refuse("Incomplete", "it tells nobody: give it targets, or a severity that notifications has");
  const item = selected.notifications.get(severity);
  if (item === undefined)
    return refuse(
      "Incomplete",
      `no policy that selects this service has notifications for the severity ${severity}`,
    );
  if (!item.result.ok) return item.result;
  const able = item.result.value.filter((arn) => whyNoTarget(arn, region) === undefined);
  if (able.length > 0) return settle(able);
  const [first] = item.result.value;
  const why = first === undefined ? "there are none" : `${first}: ${whyNoTarget(first, region)}`;
  return refuse(
    "InvalidTarget",
    `none of the notifications for the severity ${severity} can be the target of a rule (${why}); give the event targets of its own`,
  );
}

function settle(arns: readonly string[]): Targets {
  const sorted = [...new Set(arns)].sort(compareText);
  if (sorted.length <= maxTargets) return { ok: true, arns: sorted };
  return refuse("InvalidTarget", `${sorted.length} targets; a rule of EventBridge takes ${maxTargets}`);
}

function refuse(code: string, message: string): Targets {
  return { ok: false, reason: { code, message } };
}

/** Why an ARN cannot be told by a rule without a role; undefined if it can. */
export function whyNoTarget(arn: string, region: string): string | undefined {
  const [prefix, , service = "", itsRegion = "", , ...rest] = arn.split(":");
  const resource = rest.join(":");
  if (prefix !== "arn" || resource === "") return "it is no ARN";
  const known =
    (service === "sns" && !resource.includes(":")) ||
    (service === "sqs" && !resource.includes(":")) ||
    (service === "lambda" && resource.startsWith("function:")) ||
    (service === "logs" && resource.startsWith("log-group:"));
  if (!known)
    return "only SNS topics, SQS queues, Lambda functions and CloudWatch log groups are told of events";
  if (service === "sns" && resource.endsWith(".fifo")) return "EventBridge knows no FIFO topics";
  if (itsRegion !== region) return `it is in ${itsRegion || "no Region"}, and the events are in ${region}`;
  return undefined;
}

/** Targets as PutTargets takes them: each gets the whole event, as ECS sent it. */
export function buildTargets(arns: readonly string[], owner: string): JsonObject[] {
  return arns
    .map((arn) => ({
      Id: ruleTargetId(owner, arn),
      Arn: arn,
      // A FIFO queue takes nothing without a group; one for all keeps the order.
      ...(/^arn:[^:]*:sqs:.*\.fifo$/.test(arn) ? { SqsParameters: { MessageGroupId: owner } } : {}),
    }))
    .sort((a, b) => compareText(a.Id, b.Id));
}

/** The members of a target that decide where an event goes, and what of it arrives. */
export const targetMembers = [
  "Id",
  "Arn",
  "SqsParameters",
  "RoleArn",
  "Input",
  "InputPath",
  "InputTransformer",
  "HttpParameters",
  "DeadLetterConfig",
  "RetryPolicy",
] as const;

/** A target as a plan may show it: what somebody has added to it may be a secret, so only that it is there. */
export function showTarget(target: JsonObject): JsonObject {
  const [id, arn, sqs, ...others] = targetMembers;
  const shown = [id, arn, sqs].map((member) => [member, target[member]] as const);
  const hidden = others.map((member) => [member, target[member] == null ? undefined : "(hidden)"] as const);
  return Object.fromEntries([...shown, ...hidden].filter(([, value]) => value != null));
}

// The three lists of actions that every kind of alarm has, and which ARNs may stand in them.
import type { Input, OperationContext } from "../../service.ts";
import { alarmChecks } from "./errors.ts";

const LISTS = ["OKActions", "AlarmActions", "InsufficientDataActions"] as const;
export type ActionLists = Record<(typeof LISTS)[number], string[]>;

const METRIC_ALARM_ACTIONS = [
  "sns",
  "lambda",
  "ssm",
  "ssm-incidents",
  "aiops",
  "autoscaling",
  "automate",
  "swf",
];
const ALLOWED = {
  metric: METRIC_ALARM_ACTIONS,
  composite: ["sns", "lambda", "ssm", "ssm-incidents", "aiops"],
  log: ["sns", "lambda", "ssm"],
};
/** Only an alarm that fires can open an item there. */
const ALARM_STATE_ONLY = ["ssm", "ssm-incidents", "aiops"];

export function readActions(
  input: Input,
  kind: keyof typeof ALLOWED,
  { region }: OperationContext,
): ActionLists {
  const lists: ActionLists = { OKActions: [], AlarmActions: [], InsufficientDataActions: [] };
  for (const list of LISTS) {
    lists[list] = alarmChecks.texts(input, list, { max: 5 }, { min: 1, max: 1024 }) ?? [];
    for (const arn of lists[list]) {
      const [start, partition, service = "", arnRegion, , ...rest] = arn.split(":");
      if (start !== "arn" || !partition || rest.join(":") === "")
        throw alarmChecks.fail(`Invalid arn syntax: ${arn}`);
      if (!ALLOWED[kind].includes(service))
        throw alarmChecks.fail(`Invalid arn for ${list} of a ${kind} alarm: ${arn}`);
      if (ALARM_STATE_ONLY.includes(service) && list !== "AlarmActions")
        throw alarmChecks.fail(`${arn} is only allowed in AlarmActions, not in ${list}`);
      if (arnRegion !== "" && arnRegion !== region)
        throw alarmChecks.fail(`Invalid region ${arnRegion} specified. Only ${region} is supported.`);
    }
  }
  return lists;
}

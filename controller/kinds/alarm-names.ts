// What the kinds of alarm have in common: CloudWatch gives each name once over all types, and tags only at creation.
import { markDescription } from "../core/deletion-policy.ts";
import type { Observed, Verdict, Wanted } from "../core/managed.ts";
import { ownerTag, policyTag } from "../core/names.ts";
import type { JsonObject } from "../model/json.ts";

interface Taken {
  readonly takenBy: string;
}

/** The name of an alarm that is wanted, held by one of another type. */
export function takenName(name: string, takenBy: string): Observed {
  return { id: name, name, spec: {}, owned: false, detail: { takenBy } satisfies Taken };
}

/** An alarm that changes its type: the old one goes in one run, the new one comes in the next. */
function holdTakenName(observed: Observed | undefined): Pick<Verdict, "hold"> {
  const taken = observed?.detail as Taken | undefined;
  if (taken === undefined) return {};
  const message = `an ${taken.takenBy} has this name, and CloudWatch gives each name once: if it is ours and no longer wanted, it is deleted in this run, and the next run makes this one; else rename this one`;
  return { hold: { code: "Conflict", message } };
}

/** CloudWatch API reference, PutMetricAlarm; the same for the other types. */
const maxDescription = 1024;

/** What is to stand of an alarm that is wanted, with what of its policies it keeps beside it. */
export function judgeAlarm(
  spec: JsonObject,
  observed: Observed | undefined,
  wanted: Wanted,
): Pick<Verdict, "after" | "hold" | "impact"> {
  const description = markDescription(String(spec["AlarmDescription"] ?? ""), wanted.retain);
  const marked = wanted.retain ? { ...spec, AlarmDescription: description } : spec;
  // Tags are only honoured at creation; an update ignores them.
  const after = observed === undefined ? { ...marked, Tags: alarmTags(wanted) } : marked;
  const { length } = description;
  if (!wanted.retain || length <= maxDescription)
    return { after, impact: "none", ...holdTakenName(observed) };
  const message = `the description has ${length} characters with the line that keeps deletionPolicy: Retain; CloudWatch takes ${maxDescription}: shorten it by ${length - maxDescription}`;
  return { after, impact: "none", hold: { code: "InvalidValue", message }, ...holdTakenName(observed) };
}

function alarmTags({ name, policies }: Wanted): readonly JsonObject[] {
  return [
    { Key: ownerTag, Value: String(name.split("/")[0]) },
    { Key: policyTag, Value: policies.join(" ").slice(0, 256) },
  ];
}

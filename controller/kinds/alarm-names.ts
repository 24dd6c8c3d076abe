// What the kinds of alarm have in common: CloudWatch gives each name once over all types, and tags only at creation.
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
export function holdTakenName(observed: Observed | undefined): Pick<Verdict, "hold"> {
  const taken = observed?.detail as Taken | undefined;
  if (taken === undefined) return {};
  const message = `an ${taken.takenBy} has this name, and CloudWatch gives each name once: if it is ours and no longer wanted, it is deleted in this run, and the next run makes this one; else rename this one`;
  return { hold: { code: "Conflict", message } };
}

export function alarmTags({ name, policies }: Wanted): readonly JsonObject[] {
  return [
    { Key: ownerTag, Value: String(name.split("/")[0]) },
    { Key: policyTag, Value: policies.join(" ").slice(0, 256) },
  ];
}

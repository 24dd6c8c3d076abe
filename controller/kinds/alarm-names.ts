// What the kinds of alarm have in common: CloudWatch gives each name once over all types, and takes tags only with what
// is new. The tags of what stands are in no list, and a call for each alarm would be too many: they are brought up to
// date when the alarm is written.
import {
  DeleteAlarmsCommand,
  PutCompositeAlarmCommand,
  type PutCompositeAlarmCommandInput,
  PutLogAlarmCommand,
  type PutLogAlarmCommandInput,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
} from "@aws-sdk/client-cloudwatch";
import type { AwsClients } from "../aws/clients.ts";
import { describeAwsError, errorName } from "../aws/errors.ts";
import { markDescription } from "../core/deletion-policy.ts";
import type { DesiredContext, Observed, Verdict, Wanted } from "../core/managed.ts";
import { EcsmonError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { Change } from "../model/plan.ts";
import { ownTags, tagWritten } from "./own-tags.ts";

/** Of an alarm that stands under the name of one that is wanted, and is of another type. */
interface OfAnotherType {
  readonly type: AlarmKind;
}

/** What the writer needs of an alarm whose name is taken. */
type AlarmWrite =
  /** The type of the alarm that has the name, and makes room for this one. */
  | { readonly replaces: AlarmKind }
  /** Of the alarm that stands. */
  | { readonly arn: string };

/** The name of an alarm that is wanted, held by one of another type. Its own kind is to release it, or nobody. */
export function ofAnotherType(alarm: Observed, type: AlarmKind): Observed {
  return {
    id: alarm.id,
    name: alarm.name,
    // Read when it is asked for: alarms that stand as wanted have let go of theirs.
    get spec() {
      return { ...alarm.spec, AlarmType: type };
    },
    owned: false,
    detail: { type } satisfies OfAnotherType,
  };
}

/** CloudWatch API reference, PutMetricAlarm; the same for the other types. */
const maxDescription = 1024;

/** What is to stand of an alarm that is wanted, with what of its policies it keeps beside it. */
export function judgeAlarm(
  spec: JsonObject,
  observed: Observed | undefined,
  wanted: Wanted,
  { owner, inventory: { partition, region, account } }: Pick<DesiredContext, "owner" | "inventory">,
): Pick<Verdict, "after" | "deletes" | "hold" | "impact" | "write"> {
  const description = markDescription(String(spec["AlarmDescription"] ?? ""), wanted.retain);
  const marked = wanted.retain ? { ...spec, AlarmDescription: description } : spec;
  const other = observed?.detail as OfAnotherType | undefined;
  const after = { ...marked, Tags: ownTags(owner, wanted.policies) };
  const arn = `arn:${partition}:cloudwatch:${region}:${account}:alarm:${wanted.id}`;
  const verdict = {
    after,
    impact: "none",
    ...(observed && { write: { arn } satisfies AlarmWrite }),
    // An alarm of another type is another alarm: the old one goes, with its state and history.
    ...(other && { deletes: 1, write: { replaces: other.type } satisfies AlarmWrite }),
  } as const;
  const { length } = description;
  if (!wanted.retain || length <= maxDescription) return verdict;
  const message = `the description has ${length} characters with the line that keeps deletionPolicy: Retain; CloudWatch takes ${maxDescription}: shorten it by ${length - maxDescription}`;
  return { ...verdict, hold: { code: "InvalidValue", message } };
}

/**
 * Writes an alarm, and the tags of one that stands. One of another type that has the name goes right before: CloudWatch refuses to put one over it.
 * @throws what AWS says; after a delete, also whether the old one was put back
 */
export async function putAlarm(
  { action, kind, id, before, after, write }: Change,
  aws: AwsClients,
): Promise<void> {
  const put = () => puts[kind as AlarmKind](aws.cloudwatch, after);
  const taken = write as AlarmWrite | undefined;
  if (taken === undefined || "arn" in taken) {
    await put();
    if (taken !== undefined) await tagWritten(aws, taken.arn, after);
    return;
  }
  await aws.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [id] })).catch((error: unknown) => {
    // Gone already: that is what was wanted.
    if (!/^ResourceNotFound/.test(errorName(error))) throw error;
  });
  try {
    await put();
  } catch (error) {
    const { code, message } = describeAwsError(error, `${action} ${kind}`);
    const isBack = await putBack(taken.replaces, { ...before, Tags: after?.["Tags"] ?? [] }, aws);
    const rest = isBack
      ? `the ${taken.replaces} of that name stands again, with new history`
      : `the ${taken.replaces} of that name is deleted already, and the next run makes this one`;
    throw new EcsmonError(code, `${message}; ${rest}`, { fault: "aws", remedy: "retry", cause: error });
  }
}

/** Nobody is to be without the alarm that stood, where there cannot be another in its place. False: AWS refuses it too. */
async function putBack(type: AlarmKind, before: JsonObject, { cloudwatch }: AwsClients): Promise<boolean> {
  const { AlarmType: _, ...spec } = before;
  try {
    await puts[type](cloudwatch, spec);
    return true;
  } catch {
    // What is told is why the new one could not be put.
    return false;
  }
}

type AlarmKind = "MetricAlarm" | "CompositeAlarm" | "LogAlarm";

/** What sends an alarm of each type, as its Put… takes it. */
const puts: Readonly<
  Record<AlarmKind, (cloudwatch: AwsClients["cloudwatch"], spec: unknown) => Promise<unknown>>
> = {
  MetricAlarm: (cloudwatch, spec) =>
    cloudwatch.send(new PutMetricAlarmCommand(spec as PutMetricAlarmCommandInput)),
  CompositeAlarm: (cloudwatch, spec) =>
    cloudwatch.send(new PutCompositeAlarmCommand(spec as PutCompositeAlarmCommandInput)),
  LogAlarm: (cloudwatch, spec) => cloudwatch.send(new PutLogAlarmCommand(spec as PutLogAlarmCommandInput)),
};

// What a service of the sandbox tells EventBridge when something changes.

export interface Happening {
  /** `aws.ecs`, say. */
  readonly source: string;
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
  /** ARNs. */
  readonly resources?: readonly string[];
  /** Epoch milliseconds; now where absent. */
  readonly time?: number | undefined;
}

export type Announce = (happening: Happening) => void;

/** What an event may say beside source, detail type and detail; the rest of its envelope is filled in. */
const ENVELOPE = [
  "version",
  "id",
  "account",
  "region",
  "source",
  "detail-type",
  "detail",
  "resources",
  "time",
];

/**
 * Reads an event as EventBridge writes it, for injecting by hand. Needs `source` and `detail-type`; id, account and
 * Region are the sandbox's. Throws a TypeError that names the bad field.
 */
export function readHappening(event: unknown): Happening {
  if (!isRecord(event)) throw new TypeError("an event must be a JSON object");
  const strange = Object.keys(event).find((field) => !ENVELOPE.includes(field));
  if (strange !== undefined)
    throw new TypeError(`an event has no field ${strange}: use ${ENVELOPE.join(", ")}`);
  const { source, "detail-type": detailType, detail = {}, resources = [], time } = event;
  if (typeof source !== "string" || source === "")
    throw new TypeError('an event needs a "source", like aws.ecs');
  if (typeof detailType !== "string" || detailType === "")
    throw new TypeError('an event needs a "detail-type", like "ECS Task State Change"');
  if (!isRecord(detail)) throw new TypeError('an event\'s "detail" must be an object');
  if (!Array.isArray(resources) || !resources.every((arn) => typeof arn === "string"))
    throw new TypeError('an event\'s "resources" must be a list of ARNs');
  const at = time === undefined ? undefined : Date.parse(String(time));
  if (Number.isNaN(at)) throw new TypeError(`an event's "time" must be an ISO 8601 time: ${String(time)}`);
  return { source, detailType, detail, resources, time: at };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

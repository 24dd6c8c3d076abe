// What an event can mean to us.

/** Where and when it happened, as EventBridge says. */
export interface EventHead {
  /** EventBridge's own: the same however often an event is delivered. */
  readonly id: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  readonly at: Date | undefined;
}

/** Parts may be shortened as in names.ts, with `#`: whose they are is for the caller to find. */
export interface EventPlace {
  readonly cluster: string;
  readonly service: string;
}

/** What there is something to do about, without the head. */
export type EventSubject =
  | {
      readonly is: "services";
      /** At least one, none twice. */
      readonly services: readonly EventPlace[];
      /** `later`: nothing was configured, so there is no hurry. */
      readonly urgency: "now" | "later";
      /** Of a task's event: versions of a task grow, and an older one tells nothing new. */
      readonly task?: { readonly arn: string; readonly version: number };
    }
  /** A log group: its retention, its tags, or that it is there. */
  | { readonly is: "log-group"; readonly name: string }
  /** The cluster itself: its settings, its tags, or that it is there. */
  | { readonly is: "cluster"; readonly cluster: string }
  /** Target groups, by ARN; at least one. */
  | { readonly is: "target-groups"; readonly arns: readonly string[] }
  /** An object of a bucket was made or deleted: a policy of a source, perhaps. */
  | { readonly is: "object"; readonly bucket: string; readonly key: string };

/** An event that somebody may have to act on. */
export type EventNews = EventHead & EventSubject;

/** `reason` is for people and holds nothing of the event but names. */
export type EventMeaning =
  | EventNews
  /** An event that is nothing to us. */
  | { readonly is: "ignored"; readonly reason: string }
  /** No event of EventBridge's, or one that lacks what it always has. */
  | { readonly is: "junk"; readonly reason: string };

/** What a reader of one kind of event makes of it. */
export type EventReading = (EventSubject & { readonly region?: string }) | Exclude<EventMeaning, EventNews>;

export function ignored(reason: string): EventReading {
  return { is: "ignored", reason };
}

export function junk(reason: string): EventReading {
  return { is: "junk", reason };
}

// Events of ecsmon's own on an EventBridge bus, for whoever wants to hear of drift and failures.
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Failure } from "../model/errors.ts";
import type { AwsClients } from "./clients.ts";
import { describeAwsError, malformed } from "./errors.ts";

export interface BusEvent {
  readonly time: Date;
  /** At most 128 characters. */
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** An event that the bus did not take. */
export interface RefusedEvent extends Failure {
  readonly event: BusEvent;
  /** The same event may be taken later. */
  readonly isRetryable: boolean;
}

/** Most that one call takes; all of them together at most {@link mostBytes}. */
export const mostEntries = 10;
/** Bytes of one event's detail: ten of them stay far below the 256 KB that every Region takes. */
export const mostBytes = 16_000;

/** The `source` of all of them. */
export const eventSource = "ecsmon";

/**
 * Puts at most {@link mostEntries} events (PutEvents), and gives those that were not taken; a call that fails as a whole
 * refuses all of them. Never throws. `bus`: a name or an ARN; left out: the default bus. The sender needs
 * `events:PutEvents` on it.
 */
export async function putEvents(
  aws: AwsClients,
  bus: string | undefined,
  events: readonly BusEvent[],
): Promise<readonly RefusedEvent[]> {
  try {
    const { FailedEntryCount = 0, Entries = [] } = await aws.events.send(
      new PutEventsCommand({
        Entries: events.map(({ time, detailType, detail }) => ({
          Time: time,
          Source: eventSource,
          DetailType: detailType,
          Detail: JSON.stringify(detail),
          ...(bus === undefined ? {} : { EventBusName: bus }),
        })),
      }),
    );
    if (FailedEntryCount === 0) return [];
    // Told of by place alone: an answer of another length says nothing of any of them.
    if (Entries.length !== events.length) throw malformed("PutEvents", "an entry for each event");
    return events.flatMap((event, index): RefusedEvent[] => {
      const { ErrorCode: code, ErrorMessage: text = "" } = Entries[index] ?? {};
      if (code === undefined) return [];
      const isRetryable = /^(InternalFailure|InternalException|ThrottlingException)$/.test(code);
      return [{ event, code, message: `PutEvents: ${text}`, isRetryable }];
    });
  } catch (error) {
    const failure = describeAwsError(error, "PutEvents");
    const isRetryable = !["AccessDenied", "Credentials", "ValidationException"].includes(failure.code);
    return events.map((event) => ({ event, ...failure, isRetryable }));
  }
}

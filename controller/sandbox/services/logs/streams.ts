// Log streams and events: taken in and read back, never evaluated by metric filters.
import { compareText, present } from "../../checks.ts";
import { takePage } from "../../paging.ts";
import type { Operation } from "../../service.ts";
import { alreadyExists, checks, invalidToken, notFound } from "./errors.ts";
import { readFilterPattern } from "./filter-pattern.ts";
import type { GroupStore, StoredEvent, StoredStream } from "./group-store.ts";

const STREAM_NAME = { min: 1, max: 512, pattern: /^[^:*]*$/ };
const MAX_BATCH_BYTES = 1_048_576;
/** What AWS adds to each event's size. */
const EVENT_OVERHEAD = 26;

export function createStreamOperations(groups: GroupStore): Record<string, Operation> {
  return {
    CreateLogStream(input, context) {
      const name = checks.requiredText(input, "logStreamName", STREAM_NAME);
      const { streams } = groups.named(input);
      if (streams.has(name)) throw alreadyExists("log stream");
      streams.set(name, { name, creationTime: context.now(), events: [] });
      return {};
    },

    DescribeLogStreams(input) {
      const group = groups.identified(input);
      const prefix = checks.text(input, "logStreamNamePrefix", STREAM_NAME);
      const orderBy = checks.text(input, "orderBy", { oneOf: ["LogStreamName", "LastEventTime"] });
      const descending = checks.boolean(input, "descending") ?? false;
      if (orderBy === "LastEventTime" && prefix !== undefined)
        throw checks.fail("Cannot order by LastEventTime with a logStreamNamePrefix.");
      const time = (stream: StoredStream): number =>
        Math.max(0, ...stream.events.map((each) => each.timestamp));
      const streams = [...group.streams.values()]
        .filter((stream) => stream.name.startsWith(prefix ?? ""))
        .sort((a, b) =>
          orderBy === "LastEventTime"
            ? time(a) - time(b) || compareText(a.name, b.name)
            : compareText(a.name, b.name),
        );
      if (descending) streams.reverse();
      const { nextToken, limit: _, ...asked } = input;
      // The list is in any of four orders, so a page ends at a place and not at a name.
      const places = streams.map((stream, index) => ({ stream, place: String(index).padStart(9, "0") }));
      const page = takePage(places, ({ place }) => place, {
        limit: checks.integer(input, "limit", { min: 1, max: 50 }) ?? 50,
        token: nextToken,
        scope: ["DescribeLogStreams", asked],
        invalidToken,
      });
      return {
        logStreams: page.items.map(({ stream }) => shownStream(stream, group.arn)),
        ...present({ nextToken: page.nextToken }),
      };
    },

    DeleteLogStream(input) {
      const name = checks.requiredText(input, "logStreamName", STREAM_NAME);
      if (!groups.named(input).streams.delete(name)) throw notFound("log stream");
      return {};
    },

    PutLogEvents(input, context) {
      const name = checks.requiredText(input, "logStreamName", STREAM_NAME);
      const list = checks.list(input, "logEvents", { min: 1, max: 10_000 });
      if (list === undefined) throw checks.fail("logEvents must not be null");
      const stream = groups.named(input).streams.get(name);
      if (stream === undefined) throw notFound("log stream");
      const events = list.map((event, index): StoredEvent => {
        const at = `logEvents.${index + 1}.member`;
        return {
          timestamp: checks.requiredInteger(event, "timestamp", { min: 0, at }),
          ingestionTime: context.now(),
          message: checks.requiredText(event, "message", { min: 1, at }),
        };
      });
      const bytes = events.reduce((sum, event) => sum + Buffer.byteLength(event.message) + EVENT_OVERHEAD, 0);
      if (bytes > MAX_BATCH_BYTES)
        throw checks.fail(`Upload too large: ${bytes} bytes exceeds limit of 1048576`);
      if (events.some((event, index) => event.timestamp < (events[index - 1]?.timestamp ?? 0)))
        throw checks.fail("Log events in a single PutLogEvents request must be in chronological order.");
      stream.events.push(...events);
      return { nextSequenceToken: String(stream.events.length).padStart(56, "0") };
    },

    FilterLogEvents(input) {
      const group = groups.identified(input);
      const names = checks.texts(input, "logStreamNames", { min: 1, max: 100 });
      const prefix = checks.text(input, "logStreamNamePrefix", STREAM_NAME);
      if (names !== undefined && prefix !== undefined)
        throw checks.fail("logStreamNames and logStreamNamePrefix must not be specified together");
      const pattern = readFilterPattern(checks.text(input, "filterPattern", { max: 1024 }) ?? "");
      const start = checks.integer(input, "startTime", { min: 0 }) ?? 0;
      const end = checks.integer(input, "endTime", { min: 0 }) ?? Number.POSITIVE_INFINITY;
      const streams = [...group.streams.values()].filter(
        (stream) => (names?.includes(stream.name) ?? true) && stream.name.startsWith(prefix ?? ""),
      );
      const events = streams
        .flatMap((stream) =>
          stream.events.map((event, index) => ({
            logStreamName: stream.name,
            ...event,
            eventId: `${String(event.timestamp).padStart(16, "0")}:${stream.name}:${String(index).padStart(9, "0")}`,
          })),
        )
        .filter(({ timestamp, message }) => timestamp >= start && timestamp <= end && pattern.match(message))
        .sort((a, b) => compareText(a.eventId, b.eventId));
      const { nextToken, limit: _, ...asked } = input;
      const page = takePage(events, (event) => event.eventId, {
        limit: checks.integer(input, "limit", { min: 1, max: 10_000 }) ?? 10_000,
        token: nextToken,
        scope: ["FilterLogEvents", asked],
        invalidToken,
      });
      return { events: page.items, searchedLogStreams: [], ...present({ nextToken: page.nextToken }) };
    },
  };
}

function shownStream(
  { name, creationTime, events }: StoredStream,
  groupArn: string,
): Record<string, unknown> {
  const times = events.map((event) => event.timestamp);
  return {
    logStreamName: name,
    creationTime,
    arn: `${groupArn}:log-stream:${name}`,
    storedBytes: 0,
    ...(times.length === 0
      ? {}
      : {
          firstEventTimestamp: Math.min(...times),
          lastEventTimestamp: Math.max(...times),
          lastIngestionTime: events.at(-1)?.ingestionTime,
        }),
  };
}

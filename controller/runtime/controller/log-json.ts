// The controller's log: one JSON object a line on standard error, written before the next step is taken.
import { pino } from "pino";
import type { Clock } from "../../model/clock.ts";
import type { Log, LogLevel } from "./log.ts";
import { shapeFields } from "./log-shape.ts";

export interface LogOptions {
  readonly level: LogLevel;
  /** Stand in every line: the replica, the version. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly clock: Pick<Clock, "now">;
  /** Texts that are secrets themselves, such as the tokens that the configuration names: struck out everywhere. */
  readonly secrets?: readonly string[];
  /** Takes a whole line, with its end. Default: standard error. */
  readonly write?: (line: string) => void;
}

/** Lines of `{"level", "time", "event", …fields}`; fields named like one of these three are written as `NAME_`. */
export function createLog({ level, fields = {}, clock, secrets = [], write }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${clock.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    write === undefined ? openStandardError() : { write },
  );
  return (at, event, given = {}) => {
    // Shaping costs more than writing: not for what nobody reads.
    if (!logger.isLevelEnabled(at)) return;
    logger[at]({ event, ...rename(shapeFields({ ...fields, ...given }, { secrets })) });
  };
}

function openStandardError(): ReturnType<typeof pino.destination> {
  const stream = pino.destination({ fd: 2, sync: true, maxLength: 1 << 20 });
  // A log that nobody takes any more must not end what watches over the services: metrics and status go on telling.
  stream.on("error", () => undefined);
  return stream;
}

/** pino writes what is given twice twice, and a reader of the line would take the second. */
function rename(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const taken = ["level", "time", "event", "msg"];
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [taken.includes(name) ? `${name}_` : name, value]),
  );
}

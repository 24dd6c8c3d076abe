// What the controller says while it works: one event a decision.

export type LogLevel = "debug" | "info" | "warn" | "error";

/** `event` is one word in kebab-case, the same for the same decision; `fields` hold no secret. */
export type Log = (level: LogLevel, event: string, fields?: Readonly<Record<string, unknown>>) => void;

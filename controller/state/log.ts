// What is told of leases and of the freeze switch: the controller's log, as this room knows it.

/** `event` is one word in kebab-case; `fields` hold no secret. */
export type StateLog = (
  level: "debug" | "info" | "warn" | "error",
  event: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

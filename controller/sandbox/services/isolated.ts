// Keeps a service's state its own: every operation works on a copy of its input and answers a copy,
// so that no caller can reach in.
import type { Operation } from "../service.ts";

export function isolated(operations: Readonly<Record<string, Operation>>): Record<string, Operation> {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (input, context) => structuredClone(operation(structuredClone(input ?? {}), context)),
    ]),
  );
}

/** Plain JSON with every object's keys sorted, so that two states can be compared as texts. */
export function plainState(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, part) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(
          Object.keys(part)
            .sort()
            .map((key) => [key, part[key]]),
        )
      : part,
  );
}

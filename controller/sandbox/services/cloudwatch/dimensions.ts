// Dimensions of a metric: checked on the way in, compared as a set.
import { type Checks, compareText } from "../../checks.ts";
import type { Input } from "../../service.ts";

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

const PRINTABLE = /^[\x20-\x7e]*\S[\x20-\x7e]*$/;

export function readDimensions(checks: Checks, input: Input, at?: string): Dimension[] | undefined {
  const list = checks.list(input, "Dimensions", { max: 30, ...(at === undefined ? {} : { at }) });
  if (list === undefined) return undefined;
  const path = at === undefined ? "dimensions" : `${at}.dimensions`;
  const names = new Set<string>();
  return list.map((dimension, index) => {
    const place = `${path}.${index + 1}.member`;
    const Name = checks.requiredText(dimension, "Name", { min: 1, max: 255, pattern: PRINTABLE, at: place });
    const Value = checks.requiredText(dimension, "Value", {
      min: 1,
      max: 1024,
      pattern: PRINTABLE,
      at: place,
    });
    if (Name.startsWith(":")) throw checks.fail(`Dimension name '${Name}' must not start with a colon`);
    if (names.has(Name)) throw checks.fail(`Dimension name '${Name}' is given more than once`);
    names.add(Name);
    return { Name, Value };
  });
}

/** The same text for the same metric, in whatever order its dimensions were given. */
export function metricKey(namespace: string, name: string, dimensions: readonly Dimension[]): string {
  const pairs = dimensions.map((dimension) => [dimension.Name, dimension.Value] as const);
  return JSON.stringify([namespace, name, pairs.sort(([a], [b]) => compareText(a, b))]);
}

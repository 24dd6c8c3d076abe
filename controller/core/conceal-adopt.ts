// A plan from a snapshot without its key: a value that would stand where a token stands is taken for the same, and its place
// is counted (core/conceal-wanted.ts tells how many there were). Pure, but for that count.
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import { holdsConcealed, isConcealed } from "./conceal-token.ts";
import { type CommandField, hideInUrl } from "./hidden-values.ts";
import { coverInCommand } from "./secret-text.ts";

export interface Keyless {
  readonly key: "missing" | "other" | "thrown away";
  /** Places of values that counted as unchanged. */
  readonly uncompared: Set<string>;
}

export function adoptToken(open: Json, live: Json | undefined, place: string, { uncompared }: Keyless): Json {
  if (!isConcealed(live)) return open;
  if (!isConcealed(open)) uncompared.add(place);
  return live;
}

/** Of several variables of one name, the first stands where the first stands. */
export function adoptVariables(
  wanted: Json | undefined,
  live: Json | undefined,
  place: string,
  keyless: Keyless,
): Json[] {
  const standing = new Map<unknown, Json[]>();
  for (const one of listOf(live))
    standing.set(one["name"], [...(standing.get(one["name"]) ?? []), one["value"] ?? null]);
  return (Array.isArray(wanted) ? (wanted as readonly Json[]) : []).map((variable) => {
    if (!isObject(variable) || variable["value"] === undefined) return variable;
    const value = standing.get(variable["name"])?.shift();
    return {
      ...variable,
      value: adoptToken(variable["value"], value, `${place} ${variable["name"]}`, keyless),
    };
  });
}

/** One that differs in nothing that is shown. */
export function adoptCommands(
  field: CommandField,
  open: Json,
  live: Json | undefined,
  place: string,
  keyless: Keyless,
): Json {
  if (field !== "healthCheck") return adoptCommand(open, live, place, keyless);
  const [check, standing] = [open, live];
  if (!isObject(check) || !isObject(standing) || check["command"] === undefined) return open;
  return { ...check, command: adoptCommand(check["command"], standing["command"], place, keyless) };
}

function adoptCommand(open: Json, live: Json | undefined, place: string, { uncompared }: Keyless): Json {
  if (live === undefined || !holdsConcealed(live) || jsonEqual(open, live)) return open;
  const [one, other] = [open, live].map((command) => coverInCommand(command, () => "*"));
  if (!jsonEqual(one, other)) return open;
  uncompared.add(place);
  return live;
}

/** One that differs in nothing that is shown. */
export function adoptUrl(url: string, live: Json | undefined, id: string, { uncompared }: Keyless): string {
  const shown = (one: string): string => hideInUrl(one, () => "*");
  if (typeof live !== "string" || url === live || shown(url) !== shown(live)) return url;
  uncompared.add(`${id} url`);
  return live;
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

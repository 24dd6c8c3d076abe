// What policies say of a sidecar, in the shape in which it merges: a container field by field, its variables by name; a
// preset's settings by key. Another preset, or a container instead of one, replaces the sidecar as a whole.
import { containerMembers } from "../api/container-schema.ts";
import type { SidecarWords } from "../api/schema.ts";
import { describeLack } from "../api/sidecar-needs.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { oneOf } from "./merge.ts";

export type Finished =
  | { readonly ok: true; readonly value: Json }
  /** What all policies together leave out. */
  | { readonly ok: false; readonly lacks: string };

/** The lists of a container whose entries have names. */
const namedMembers: ReadonlySet<string> = new Set(["environment", "secrets"]);

export function shapeSidecar(sidecar: SidecarWords): JsonObject {
  if ("container" in sidecar)
    return { form: "container", container: reshapeLists(sidecar.container as JsonObject, keyByName) };
  const { preset, with: settings } = sidecar;
  const form = preset.includes("@") ? preset : `${preset}@1`;
  if (settings == null) return { form, ...(sidecar as JsonObject) };
  const { config, configFrom, configFile, ...rest } = settings as JsonObject;
  return { form, preset, with: { ...rest, ...oneOf({ config, configFrom, configFile }) } as JsonObject };
}

/** The other way round: the sidecar as ECS, or the preset, takes it. */
export function finishSidecar({ form: _, ...merged }: JsonObject): Finished {
  const lacks = describeLack(merged, [merged]);
  if (lacks !== undefined) return { ok: false, lacks };
  const { container, with: settings } = merged;
  if (isObject(container)) {
    const listed = reshapeLists(container, (map) => (isObject(map) ? (Object.values(map) as Json[]) : map));
    // In the order of AWS's reference, as people read it.
    const members = [...containerMembers].filter((member) => listed[member] !== undefined);
    return {
      ok: true,
      value: { container: Object.fromEntries(members.map((member) => [member, listed[member]])) },
    };
  }
  if (!isObject(settings)) return { ok: true, value: merged };
  const { source, ...rest } = settings;
  return { ok: true, value: { ...merged, with: { ...rest, ...(isObject(source) ? source : {}) } } };
}

function reshapeLists(container: JsonObject, reshape: (list: Json) => Json): JsonObject {
  return Object.fromEntries(
    Object.entries(container).map(([member, value]) => [
      member,
      value !== undefined && namedMembers.has(member) ? reshape(value) : value,
    ]),
  );
}

function keyByName(list: Json): Json {
  if (!Array.isArray(list)) return list;
  return Object.fromEntries(list.filter(isObject).map((entry) => [String(entry["name"]), entry]));
}

// The other side of a plan from a snapshot: what policies want, concealed where what stands there is (core/conceal.ts),
// so that equal values compare equal. With the key every value can be compared. Without it, a value that would stand
// where a token stands counts as unchanged, and how many did is told. Pure, but for that count.
import type { Diagnostic } from "../model/diagnostic.ts";
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import type { Difference } from "../model/plan.ts";
import { concealLogConfiguration, concealMonitor, hidingBy } from "./conceal.ts";
import { adoptCommands, adoptToken, adoptUrl, adoptVariables, type Keyless } from "./conceal-adopt.ts";
import { type Conceal, type ConcealKey, concealTexts, holdsConcealed, isConcealed } from "./conceal-token.ts";
import {
  commandFields,
  hideInCommandField,
  hideInContainer,
  hidesOption,
  type Owned,
} from "./hidden-values.ts";
import { containersOf, type FieldPatch, type Layer } from "./layer.ts";
import { canonicalField, getAt } from "./layer-record.ts";

/** How a plan compares with what a snapshot conceals. */
export type Concealment = { readonly key: "known"; readonly conceal: Conceal } | Keyless;

/** @param fingerprint Of the key that the snapshot was taken with; null: it was thrown away. */
export function openConcealment(fingerprint: string | null, key: ConcealKey | undefined): Concealment {
  if (fingerprint === null) return { key: "thrown away", uncompared: new Set() };
  if (key === undefined) return { key: "missing", uncompared: new Set() };
  if (key.fingerprint !== fingerprint) return { key: "other", uncompared: new Set() };
  return { key: "known", conceal: key.conceal };
}

/** For one look: what an earlier one counted is not counted again. */
export function countAnew(concealment: Concealment): Concealment {
  return concealment.key === "known" ? concealment : { ...concealment, uncompared: new Set() };
}

const why = {
  missing: ["SnapshotKeyMissing", "ECSMON_SNAPSHOT_KEY is not set here"],
  other: [
    "SnapshotKeyDiffers",
    "ECSMON_SNAPSHOT_KEY is another here than it was where the snapshot was taken",
  ],
  "thrown away": ["SnapshotKeyMissing", "ECSMON_SNAPSHOT_KEY was not set where the snapshot was taken"],
} as const;

export function warnOfUncompared(concealment: Concealment | undefined): Diagnostic[] {
  if (concealment === undefined || concealment.key === "known") return [];
  const { size } = concealment.uncompared;
  if (size === 0) return [];
  const [code, cause] = why[concealment.key];
  const values = size === 1 ? "1 hidden value" : `${size} hidden values`;
  const message = `${values} could not be compared with what policies say, and count as unchanged: the snapshot holds only keyed hashes, and ${cause}`;
  return [{ severity: "warning", code, message }];
}

/** Without those that are none: where an open value of ours stands beside the token of the same. */
export function withoutEqual(
  differences: readonly Difference[],
  concealment: Concealment | undefined,
): readonly Difference[] {
  if (concealment?.key !== "known") return differences;
  const { conceal } = concealment;
  return differences.filter(
    ({ before, after }) =>
      !(holdsConcealed(before) || holdsConcealed(after)) ||
      !jsonEqual(concealTexts(before, conceal), concealTexts(after, conceal)),
  );
}

interface Definitions {
  /** With the layer that is on it now. */
  readonly live: JsonObject;
  /** Without. */
  readonly base: JsonObject;
  /** Of the service, to count by. */
  readonly id: string;
}

export function concealLayer(layer: Layer, definitions: Definitions, concealment: Concealment): Layer {
  const { live, id } = definitions;
  return {
    ...layer,
    sidecars: layer.sidecars.map((sidecar) =>
      concealSidecar(sidecar, findNamed(live, sidecar["name"]), id, concealment),
    ),
    patches: layer.patches.map((patch) => concealPatch(patch, definitions, concealment)),
  };
}

/** Of ours, only what is called like a secret is hidden. */
const ours: Owned = { whole: true, fields: new Set() };

function concealSidecar(
  sidecar: JsonObject,
  live: JsonObject | undefined,
  id: string,
  concealment: Concealment,
): JsonObject {
  if (concealment.key === "known")
    return hideInContainer(sidecar, ours, { ...hidingBy(concealment.conceal), record: (_, open) => open });
  const place = `${id} ${sidecar["name"]}`;
  const adopt = (path: readonly string[], open: Json): Json =>
    adoptToken(open, live && getAt(live, path), `${place} ${path.join(".")}`, concealment);
  const { environment, dockerLabels: labels, logConfiguration: log } = sidecar;
  const variables = adoptVariables(environment, live?.["environment"], `${place} environment`, concealment);
  const adoptAll = (entries: JsonObject, at: readonly string[]): JsonObject =>
    Object.fromEntries(
      Object.entries(entries).map(([key, open]) => [
        key,
        open === undefined ? undefined : adopt([...at, key], open),
      ]),
    );
  const commands = commandFields.flatMap((field) => {
    const [open, standing] = [sidecar[field], live?.[field]];
    const at = `${place} ${field}`;
    return open === undefined
      ? []
      : [[field, adoptCommands(field, open, standing, at, concealment)] as const];
  });
  return {
    ...sidecar,
    ...Object.fromEntries(commands),
    ...(Array.isArray(environment) ? { environment: variables } : {}),
    ...(isObject(labels) ? { dockerLabels: adoptAll(labels, ["dockerLabels"]) } : {}),
    ...(isObject(log) && isObject(log["options"])
      ? { logConfiguration: { ...log, options: adoptAll(log["options"], ["logConfiguration", "options"]) } }
      : {}),
  };
}

function concealPatch(
  patch: FieldPatch,
  { live, base, id }: Definitions,
  concealment: Concealment,
): FieldPatch {
  const { container, path, value } = patch;
  const [root, options, key] = path;
  const [before, after] = [findNamed(base, container), findNamed(live, container)];
  const place = `${id} ${container}`;
  if (root === "healthCheck")
    return {
      ...patch,
      value:
        concealment.key === "known"
          ? hideInCommandField(root, value, hidingBy(concealment.conceal))
          : adoptCommands(root, value, after?.[root], `${place} ${root}`, concealment),
    };
  if (root !== "logConfiguration") return patch;
  if (options === undefined) {
    if (!isObject(value) || !isObject(value["options"])) return patch;
    const theirs = before?.["logConfiguration"];
    if (isObject(theirs) && isSameLog(theirs, value, concealment)) return { ...patch, value: theirs };
    const concealed = Object.entries(value["options"]).map(([name, open]) => [
      name,
      open === undefined || !hidesOption(ours, name, open)
        ? open
        : concealOption(name, open, { after, place }, concealment),
    ]);
    return { ...patch, value: { ...value, options: Object.fromEntries(concealed) as JsonObject } };
  }
  if (options !== "options" || key === undefined) return patch;
  return { ...patch, value: concealOption(key, value, { before, after, place }, concealment) };
}

function isSameLog(theirs: JsonObject, wanted: JsonObject, concealment: Concealment): boolean {
  if (concealment.key !== "known") return false;
  const [one, other] = [theirs, wanted].map((log) =>
    canonicalField(["logConfiguration"], concealLogConfiguration(log, concealment.conceal)),
  );
  return jsonEqual(one, other);
}

/** `before`: the container without our layer; left out where it is not compared with. */
function concealOption(
  name: string,
  open: Json,
  {
    before,
    after,
    place,
  }: {
    readonly before?: JsonObject | undefined;
    readonly after: JsonObject | undefined;
    readonly place: string;
  },
  concealment: Concealment,
): Json {
  const at = ["logConfiguration", "options", name];
  if (concealment.key !== "known") {
    const [live, theirs] = [after, before].map((one) => one && getAt(one, at));
    const field = `${place} ${at.join(".")}`;
    // Whether it is the owner's own value, and so nothing of ours, is not known.
    if (!isConcealed(live) && isConcealed(theirs) && live !== open) concealment.uncompared.add(field);
    return adoptToken(open, live, field, concealment);
  }
  const token = hidingBy(concealment.conceal).option(name, open);
  // The owner's own value is the one that is wanted: then it stays theirs.
  const isTheirs = before !== undefined && getAt(before, at) === token;
  return isTheirs || hidesOption(ours, name, open) ? token : open;
}

/** @param live The monitor that stands there; left out: none. */
export function concealWantedMonitor(
  wanted: JsonObject,
  live: JsonObject | undefined,
  id: string,
  concealment: Concealment,
): JsonObject {
  if (concealment.key === "known") return concealMonitor(wanted, concealment.conceal);
  if (live === undefined) return wanted;
  const { headers, requestBody: body, url } = wanted;
  return {
    ...wanted,
    ...(Array.isArray(headers)
      ? { headers: adoptVariables(headers, live["headers"], `${id} headers`, concealment) }
      : {}),
    ...(typeof body === "string" && body !== ""
      ? { requestBody: adoptToken(body, live["requestBody"], `${id} requestBody`, concealment) }
      : {}),
    ...(typeof url === "string" ? { url: adoptUrl(url, live["url"], id, concealment) } : {}),
  };
}

function findNamed(definition: JsonObject, name: Json | undefined): JsonObject | undefined {
  return containersOf(definition).find((container) => container["name"] === name);
}

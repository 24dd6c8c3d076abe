// Of what a snapshot hides, what a plan would compare with the wish of policies: sidecars, log configurations and monitors
// of ours. Without the key that it was hidden with, none of it can be. Pure.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import type { SnapshotFacts } from "../model/snapshot.ts";
import { holdsConcealed } from "./conceal-token.ts";
import { containersOf } from "./layer.ts";
import { isSidecarOf, labelPrefix, ownersIn, readLabel } from "./layer-record.ts";
import { readMark } from "./mackerel-mark.ts";

/** @param facts As `concealFacts` gives them. */
export function countHiddenOfOurs({ taskDefinitions, mackerel }: SnapshotFacts): {
  readonly definitions: number;
  readonly monitors: number;
} {
  const definitions = Object.values(taskDefinitions).filter(
    (fact) => "value" in fact && containersOf(fact.value.input).some(hidesOurs),
  );
  const monitors = mackerel !== undefined && "value" in mackerel ? mackerel.value : [];
  return {
    definitions: definitions.length,
    monitors: monitors.filter((one) => readMark(one["memo"]) !== undefined && holdsConcealed(one)).length,
  };
}

/** Of a container of the user's, only what our layer has written is compared; and only its logging has places to hide. */
function hidesOurs(container: JsonObject): boolean {
  const { environment = null, dockerLabels = null, logConfiguration = null } = container;
  return ownersIn(container).some((owner) => {
    const record = readLabel(container, owner);
    if (record === undefined) return false;
    if (isSidecarOf(container, record))
      return [environment, logConfiguration, withoutRecords(dockerLabels)].some(holdsConcealed);
    const isLogged = Object.keys(record.fields ?? {}).some((name) => name.startsWith("logConfiguration"));
    return isLogged && holdsConcealed(logConfiguration);
  });
}

function withoutRecords(labels: Json): Json {
  if (!isObject(labels)) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(labelPrefix)));
}

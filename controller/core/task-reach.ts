// What our layer on a task definition reaches for: the images of sidecars, and what ECS fetches for containers with the
// task's roles. What the owner's own containers reach is the owner's doing.
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { type Reach, textsIn } from "./allow.ts";
import { containersOf, ejectLayer } from "./layer.ts";

/** `current`: the definition that stands. In a container of the owner's, only what was not there before us counts. */
export function taskReach(spec: JsonObject, current: JsonObject | undefined, owner: string): Reach[] {
  const base = current === undefined ? [] : containersOf(ejectLayer(current, owner));
  const before = new Map(base.map((container) => [container["name"], container]));
  return containersOf(spec).flatMap((container) => {
    const own = before.get(container["name"]) ?? {};
    // Field by field: that a container reads a secret does not let its log driver send it somewhere.
    return fields.flatMap((read) => {
      const known = new Set(read(own).map(({ what }) => what));
      return read(container).filter(({ what }) => !known.has(what));
    });
  });
}

type ReadField = (container: JsonObject) => Reach[];

/** ECS API reference, ContainerDefinition: every member that names something to be fetched. */
const fields: readonly ReadField[] = [
  ({ image }) => textsIn("images", image),
  ({ secrets }) => secretsIn(secrets),
  ({ logConfiguration: log }) => secretsIn(isObject(log) ? log["secretOptions"] : undefined),
  ({ repositoryCredentials: registry }) =>
    textsIn("secrets", isObject(registry) ? registry["credentialsParameter"] : undefined),
  ({ environmentFiles: files }) => listOf(files).flatMap((file) => textsIn("secrets", file["value"])),
  ({ credentialSpecs }) => textsIn("secrets", credentialSpecs),
  ({ firelensConfiguration: router }) => {
    const options = isObject(router) ? router["options"] : undefined;
    return isObject(options) && options["config-file-type"] === "s3"
      ? textsIn("secrets", options["config-file-value"])
      : [];
  },
];

function secretsIn(list: Json | undefined): Reach[] {
  return listOf(list).flatMap((secret) => textsIn("secrets", secret["valueFrom"]));
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

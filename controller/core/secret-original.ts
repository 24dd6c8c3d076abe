// Secrets never go into a record: what would have to be kept to put it back, and may hold one, is left as it stands.
// What an earlier version has kept stays kept: nothing is gained by giving the layer up.
import { mayHoldSecret } from "../api/log-options.ts";
import { isObject, type Json, type JsonObject, jsonEqual } from "../model/json.ts";
import { mayHoldSecretText } from "./conceal-token.ts";
import { containersOf } from "./layer.ts";
import { fieldPath, readLabel } from "./layer-record.ts";
import { commandHoldsSecret } from "./secret-text.ts";
import type { Reason } from "./select.ts";

/**
 * @param standing The definition as it is, with the records in it.
 * @param laid With our layer laid anew.
 */
export function findSecretOriginal(
  standing: JsonObject,
  laid: JsonObject,
  owner: string,
): Reason | undefined {
  const kept = new Map(
    containersOf(standing).map((container) => [container["name"], readLabel(container, owner)?.fields]),
  );
  for (const container of containersOf(laid)) {
    for (const [field, { original }] of Object.entries(readLabel(container, owner)?.fields ?? {})) {
      if (original === undefined) continue;
      const former = kept.get(container["name"])?.[field]?.original;
      if (former !== undefined && jsonEqual(former, original)) continue;
      const place = findPlace(field, original);
      if (place === undefined) continue;
      return {
        code: "SecretInOriginal",
        message: `${place} of container ${container["name"]} may hold a secret, which we would have to keep to put it back; ${remedy(field)} first`,
      };
    }
  }
  return undefined;
}

function remedy(field: string): string {
  return field === "healthCheck"
    ? "let the check read it from a variable that `secrets` fill"
    : "move it to secretOptions";
}

/** Where in the original: `log option apikey`. */
function findPlace(field: string, original: Json): string | undefined {
  const [root, options, key] = fieldPath(field);
  if (root === "healthCheck") {
    const command = isObject(original) ? original["command"] : undefined;
    return command != null && commandHoldsSecret(command) ? "the health check" : undefined;
  }
  const secret = Object.entries(optionsIn([root, options, key], original)).find(
    ([option, value]) => mayHoldSecret(option) || (typeof value === "string" && mayHoldSecretText(value)),
  );
  return secret && `log option ${secret[0]}`;
}

/** Of a whole log configuration, of all its options, or of one. */
function optionsIn([root, options, key]: readonly (string | undefined)[], original: Json): JsonObject {
  if (root !== "logConfiguration" || (options !== undefined && options !== "options")) return {};
  if (key !== undefined) return { [key]: original };
  const given = options === undefined && isObject(original) ? (original["options"] ?? null) : original;
  return isObject(given) ? given : {};
}

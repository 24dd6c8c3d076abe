// What stands in a snapshot for a value that nobody is shown: a keyed hash. Equal values give equal tokens, so that a
// plan can tell whether something changed; without the key nothing can be told of the value itself.
import { createHmac, scryptSync } from "node:crypto";
import { EcsmonError } from "../model/errors.ts";
import { isObject, type Json, stableStringify } from "../model/json.ts";
import { isConcealed, secretMark, tokenPrefix, tokensInText } from "./conceal-form.ts";
import { holdsSecret } from "./secret-text.ts";

export { holdsConcealed, isConcealed } from "./conceal-form.ts";

/** The token of a text. A token is its own. */
export type Conceal = (value: string) => string;

export interface ConcealKey {
  readonly conceal: Conceal;
  /** Tells whether another key is the same, and nothing of it. */
  readonly fingerprint: string;
}

const shortestKey = 16;
/** Different characters in it. Of 16 hexadecimal digits at random about ten differ, of 64 nearly all. */
const fewestKinds = 8;

/** Texts longer than this have their length in the token: whether a definition has room for our layer depends on it. */
const longText = 64;
/** What shorter ones are taken to have. */
const shortText = 16;

/** Of an open text or its token: whether it holds what tells of a secret. */
export function mayHoldSecretText(value: string): boolean {
  return isConcealed(value) ? value.endsWith(secretMark) : holdsSecret(value);
}

/**
 * @param text Of whoever takes the snapshot; stretched, since people choose it.
 * @throws EcsmonError `InvalidKey` where it is too short, or too plain, to keep anything.
 */
export function createConcealKey(text: string): ConcealKey {
  if (text.length < shortestKey)
    throw new EcsmonError(
      "InvalidKey",
      `ECSMON_SNAPSHOT_KEY has ${text.length} characters; give it ${shortestKey} or more, best at random`,
    );
  const kinds = new Set(text).size;
  if (kinds < fewestKinds)
    throw new EcsmonError(
      "InvalidKey",
      `ECSMON_SNAPSHOT_KEY is made of ${kinds} different ${kinds === 1 ? "character" : "characters"}, so it can be guessed; make one at random, as openssl rand -hex 32 does`,
    );
  const key = scryptSync(text, "ecsmon snapshot", 32);
  const hash = (value: string): string => createHmac("sha256", key).update(value).digest("hex");
  return {
    conceal(value) {
      if (isConcealed(value)) return value;
      const token = `${tokenPrefix}${hash(`value ${value}`).slice(0, 32)}`;
      const bytes = sizeOf(value);
      const length = bytes > longText ? `.${bytes}` : "";
      return `${token}${length}${holdsSecret(value) ? secretMark : ""}`;
    },
    fingerprint: hash("fingerprint").slice(0, 16),
  };
}

/** Of any JSON; no text gives the token of what is none. */
export function concealJson(value: Json, conceal: Conceal): Json {
  if (value === null) return null;
  return conceal(typeof value === "string" ? value : `\0${stableStringify(value)}`);
}

/** Every text in it as its token: so what is concealed in places equals what it was. */
export function concealTexts(value: Json, conceal: Conceal): Json {
  if (typeof value === "string") return conceal(value);
  if (Array.isArray(value)) return value.map((one) => concealTexts(one, conceal));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      one === undefined ? undefined : concealTexts(one, conceal),
    ]),
  );
}

/** JSON as long as it would be with the values in it, or nearly: short ones count for the same. */
export function asLongAsRevealed(json: string): string {
  if (!json.includes(tokenPrefix)) return json;
  return json.replace(tokensInText, (_, length: string | undefined) =>
    "-".repeat(length === undefined ? shortText : Number(length)),
  );
}

/** Bytes that it takes inside JSON. */
function sizeOf(value: string): number {
  return Buffer.byteLength(JSON.stringify(value)) - 2;
}

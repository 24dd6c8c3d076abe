// How the tokens look that stand in a snapshot for what it hides (core/conceal-token.ts makes them).
import type { Json } from "../model/json.ts";

export const tokenPrefix = "concealed:";
/** At the end of one whose text holds what a record may not keep (core/secret-text.ts): whether a layer is laid depends on it. */
export const secretMark = "s";
const form = /^concealed:[0-9a-f]{32}(?:\.([0-9]+))?s?$/;
export const tokensInText = /concealed:[0-9a-f]{32}(?:\.([0-9]+))?s?/g;

export function isConcealed(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(tokenPrefix) && form.test(value);
}

/** Whether a token stands anywhere in it. */
export function holdsConcealed(value: Json): boolean {
  return JSON.stringify(value).search(tokensInText) !== -1;
}

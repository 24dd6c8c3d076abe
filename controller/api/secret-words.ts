// Which values are likely to be secrets, by what they are called: nobody is shown those, whoever wrote them.
import { mayHoldSecret } from "./log-options.ts";

/** A log option, a variable or a label whose value is likely to be a secret: `API_TOKEN`, `apikey`, `DB_PASSWORD`. */
export function namesSecret(name: string): boolean {
  return mayHoldSecret(name);
}

/** Whether a path in a policy leads to what may be a secret, or into it: `…with.apiKey`, `…options.HTTP_Passwd`. */
export function leadsToSecret(path: readonly (string | number)[]): boolean {
  const list = path.indexOf("environment");
  // A native variable: its name says nothing in the path.
  if (list !== -1 && typeof path[list + 1] === "number" && path.at(-1) === "value") return true;
  if (path.includes("monitors") && path.some((step) => step === "url" || step === "requestBody")) return true;
  // `key` alone is that of a tag.
  return path.some(
    (step) => typeof step === "string" && step !== "key" && (step === "valueFrom" || namesSecret(step)),
  );
}

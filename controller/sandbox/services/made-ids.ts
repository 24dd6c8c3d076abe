// Ids that look random and aren't: the same seed gives the same id in each run.
import { createHash } from "node:crypto";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Eight, four, four, four and twelve hex digits. */
export function uuidOf(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}

/** Letters and digits. */
export function wordOf(seed: string, length: number): string {
  const bytes = createHash("sha256").update(seed).digest().subarray(0, length);
  return [...bytes].map((byte) => BASE62.charAt(byte % BASE62.length)).join("");
}

// A generation is a hash of what was parsed (docs/adr/0002): compared for equality, never for order.
import { createHash } from "node:crypto";
import { stableStringify } from "../model/json.ts";

/** 12 hexadecimal digits; the order of keys, comments and layout of the document don't count. */
export function generationOf(document: unknown): string {
  return createHash("sha256").update(stableStringify(document)).digest("hex").slice(0, 12);
}

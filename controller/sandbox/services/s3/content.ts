// An object's bytes as operations take and give them: text as it is, so that it can be read in the call
// log and matched by a fault; anything else as base64.
import { isUtf8 } from "node:buffer";
import { invalidArgument } from "./errors.ts";

export type Content = string | { readonly base64: string };

export function toContent(bytes: Uint8Array): Content {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString("utf8") : { base64: buffer.toString("base64") };
}

/** Nothing is no bytes. */
export function toBytes(content: unknown): Buffer {
  if (content === undefined || content === null) return Buffer.alloc(0);
  if (typeof content === "string") return Buffer.from(content, "utf8");
  if (content instanceof Uint8Array) return Buffer.from(content);
  const { base64 } = content as { base64?: unknown };
  if (typeof base64 !== "string")
    throw invalidArgument("Body must be a text or {base64}", "Body", String(content));
  return Buffer.from(base64, "base64");
}

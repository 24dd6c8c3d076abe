// Any text as a tag value: AWS takes letters, digits, spaces and `+ - = . _ : / @`, at most 256 characters, and records
// (core/record.ts) hold words without spaces.

/** Characters of a tag's value. */
export const maxTagLength = 256;

/** Bytes that are no plain letter become `=2C`; `-` and `+` alone mean something in a record, so they do too. */
export function encodeTagText(text: string): string {
  if (text === "-" || text === "+" || text === "") return text === "" ? "=" : toHex(text);
  return text.replaceAll(/[^A-Za-z0-9+\-._:/@]/gu, toHex);
}

/** What `encodeTagText` was given; undefined where it gave no such text. */
export function decodeTagText(text: string): string | undefined {
  if (text === "=") return "";
  try {
    return decodeURIComponent(text.replaceAll("%", "%25").replaceAll("=", "%"));
  } catch {
    return undefined;
  }
}

function toHex(text: string): string {
  return [...new TextEncoder().encode(text)]
    .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

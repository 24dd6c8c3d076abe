// Checksums that come with an object: those the sandbox can work out are checked, all are kept.
import { createHash } from "node:crypto";
import type { Input } from "../../service.ts";
import { badDigest, s3Error } from "./errors.ts";

/** Field of the input, by the end of its header's name. */
export const CHECKSUMS: Readonly<Record<string, string>> = {
  crc32: "ChecksumCRC32",
  crc32c: "ChecksumCRC32C",
  crc64nvme: "ChecksumCRC64NVME",
  sha1: "ChecksumSHA1",
  sha256: "ChecksumSHA256",
};

const CHECKED: Readonly<Record<string, (bytes: Buffer) => string>> = {
  ChecksumCRC32: (bytes) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(bytes));
    return sum.toString("base64");
  },
  ChecksumSHA1: (bytes) => createHash("sha1").update(bytes).digest("base64"),
  ChecksumSHA256: (bytes) => createHash("sha256").update(bytes).digest("base64"),
};

/** The checksums of the input, each of them right where that can be said. */
export function readChecksums(input: Input, bytes: Buffer): Record<string, string> {
  const digest = input.ContentMD5;
  if (digest !== undefined && digest !== createHash("md5").update(bytes).digest("base64"))
    throw Buffer.from(String(digest), "base64").length === 16
      ? badDigest("Content-MD5")
      : s3Error("InvalidDigest", 400, "The Content-MD5 you specified is not valid.");
  const given: Record<string, string> = {};
  for (const field of Object.values(CHECKSUMS)) {
    const value: unknown = input[field];
    if (typeof value !== "string") continue;
    if (value !== (CHECKED[field]?.(bytes) ?? value)) throw badDigest(field.replace("Checksum", ""));
    given[field] = value;
  }
  return given;
}

// Node's own crc32 came with 20.15; ecsmon runs on any 20.
const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (sum >>> 8) ^ (TABLE[(sum ^ byte) & 0xff] ?? 0);
  return (sum ^ 0xffffffff) >>> 0;
}

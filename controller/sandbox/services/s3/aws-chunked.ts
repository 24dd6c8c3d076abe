// The body of a streamed upload: chunks with their lengths, then headers that were not known before.
import { s3Error } from "./errors.ts";

export interface Unchunked {
  readonly bytes: Buffer;
  /** Names in lower case; checksums mostly. */
  readonly trailers: Readonly<Record<string, string>>;
}

const LINE_END = "\r\n";

/** Signatures of chunks aren't looked at, as those of requests aren't. */
export function readChunks(body: Buffer, decodedLength: number | undefined): Unchunked {
  const parts: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf(LINE_END, at);
    if (end < 0) throw incomplete();
    const text = body.toString("latin1", at, end);
    at = end + LINE_END.length;
    return text;
  };
  for (;;) {
    const length = /^([\da-f]{1,8})(;.*)?$/i.exec(line())?.[1];
    if (length === undefined) throw incomplete();
    const size = Number.parseInt(length, 16);
    if (size === 0) break;
    if (at + size + LINE_END.length > body.length) throw incomplete();
    parts.push(body.subarray(at, at + size));
    at += size;
    if (line() !== "") throw incomplete();
  }
  const bytes = Buffer.concat(parts);
  if (decodedLength !== undefined && decodedLength !== bytes.length) throw incomplete();
  return { bytes, trailers: readTrailers(body.toString("latin1", at)) };
}

function readTrailers(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((each) => each.includes(":"));
  return Object.fromEntries(
    lines.map((each) => {
      const colon = each.indexOf(":");
      return [each.slice(0, colon).trim().toLowerCase(), each.slice(colon + 1).trim()];
    }),
  );
}

function incomplete(): Error {
  return s3Error(
    "IncompleteBody",
    400,
    "The request body terminated unexpectedly, or isn't encoded as aws-chunked says",
  );
}

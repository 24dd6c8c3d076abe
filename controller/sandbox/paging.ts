// Cuts a sorted list into pages with opaque tokens. A token holds the last key given out, so a page
// stays right while things are created and deleted between two calls, and the question it belongs
// to, so that it is refused with other filters, as AWS does.
import { createHash } from "node:crypto";
import { compareText } from "./checks.ts";
import type { AwsError } from "./service.ts";

export interface PageRequest {
  /** How many at most. */
  readonly limit: number;
  /** As the caller sent it; an empty one counts as absent. */
  readonly token: unknown;
  /** Whatever the token belongs to: the operation's name and its filters, e.g. `["ListServices", input.cluster]`. */
  readonly scope: unknown;
  /** What to throw for a token that is not one of ours or belongs to another question. */
  invalidToken(): AwsError;
}

export interface Page<T> {
  readonly items: T[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/** `items` must be sorted by `keyOf` with `compareText`, and keys must be unique. */
export function takePage<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit, token, scope, invalidToken }: PageRequest,
): Page<T> {
  const mark = createHash("sha256").update(JSON.stringify(scope)).digest("hex").slice(0, 16);
  let start = 0;
  if (token !== undefined && token !== null && token !== "") {
    const after = readToken(token, mark);
    if (after === undefined) throw invalidToken();
    start = items.findIndex((item) => compareText(keyOf(item), after) > 0);
    if (start < 0) return { items: [] };
  }
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  if (last === undefined || start + limit >= items.length) return { items: page };
  return { items: page, nextToken: writeToken(mark, keyOf(last)) };
}

function writeToken(mark: string, after: string): string {
  return Buffer.from(JSON.stringify([mark, after])).toString("base64url");
}

function readToken(token: unknown, mark: string): string | undefined {
  if (typeof token !== "string") return undefined;
  try {
    const [tokenMark, after] = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    return tokenMark === mark && typeof after === "string" ? after : undefined;
  } catch {
    return undefined;
  }
}

// Pages of ECS lists. A token is opaque, belongs to one list, and names the last item seen, so
// that what is added or removed between two pages neither repeats nor hides the rest.
import type { Input } from "../../service.ts";
import { invalid } from "./store.ts";

export interface PageRule {
  /** What the token belongs to: a token of another list is refused. */
  readonly scope: string;
  readonly standard: number;
  readonly maximum: number;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextToken: string | undefined;
}

export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  input: Input,
  rule: PageRule,
): Page<Item> {
  const size = input.maxResults ?? rule.standard;
  if (!Number.isInteger(size) || size < 1 || size > rule.maximum)
    throw invalid(`maxResults must be between 1 and ${rule.maximum}.`);

  const start = input.nextToken ? readStart(all, keyOf, input.nextToken, rule.scope) : 0;
  const items = all.slice(start, start + size);
  const last = items.at(-1);
  const more = start + size < all.length && last !== undefined;
  return { items, nextToken: more ? writeToken(rule.scope, keyOf(last), start + size) : undefined };
}

function writeToken(scope: string, after: string, offset: number): string {
  return Buffer.from(JSON.stringify([scope, after, offset])).toString("base64url");
}

function readStart<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  token: unknown,
  scope: string,
): number {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(String(token), "base64url").toString("utf8"));
  } catch {
    throw invalid("Invalid token.");
  }
  if (!Array.isArray(parts) || parts.length !== 3 || parts[0] !== scope) throw invalid("Invalid token.");
  const offset = Number(parts[2]);
  if (keyOfAt(all, keyOf, offset - 1) === parts[1]) return offset;
  const index = all.findIndex((item) => keyOf(item) === parts[1]);
  return index === -1 ? offset : index + 1;
}

function keyOfAt<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  index: number,
): string | undefined {
  const item = all[index];
  return item === undefined ? undefined : keyOf(item);
}

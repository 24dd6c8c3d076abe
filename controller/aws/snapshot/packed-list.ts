// Lists of thousands of answers, held compressed until they are looked into: a snapshot of a large account is taken
// beside everything else that a controller does.
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { isObject, type JsonObject } from "../../model/json.ts";

interface Page {
  readonly zipped: Buffer;
}

interface Item {
  readonly page: Page;
  readonly index: number;
}

/** What was looked into last: readers go through a list from one end to the other. */
let opened: { readonly page: Page; readonly items: readonly JsonObject[] } | undefined;

function open({ page, index }: Item): JsonObject {
  if (opened?.page !== page) {
    const items = JSON.parse(inflateRawSync(page.zipped).toString("utf8")) as readonly JsonObject[];
    opened = { page, items };
  }
  return opened.items[index] as JsonObject;
}

/** To whoever reads it, an item is the object that was put in. */
const reading: ProxyHandler<Item> = {
  get: (item, key) => Reflect.get(open(item), key) as unknown,
  has: (item, key) => Reflect.has(open(item), key),
  ownKeys: (item) => Reflect.ownKeys(open(item)),
  getOwnPropertyDescriptor(item, key) {
    const found = Reflect.getOwnPropertyDescriptor(open(item), key);
    return found && { ...found, configurable: true };
  },
};

/** The same objects, to be read only; best some hundred kilobytes of them at a time. */
export function packList(list: readonly JsonObject[]): JsonObject[] {
  if (!list.every(isObject)) return [...list];
  const page: Page = { zipped: deflateRawSync(JSON.stringify(list), { level: 1 }) };
  // The members of the target itself are never seen.
  return list.map((_, index) => new Proxy<Item>({ page, index }, reading) as unknown as JsonObject);
}

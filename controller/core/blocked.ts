// A layer that cannot be laid is given up from deep inside, with the reason for people.
import type { Item, Reason } from "./select.ts";

export class Blocked extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.message);
    this.reason = reason;
  }
}

export function block(code: string, message: string): Blocked {
  return new Blocked({ code, message });
}

/** @throws Blocked if the item is. */
export function mergedValue<T>(item: Item<T>): T {
  if (!item.result.ok) throw new Blocked(item.result.reason);
  return item.result.value;
}

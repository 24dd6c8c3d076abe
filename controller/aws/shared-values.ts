// Values that are alike for thousands of services, held once: the tags that a team gives all it has, a default health check.
const held = new Map<string, object>();
const maxHeld = 4096;

/** The same value; one that was given before where it is equal, its order of members included. */
export function share<T extends object>(value: T): T {
  const key = JSON.stringify(value);
  const before = held.get(key);
  if (before !== undefined) return before as T;
  if (held.size >= maxHeld) held.clear();
  held.set(key, value);
  return value;
}

// An object store that ends with the process: where no place for status is configured.
import type { ObjectStore } from "./object-store.ts";

export function createMemoryStore(): ObjectStore {
  const objects = new Map<string, { text: string; etag: string }>();
  let writes = 0;
  return {
    name: "memory",
    async get(key, { ifNoneMatch } = {}) {
      const object = objects.get(key);
      return object !== undefined && object.etag === ifNoneMatch ? "unchanged" : object;
    },
    async put(key, text, { condition } = {}) {
      const standing = objects.get(key);
      if (condition !== undefined && "ifMatch" in condition && standing?.etag !== condition.ifMatch)
        return "conflict";
      if (condition !== undefined && "ifAbsent" in condition && standing !== undefined) return "conflict";
      writes += 1;
      const etag = `"${writes}"`;
      objects.set(key, { text, etag });
      return { etag };
    },
    async remove(key, { ifMatch } = {}) {
      const standing = objects.get(key);
      if (ifMatch !== undefined && standing !== undefined && standing.etag !== ifMatch) return "conflict";
      objects.delete(key);
      return "removed";
    },
    async list(prefix, { after = "" } = {}) {
      return [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    },
  };
}

// An object store that ends with the process: where no place for status is configured.
import type { StateStore } from "./object-store.ts";

export function createMemoryStore(): StateStore {
  const objects = new Map<string, { text: string; etag: string }>();
  const bytes = new Map<string, Uint8Array>();
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
    getBytes: async (key) => bytes.get(key),
    putBytes: async (key, content) => void bytes.set(key, content),
    async remove(key, { ifMatch } = {}) {
      const standing = objects.get(key);
      if (ifMatch !== undefined && standing !== undefined && standing.etag !== ifMatch) return "conflict";
      objects.delete(key);
      bytes.delete(key);
      return "removed";
    },
    async list(prefix, { after = "" } = {}) {
      return [...objects.keys(), ...bytes.keys()]
        .filter((key) => key.startsWith(prefix) && key > after)
        .sort();
    },
  };
}

// Task-definition revisions that were read before. What is in a revision never changes (its tags may), so an idle look at
// the account asks for none of them again.
import type { JsonObject } from "../model/json.ts";
import type { Tags, TaskDefinition } from "../model/workload.ts";
import { share } from "./shared-values.ts";

export interface RevisionCache {
  /** By the revision's ARN; undefined: not held. The tags are those of the day it was read. */
  get(arn: string): TaskDefinition | undefined;
  set(definition: TaskDefinition): void;
  delete(arn: string): void;
  readonly size: number;
  /** Of text held, in UTF-16 code units: what the bound of bytes is measured by. */
  readonly bytes: number;
}

export interface RevisionCacheLimits {
  readonly maxCount?: number;
  readonly maxBytes?: number;
}

/** Enough for an account of ten thousand services. */
const defaults = { maxCount: 20_000, maxBytes: 48 * 1024 * 1024 };

/** Bounded: what was asked for longest ago goes first. Holds text; definitions are parsed when they are looked into. */
export function createRevisionCache(limits: RevisionCacheLimits = {}): RevisionCache {
  const { maxCount, maxBytes } = { ...defaults, ...limits };
  const held = new Map<string, { readonly definition: TaskDefinition; readonly size: number }>();
  let bytes = 0;
  const drop = (arn: string): void => {
    bytes -= held.get(arn)?.size ?? 0;
    held.delete(arn);
  };
  return {
    get(arn) {
      const entry = held.get(arn);
      if (entry === undefined) return undefined;
      // A Map keeps the order in which keys came: the last one is the freshest.
      held.delete(arn);
      held.set(arn, entry);
      return entry.definition;
    },
    set(given) {
      const definition = packDefinition(given);
      const { arn } = definition;
      drop(arn);
      const { size } = definition;
      if (size > maxBytes) return;
      held.set(arn, { definition, size });
      bytes += size;
      for (const oldest of held.keys()) {
        if (held.size <= maxCount && bytes <= maxBytes) break;
        drop(oldest);
      }
    },
    delete: drop,
    get size() {
      return held.size;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** Parsed forms of what was looked into last: a service is looked into several times in a row. */
const parsed = new Map<string, JsonObject>();
const maxParsed = 256;

/** The same, its `input` held as text: thousands of them fit, and few are looked into at once. */
export function packDefinition(given: TaskDefinition): PackedDefinition {
  return given instanceof PackedDefinition ? given : new PackedDefinition(given);
}

/** A class for its size: a getter of each object's own would take as much as the text. */
class PackedDefinition implements TaskDefinition {
  readonly arn: string;
  readonly tags: Tags;
  declare readonly registeredBy?: string;
  readonly #text: string;

  constructor({ arn, tags, registeredBy, input }: TaskDefinition) {
    this.arn = arn;
    this.tags = share(tags);
    if (registeredBy !== undefined) this.registeredBy = registeredBy;
    this.#text = JSON.stringify(input);
  }

  get input(): JsonObject {
    return parse(this.#text);
  }

  get size(): number {
    return this.#text.length + this.arn.length;
  }
}

function parse(text: string): JsonObject {
  const before = parsed.get(text);
  if (before !== undefined) return before;
  const input = JSON.parse(text) as JsonObject;
  parsed.set(text, input);
  if (parsed.size > maxParsed) parsed.delete(parsed.keys().next().value as string);
  return input;
}

// All log groups of one sandbox with what hangs on them: tags, metric filters, streams.
import { compareText } from "../../checks.ts";
import type { Input } from "../../service.ts";
import { checks, groupNotFound } from "./errors.ts";

export interface StoredFilter {
  readonly filterName: string;
  readonly creationTime: number;
  /** As read back, without name, group and time. */
  readonly configuration: Record<string, unknown>;
  readonly regexes: number;
}

export interface StoredEvent {
  readonly timestamp: number;
  readonly ingestionTime: number;
  readonly message: string;
}

export interface StoredStream {
  readonly name: string;
  readonly creationTime: number;
  readonly events: StoredEvent[];
}

export interface StoredGroup {
  readonly name: string;
  /** Without the `:*` at its end. */
  readonly arn: string;
  readonly creationTime: number;
  readonly logGroupClass: string;
  readonly kmsKeyId: string | undefined;
  readonly deletionProtectionEnabled: boolean;
  retentionInDays: number | undefined;
  tags: Record<string, string>;
  readonly filters: Map<string, StoredFilter>;
  readonly streams: Map<string, StoredStream>;
}

export const GROUP_NAME = { min: 1, max: 512, pattern: /^[.\-_/#A-Za-z0-9]+$/ };

export class GroupStore {
  readonly #groups = new Map<string, StoredGroup>();

  /** By name. */
  all(): StoredGroup[] {
    return [...this.#groups.values()].sort((a, b) => compareText(a.name, b.name));
  }

  has(name: string): boolean {
    return this.#groups.has(name);
  }

  add(group: StoredGroup): void {
    this.#groups.set(group.name, group);
  }

  delete(group: StoredGroup): void {
    this.#groups.delete(group.name);
  }

  /** The group that the input names. */
  named(input: Input): StoredGroup {
    const group = this.#groups.get(checks.requiredText(input, "logGroupName", GROUP_NAME));
    if (group === undefined) throw groupNotFound();
    return group;
  }

  /** Named by `logGroupName` or by `logGroupIdentifier`, a name or an ARN. */
  identified(input: Input): StoredGroup {
    const identifier = checks.text(input, "logGroupIdentifier", { min: 1, max: 2048 });
    const given = [identifier, input.logGroupName ?? undefined].filter((value) => value !== undefined);
    if (given.length !== 1)
      throw checks.fail("Exactly one of logGroupName and logGroupIdentifier must be specified");
    if (identifier === undefined) return this.named(input);
    const group = this.#groups.get(identifier) ?? this.byArn(identifier);
    if (group === undefined) throw groupNotFound();
    return group;
  }

  byArn(arn: string): StoredGroup | undefined {
    const plain = arn.endsWith(":*") ? arn.slice(0, -2) : arn;
    const group = this.#groups.get(plain.split(":").slice(6).join(":"));
    return group?.arn === plain ? group : undefined;
  }
}

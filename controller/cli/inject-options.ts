// What `inject` is told on the command line.
import { InvalidArgumentError } from "commander";
import type { TaskFileFormat } from "../core/task-file.ts";

export interface InjectFlags {
  readonly policies?: readonly string[];
  readonly cluster?: string;
  readonly service?: string;
  readonly serviceTag?: Readonly<Record<string, string>>;
  readonly account?: string;
  readonly region?: string;
  readonly launchType?: string;
  readonly owner: string;
  readonly format: TaskFileFormat;
  readonly logicalId?: string;
  readonly eject: boolean;
}

export function parseAccount(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError("It must be an AWS account id: 12 digits.");
  return text;
}

/** One service, not a glob: the names go into what is written. */
export function parseEcsName(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(text))
    throw new InvalidArgumentError("It must be the name in ECS: letters, digits, `-` and `_`.");
  return text;
}

export function collectTag(
  text: string,
  previous: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be KEY=VALUE.");
  const entries = new Map(Object.entries(previous ?? {}));
  return Object.fromEntries(entries.set(text.slice(0, at), text.slice(at + 1)));
}

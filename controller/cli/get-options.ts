// What `ecsmon get` can be asked for, and how. Loaded with the help: it imports little.
import { InvalidArgumentError } from "commander";
import { durationPattern, parseDuration } from "../api/duration.ts";
import { EcsmonError } from "../model/errors.ts";
import { parseInstant } from "./option-values.ts";

export const getSubjects = ["policies", "services", "resources", "history", "sources", "targets"] as const;
export type GetSubject = (typeof getSubjects)[number];

export const getOutputs = ["table", "wide", "json", "yaml"] as const;

export interface GetFlags {
  readonly config?: string;
  /** `s3://BUCKET/PREFIX` or a folder. */
  readonly status?: string;
  readonly output: (typeof getOutputs)[number];
  readonly watch: boolean;
  /** Globs. */
  readonly target?: readonly string[];
  readonly cluster?: readonly string[];
  readonly service?: readonly string[];
  /** History alone: from then on, or for so many seconds. */
  readonly since?: Date | number;
  /** History alone. Default 50. */
  readonly limit?: number;
}

/** `policy`, `svc` … as kubectl would take them. */
export function parseSubject(text: string): GetSubject {
  const singular: Readonly<Record<string, GetSubject>> = {
    policy: "policies",
    service: "services",
    svc: "services",
    resource: "resources",
    source: "sources",
    target: "targets",
  };
  const subject = getSubjects.find((name) => name === text) ?? singular[text];
  if (subject === undefined) throw new InvalidArgumentError(`Allowed choices are ${getSubjects.join(", ")}.`);
  return subject;
}

/** `2h`, `30d`, or an instant. */
export function parseSince(text: string): Date | number {
  if (durationPattern.test(text)) return parseDuration(text);
  try {
    return parseInstant(text);
  } catch {
    throw new InvalidArgumentError(
      "It must be a duration such as 2h or 7d, or an instant in ISO 8601 with its offset, such as 2026-11-22T03:00:00Z.",
    );
  }
}

/** @throws EcsmonError for flags that do not go together. */
export function refuseMisfits(subject: GetSubject, { watch, output, since, limit }: GetFlags): void {
  if (watch && (output === "json" || output === "yaml"))
    throw new EcsmonError(
      "InvalidOption",
      `--watch shows tables; leave it out, or take --output wide instead of ${output}`,
    );
  for (const [flag, given] of Object.entries({ "--since": since, "--limit": limit }))
    if (given !== undefined && subject !== "history")
      throw new EcsmonError(
        "InvalidOption",
        `${flag} is for history, and ${subject} are shown as they stand; leave it out`,
      );
}

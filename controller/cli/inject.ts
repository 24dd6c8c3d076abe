// `ecsmon inject`: a task definition file, patched as the operator would patch the running one. Needs no AWS, and loads
// none of it. The file is data: it is parsed, never run.
import { createReadStream } from "node:fs";
import { ejectTaskDefinition, injectTaskDefinition } from "../core/inject.ts";
import { ownerTag, policyTag } from "../core/names.ts";
import { openTaskFile, setTags, type TaskFile } from "../core/task-file.ts";
import { EcsmonError } from "../model/errors.ts";
import { jsonEqual } from "../model/json.ts";
import { whyUnreadable } from "./file-trouble.ts";
import type { InjectFlags } from "./inject-options.ts";
import type { Io } from "./io.ts";
import { readPolicies } from "./read-policies.ts";
import { safeText } from "./render/safe-text.ts";

const maxBytes = 1024 * 1024;

export async function runInject(
  path: string,
  flags: InjectFlags,
  io: Io,
  stdin: AsyncIterable<Buffer | string> = process.stdin,
): Promise<number> {
  if (flags.logicalId !== undefined && flags.format !== "cloudformation")
    throw new EcsmonError("UnusedFlag", "--logical-id is for templates: give --format cloudformation too");
  const file = path === "-" ? "standard input" : path;
  const text = decode(await readBounded(path === "-" ? stdin : createReadStream(path), file), file);
  const source = { file, text, format: flags.format, logicalId: flags.logicalId };
  if (flags.eject) {
    io.stdout(eject(openTaskFile(source), text, flags.owner));
    return 0;
  }
  const { policies: sources = [], cluster = "", service = "", owner } = flags;
  const checked = await readPolicies(sources, "text", io);
  if (checked === undefined) return 1;

  const opened = openTaskFile(source);
  const { account, region, launchType, serviceTag: tags = {} } = flags;
  const facts = { owner, cluster, service, tags, account, region, launchType };
  const { definition, policies, note } = injectTaskDefinition(checked.policies, opened.definition, facts);
  // Printing may still refuse: nothing is written before it is done.
  const printed = jsonEqual(definition, opened.definition)
    ? text
    : opened.print(
        definition,
        setTags(opened.tags, policies.length > 0 ? layTags(owner, policies) : removeTags(owner)),
      );
  if (note !== undefined) io.stderr(`ecsmon: ${safeText(note)}\n`);
  io.stdout(printed);
  return 0;
}

function eject(opened: TaskFile, text: string, owner: string): string {
  const definition = ejectTaskDefinition(opened.definition, owner);
  const tags = setTags(opened.tags, removeTags(owner));
  return jsonEqual([definition, tags], [opened.definition, opened.tags])
    ? text
    : opened.print(definition, tags);
}

type ChangeTags = (tags: ReadonlyMap<string, string>) => ReadonlyMap<string, string>;

/** As the operator tags a revision that it registers. */
function layTags(owner: string, policies: readonly string[]): ChangeTags {
  return (tags) => new Map(tags).set(ownerTag, owner).set(policyTag, policies.join(" ").slice(0, 256));
}

function removeTags(owner: string): ChangeTags {
  return (tags) =>
    tags.get(ownerTag) === owner
      ? new Map([...tags].filter(([key]) => key !== ownerTag && key !== policyTag))
      : tags;
}

async function readBounded(stream: AsyncIterable<Buffer | string>, file: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk);
      size += bytes.length;
      if (size > maxBytes) throw new EcsmonError("TooLarge", `${file} is larger than ${maxBytes} bytes`);
      chunks.push(bytes);
    }
  } catch (error) {
    throw error instanceof EcsmonError ? error : unreadable(file, error);
  }
  return Buffer.concat(chunks);
}

function unreadable(file: string, error: unknown): EcsmonError {
  return new EcsmonError("FileUnreadable", `cannot read ${file}: ${whyUnreadable(error)}`, { cause: error });
}

function decode(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new EcsmonError("NotText", `${file} is not text in UTF-8`, { cause: error });
  }
}

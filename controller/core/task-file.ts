// A file with a task definition in it, in each shape that tools write: what RegisterTaskDefinition takes, what
// DescribeTaskDefinition gives, and a CloudFormation template. It opens to the definition as the ECS API has it, and
// prints a changed one in the shape, the spelling and the layout of the file.
import { EcsmonError } from "../model/errors.ts";
import { isObject, type Json, type JsonObject, stableStringify } from "../model/json.ts";
import {
  expandTokens,
  findTaskDefinitions,
  refuseUnknownValues,
  spellAsIs,
  spellPascal,
  type TemplateResource,
  type TokenTable,
  viewAsApi,
} from "./cloudformation.ts";
import { jsonStyle, parseJsonText, TextError } from "./json-text.ts";
import { childAt, positionOf, rewrite, type TextNode, type TextStyle } from "./text-tree.ts";
import { parseYamlText, yamlStyle } from "./yaml-text.ts";

export const taskFileFormats = ["json", "cloudformation"] as const;
export type TaskFileFormat = (typeof taskFileFormats)[number];

export interface TaskFileSource {
  /** As people know it: a path, or `standard input`. */
  readonly file: string;
  readonly text: string;
  readonly format: TaskFileFormat;
  readonly logicalId?: string | undefined;
}

export interface TaskFile {
  readonly definition: JsonObject;
  /** The revision's tags, where the file has a list of them. */
  readonly tags: readonly Json[] | undefined;
  /** The file's text with another definition in it. */
  print(definition: JsonObject, tags: readonly Json[] | undefined): string;
}

const byteOrderMark = "\uFEFF";

/** @throws EcsmonError that says where the file is not what it should be. */
export function openTaskFile(source: TaskFileSource): TaskFile {
  const mark = source.text.startsWith(byteOrderMark) ? byteOrderMark : "";
  const opened = open(source, source.text.slice(mark.length));
  return {
    definition: opened.definition,
    tags: opened.tags,
    print(definition, tags) {
      const printed = opened.print(definition, tags);
      checkPrinted(source, printed, opened.expand([definition, tags]));
      return mark + printed;
    },
  };
}

interface Opened extends TaskFile {
  /** A value as text, with what the template says in place of tokens. */
  expand(value: unknown): string;
}

/** Text was put into text: what came out is read again, since a broken template would only show in a deployment. */
function checkPrinted(source: TaskFileSource, text: string, wanted: string): void {
  try {
    const again = open(source, text);
    if (again.expand([again.definition, again.tags]) === wanted) return;
  } catch (error) {
    if (!(error instanceof EcsmonError)) throw error;
  }
  throw new EcsmonError("NotPatched", `${source.file} is written in a way that cannot be patched safely`);
}

function open(source: TaskFileSource, text: string): Opened {
  const place = placeIn(source.file, text);
  if (text.trim() === "") throw place("EmptyFile", "the file is empty", 0);
  return source.format === "json"
    ? openJson(text, place, source.file)
    : openTemplate(text, place, source.logicalId);
}

type Place = (code: string, message: string, offset: number) => EcsmonError;

function placeIn(file: string, text: string): Place {
  return (code, message, offset) => {
    const { line, column } = positionOf(text, offset);
    return new EcsmonError(code, `${file}:${line}:${column}: ${message}`);
  };
}

function openJson(text: string, place: Place, file: string): Opened {
  const root = parse(parseJsonText, text, (error) =>
    place("NotJson", `not JSON: ${error.message}${hintFor(text, file)}`, error.offset),
  );
  if (root.kind !== "object")
    throw place("NotATaskDefinition", "not a task definition: expected an object", root.start);
  // ecspresso and the CLIs of other languages take both spellings, and a definition inside `taskDefinition`.
  const isPascal = ["ContainerDefinitions", "TaskDefinition"].some((key) => childAt(root, key) !== undefined);
  const view = isPascal ? viewAsApi(text, root, undefined) : root;
  const wrapped = childAt(view, "taskDefinition")?.node;
  const inner = wrapped ?? view;
  if (childAt(inner, "containerDefinitions") === undefined && childAt(root, "Resources") !== undefined) {
    throw place(
      "NotATaskDefinition",
      "a CloudFormation template, as it seems; give --format cloudformation",
      root.start,
    );
  }
  const definition = checkDefinition(inner, place, isPascal);
  const outer = wrapped !== undefined && childAt(view, "tags") !== undefined ? view : inner;
  const style = jsonStyle(text, root, isPascal ? spellPascal : spellAsIs, new Map());
  return {
    definition: withoutTags(definition, outer === inner),
    tags: tagsOf(outer),
    expand: stableStringify,
    print(after, tags) {
      const own = outer === inner ? withTags(after, tags) : after;
      const whole =
        wrapped === undefined
          ? own
          : {
              ...(view.value as JsonObject),
              taskDefinition: own,
              ...(outer === view && tags !== undefined ? { tags } : {}),
            };
      return splice(style, view, whole);
    },
  };
}

function openTemplate(text: string, place: Place, logicalId: string | undefined): Opened {
  const isJson = text.trimStart().startsWith("{");
  const root = parse(isJson ? parseJsonText : parseYamlText, text, (error) =>
    place("NotATemplate", `not a CloudFormation template: ${error.message}`, error.offset),
  );
  const resource = chooseResource(findTaskDefinitions(root), root, place, logicalId);
  const properties = childAt(resource.node, "Properties")?.node;
  if (properties === undefined)
    throw place("NotATaskDefinition", `${resource.logicalId} has no Properties`, resource.node.start);
  const tokens: TokenTable = { sources: new Map() };
  const view = viewAsApi(text, properties, tokens);
  const definition = checkDefinition(view, place, true);
  const style = (isJson ? jsonStyle : yamlStyle)(text, root, spellPascal, tokens.sources);
  return {
    definition: withoutTags(definition, true),
    tags: tagsOf(view),
    expand: (value) => expandTokens(stableStringify(value), tokens),
    print(after, tags) {
      refuseUnknownValues(definition, after, tokens);
      refuseBrokenTokens(after, definition, tokens);
      return splice(style, view, withTags(after, tags));
    },
  };
}

/** A function that is copied into a sidecar must fit on one line. */
function refuseBrokenTokens(after: JsonObject, before: JsonObject, { sources }: TokenTable): void {
  const broken = [...sources].filter(([, source]) => source.includes("\n"));
  if (broken.length === 0) return;
  const [own, all] = [JSON.stringify(before), JSON.stringify(after)];
  for (const [token, source] of broken) {
    if (all.split(token).length > own.split(token).length)
      throw new EcsmonError(
        "UnknownValue",
        `UnknownValue: this function is needed in another container too; write it on one line: ${source.replaceAll(/\s+/g, " ")}`,
      );
  }
}

function chooseResource(
  found: readonly TemplateResource[],
  root: TextNode,
  place: Place,
  logicalId: string | undefined,
): TemplateResource {
  const names = found.map((resource) => resource.logicalId).join(", ");
  if (found.length === 0)
    throw place(
      "NotATaskDefinition",
      "no AWS::ECS::TaskDefinition among the template's Resources",
      root.start,
    );
  if (logicalId === undefined) {
    const [only, ...others] = found;
    if (only !== undefined && others.length === 0) return only;
    throw place(
      "AmbiguousResource",
      `the template has several task definitions (${names}); say which with --logical-id`,
      root.start,
    );
  }
  const chosen = found.find((resource) => resource.logicalId === logicalId);
  if (chosen === undefined)
    throw place(
      "NotATaskDefinition",
      `no task definition ${logicalId} in the template; it has ${names}`,
      root.start,
    );
  return chosen;
}

/** What the layer needs to know its way: containers that are objects with names of their own. */
function checkDefinition(node: TextNode, place: Place, isPascal: boolean): JsonObject {
  const spelt = isPascal ? "ContainerDefinitions" : "containerDefinitions";
  const list = childAt(node, "containerDefinitions")?.node;
  if (list === undefined)
    throw place("NotATaskDefinition", `not a task definition: it has no ${spelt}`, node.start);
  if (list.kind !== "array")
    throw place("NotATaskDefinition", `${spelt} must be a list of containers`, list.start);
  const names = new Set<string>();
  list.children.forEach(({ node: container }, index) => {
    if (container.kind !== "object")
      throw place(
        "NotATaskDefinition",
        `${spelt}[${index}] must be a container, written out`,
        container.start,
      );
    const name = childAt(container, "name")?.node;
    if (name === undefined || typeof name.value !== "string" || name.value === "" || name.opaque)
      throw place(
        "NotATaskDefinition",
        `${spelt}[${index}] needs a name, written out`,
        (name ?? container).start,
      );
    if (names.has(name.value))
      throw place("NotATaskDefinition", `two containers are named ${name.value}`, name.start);
    names.add(name.value);
    for (const path of [
      ["dockerLabels"],
      ["healthCheck"],
      ["logConfiguration"],
      ["logConfiguration", "options"],
    ]) {
      const found = path.reduce((from: TextNode | undefined, key) => childAt(from, key)?.node, container);
      if (found === undefined || found.kind === "object" || found.opaque || found.value === null) continue;
      throw place(
        "NotATaskDefinition",
        `${path.join(".")} of container ${name.value} must be an object`,
        found.start,
      );
    }
  });
  return node.value as JsonObject;
}

function tagsOf(node: TextNode): readonly Json[] | undefined {
  const tags = childAt(node, "tags")?.node;
  return tags?.kind === "array" ? (tags.value as readonly Json[]) : undefined;
}

function withoutTags(definition: JsonObject, hasOwn: boolean): JsonObject {
  return hasOwn
    ? Object.fromEntries(
        Object.entries(definition).filter(([key, value]) => key !== "tags" || !Array.isArray(value)),
      )
    : definition;
}

function withTags(definition: JsonObject, tags: readonly Json[] | undefined): JsonObject {
  return tags === undefined ? definition : { ...definition, tags };
}

function splice(style: TextStyle, node: TextNode, after: JsonObject): string {
  return style.text.slice(0, node.start) + rewrite(style, node, after) + style.text.slice(node.end);
}

function parse(
  read: (text: string) => TextNode,
  text: string,
  toError: (error: TextError) => EcsmonError,
): TextNode {
  try {
    return read(text);
  } catch (error) {
    throw error instanceof TextError ? toError(error) : error;
  }
}

/** What else the file may be: it is never run or rendered here. */
function hintFor(text: string, file: string): string {
  if (
    /\.(?:jsonnet|libsonnet)$/.test(file) ||
    /^[ \t]*(?:local |\/\/|\/\*|#|import |function\s*\()|\bstd\./m.test(text)
  )
    return "; if this is Jsonnet, render it first (`jsonnet FILE`, or `ecspresso render taskdef`)";
  if (text.includes("{{")) return "; templates must be rendered first (`ecspresso render taskdef`)";
  if (/\.ya?ml$/.test(file) || /^[ \t]*(?:AWSTemplateFormatVersion|Resources)\s*:/m.test(text))
    return "; for a CloudFormation template give --format cloudformation";
  return "";
}

/** Our tags on a revision, laid over its own or taken away. */
export function setTags(
  tags: readonly Json[] | undefined,
  change: (tags: ReadonlyMap<string, string>) => ReadonlyMap<string, string>,
): readonly Json[] | undefined {
  if (tags === undefined) return undefined;
  const known = new Map(
    tags.flatMap((tag): [string, string][] =>
      isObject(tag) && typeof tag["key"] === "string" ? [[tag["key"], String(tag["value"] ?? "")]] : [],
    ),
  );
  // A list that is written in a way we do not understand stays as it is.
  if (known.size !== tags.length) return tags;
  const after = change(known);
  return [...after].map(
    ([key, value]) =>
      tags.find((tag) => isObject(tag) && tag["key"] === key && String(tag["value"] ?? "") === value) ?? {
        key,
        value,
      },
  );
}

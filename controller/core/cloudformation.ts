// A task definition as CloudFormation spells it, seen as the ECS API spells it: `ContainerDefinitions` for
// `containerDefinitions`, all the way down but for the keys of maps. References and functions become tokens: they can
// be kept and copied, and nothing can be concluded from them.
import { EcsmonError } from "../model/errors.ts";
import { isObject, type Json, type JsonObject } from "../model/json.ts";
import { containersOf, isSidecar } from "./layer.ts";
import { childAt, type TextChild, type TextNode } from "./text-tree.ts";

/** Members whose keys are the user's own. */
const maps: ReadonlySet<string> = new Set(["dockerLabels", "options", "driverOpts", "labels"]);
/** Members that ECS takes as numbers, in containers and their health checks; CloudFormation takes text for them too. */
const numbers: ReadonlySet<string> = new Set([
  "cpu",
  "memory",
  "memoryReservation",
  "interval",
  "timeout",
  "retries",
  "startPeriod",
]);

export interface TokenTable {
  /** Source text by the token that stands for it. */
  readonly sources: Map<string, string>;
}

const tokenMark = "\uE000cloudformation";
const tokenPattern = /\uE000cloudformation\d+\uE001/u;

/** The same tree with the API's keys and types, so that what is equal to the API is equal here. */
export function viewAsApi(
  text: string,
  node: TextNode,
  tokens: TokenTable | undefined,
  path: readonly string[] = [],
): TextNode {
  const name = path.at(-1) ?? "";
  if (tokens !== undefined && isFunction(node)) {
    const token = `${tokenMark}${tokens.sources.size}\uE001`;
    tokens.sources.set(token, text.slice(node.start, node.end));
    return { ...node, kind: "scalar", value: token, block: false, children: [], opaque: true };
  }
  if (node.kind === "scalar") {
    const value = coerce(node.value, path);
    return { ...node, value };
  }
  const children = node.children.map((child): TextChild => {
    const key = node.kind === "object" && !maps.has(name) ? lowerFirst(child.key) : child.key;
    const inside = node.kind === "object" ? [...path, key] : path;
    return { ...child, key, node: viewAsApi(text, child.node, tokens, inside) };
  });
  const value: Json =
    node.kind === "array"
      ? children.map(({ node: inner }) => inner.value)
      : Object.fromEntries(children.map(({ key, node: inner }) => [key, inner.value]));
  return { ...node, value, children };
}

/** Tokens are counted anew in each reading of a template: what they stand for is what can be compared. */
export function expandTokens(text: string, { sources }: TokenTable): string {
  return text.replaceAll(
    /\uE000cloudformation\d+\uE001/gu,
    (token) => sources.get(token)?.replaceAll(/\s+/g, " ") ?? token,
  );
}

/** How CloudFormation (and the SDK for Go) spells a key of the API's. */
export function spellPascal(path: readonly string[], key: string): string {
  return maps.has(path.at(-1) ?? "") ? key : key.charAt(0).toUpperCase() + key.slice(1);
}

export function spellAsIs(_path: readonly string[], key: string): string {
  return key;
}

function isFunction({ opaque, kind, value, children }: TextNode): boolean {
  // A dynamic reference is resolved wherever it stands; in our record it would be a secret in the clear.
  if (opaque || (typeof value === "string" && value.includes("{{resolve:"))) return true;
  const [only, ...others] = children;
  return kind === "object" && only !== undefined && others.length === 0 && /^(?:Ref|Fn::.+)$/.test(only.key);
}

/** The type that ECS gives the member, whichever one the template has. */
function coerce(value: Json, path: readonly string[]): Json {
  const [name = "", parent = ""] = [path.at(-1), path.at(-2)];
  const isTaskSize = path.length === 1 && (name === "cpu" || name === "memory");
  if (maps.has(parent) || isTaskSize)
    return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (typeof value !== "string") return value;
  if (name === "essential" && /^(?:true|yes|on)$/i.test(value)) return true;
  if (name === "essential" && /^(?:false|no|off)$/i.test(value)) return false;
  return numbers.has(name) && /^\d+$/.test(value) ? Number(value) : value;
}

function lowerFirst(key: string): string {
  return key.charAt(0).toLowerCase() + key.slice(1);
}

export interface TemplateResource {
  readonly logicalId: string;
  readonly node: TextNode;
}

export function findTaskDefinitions(root: TextNode): TemplateResource[] {
  return (childAt(root, "Resources")?.node.children ?? []).flatMap(({ key, node }) =>
    childAt(node, "Type")?.node.value === "AWS::ECS::TaskDefinition" ? [{ logicalId: key, node }] : [],
  );
}

/**
 * What our layer records must be what ECS will see. A value that only CloudFormation knows cannot be recorded, so it
 * can neither be written over nor be written into a container of others.
 */
export function refuseUnknownValues(before: JsonObject, after: JsonObject, tokens: TokenTable): void {
  if (tokens.sources.size === 0) return;
  const containers = containersOf(after);
  for (const container of containers) {
    const old = containersOf(before).find(({ name }) => name === container["name"]);
    if (old === undefined || isSidecar(container)) continue;
    const found = findTouched(old, container, []);
    if (found === undefined) continue;
    const source = tokens.sources.get(found.token)?.replaceAll(/\s+/g, " ") ?? "a function";
    throw new EcsmonError(
      "UnknownValue",
      `UnknownValue: ${found.path.join(".")} of container ${String(container["name"])} involves ${source}, whose value is only known to CloudFormation, so what stood there could not be put back; write the value out in the template, or leave that field out of the policy`,
    );
  }
  const mixed = tokenPattern.exec(JSON.stringify(after).replaceAll(/"\uE000cloudformation\d+\uE001"/gu, ""));
  if (mixed !== null) {
    throw new EcsmonError(
      "UnknownValue",
      `UnknownValue: ${tokens.sources.get(mixed[0]) ?? "a function"} would have to be part of a longer text, but its value is only known to CloudFormation; write the value out in the template`,
    );
  }
}

/** The first change below that has to do with a token. */
function findTouched(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[],
): { readonly token: string; readonly path: readonly string[] } | undefined {
  if (isObject(before ?? {}) && isObject(after ?? {})) {
    const [a, b] = [before ?? {}, after ?? {}] as JsonObject[] as [JsonObject, JsonObject];
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const found = findTouched(a[key], b[key], [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const [a, b] = [JSON.stringify(before) ?? "", JSON.stringify(after) ?? ""];
  if (a === b) return undefined;
  const token = tokenPattern.exec(a)?.[0] ?? tokenPattern.exec(b)?.[0];
  return token === undefined ? undefined : { token, path };
}

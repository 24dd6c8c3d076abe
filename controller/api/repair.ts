// What a document with mistakes of shape would be without them: so that what it means is judged in the same run.
// A misspelt field counts as the one that was meant, a refused value as left out; nothing of it is ever planned.
import type * as z from "zod";
import { isObject } from "../model/json.ts";
import { explainIssues, type FieldPath, type Finding, type Input, pathText, valueAt } from "./issues.ts";

export interface Repaired<T> {
  readonly data: T;
  /** The whole document with the right names, and the refused values still in it. */
  readonly named: unknown;
  /** Where what stands at a path of `data` stands in the document. */
  readonly original: (path: FieldPath) => FieldPath;
  /** What was left out, as paths of the document. */
  readonly damaged: readonly FieldPath[];
  /** Those of them that are fields nobody knows: they may have been meant for any other. */
  readonly unknown: readonly FieldPath[];
  /** Mistakes of shape below a misspelt field, which the schema could not see before. */
  readonly findings: readonly Finding[];
}

/** Paths of the document → what becomes of them. */
interface Edits {
  readonly removed: Map<string, FieldPath>;
  /** Path of a key → its right name. */
  readonly renamed: Map<string, string>;
  /** The paths that the right names make. */
  readonly taken: Set<string>;
  readonly unknown: FieldPath[];
}

/** How a repaired value is made of the document's: its steps, and where each came from. */
type Trail = ReadonlyMap<string | number, { readonly from: string | number; readonly trail: Trail }>;

/** Each round takes away what the one before could not see. */
const maxRounds = 12;
const nowhere: Trail = new Map();

/** `undefined`: nothing is left that means anything. */
export function repairDocument<S extends z.ZodType>(
  schema: S,
  document: Input,
  found: readonly Finding[],
): Repaired<z.output<S>> | undefined {
  const edits: Edits = { removed: new Map(), renamed: new Map(), taken: new Set(), unknown: [] };
  const findings: Finding[] = [];
  let latest = found;
  for (let round = 0; round < maxRounds; round++) {
    let isChanged = false;
    for (const finding of latest) isChanged = takeOut(finding, edits, document.data) || isChanged;
    if (!isChanged) return undefined;
    const { value, trail } = rebuild(document.data, [], edits);
    const original = (path: FieldPath): FieldPath => follow(trail, path);
    const result = schema.safeParse(value);
    if (result.success) {
      const named = rebuild(document.data, [], { ...edits, removed: new Map() }).value;
      return {
        data: result.data,
        named,
        original,
        damaged: [...edits.removed.values()],
        unknown: edits.unknown,
        findings,
      };
    }
    const input = { data: value, sourceAt: (path: FieldPath) => document.sourceAt(original(path)) };
    latest = explainIssues(result.error.issues, schema, input).map((finding) => ({
      ...finding,
      path: original(finding.path),
    }));
    findings.push(...latest.filter(({ path }) => isBelowRenamed(path, edits)));
  }
  return undefined;
}

/** Tells whether the edits are more than before. */
function takeOut({ code, path, meant }: Finding, edits: Edits, data: unknown): boolean {
  const key = pathText(path);
  const parent = path.slice(0, -1);
  if (code === "UnknownField" && meant !== undefined && !edits.renamed.has(key)) {
    const siblings = valueAt(data, parent);
    const isFree =
      isObject(siblings) && !Object.hasOwn(siblings, meant) && !edits.taken.has(pathText([...parent, meant]));
    if (isFree) {
      edits.renamed.set(key, meant);
      edits.taken.add(pathText([...parent, meant]));
      return true;
    }
  }
  if (code === "UnknownField") edits.unknown.push(path);
  // What is missing takes with it what cannot be without it.
  const target = code === "MissingField" && standInOf(path) === undefined ? parent : path;
  for (let length = target.length; length > 0; length--) {
    const one = target.slice(0, length);
    if (edits.removed.has(pathText(one))) continue;
    edits.removed.set(pathText(one), one);
    return true;
  }
  return false;
}

function rebuild(value: unknown, path: FieldPath, edits: Edits): { value: unknown; trail: Trail } {
  const steps = new Map<string | number, { from: string | number; trail: Trail }>();
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    for (const [from, item] of value.entries()) {
      const at = [...path, from];
      if (edits.removed.has(pathText(at))) continue;
      const built = rebuild(item, at, edits);
      steps.set(items.length, { from, trail: built.trail });
      items.push(built.value);
    }
    return { value: items, trail: steps };
  }
  if (!isObject(value)) return { value, trail: nowhere };
  const entries = new Map<string, unknown>();
  for (const [from, item] of Object.entries(value)) {
    const at = [...path, from];
    if (edits.removed.has(pathText(at))) continue;
    const name = edits.renamed.get(pathText(at)) ?? from;
    const built = rebuild(item, at, edits);
    steps.set(name, { from, trail: built.trail });
    entries.set(name, built.value);
  }
  for (const one of standInsBelow(path, edits)) entries.set(one.name, one.value);
  return { value: Object.fromEntries(entries), trail: steps };
}

function standInsBelow(path: FieldPath, { removed }: Edits): { name: string; value: unknown }[] {
  if (path.length > 3) return [];
  const names = path.length === 0 ? Object.keys(headStandIns) : ["name", ...Object.keys(specStandIns)];
  return names.flatMap((name) => {
    const value = removed.has(pathText([...path, name])) ? standInOf([...path, name]) : undefined;
    return value === undefined ? [] : [{ name, value }];
  });
}

/** What a document cannot be without, and no check judges. */
function standInOf(path: FieldPath): unknown {
  const [root, section, , last] = path;
  if (path.length === 1) return headStandIns[String(root)];
  if (path.length === 2 && root === "metadata" && section === "name") return "unnamed";
  if (path.length === 2 && root === "spec") return specStandIns[String(section)];
  return path.length === 4 && section === "overrides" && last === "selector" ? anyService : undefined;
}

const anyService = { services: ["*"] };
const headStandIns: Readonly<Record<string, unknown>> = {
  apiVersion: "ecsmon.dev/v1alpha1",
  metadata: { name: "unnamed" },
};
const specStandIns: Readonly<Record<string, unknown>> = {
  selector: anyService,
  reason: "not given",
  expires: "2000-01-01",
};

function follow(trail: Trail, path: FieldPath): FieldPath {
  let at: Trail = trail;
  return path.map((step) => {
    const next = at.get(step);
    at = next?.trail ?? nowhere;
    return next?.from ?? step;
  });
}

function isBelowRenamed(path: FieldPath, { renamed }: Edits): boolean {
  return path.some((_, i) => i > 0 && renamed.has(pathText(path.slice(0, i))));
}

// One field that changes: `path: old → new` where that fits a line, otherwise what goes and what comes, line by line.
import { compareText, isObject, type Json, jsonEqual } from "../../model/json.ts";
import type { Change, Difference } from "../../model/plan.ts";
import { describeContainer } from "./describe-item.ts";
import type { Paint } from "./paint.ts";
import { hidden, parsePath, record } from "./redact.ts";
import { safeText } from "./safe-text.ts";
import { inlineValue, shorten, shortenPair } from "./values.ts";

/** Elements of a list that are shown before the rest is only counted. */
const maxElements = 12;

export function describeDifference(difference: Difference, width: number, paint: Paint): readonly string[] {
  const whole =
    describeWholeContainer(difference, width, paint) ?? describeWholeWidget(difference, width, paint);
  return whole === undefined
    ? expandObjects(difference).flatMap((leaf) => describeLeaf(leaf, width, paint))
    : [whole];
}

/** An object that comes or goes is told member by member; our book-keeping among them says nothing that they do not. */
function expandObjects(difference: Difference): readonly Difference[] {
  const { path, before, after } = difference;
  const whole = before ?? after;
  if (!isObject(whole) || (before !== null && after !== null) || Object.keys(whole).length === 0)
    return [difference];
  return Object.keys(whole)
    .sort(compareText)
    .map((key) => {
      const value = whole[key] ?? null;
      return {
        path: `${path}.${key}`,
        before: before === null ? null : value,
        after: after === null ? null : value,
      };
    })
    .filter((member) => !isRecord(member))
    .flatMap(expandObjects);
}

/** Of a change in which there is nothing else to be told of. */
export const recordAlone = "only ecsmon's own record in it";
/** Over what an item would lose or get without this change, too. */
export const driftingToo = "drifting anyway";

/** What is to be told of an update: what this change does of it, and what would be done without it too. */
export function partDifferences({ differences }: Pick<Change, "differences">): {
  readonly own: readonly Difference[];
  readonly drifting: readonly Difference[];
} {
  const told = differences.filter((difference) => !isRecord(difference));
  return { own: told.filter(({ drifts }) => !drifts), drifting: told.filter(({ drifts }) => drifts) };
}

/** Our own book-keeping in a label. */
export function isRecord({ before, after }: Difference): boolean {
  return before === record || after === record;
}

function describeLeaf(difference: Difference, width: number, paint: Paint): readonly string[] {
  const { before, after } = difference;
  const path = safeText(difference.path);
  if (isHidden(before) && isHidden(after) && (before === hidden || after === hidden)) {
    return [`${path}: ${changeOfHidden(before, after)}`];
  }

  if (before === null)
    return describeOneSide(`+ ${path}:`, after, "+", width).map((line) => paint(line, "green"));
  if (after === null)
    return describeOneSide(`- ${path}:`, before, "-", width).map((line) => paint(line, "red"));
  const [old, fresh] = [inlineValue(before), inlineValue(after)];
  if (path.length + old.length + fresh.length + 5 <= width) {
    return [`${path}: ${paint(old, "red")} → ${paint(fresh, "green")}`];
  }
  if (Array.isArray(before) && Array.isArray(after))
    return [`${path}:`, ...describeLists(before, after, width, paint)];
  const [oldShort, freshShort] = shortenPair(old, fresh, width - 4);
  return [`${path}:`, `  ${paint(`- ${oldShort}`, "red")}`, `  ${paint(`+ ${freshShort}`, "green")}`];
}

function describeOneSide(head: string, value: Json, sign: "+" | "-", width: number): readonly string[] {
  const text = inlineValue(value);
  if (head.length + 1 + text.length <= width) return [`${head} ${text}`];
  const elements = Array.isArray(value) ? value : [value];
  return [head, ...describeElements(elements, sign, width).map((line) => `  ${line}`)];
}

/** A container that comes or goes is told by its image and size; all of it stands in the JSON plan. */
function describeWholeContainer(
  { path, before, after }: Difference,
  width: number,
  paint: Paint,
): string | undefined {
  const [root, index, ...rest] = parsePath(path);
  const value = before ?? after;
  if (root?.text !== "containerDefinitions" || index === undefined || rest.length > 0) return undefined;
  if (!isObject(value) || (before !== null && after !== null)) return undefined;
  const name = typeof value["name"] === "string" ? value["name"] : index.text;
  const text = shorten(`container ${safeText(name)}: ${describeContainer(value)}`, width - 2);
  return before === null ? paint(`+ ${text}`, "green") : paint(`- ${text}`, "red");
}

/** A widget that a dashboard gains or loses. */
function describeWholeWidget(
  { path, before, after }: Difference,
  width: number,
  paint: Paint,
): string | undefined {
  const title = /^DashboardBody\.widgets\[(.+)\]$/.exec(path)?.[1];
  if (title === undefined || (before !== null && after !== null)) return undefined;
  const text = shorten(`widget ${safeText(title)}`, width - 2);
  return before === null ? paint(`+ ${text}`, "green") : paint(`- ${text}`, "red");
}

function isHidden(value: Json): boolean {
  return value === null || value === hidden;
}

function changeOfHidden(before: Json, after: Json): string {
  if (before === null) return "set (its value is not shown)";
  return after === null ? "removed (its value is not shown)" : "changed (its values are not shown)";
}

function describeLists(
  before: readonly Json[],
  after: readonly Json[],
  width: number,
  paint: Paint,
): readonly string[] {
  const gone = before.filter((old) => !after.some((fresh) => jsonEqual(old, fresh)));
  const come = after.filter((fresh) => !before.some((old) => jsonEqual(old, fresh)));
  const same = after.length - come.length;
  if (gone.length === 0 && come.length === 0) return [`  the same ${same} in another order`];
  return [
    ...describeElements(gone, "-", width).map((line) => `  ${paint(line, "red")}`),
    ...describeElements(come, "+", width).map((line) => `  ${paint(line, "green")}`),
    ...(same === 0 ? [] : [`  ${paint(`(${same} the same)`, "dim")}`]),
  ];
}

function describeElements(elements: readonly Json[], sign: string, width: number): readonly string[] {
  const lines = elements
    .slice(0, maxElements)
    .map((element) => `${sign} ${shorten(inlineValue(element), width - 4)}`);
  return elements.length > maxElements
    ? [...lines, `${sign} and ${elements.length - maxElements} more`]
    : lines;
}

// A change as the lines of a diff: `-` what stands, `+` what will stand, field by field, so that a page can colour them
// and a reviewer can search them. Takes a change without secrets (redact.ts). Pure.
import { compareText, isObject, type Json, jsonEqual } from "../../model/json.ts";
import type { Change, Difference } from "../../model/plan.ts";
import { driftingToo, isRecord, partDifferences, recordAlone } from "./describe-difference.ts";
import { describeItem } from "./describe-item.ts";
import { changeName } from "./names.ts";
import { visibleShort } from "./page-text.ts";
import { hidden } from "./redact.ts";
import { inlineValue, shortenPair } from "./values.ts";

export interface DiffLine {
  /** `!`: it changes, and what it holds is not shown. */
  readonly sign: "+" | "-" | " " | "!";
  readonly text: string;
}

/** UTF-16 units of one value, of one path. */
const maxValue = 400;
const maxPath = 200;

/** `create MetricAlarm cpu-high (redeploys)` */
export function describeChange(change: Change, owner: string): string {
  const marks = listMarks(change);
  const name = visibleShort(changeName(change, owner), maxPath);
  return `${change.action} ${change.kind} ${name}${marks.length === 0 ? "" : ` (${marks.join("; ")})`}`;
}

/** What is to be known of a change beside what it does. */
export function listMarks({ action, enforcement, impact, release, gone }: Change): readonly string[] {
  return [
    ...(enforcement === "Audit" ? ["audit: not written"] : []),
    ...(impact === "deployment" ? ["redeploys"] : []),
    ...(impact === "dataloss" ? ["destroys data"] : []),
    // What is ours alone is deleted, and nothing comes back.
    ...(release && action !== "delete" ? ["put back as it was"] : []),
    ...(gone ? ["its service is gone"] : []),
  ];
}

/** In full: all fields of what is created or deleted, all that differs of what is changed. */
export function diffLines(change: Change): readonly DiffLine[] {
  if (change.action === "update") return updateLines(change);
  const [sign, spec] =
    change.action === "create" ? (["+", change.after] as const) : (["-", change.before] as const);
  return spec === null ? [] : leavesOf("", spec).flatMap(([path, value]) => oneSide(sign, path, value));
}

/** What is created or deleted in one line. */
export function shortDiffLines(change: Change): readonly DiffLine[] {
  if (change.action === "update") return updateLines(change);
  const text = describeItem(change.kind, change.after ?? change.before);
  return [{ sign: change.action === "create" ? "+" : "-", text: visibleShort(text, maxValue) }];
}

function updateLines(change: Change): readonly DiffLine[] {
  const { own, drifting } = partDifferences(change);
  const lines = own.flatMap(differenceLines);
  return [
    ...(lines.length > 0 ? lines : [{ sign: " ", text: recordAlone } as const]),
    ...(drifting.length > 0 ? [{ sign: " ", text: `${driftingToo}:` } as const] : []),
    ...drifting.flatMap(differenceLines),
  ];
}

function differenceLines({ path, before, after }: Difference): readonly DiffLine[] {
  if (isHidden(before, after))
    return [{ sign: "!", text: `${shortPath(path)}: ${changeOfHidden(before, after)}` }];
  if (before === null) return leavesOf(path, after).flatMap(([leaf, value]) => oneSide("+", leaf, value));
  if (after === null) return leavesOf(path, before).flatMap(([leaf, value]) => oneSide("-", leaf, value));
  if (typeof before === "string" && typeof after === "string" && `${before}${after}`.includes("\n"))
    return textLines(path, before, after);
  if (Array.isArray(before) && Array.isArray(after)) return listLines(path, before, after);
  const [old, fresh] = shortenPair(inlineValue(before), inlineValue(after), maxValue);
  return [
    { sign: "-", text: `${shortPath(path)}: ${visibleShort(old, maxValue)}` },
    { sign: "+", text: `${shortPath(path)}: ${visibleShort(fresh, maxValue)}` },
  ];
}

/** Members and elements one by one, down to what has no parts. */
function leavesOf(path: string, value: Json): readonly (readonly [path: string, value: Json])[] {
  if (Array.isArray(value) && value.some((element) => typeof element === "object"))
    return value.flatMap((element: Json, index) => {
      const name = nameOf(element);
      // The name stands in the path.
      const rest = name === undefined || !isObject(element) ? element : { ...element, [name.key]: undefined };
      return leavesOf(`${path}[${name?.text ?? index}]`, rest);
    });
  const members = isObject(value) ? Object.entries(value).filter(([, member]) => member !== undefined) : [];
  if (members.length === 0) return [[path, isObject(value) ? {} : value]];
  return members
    .sort(([a], [b]) => compareText(a, b))
    .filter(([, member]) => !isRecord({ path, before: null, after: member ?? null }))
    .flatMap(([key, member]) => leavesOf(path === "" ? key : `${path}.${key}`, member ?? null));
}

function nameOf(element: Json): { readonly key: string; readonly text: string } | undefined {
  if (!isObject(element)) return undefined;
  const named = ["name", "Name", "Id"].map((key) => ({ key, text: element[key] }));
  return named.flatMap(({ key, text }) => (typeof text === "string" ? [{ key, text }] : []))[0];
}

function oneSide(sign: "+" | "-", path: string, value: Json): readonly DiffLine[] {
  if (typeof value === "string" && value.includes("\n"))
    return [
      { sign, text: `${shortPath(path)}:` },
      ...value.split("\n").map((line) => ({ sign, text: `  ${visibleShort(line, maxValue)}` })),
    ];
  return [{ sign, text: `${shortPath(path)}: ${visibleShort(inlineValue(value), maxValue)}` }];
}

/** A text of several lines, such as a query: the lines that differ, from the first to the last. */
function textLines(path: string, before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < Math.min(old.length, fresh.length) && old[head] === fresh[head]) head += 1;
  let tail = 0;
  const rest = Math.min(old.length, fresh.length) - head;
  while (tail < rest && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1;
  const part = (sign: "+" | "-", lines: readonly string[]): readonly DiffLine[] =>
    lines
      .slice(head, lines.length - tail)
      .map((line) => ({ sign, text: `  ${visibleShort(line, maxValue)}` }));
  return [
    { sign: " ", text: `${shortPath(path)}, from line ${head + 1}:` },
    ...part("-", old),
    ...part("+", fresh),
  ];
}

function listLines(path: string, before: readonly Json[], after: readonly Json[]): readonly DiffLine[] {
  const gone = before.filter((old) => !after.some((fresh) => jsonEqual(old, fresh)));
  const come = after.filter((fresh) => !before.some((old) => jsonEqual(old, fresh)));
  if (gone.length + come.length === 0 && before.length === after.length)
    return [{ sign: "!", text: `${shortPath(path)}: the same ${after.length} in another order` }];
  const line = (sign: "+" | "-") => (element: Json) => ({
    sign,
    text: `  ${visibleShort(inlineValue(element), maxValue)}`,
  });
  const same = after.length - come.length;
  // The same in another number.
  if (gone.length + come.length === 0) return [...oneSide("-", path, before), ...oneSide("+", path, after)];
  const note = same <= 0 ? "" : ` (${same} the same)`;
  return [{ sign: " ", text: `${shortPath(path)}:${note}` }, ...gone.map(line("-")), ...come.map(line("+"))];
}

function isHidden(before: Json, after: Json): boolean {
  const sides = [before, after];
  return sides.includes(hidden) && sides.every((side) => side === null || side === hidden);
}

function changeOfHidden(before: Json, after: Json): string {
  if (before === null) return "set (its value is not shown)";
  return after === null ? "removed (its value is not shown)" : "changed (its values are not shown)";
}

function shortPath(path: string): string {
  return visibleShort(path, maxPath);
}

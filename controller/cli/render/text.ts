// A plan as an SRE reads it at a glance: what comes, changes and goes, service by service; then what is held back or
// could not be read, and why; then one line that counts it all. Pure.
import type { Diagnostic } from "../../model/diagnostic.ts";
import { compareText } from "../../model/json.ts";
import {
  type Change,
  comparisonOf,
  type Difference,
  kindNames,
  type Plan,
  type PlanPart,
} from "../../model/plan.ts";
import { renderBacktest } from "./backtest-text.ts";
import { renderBaseParts, renderBaseSummary, renderInvalidBase } from "./base-text.ts";
import { renderBlocked, renderUnknown } from "./blocked.ts";
import { renderCost } from "./cost-text.ts";
import { describeDifference, driftingToo, partDifferences, recordAlone } from "./describe-difference.ts";
import { describeItem } from "./describe-item.ts";
import { renderDiagnostics } from "./diagnostics.ts";
import { changeName } from "./names.ts";
import { createPaint, type Paint } from "./paint.ts";
import { redactChange } from "./redact.ts";
import { safeText } from "./safe-text.ts";
import { renderSummary } from "./summary.ts";

export { renderOutcome, renderOutcomes } from "./outcomes.ts";

export interface TextOptions {
  readonly colour: boolean;
  /** Columns to stay within where that is possible. */
  readonly width?: number;
}

export function renderPlan(plan: Plan, options: TextOptions): string {
  const width = options.width ?? 100;
  const paint = createPaint(options.colour);
  const renderPart = (part: PlanPart): readonly string[] => {
    const shown = { ...plan, ...part };
    return [
      ...renderChanges(shown, width, paint),
      renderBlocked(shown, width, paint),
      renderUnknown(shown, width, paint),
      renderFindings(part.diagnostics, { ...options, width }),
    ].filter((section) => section !== "");
  };
  const base = comparisonOf(plan);
  // A part at a time; then what is said of the plan as a whole.
  const sections = [
    renderHeader(plan, paint),
    ...(base === undefined ? renderPart(plan) : renderBaseParts(base, renderPart, paint)),
    renderInvalidBase(plan, width, paint),
    renderCost(plan, width, paint),
    renderBacktest(plan, width, paint),
    renderSummary(plan, paint) + renderBaseSummary(plan),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

/** Of one code, before the rest is counted: a backtest may warn of the same in every service. */
const maxAlike = 20;

function renderFindings(diagnostics: readonly Diagnostic[], options: TextOptions): string {
  const counts = new Map<string, number>();
  const shown = diagnostics.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= maxAlike;
  });
  const rest = [...counts]
    .filter(([, count]) => count > maxAlike)
    .map(([code, count]) => `  … and ${count - maxAlike} more [${code}]\n`);
  return renderDiagnostics(shown, options) + rest.join("");
}

function renderHeader({ metadata, base }: Plan, paint: Paint): string {
  const { account, region, owner, sourceRevision, createdAt, asOf } = metadata;
  // A plan is as of now unless it was asked to be of another time.
  const isOtherTime = Math.abs(Date.parse(createdAt) - Date.parse(asOf)) > 3_600_000;
  const parts = [
    account === "" ? "account unknown" : `account ${account}`,
    region,
    `owner ${owner}`,
    `policies ${sourceRevision}`,
    ...(base === undefined ? [] : [`base ${base.sourceRevision}`]),
  ];
  if (isOtherTime) parts.push(`as of ${asOf}`);
  return `${paint(safeText(parts.join(", ")), "dim")}\n`;
}

/** One section a cluster, then one for what belongs to none. */
function renderChanges(plan: Plan, width: number, paint: Paint): readonly string[] {
  return groupBy(plan.changes, (change) => change.cluster, "last").map(([cluster, changes]) => {
    const lines = [paint(cluster === undefined ? "Account-wide" : `Cluster ${safeText(cluster)}`, "bold")];
    for (const [service, own] of groupBy(changes, (change) => change.service, "first")) {
      // What belongs to the whole cluster comes before its services, without a heading of its own.
      const indent = service === undefined ? "  " : "    ";
      if (service !== undefined) lines.push(`  ${paint(`Service ${safeText(service)}`, "bold")}`);
      for (const change of inOrderOfKinds(own))
        lines.push(...renderChange(change, { plan, indent, width, paint }));
    }
    return `${lines.join("\n")}\n`;
  });
}

/** From the ground up, as they are written: what logs go to before what counts them. */
function inOrderOfKinds(changes: readonly Change[]): readonly Change[] {
  return [...changes].sort((a, b) => kindNames.indexOf(a.kind) - kindNames.indexOf(b.kind));
}

type ChangeGroup = readonly [name: string | undefined, changes: readonly Change[]];

/** In the order of their names; where `unnamed` ones go is the caller's to say. */
function groupBy(
  changes: readonly Change[],
  keyOf: (change: Change) => string | undefined,
  unnamed: "first" | "last",
): readonly ChangeGroup[] {
  const groups = new Map<string | undefined, Change[]>();
  for (const change of changes) {
    const group = groups.get(keyOf(change));
    if (group === undefined) groups.set(keyOf(change), [change]);
    else group.push(change);
  }
  const named = [...groups].filter(([key]) => key !== undefined);
  named.sort(([a], [b]) => compareText(a ?? "", b ?? ""));
  const rest = [...groups].filter(([key]) => key === undefined);
  return unnamed === "first" ? [...rest, ...named] : [...named, ...rest];
}

const signs = {
  create: { sign: "+", style: "green" },
  update: { sign: "~", style: "yellow" },
  delete: { sign: "-", style: "red" },
} as const;

/** As wide as the longest kind, so that names stand below each other. */
const kindWidth = 15;

function renderChange(
  original: Change,
  { plan, indent, width, paint }: { plan: Plan; indent: string; width: number; paint: Paint },
): readonly string[] {
  const change = redactChange(original);
  const { sign, style } = signs[change.action];
  const marks = marksOf(change);
  const name = changeName(change, plan.metadata.owner);
  const head = [
    `${paint(sign, style, "bold")} ${change.kind.padEnd(kindWidth)} ${paint(name, "bold")}`,
    ...marks.map((mark) => paint(mark.text, ...mark.styles)),
  ].join("  ");
  const headLength =
    indent.length + 3 + kindWidth + name.length + marks.reduce((sum, { text }) => sum + text.length + 2, 0);

  const detail = `${indent}    `;
  if (change.action === "update") {
    const { own, drifting } = partDifferences(change);
    const describe = (some: readonly Difference[], room: number) =>
      some.flatMap((difference) => describeDifference(difference, room, paint));
    const fields = describe(own, width - detail.length);
    if (fields.length === 0) fields.push(paint(recordAlone, "dim"));
    if (drifting.length > 0) {
      const lines = describe(drifting, width - detail.length - 2);
      fields.push(paint(`${driftingToo}:`, "dim"), ...lines.map((line) => `  ${line}`));
    }
    return [`${indent}${head}`, ...fields.map((line) => `${detail}${line}`)];
  }
  const summary = describeItem(change.kind, change.after ?? change.before);
  if (summary === "") return [`${indent}${head}`];
  const painted = change.action === "delete" ? paint(summary, "dim") : summary;
  if (headLength + 2 + summary.length <= width) return [`${indent}${head}  ${painted}`];
  return [`${indent}${head}`, `${detail}${painted}`];
}

interface Mark {
  readonly text: string;
  readonly styles: readonly Parameters<Paint>[1][];
}

function marksOf(change: Change): readonly Mark[] {
  const marks: Mark[] = [];
  if (change.enforcement === "Audit") marks.push({ text: "(audit)", styles: ["cyan"] });
  if (change.impact === "deployment") marks.push({ text: "! deployment", styles: ["yellow", "bold"] });
  if (change.impact === "dataloss") marks.push({ text: "! data loss", styles: ["red", "bold"] });
  // What is ours alone is deleted, and nothing comes back.
  if (change.release && change.action !== "delete")
    marks.push({ text: "(put back as it was)", styles: ["cyan"] });
  if (change.gone) marks.push({ text: "(its service is gone)", styles: ["dim"] });
  return marks;
}

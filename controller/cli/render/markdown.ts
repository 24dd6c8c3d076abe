// Plans as one comment on a pull request: what would change, at a glance first, then by kind of impact, then in full.
// It has at most as many characters as GitHub takes, whatever the plans hold, and the same bytes as long as nothing
// changes: neither the time nor the revision of the policies stands in it. Pure.
import { nameTarget } from "../../api/target-name.ts";
import type { Plan } from "../../model/plan.ts";
import type { FailedTarget } from "../with-plan.ts";
import { type Fitted, fitSections, type Section } from "./markdown-fit.ts";
import { noteInvalidBase, sectionsOf } from "./markdown-plan.ts";
import { cellCode, code, hiddenMarker, maxMessage } from "./markdown-text.ts";
import { capitalize } from "./page-text.ts";
import {
  addCounts,
  countShown,
  describeCounts,
  describeOthers,
  describeRun,
  describeTitle,
} from "./plan-counts.ts";

/** Of a longer comment GitHub's API says, with status 422: "Body is too long (maximum is 65536 characters)". */
export const maxComment = 65_536;
/** Room for the note on what was cut. */
const maxNote = 800;
/** Room for what the GitHub Action puts into the place of the page's marker: its own, and when a snapshot was taken. */
const maxMarker = 160;

/** What a page is made of. */
export interface PlannedTargets {
  /** In the order of the targets. */
  readonly plans: readonly Plan[];
  /** Targets for which no plan could be made. */
  readonly failed: readonly FailedTarget[];
  /** The OperatorConfig that was given. */
  readonly config?: string;
  /** The instant that was asked for; left out: when the plan was made, which a page does not tell. */
  readonly asOf?: string;
}

export function renderMarkdown(targets: PlannedTargets): string {
  const head = renderHead(targets);
  const limit = maxComment - head.length - maxNote - maxMarker;
  const full = fitSections(listSections(targets, false), limit);
  const isShort = full.cut.length > 0;
  const fitted = isShort ? fitSections(listSections(targets, true), limit) : full;
  const note = isShort ? [renderNote(fitted)] : [];
  return `${[head, ...note, fitted.text].filter((part) => part !== "").join("\n\n")}\n`;
}

function renderHead(targets: PlannedTargets): string {
  const { plans, failed, config, asOf } = targets;
  const counts = addCounts(plans.map(countShown));
  const [only] = plans;
  const single = plans.length + failed.length === 1 ? only?.metadata : undefined;
  const facts = [
    ...(single === undefined
      ? [`${plans.length + failed.length} targets`]
      : [single.account === "" ? "account unknown" : `account ${code(single.account)}`, code(single.region)]),
    ...[...new Set(plans.map(({ metadata }) => metadata.owner))]
      .slice(0, 1)
      .map((owner) => `owner ${code(owner)}`),
    ...(config === undefined ? [] : [`configuration ${code(config)}`]),
    ...(asOf === undefined ? [] : [`as of ${code(asOf)}`]),
  ];
  const lost = failed.length === 0 ? [] : [`${failed.length} of the targets could not be planned`];
  return [
    renderMarker(targets),
    `## ecsmon plan: ${describeRun(plans, failed.length)}`,
    `**${[...lost, ...describeCounts(counts)].join("; ")}**`,
    ...describeOthers(plans).map(capitalize),
    ...noteInvalidBase(plans),
    facts.join(", "),
  ].join("\n\n");
}

/** By it the comment is found again: it names whose plan of what this is, and nothing that a new plan would change. */
function renderMarker({ plans, failed, config }: PlannedTargets): string {
  const [only] = plans;
  const single = plans.length + failed.length === 1 ? only?.metadata : undefined;
  return hiddenMarker("ecsmon-plan", {
    owner: only?.metadata.owner,
    account: single?.account,
    region: single?.region,
    config,
  });
}

function listSections({ plans, failed }: PlannedTargets, short: boolean): readonly Section[] {
  const count = plans.length + failed.length;
  if (count === 1) return plans.flatMap((plan) => sectionsOf(plan, { heading: "", short }));
  return [
    targetTable(plans),
    failedList(failed),
    ...plans.flatMap((plan, index) => {
      const { account, region } = plan.metadata;
      const heading = `### Plan ${index + 1} of ${plans.length}: ${code(account || "account unknown")}, ${code(region)}`;
      return sectionsOf(plan, { heading, short });
    }),
  ].filter(({ entries }) => entries.length > 0);
}

function targetTable(plans: readonly Plan[]): Section {
  return {
    heading: "",
    open: "| Account | Region | What would change |\n| --- | --- | --- |",
    close: "",
    entries: plans.map((plan) => {
      const { account, region } = plan.metadata;
      const counts = countShown(plan);
      const text = [describeTitle(counts), ...describeOthers([plan]), ...describeCounts(counts)].join("; ");
      return `| ${cellCode(account || "unknown")} | ${cellCode(region)} | ${text} |`;
    }),
    rest: (left) => `| … | | ${left} more |`,
    rank: 0,
    nouns: ["target", "targets"],
  };
}

function failedList(failed: readonly FailedTarget[]): Section {
  return {
    heading: "",
    open: "#### Targets without a plan\n",
    close: "",
    entries: failed.map(
      ({ error, ...target }) =>
        `- ${code(nameTarget(target))}: ${code(error.code)}: ${code(error.message, maxMessage)}`,
    ),
    rest: (left) => `- … and ${left} more`,
    rank: 0,
    nouns: ["target without a plan", "targets without a plan"],
  };
}

function renderNote({ cut }: Fitted): string {
  const left = cut.map(({ count, nouns: [one, many] }) => `${count} ${count === 1 ? one : many}`);
  const what = left.length === 0 ? "" : `; left out: ${left.join(", ")}`;
  return `> Shortened to fit into one comment: services that change in the same way share a row, and what is created or deleted is told in one line${what}. \`ecsmon plan --format html\` shows all of it.`;
}

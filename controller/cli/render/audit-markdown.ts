// An audit as Markdown: for a comment, a wiki, a job's summary. However many services there are, it stays within what GitHub
// takes as a comment. Names and messages of others are code or escaped, never markup. Pure.
import { nameTarget } from "../../api/target-name.ts";
import { describeEmpty } from "../../core/audit/describe-empty.ts";
import { groupUnknown } from "../../core/audit/group-unknown.ts";
import { type AuditedService, type AuditReport, pillars } from "../../model/audit.ts";
import type { FailedTarget } from "../with-plan.ts";
import {
  type CodeGroup,
  countPoints,
  countServices,
  describeBaseline,
  groupByCode,
  pillarOf,
  pillarWords,
  showScore,
} from "./audit-parts.ts";
import { fitSections, type Section } from "./markdown-fit.ts";
import { cellCode, code, fenced, hiddenMarker, maxMessage } from "./markdown-text.ts";

/** Of a longer comment GitHub's API says that its body is too long. */
export const maxAuditComment = 65_536;
/** Names of services beside a finding; more are counted. */
const mostNames = 5;

export function renderAuditMarkdown(
  reports: readonly AuditReport[],
  failed: readonly FailedTarget[],
): string {
  const head = [hiddenMarker("ecsmon-audit", {}), "## Audit of ECS monitoring"].join("\n");
  const limit = Math.floor((maxAuditComment - head.length - 200) / Math.max(1, reports.length + 1));
  const parts = reports.map((report) => {
    const own = renderHead(report);
    return `${own}\n\n${fitSections(listSections(report), limit - own.length).text}`;
  });
  const broken = fitSections(listFailed(failed), limit).text;
  return `${[head, ...parts, broken].filter((part) => part !== "").join("\n\n")}\n`;
}

function renderHead(report: AuditReport): string {
  const { metadata, score, partial, services } = report;
  const account = metadata.account === "" ? "account unknown" : `account ${code(metadata.account)}`;
  const empty = describeEmpty(report).map((line) => code(line));
  if (empty.length > 0)
    return [`### ${account}, ${code(metadata.region)}: no services`, ...empty].join("\n\n");
  const over = partial ? ", over what could be read" : "";
  return [
    `### ${account}, ${code(metadata.region)}: score ${score ?? "unknown"} of 100${over}`,
    "",
    `${countServices(services.length)}. ${pillars.map((pillar) => `${pillarWords[pillar]} ${pillarOf(report, pillar)}`).join(", ")}.`,
  ].join("\n");
}

function listSections(report: AuditReport): Section[] {
  const open = (
    heading: string,
    body: Partial<Section> & Pick<Section, "entries" | "rank" | "nouns">,
  ): Section => ({
    heading,
    open: "",
    close: "",
    rest: (left) => `\n${left} more are left out.`,
    ...body,
  });
  // What most is lacking is seen first.
  const ascending = [...report.services].sort((a, b) => (a.score ?? 101) - (b.score ?? 101));
  const header = ["service", "score", ...pillars.map((pillar) => pillarWords[pillar])];
  return [
    open("#### Findings", {
      entries: groupByCode(report).map(renderGroup),
      rank: 0,
      nouns: ["finding", "findings"],
    }),
    open("#### Since the baseline", {
      entries: describeBaseline(report).map((line) => `- ${code(line, maxMessage)}`),
      rank: 0,
      nouns: ["change", "changes"],
    }),
    open("#### Could not be read", {
      entries: [
        ...groupUnknown(report).map(
          ({ code: why, message, checks, services }) =>
            `- ${code(why)}: ${code(message, maxMessage)} (${countServices(services)}: ${checks.join(", ")})`,
        ),
        ...report.unread.map(
          ({ cluster, service, code: why, message }) =>
            `- ${code([cluster, service].filter((part) => part !== undefined).join("/") || "all clusters")}: ${code(why)}: ${code(message, maxMessage)}`,
        ),
      ],
      rank: 0,
      nouns: ["failed read", "failed reads"],
    }),
    open("#### Services", {
      open: `| ${header.join(" | ")} |\n|${header.map(() => " --- |").join("")}`,
      entries: ascending.map(renderRow),
      rank: 1,
      nouns: ["service", "services"],
    }),
  ];
}

function renderRow(service: AuditedService): string {
  const cells = [
    cellCode(`${service.cluster}/${service.service}`),
    showScore(service),
    ...pillars.map((pillar) => pillarOf(service, pillar)),
  ];
  return `| ${cells.join(" | ")} |`;
}

function renderGroup({ code: name, example, services, points }: CodeGroup): string {
  const names = services.slice(0, mostNames).map(({ cluster, service }) => code(`${cluster}/${service}`));
  const more = services.length > names.length ? ` and ${services.length - names.length} more` : "";
  const mend =
    example.policy === undefined
      ? `By hand: ${example.byHand ?? ""}.`
      : `\n${fenced("yaml", example.policy.split("\n"))}`;
  return [
    `<details><summary><b>${name}</b>: ${countServices(services.length)}, ${countPoints(points)}</summary>`,
    "",
    `${example.why} ${names.join(", ")}${more}.`,
    mend,
    "</details>",
  ].join("\n");
}

function listFailed(failed: readonly FailedTarget[]): Section[] {
  return [
    {
      heading: "### Targets that could not be audited",
      open: "",
      close: "",
      rest: (left) => `\n${left} more are left out.`,
      entries: failed.map(
        ({ error, ...target }) => `- ${code(nameTarget(target))}: ${code(error.message, maxMessage)}`,
      ),
      rank: 0,
      nouns: ["target", "targets"],
    },
  ];
}

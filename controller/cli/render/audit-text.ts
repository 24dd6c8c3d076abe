// An audit on a terminal: the scores at a glance, then what is found, code by code, the dearest first. Of one service alone
// every finding is told in its own words. Pure.
import { describeEmpty } from "../../core/audit/describe-empty.ts";
import { groupUnknown } from "../../core/audit/group-unknown.ts";
import { type AuditFinding, type AuditReport, pillars } from "../../model/audit.ts";
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
import { capitalize } from "./page-text.ts";
import { createPaint, type Paint, type Style } from "./paint.ts";
import { safeText } from "./safe-text.ts";
import { type Column, renderTable } from "./table.ts";
import type { TextOptions } from "./text.ts";
import { wrap } from "./values.ts";

/** So few services are told of one by one. */
const fewServices = 2;
/** Names of services beside a finding; more are counted. */
const mostNames = 6;

export function renderAudit(report: AuditReport, { colour, width = 100 }: TextOptions): string {
  const paint = createPaint(colour);
  const empty = describeEmpty(report).flatMap((line) => wrap(capitalize(safeText(line)), width));
  if (empty.length > 0)
    return `${[...empty, ...describeBaseline(report).map((line) => safeText(line))].join("\n")}\n`;
  const sections = [
    renderHead(report, paint),
    renderScores(report, colour),
    ...(report.services.length <= fewServices
      ? report.services.flatMap(({ cluster, service, findings }) =>
          findings.length === 0
            ? []
            : [
                [
                  paint(safeText(`${cluster}/${service}`), "bold"),
                  ...findings.flatMap((finding) => renderFinding(finding, finding.message, width, paint)),
                ],
              ],
        )
      : groupByCode(report).map((group) => renderGroup(group, width, paint))),
    renderUnknown(report, width, paint),
    describeBaseline(report).map((line) => safeText(line)),
    renderSummary(report),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function renderHead({ metadata: { account, region } }: AuditReport, paint: Paint): string[] {
  return [paint(safeText(`${account === "" ? "account unknown" : `account ${account}`}, ${region}`), "dim")];
}

interface Row {
  readonly name: string;
  readonly of: Pick<AuditReport, "score" | "partial" | "pillars">;
}

function renderScores(report: AuditReport, colour: boolean): string[] {
  const rows: Row[] = [
    ...report.clusters.flatMap((cluster) => [
      { name: cluster.name, of: cluster },
      ...report.services
        .filter((service) => service.cluster === cluster.name)
        .map((service) => ({ name: `  ${service.service}`, of: service })),
    ]),
    { name: "all", of: report },
  ];
  const columns: Column<Row>[] = [
    { title: "SERVICE", cell: ({ name }) => name },
    { title: "SCORE", cell: ({ of }) => showScore(of), style: ({ of }) => styleOf(of.score) },
    ...pillars.map((pillar) => ({
      title: pillarWords[pillar].toUpperCase(),
      cell: ({ of }: Row) => pillarOf(of, pillar),
    })),
  ];
  const { header, lines } = renderTable(columns, rows, { colour, wide: false });
  return [header, ...lines];
}

function styleOf(score: number | null): Style | undefined {
  if (score === null) return undefined;
  if (score >= 80) return "green";
  return score >= 50 ? "yellow" : "red";
}

function renderGroup({ example, services, points }: CodeGroup, width: number, paint: Paint): string[] {
  const names = services.slice(0, mostNames).map(({ cluster, service }) => `${cluster}/${service}`);
  const more = services.length > names.length ? ` and ${services.length - names.length} more` : "";
  const where = `${countServices(services.length)}, ${countPoints(points)}: ${names.join(", ")}${more}`;
  return renderFinding(example, where, width, paint);
}

function renderFinding(finding: AuditFinding, where: string, width: number, paint: Paint): string[] {
  const indent = "    ";
  const fold = (text: string) => wrap(safeText(text), width - indent.length);
  return [
    `${paint("✗", "red")} ${paint(safeText(finding.code), "bold")}  ${paint(`-${finding.weight}`, "dim")}`,
    ...fold(where).map((line) => `${indent}${line}`),
    ...fold(finding.why).map((line) => `${indent}${paint(line, "dim")}`),
    ...(finding.policy === undefined
      ? fold(`by hand: ${finding.byHand ?? ""}`).map((line) => `${indent}${line}`)
      : finding.policy.split("\n").map((line) => `${indent}${paint(safeText(line), "cyan")}`)),
  ];
}

function renderUnknown(report: AuditReport, width: number, paint: Paint): string[] {
  const lines = [
    ...groupUnknown(report).map(
      ({ code, message, checks, services }) =>
        `${code}: ${message} (${countServices(services)}: ${checks.join(", ")})`,
    ),
    ...report.unread.map(
      ({ cluster, service, code, message }) =>
        `${[cluster, service].filter((part) => part !== undefined).join("/") || "all clusters"}: ${code}: ${message}`,
    ),
  ];
  if (lines.length === 0) return [];
  return [
    paint("Could not be read, and counts neither way", "yellow", "bold"),
    ...lines.flatMap((line) => wrap(safeText(line), width - 2)).map((line) => `  ${line}`),
  ];
}

function renderSummary(report: AuditReport): string[] {
  const { services, score, partial, clusters } = report;
  const findings = services.reduce((sum, one) => sum + one.findings.length, 0);
  const unknown = services.reduce((sum, one) => sum + one.unknown.length, 0);
  const parts = [
    `Score ${score ?? "unknown"} of 100${partial ? ", over what could be read" : ""}`,
    `${countServices(services.length)} in ${clusters.length === 1 ? "1 cluster" : `${clusters.length} clusters`}`,
    findings === 1 ? "1 finding" : `${findings} findings`,
    ...(unknown === 0 ? [] : [`${unknown} unknown`]),
  ];
  return [`${parts.join("; ")}.`];
}

// `ecsmon audit`: which of the four kinds of monitoring each service has and lacks, with a score. Reads only; needs no policy.
import { readFile } from "node:fs/promises";
import type { ConfigTarget } from "../api/schema/operator-config.ts";
import { nameTarget } from "../api/target-name.ts";
import { rememberAnswers } from "../aws/remember-answers.ts";
import { type AuditedPlace, type Baseline, compareReports, readBaselines } from "../core/audit/baseline.ts";
import { readApplicable } from "../core/audit/report.ts";
import { type Concealment, openConcealment } from "../core/conceal-wanted.ts";
import type { AuditReport } from "../model/audit.ts";
import { EcsmonError, toFailure } from "../model/errors.ts";
import { matchesAnyGlob } from "../model/glob.ts";
import type { Snapshot } from "../model/snapshot.ts";
import { renderAuditPage } from "../page/audit-page.ts";
import { type Audited, makeAudit } from "../runtime/audit.ts";
import { type OpenTarget, openTarget } from "../runtime/open-target.ts";
import { readConcealKey } from "../runtime/snapshot/conceal-key.ts";
import { openSnapshot } from "../runtime/snapshot/open-snapshot.ts";
import { suggestPolicy } from "../runtime/suggest-policy.ts";
import { exitCodeOfAudit } from "./audit-gate.ts";
import { describeSuggestion } from "./audit-suggestion.ts";
import { interrupted, worstExitCode } from "./exit-codes.ts";
import { describeFailure } from "./failure.ts";
import { whyUnreadable } from "./file-trouble.ts";
import { type Io, textOptions } from "./io.ts";
import { chooseTargets, toReconcileOptions } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readConfig } from "./read-config.ts";
import { readSnapshot, tellAge } from "./read-snapshot.ts";
import { renderAuditMarkdown } from "./render/audit-markdown.ts";
import { renderAudit } from "./render/audit-text.ts";
import { formatItems } from "./render/json.ts";
import type { FailedTarget } from "./with-plan.ts";

export interface AuditFlags {
  readonly config?: string;
  readonly owner?: string;
  readonly region?: string;
  readonly cluster?: readonly string[];
  readonly service?: readonly string[];
  readonly format: string;
  /** Exit with 2 where the score is below it. */
  readonly failUnder?: number;
  /** The output of an earlier audit as JSON. */
  readonly baseline?: string;
  readonly suggestPolicy: boolean;
  /** The ARN that suggested alarms and events tell. */
  readonly notify?: string;
  /** What `ecsmon snapshot` wrote, in place of AWS: a file or `s3://BUCKET/KEY`. */
  readonly snapshot?: string;
  /** Seconds after which a snapshot is refused. */
  readonly maxAge?: number;
}

/** The account as one moment shows it: now, or as a snapshot has it. */
interface Moment {
  readonly asOf: Date;
  readonly concealment?: Concealment;
  open(target: ConfigTarget): OpenedTarget;
}

interface OpenedTarget extends OpenTarget {
  /** Makes what the audit has read answer once more; what a snapshot has said it always says. */
  readonly rewind?: () => void;
}

export async function runAudit(flags: AuditFlags, io: Io): Promise<number> {
  refuseMisfits(flags);
  const config = flags.config === undefined ? undefined : await readConfig(flags.config, flags.format, io);
  if (flags.config !== undefined && config === undefined) return 1;
  const baselines = flags.baseline === undefined ? undefined : await readBaseline(flags.baseline);
  const snapshot = flags.snapshot === undefined ? undefined : await readSnapshot(flags.snapshot, io.env);
  if (snapshot !== undefined) tellAge(snapshot, flags, io);
  const moment = snapshot === undefined ? lookNow(flags, io) : lookInto(snapshot, flags, io);
  const { owner } = toReconcileOptions(flags, moment.asOf, config);
  const targets = chooseTargets(flags, config, snapshot?.targets);
  if (flags.suggestPolicy && targets.length > 1)
    throw new EcsmonError(
      "InvalidOption",
      `--suggest-policy writes one policy for one target, and ${config?.file ?? flags.snapshot} has ${targets.length}; choose one with --region`,
    );
  const reports: AuditReport[] = [];
  const failed: FailedTarget[] = [];
  const codes: number[] = [];
  for (const target of targets) {
    if (io.signal.aborted) return interrupted;
    let opened: OpenedTarget | undefined;
    try {
      opened = moment.open(target);
      const audited = await auditTarget(opened, moment, flags, owner, io);
      const report = withBaseline(audited, baselines, flags);
      reports.push(report);
      codes.push(exitCodeOfAudit(audited, flags, io));
    } catch (error) {
      if (targets.length === 1) throw error;
      io.stderr(`ecsmon: the target ${nameTarget(target)} failed:\n${describeFailure(error, io.logLevel)}`);
      failed.push({ ...target, error: toFailure(error) });
      codes.push(1);
    } finally {
      opened?.close();
    }
  }
  const code = worstExitCode(codes);
  io.stdout(formatReports(reports, { code, targets: targets.length, failed }, flags, io));
  return code;
}

function lookNow({ suggestPolicy: suggests }: AuditFlags, io: Io): Moment {
  return {
    asOf: io.now(),
    open(target) {
      if (!suggests) return openTarget(target);
      // A suggestion is tried on what the audit has read.
      const { answerer, rewind, end } = rememberAnswers();
      const opened = openTarget(target, { answerer });
      return {
        ...opened,
        rewind,
        close() {
          end();
          opened.close();
        },
      };
    },
  };
}

function lookInto(snapshot: Snapshot, { snapshot: name = "" }: AuditFlags, io: Io): Moment {
  const { takenAt, targets, keyFingerprint } = snapshot;
  return {
    asOf: new Date(takenAt),
    concealment: openConcealment(keyFingerprint, readConcealKey(io.env)),
    open(target) {
      const [opened] = openSnapshot(targets, [target], name);
      // It gives one for each, or throws.
      if (opened === undefined) throw new RangeError(`${name} was not opened`);
      return opened;
    },
  };
}

function refuseMisfits({
  suggestPolicy: suggests,
  format,
  notify,
  baseline,
  snapshot,
  maxAge,
}: AuditFlags): void {
  const refuse = (message: string): never => {
    throw new EcsmonError("InvalidOption", message);
  };
  if (suggests && format === "markdown")
    refuse(
      `--suggest-policy prints YAML; with --format json or html it stands beside the rest, and ${format} has no place for it`,
    );
  if (suggests && format === "text" && baseline !== undefined)
    refuse(
      "--suggest-policy prints a policy and no comparison; leave --baseline out, or use --format json or html",
    );
  if (notify !== undefined && !/^arn:[^:]+:[^:]+:[^:]*:\d{12}:.+$/.test(notify))
    refuse(`--notify ${notify} is no ARN; give it that of an SNS topic`);
  if (maxAge !== undefined && snapshot === undefined)
    refuse("--max-age is about a snapshot, and there is none; leave it out, or give --snapshot");
}

async function readBaseline(file: string): Promise<readonly Baseline[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new EcsmonError(
      "InvalidBaseline",
      `--baseline ${file} cannot be read: ${whyUnreadable(error)}; give it a file that ecsmon audit --format json printed`,
    );
  });
  // Some shells begin what they redirect with a byte order mark.
  return readBaselines(text.replace(/^\uFEFF/, ""), file);
}

async function auditTarget(
  opened: OpenedTarget,
  { asOf, concealment }: Moment,
  flags: AuditFlags,
  owner: string,
  io: Io,
): Promise<Audited> {
  const { aws } = opened;
  const progress = createProgress(io);
  const options = {
    clusters: flags.cluster ?? [],
    services: flags.service ?? [],
    asOf,
    notify: flags.notify,
    owner,
    concealment,
  };
  try {
    await opened.enter();
    const audited = await makeAudit(options, { aws, progress: progress.report });
    if (!flags.suggestPolicy) return audited;
    const rewind = opened.rewind ?? (() => undefined);
    const deps = { aws, progress: progress.report, now: () => io.now(), rewind };
    const suggestion = await suggestPolicy(audited, options, deps);
    progress.end();
    io.stderr(describeSuggestion(audited.report, suggestion));
    const { policy, promised } = suggestion;
    return { ...audited, report: { ...audited.report, suggestedPolicy: policy, promised } };
  } finally {
    progress.end();
  }
}

function withBaseline(
  { report, facts }: Audited,
  baselines: readonly Baseline[] | undefined,
  { baseline: file = "", cluster: clusters = [], service: services = [] }: AuditFlags,
): AuditReport {
  if (baselines === undefined) return report;
  const { account, region } = report.metadata;
  const then = baselines.find((one) => one.account === account && one.region === region);
  if (then === undefined)
    throw new EcsmonError(
      "InvalidBaseline",
      `--baseline ${file} is of ${baselines.map((one) => `account ${one.account} in ${one.region}`).join(", ")}, and this audit of account ${account} in ${region}; give it an earlier audit of the same`,
    );
  const options = {
    isSelected: ({ cluster, service }: AuditedPlace) =>
      matchesAnyGlob(cluster, clusters) && matchesAnyGlob(service, services),
    applies: readApplicable(facts),
  };
  return { ...report, baseline: compareReports(report, then, options) };
}

function formatReports(
  reports: readonly AuditReport[],
  ended: Parameters<typeof formatItems>[2],
  { format, suggestPolicy: suggests }: AuditFlags,
  io: Io,
): string {
  if (format === "json") return formatItems("AuditList", reports.map(auditToJson), ended);
  if (format === "markdown") return renderAuditMarkdown(reports, ended.failed);
  if (format === "html") return renderAuditPage(reports, ended.failed);
  if (suggests) return reports.map(({ suggestedPolicy = "" }) => suggestedPolicy).join("---\n");
  return reports.map((report) => renderAudit(report, textOptions(io, "stdout"))).join("\n");
}

function auditToJson(report: AuditReport): object {
  return { apiVersion: "ecsmon.dev/v1alpha1", kind: "Audit", ...report };
}

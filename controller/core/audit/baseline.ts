// An audit beside an earlier one: which services got better and worse, which findings are new and which are gone.
import type {
  AuditComparison,
  AuditedService,
  AuditReport,
  FindingPlace,
  Score,
  ScoreChange,
} from "../../model/audit.ts";
import { EcsmonError } from "../../model/errors.ts";
import { isObject, type Json } from "../../model/json.ts";
import { findOpenChecks } from "./open-checks.ts";
import { meanScore } from "./score.ts";

/** What is needed of an earlier report; other fields may have been added or taken away since. */
export interface Baseline {
  readonly account: string;
  readonly region: string;
  readonly asOf: string;
  readonly score: Score;
  readonly services: readonly {
    readonly cluster: string;
    readonly service: string;
    readonly score: Score;
    /** Codes. */
    readonly findings: readonly string[];
    /** Codes of checks that could not be made. */
    readonly unknown: readonly string[];
  }[];
}

/**
 * The reports in what an earlier `audit --format json` printed: one, or a list for several targets.
 * @throws EcsmonError InvalidBaseline
 */
export function readBaselines(text: string, file: string): readonly Baseline[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(file, "it is no JSON");
  }
  if (!isObject(value)) throw invalid(file, "it is no JSON object");
  if (value["kind"] === "Audit") return [readReport(value, file)];
  const items = value["items"];
  if (value["kind"] !== "AuditList" || !Array.isArray(items))
    throw invalid(file, `its kind is ${JSON.stringify(value["kind"] ?? null)}`);
  return items.map((item: Json) => readReport(item, file));
}

function readReport(value: Json, file: string): Baseline {
  const fail = (what: string): never => {
    throw invalid(file, `it has no ${what}`);
  };
  if (!isObject(value)) return fail("report");
  const { metadata, services, score } = value;
  if (!isObject(metadata)) return fail("metadata");
  if (!Array.isArray(services)) return fail("services");
  const text = (from: Json | undefined, what: string): string =>
    typeof from === "string" ? from : fail(what);
  const codes = (list: Json | undefined, key: string, what: string): string[] =>
    Array.isArray(list)
      ? list.map((item: Json) => text(isObject(item) ? item[key] : undefined, what))
      : fail(what);
  return {
    account: text(metadata["account"], "metadata.account"),
    region: text(metadata["region"], "metadata.region"),
    asOf: text(metadata["asOf"], "metadata.asOf"),
    score: readScore(score, fail),
    services: services.map((one: Json) => {
      if (!isObject(one)) return fail("service");
      return {
        cluster: text(one["cluster"], "services[].cluster"),
        service: text(one["service"], "services[].service"),
        score: readScore(one["score"], fail),
        findings: codes(one["findings"], "code", "services[].findings"),
        unknown: codes(one["unknown"], "check", "services[].unknown"),
      };
    }),
  };
}

function readScore(value: Json | undefined, fail: (what: string) => never): Score {
  return typeof value === "number" || value === null ? value : fail("score");
}

function invalid(file: string, why: string): EcsmonError {
  return new EcsmonError(
    "InvalidBaseline",
    `--baseline ${file} is not what \`ecsmon audit --format json\` prints: ${why}; give it the output of an earlier audit`,
  );
}

export type AuditedPlace = Omit<FindingPlace, "code">;

export interface CompareOptions {
  /** Whether today's audit looks at a service of that name; of a wider baseline the rest is left out. */
  readonly isSelected: (place: AuditedPlace) => boolean;
  /** Whether a check applies to a service of today's. */
  readonly applies: (place: AuditedPlace, code: string) => boolean;
}

/**
 * Of one account and Region. What cannot be told now, by itself or behind something else that could not be read, is neither
 * new nor fixed, nor is what no longer applies; what could not be told then is new. Scores are compared where both are over
 * the same: with other checks unknown than then, or with less that applies, a service is neither better nor worse.
 */
export function compareReports(
  now: AuditReport,
  whole: Baseline,
  { isSelected, applies }: CompareOptions,
): AuditComparison {
  const then = narrow(whole, isSelected);
  const before = new Map(then.services.map((one) => [keyOf(one), one]));
  const current = new Map(now.services.map((one) => [keyOf(one), one]));
  const both = now.services.flatMap((after) => {
    const earlier = before.get(keyOf(after));
    return earlier === undefined ? [] : [{ after, earlier }];
  });
  const changes = both.flatMap(({ after, earlier }): ScoreChange[] =>
    after.score === null ||
    earlier.score === null ||
    after.score === earlier.score ||
    !isSameUnknown(after, earlier)
      ? []
      : [{ ...placeOf(after), before: earlier.score, after: after.score }],
  );
  const gone = both.flatMap(({ after, earlier }) => {
    const open = new Set([...after.unknown.map(({ check }) => check), ...findOpenChecks(after.unknown)]);
    return earlier.findings
      .filter((code) => !after.findings.some((finding) => finding.code === code))
      .map((code) => ({
        place: { ...placeOf(after), code },
        end: open.has(code) ? "untold" : applies(after, code) ? "fixed" : "notApplicable",
      }));
  });
  const ended = (how: string): FindingPlace[] =>
    gone.filter(({ end }) => end === how).map(({ place }) => place);
  const [fixed, notApplicable] = [ended("fixed"), ended("notApplicable")];
  const fresh = both.flatMap(({ after, earlier }) => newFindings(after, earlier.findings));
  // Where less applies the score is of something else.
  const isOfLess = (change: ScoreChange): boolean =>
    notApplicable.some((one) => keyOf(one) === keyOf(change)) &&
    ![...fixed, ...fresh].some((one) => keyOf(one) === keyOf(change));
  const moved = changes.filter((change) => !isOfLess(change));
  return {
    asOf: then.asOf,
    score: then.score,
    better: moved.filter((change) => change.after > change.before),
    worse: moved.filter((change) => change.after < change.before),
    new: fresh,
    fixed,
    notApplicable,
    untold: ended("untold"),
    servicesAdded: now.services.filter((one) => !before.has(keyOf(one))).map(placeOf),
    servicesGone: then.services.filter((one) => !current.has(keyOf(one)) && !isDark(now, one)).map(placeOf),
  };
}

function narrow(whole: Baseline, isSelected: CompareOptions["isSelected"]): Baseline {
  const services = whole.services.filter(isSelected);
  return services.length === whole.services.length
    ? whole
    : { ...whole, services, score: meanScore(services) };
}

function isSameUnknown({ unknown }: AuditedService, earlier: Baseline["services"][number]): boolean {
  const [now, then] = [new Set(unknown.map(({ check }) => check)), new Set(earlier.unknown)];
  return now.size === then.size && [...now].every((check) => then.has(check));
}

function newFindings(after: AuditedService, earlier: readonly string[]): FindingPlace[] {
  return after.findings
    .filter(({ code }) => !earlier.includes(code))
    .map(({ code }) => ({ ...placeOf(after), code }));
}

/** A service that a failed read hides is not gone. */
function isDark({ unread }: AuditReport, { cluster, service }: AuditedPlace): boolean {
  return unread.some(
    (dark) => (dark.cluster ?? cluster) === cluster && (dark.service ?? service) === service,
  );
}

function placeOf({ cluster, service }: AuditedPlace): AuditedPlace {
  return { cluster, service };
}

function keyOf({ cluster, service }: AuditedPlace): string {
  return `${cluster}/${service}`;
}

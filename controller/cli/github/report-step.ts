// The action's second step: tells the pull request what the first one found, and decides how the job ends. What the
// token may not do (a pull request from a fork has one that only reads) is left to the summary of the job.
import { EcsmonError, toFailure } from "../../model/errors.ts";
import type { Io } from "../io.ts";
import { codes } from "./api-call.ts";
import { createGithub, type GithubApi } from "./client.ts";
import { annotation, type Level, writeOutputs, writeSummary } from "./commands.ts";
import { commentMarker, composePage, maxPage } from "./comment-page.ts";
import { type GithubRun, readRun } from "./event.ts";
import { type ReportInputs, readReportInputs } from "./inputs.ts";
import { pathsIn, readLook, readPage } from "./look-folder.ts";
import { packSarif } from "./sarif.ts";
import { isSameLogin, keepComment } from "./sticky-comment.ts";
import { judge, type Verdict } from "./verdict.ts";

interface Report {
  readonly inputs: ReportInputs;
  readonly run: GithubRun;
  readonly verdict: Verdict;
  /** Markdown, without a marker. */
  readonly page: string;
  readonly sarif: string;
}

/** 1: what `fail-on` names has come, or what was to be told could not be told. */
export async function runReportStep(io: Io): Promise<number> {
  const inputs = readReportInputs(io.env);
  const run = await readRun(io.env);
  const paths = pathsIn(io.env["ECSMON_FOLDER"] ?? "");
  const look = await readLook(paths);
  const verdict = judge(look, inputs.failOn);
  const report: Report = {
    inputs,
    run,
    verdict,
    page: composePage(look, await readPage(paths.markdown)),
    sarif: await readPage(paths.sarif),
  };
  const say: Say = (level, message) => io.stdout(annotation(level, message));

  // First what cannot fail: it stands even where GitHub does not answer.
  await writeSummary(io.env, report.page);
  const { creates, updates, deletes, redeploys, errors, conclusion } = verdict;
  await writeOutputs(io.env, { creates, updates, deletes, redeploys, errors: String(errors), conclusion });

  const isTold = await tellGithub(report, io, say);
  for (const reason of verdict.reasons) say("error", reason);
  return isTold && verdict.conclusion !== "failure" ? 0 : 1;
}

/** Whether all was told that the token may tell. */
async function tellGithub(report: Report, io: Io, say: Say): Promise<boolean> {
  const { inputs, run } = report;
  const fromFork = run.pullRequest?.fromFork === true;
  const wanted = tellings(report, io);
  if (wanted.length === 0) return true;
  // A secret of the repository is empty there.
  if (fromFork && inputs.token.trim() === "") {
    for (const { deniedNote } of wanted) say("notice", deniedNote(noToken));
    return true;
  }
  let github: GithubApi;
  try {
    github = createGithub({
      token: inputs.token,
      base: run.apiUrl,
      repository: run.repository,
      sleep: (milliseconds) => io.sleep(milliseconds),
      now: () => io.now(),
    });
  } catch (error) {
    say("error", toFailure(error).message);
    return false;
  }
  let isTold = true;
  for (const telling of wanted) {
    try {
      await telling.tell(github, say);
    } catch (error) {
      if (!(error instanceof EcsmonError)) throw error;
      if (telling.isDenied(error)) say(fromFork ? "notice" : "warning", telling.deniedNote(error));
      else {
        isTold = false;
        say("error", `${telling.what}: ${error.message}`);
      }
    }
  }
  return isTold;
}

const noToken = new EcsmonError(codes.denied, "there is no token");

type Say = (level: Level, message: string) => void;

interface Telling {
  readonly what: string;
  tell(github: GithubApi, say: Say): Promise<void>;
  isDenied(error: EcsmonError): boolean;
  deniedNote(error: EcsmonError): string;
}

function tellings({ inputs, run, verdict, page, sarif }: Report, io: Io): readonly Telling[] {
  const { pullRequest } = run;
  const isDenied = ({ code }: EcsmonError) => code === codes.denied;
  const note = (what: string, permission: string) => (error: EcsmonError) =>
    pullRequest?.fromFork
      ? `${what}, since the token of a pull request from a fork only reads; the summary of this run has all of it`
      : `${what}: ${error.message}; give the job the permission ${permission}. The summary of this run has all of it`;
  return [
    ...(inputs.comment && pullRequest !== undefined
      ? [
          {
            what: "the comment could not be written",
            isDenied: ({ code }) => code === codes.denied || code === codes.locked,
            deniedNote: (error) =>
              error.code === codes.locked
                ? "the comment was not written, since the conversation is locked: unlock it to have one; the summary of this run has all of it"
                : note("the comment was not written", "pull-requests: write")(error),
            async tell(github, say) {
              const sticky = {
                issue: pullRequest.number,
                marker: commentMarker(inputs.name),
                text: page,
                author: inputs.author,
                isQuiet: verdict.isQuiet,
              };
              const kept = await keepComment(github, sticky, (milliseconds) => io.sleep(milliseconds));
              if (kept.id !== undefined) await writeOutputs(io.env, { "comment-id": kept.id });
              if (kept.what === "created" && !isSameLogin(kept.author, inputs.author))
                say(
                  "warning",
                  `the comment was written by ${kept.author ?? "an unknown account"}, and the next run looks for one of ${inputs.author}; set comment-author to whom the token belongs to`,
                );
            },
          } satisfies Telling,
        ]
      : []),
    ...(inputs.check
      ? [
          {
            what: "the check run could not be made",
            isDenied,
            deniedNote: note("the check run was not made", "checks: write"),
            tell: (github) =>
              github.createCheckRun({
                name: inputs.name,
                headSha: pullRequest?.headSha ?? run.sha,
                conclusion: verdict.conclusion,
                ...(run.runUrl === undefined ? {} : { detailsUrl: run.runUrl }),
                title: verdict.title,
                summary: page.length <= maxPage ? page : `${verdict.title}\n`,
              }),
          } satisfies Telling,
        ]
      : []),
    ...(inputs.sarif
      ? [
          {
            what: "the findings could not be uploaded to code scanning",
            // It says so where code scanning is not there for this repository, too.
            isDenied: ({ code }: EcsmonError) => code === codes.denied || code === codes.notFound,
            deniedNote: note(
              "the findings were not uploaded to code scanning",
              "security-events: write, and see that code scanning is enabled",
            ),
            tell: (github) =>
              github.uploadSarif({ commitSha: run.sha, ref: run.ref, sarif: packSarif(sarif) }),
          } satisfies Telling,
        ]
      : []),
  ];
}
